"""A 937B with its gauges on an RS-485 bus: the far end of the line, with faults to switch on.

Written from the manual and not from the codec, so that one wrong idea is not in both.
"""

import re

from hardware.far_end import Faults, Session, Wire

EVERYBODY = 254  # all controllers act, and each answers with its own address
EVERYBODY_SILENT = 255  # all act, none answers
LONGEST_MESSAGE_BYTES = 256
NAMES = ("1", "2", "3", "4", "5", "6")
BAUDS = ("9600", "19200", "38400", "57600", "115200")

_MESSAGE = re.compile(r"@(\d{3})([A-Z]{1,3}?)(\d{0,2}|Z)([?!])([ -~]*)")

WRONG_GAUGE, NO_GAUGE, MESSAGE, LOCKED, CHANNEL, ARGUMENT, RANGE, KIND = 150, 151, 160, 161, 162, 169, 172, 175


class Nak(Exception):
    """A message that is answered with a code instead."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Mks937Simulator:
    """See `Simulator`. All sessions talk to the one controller, as on a bus.

    Attributes:
        shown: what each channel shows while its gauge is on: a number, or one of the manual's words.
        powered: channel to whether its gauge is on; one that is off shows OFF.
        unswitchable: channels whose gauge cannot be switched, like a capacitance manometer.
        moves: how often a gauge was really switched.
        address: the controller's, 1 to 253.
        units: as it tells them.
        attention: its replies begin with `@`.
        decimals, exponent_digits: how it writes numbers.
        echo: the adapter hands back what the host writes.
        chatter: what others on the bus say before each of its replies.
        late: what it says before its next reply only: an answer that somebody has given up.
        contrary: it carries out the reverse of a switching command, and says so.
        locked: nothing can be changed.
        old: its firmware knows neither `U` nor `PRZ` nor `SN`.
        faults: what is wrong with it; its own delay before each reply is `slow_s`.
    """

    def __init__(self) -> None:
        self.shown: dict[str, float | str] = {
            "1": 3.2e-9, "2": 8.34e-3, "3": 5.6e-8, "4": 7.602e2, "5": "NOGAUGE", "6": "NOGAUGE",
        }  # fmt: skip
        self.powered = dict.fromkeys(NAMES, True)
        self.unswitchable = {"4"}
        self.moves = 0
        self.address = 253
        self.units = "TORR"
        self.attention = True
        self.decimals = 2
        self.exponent_digits = 1
        self.echo = False
        self.chatter = b""
        self.late = b""
        self.contrary = False
        self.locked = False
        self.old = False
        self.faults = Faults(slow_s=0.008)
        self._baud = "9600"
        self._input = b""

    def feed(self, data: bytes) -> bytes:
        """See `Session.feed`."""
        *messages, self._input = (self._input + data).split(b";FF")
        self._input = self._input[-LONGEST_MESSAGE_BYTES:]
        echoed = data if self.echo else b""
        return echoed + b"".join(self._answer(message) for message in messages)

    def session(self, wire: Wire) -> Session:  # noqa: ARG002 - the same on every wire
        """See `Simulator.session`."""
        return self

    def _answer(self, message: bytes) -> bytes:
        """Return the answer; a message without the attention character, or for another address, has none."""
        found = _MESSAGE.fullmatch(message[message.rfind(b"@") :].decode("ascii", "replace").upper())
        addressed = re.match(rb"@(\d{3})", message[message.rfind(b"@") :])
        if addressed is None or int(addressed[1]) not in (self.address, EVERYBODY, EVERYBODY_SILENT):
            return b""
        try:
            if found is None:
                raise Nak(MESSAGE)  # noqa: TRY301
            said = "ACK" + self._carry_out(found[2], found[3], found[5] if found[4] == "!" else None)
        except Nak as nak:
            said = f"NAK{nak.code}"
        if int(addressed[1]) == EVERYBODY_SILENT:
            return b""
        reply = f"{'@' if self.attention else ''}{self.address:03d}{said};FF"
        before, self.late = self.late + self.chatter, b""
        return (b"" if self.faults.mute else before) + self.faults.spoil(reply.encode())

    def _carry_out(self, command: str, suffix: str, value: str | None) -> str:
        if self.old and command + suffix in ("U", "PRZ", "SN"):
            raise Nak(MESSAGE)
        if value is not None and self.locked:
            raise Nak(LOCKED)
        if command == "PR":
            if value is not None:
                raise Nak(KIND)
            names = NAMES if suffix == "Z" else (self._channel(suffix),)
            return " ".join(self._show(name) for name in names)
        if command == "CP":
            return self._power(self._channel(suffix), value)
        if suffix:
            raise Nak(MESSAGE)
        return self._parameter(command, value)

    def _parameter(self, command: str, value: str | None) -> str:
        if command == "U":
            self.units = self._choose(value, ("TORR", "MBAR", "PASCAL", "MICRON")) if value else self.units
            return self.units
        if command == "BR":
            self._baud = self._choose(value, BAUDS) if value else self._baud
            return self._baud
        if command == "DLY":
            if value is not None:
                if not (value.isdecimal() and 1 <= int(value) <= 1000):  # noqa: PLR2004 - milliseconds
                    raise Nak(RANGE)
                self.faults.slow_s = int(value) / 1000
            return f"{self.faults.slow_s * 1000:.0f}"
        if command not in ("AD", "SN"):
            raise Nak(MESSAGE)
        if value is not None:
            raise Nak(KIND)
        return f"{self.address:03d}" if command == "AD" else "0123456789"

    def _channel(self, suffix: str) -> str:
        if suffix not in NAMES:
            raise Nak(CHANNEL)
        return suffix

    def _choose(self, value: str, among: tuple[str, ...]) -> str:
        if value not in among:
            raise Nak(ARGUMENT)
        return value

    def _power(self, name: str, value: str | None) -> str:
        if self.shown[name] == "NOGAUGE":
            raise Nak(NO_GAUGE)
        if name in self.unswitchable:
            raise Nak(WRONG_GAUGE)
        if value is not None:
            on = (self._choose(value, ("ON", "OFF")) == "ON") != self.contrary
            if name not in self.faults.stuck and self.powered[name] != on:
                self.powered[name] = on
                self.moves += 1
            return "ON" if on else "OFF"
        return "ON" if self.powered[name] != (name in self.faults.lie) else "OFF"

    def _show(self, name: str) -> str:
        shown = self.shown[name] if self.powered[name] else "OFF"
        if isinstance(shown, str):
            return shown
        mantissa, exponent = f"{shown:.{self.decimals}E}".split("E")
        return f"{mantissa}E{exponent[0]}{int(exponent[1:]):0{self.exponent_digits}d}"
