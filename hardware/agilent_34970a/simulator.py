"""A 34972A on the LAN, or a 34970A on RS-232, with relay cards: the far end of the wire, with faults to switch on.

Written from the manual and not from the codec, so that one wrong idea is not in both.
"""

import re
from collections import deque
from collections.abc import Callable, Mapping

from hardware.agilent_34970a.simulated_scan import COMMITTED, CannotScan, Scanner
from hardware.far_end import Faults, Session, Wire

CARD_34903A = ("34903A", 20)
"""A card: model and number of relays."""
CARD_34901A = ("34901A", 22)
"""A multiplexer; it measures on 20 of its channels."""

LONGEST_LINE_BYTES = 4096
QUEUE_LENGTH: dict[Wire, int] = {"tcp": 20, "serial": 10}
IDENTITY: dict[Wire, str] = {
    "tcp": "Keysight Technologies,34972A,SIMULATED,1.16-1.12-02-02",
    "serial": "HEWLETT-PACKARD,34970A,0,13-2-2",
}

NO_ERROR = (0, "No error")
OVERFLOW = (-350, "Error queue overflow")
UNDEFINED = (-113, "Undefined header")
OUT_OF_RANGE = (-222, "Data out of range")
WRONG_SLOT = (111, "Channel list: slot number out of range")
WRONG_CHANNEL = (112, "Channel list: channel number out of range")
NO_MODULE = (302, "No module was detected in this slot")
LOCAL_MODE = (550, "Command not allowed in local mode")

_LONG_FORMS = {
    "ROUTE": "ROUT", "CLOSE": "CLOS", "SYSTEM": "SYST", "ERROR": "ERR", "REMOTE": "REM",
    "LOCAL": "LOC", "RWLOCK": "RWL", "CTYPE": "CTYP", "CPON": "CPON",
    "CONFIGURE": "CONF", "TEMPERATURE": "TEMP", "VOLTAGE": "VOLT", "FORMAT": "FORM", "READING": "READ",
    "ALARM": "ALAR", "CHANNEL": "CHAN", "TRIGGER": "TRIG", "SOURCE": "SOUR", "TIMER": "TIM", "COUNT": "COUN",
    "INITIATE": "INIT", "ABORT": "ABOR", "FETCH": "FETC", "POINTS": "POIN", "REMOVE": "REM",
}  # fmt: skip
_ALLOWED_IN_LOCAL = {"SYST:REM", "SYST:RWL", "SYST:LOC", "SYST:ERR?", "*IDN?", "*CLS"}
_LIST = re.compile(r"\(@\s*(\d+(?::\d+)?(?:\s*,\s*\d+(?::\d+)?)*)\s*\)")

Error = tuple[int, str]


class Trouble(Exception):
    """A command that the device answers with an entry of its error queue."""

    def __init__(self, error: Error) -> None:
        super().__init__(error)
        self.error = error


class Agilent34970aSimulator:
    """See `Simulator`.

    Attributes:
        relays: every relay of every card: channel to closed.
        scanner: what it measures, on its multiplexers.
        shown: channel of a multiplexer -> what is there: a number, or "+9.9E+37" for what is out of range.
        moves: how often a relay has really moved.
        faults: what is wrong with it.
    """

    def __init__(self, cards: Mapping[int, tuple[str, int]] | None = None) -> None:
        self.cards = dict(cards) if cards is not None else {1: CARD_34903A, 3: CARD_34901A}
        self.relays = {
            f"{slot}{relay:02d}": False for slot, (_, count) in self.cards.items() for relay in range(1, count + 1)
        }
        self.moves = 0
        self.scanner = Scanner(self.cards, self._open_card)
        self.shown = self.scanner.shown
        self.faults = Faults()
        self.queues: dict[Wire, deque[Error]] = {"tcp": deque(), "serial": deque()}
        self.device_errors: deque[Error] = deque()
        self._default = self.session("tcp")

    def feed(self, data: bytes) -> bytes:
        """See `Session.feed`."""
        return self._default.feed(data)

    def session(self, wire: Wire) -> Session:
        """See `Simulator.session`; all sessions on one kind of wire share that interface's error queue."""
        return _Conversation(self, wire)

    def report(self, wire: Wire, error: Error) -> None:
        """Put an error into an interface's queue; a full one ends with an overflow entry."""
        queue = self.queues[wire]
        if len(queue) < QUEUE_LENGTH[wire]:
            queue.append(error)
        else:
            queue[-1] = OVERFLOW

    def next_error(self, wire: Wire) -> Error:
        """Take the oldest error: the interface's own first, then the device's."""
        for queue in (self.queues[wire], self.device_errors):
            if queue:
                return queue.popleft()
        return NO_ERROR

    def move(self, channels: list[str], closed: bool) -> None:
        """Move relays, but for those that are stuck."""
        for channel in channels:
            if channel not in self.faults.stuck and self.relays[channel] != closed:
                self.relays[channel] = closed
                self.moves += 1

    def _open_card(self, slot: str) -> None:
        self.move([channel for channel in self.relays if channel[0] == slot], closed=False)

    def seen_closed(self, channel: str) -> bool:
        """Return what the card reports of a relay."""
        return self.relays[channel] != (channel in self.faults.lie)


class _Conversation:
    """One client on one wire: cuts lines, carries out commands."""

    def __init__(self, device: Agilent34970aSimulator, wire: Wire) -> None:
        self._device = device
        self._wire = wire
        self._input = b""
        self._remote = wire == "tcp"  # a 34970A on RS-232 starts in local mode
        self._end = b"\n" if wire == "tcp" else b"\r\n"
        self._commands: dict[str, Callable[[str], str | None]] = {
            "ROUT:CLOS": lambda text: self._move(text, closed=True),
            "ROUT:OPEN": lambda text: self._move(text, closed=False),
            "ROUT:CLOS?": lambda text: self._states(text, closed=True),
            "ROUT:OPEN?": lambda text: self._states(text, closed=False),
            "ROUT:DONE?": lambda _: "1",
            "SYST:ERR?": lambda _: '{:+d},"{}"'.format(*device.next_error(wire)),
            "SYST:CTYP?": self._card_type,
            "SYST:CPON": self._card_reset,
            "SYST:REM": lambda _: self._set_remote(True),
            "SYST:RWL": lambda _: self._set_remote(True),
            "SYST:LOC": lambda _: self._set_remote(False),
            "*IDN?": lambda _: IDENTITY[wire],
            "*RST": lambda _: device.move(list(device.relays), closed=False),
            "*CLS": lambda _: self._clear(),
            **device.scanner.commands(self._channels),
        }

    def feed(self, data: bytes) -> bytes:
        """See `Session.feed`."""
        *lines, self._input = (self._input + data).split(b"\n")
        if len(self._input) > LONGEST_LINE_BYTES:
            self._input = b""
            self._device.report(self._wire, UNDEFINED)
        answers = (self._answer(line) for line in lines)
        spoil = self._device.faults.spoil
        return b"".join(spoil(answer.encode() + self._end) for answer in answers if answer is not None)

    def _answer(self, line: bytes) -> str | None:
        text = line.decode("ascii", "replace").strip()
        if not text:
            return None
        header, _, parameters = text.partition(" ")
        words = header.upper().removeprefix(":").removesuffix("?").split(":")
        name = ":".join(_LONG_FORMS.get(word, word) for word in words) + ("?" if header.endswith("?") else "")
        try:
            if name not in self._commands:
                raise Trouble(UNDEFINED)  # noqa: TRY301
            if not self._remote and name not in _ALLOWED_IN_LOCAL:
                raise Trouble(LOCAL_MODE)  # noqa: TRY301
            return self._commands[name](parameters.strip())
        except (Trouble, CannotScan) as trouble:
            self._device.report(self._wire, trouble.error)
            return None

    def _move(self, text: str, *, closed: bool) -> None:
        channels = self._channels(text)
        if closed and any(self._device.scanner.commits(channel) for channel in channels):
            raise Trouble(COMMITTED)
        self._device.move(channels, closed)

    def _states(self, text: str, *, closed: bool) -> str:
        channels = self._channels(text)
        return ",".join("1" if self._device.seen_closed(channel) == closed else "0" for channel in channels)

    def _channels(self, text: str) -> list[str]:
        """Return the channels of a list; a wrong one voids the whole command."""
        found = _LIST.fullmatch(text)
        if found is None:
            raise Trouble(OUT_OF_RANGE)
        channels: list[str] = []
        for item in found[1].replace(" ", "").split(","):
            first, colon, last = item.partition(":")
            ends = [self._channel(first), self._channel(last)] if colon else [self._channel(first)]
            if ends[0] > ends[-1]:
                raise Trouble(WRONG_CHANNEL)
            channels += [channel for channel in sorted(self._device.relays) if ends[0] <= channel <= ends[-1]]
        return channels

    def _channel(self, digits: str) -> str:
        if len(digits) != 3 or digits[0] not in "123":  # noqa: PLR2004 - slot digit and two more
            raise Trouble(WRONG_SLOT)
        if int(digits[0]) not in self._device.cards:
            raise Trouble(NO_MODULE)
        if digits not in self._device.relays:
            raise Trouble(WRONG_CHANNEL)
        return digits

    def _slot(self, text: str) -> int:
        if text not in ("100", "200", "300"):
            raise Trouble(OUT_OF_RANGE)
        return int(text[0])

    def _card_type(self, text: str) -> str:
        card = self._device.cards.get(self._slot(text))
        return f"HEWLETT-PACKARD,{card[0]},0,2.0" if card else "HEWLETT-PACKARD,0,0,0"

    def _card_reset(self, text: str) -> None:
        slots = {1, 2, 3} if text.upper() == "ALL" else {self._slot(text)}
        self._device.move([channel for channel in self._device.relays if int(channel[0]) in slots], closed=False)

    def _set_remote(self, remote: bool) -> None:
        if self._wire == "serial":
            self._remote = remote

    def _clear(self) -> None:
        self._device.queues[self._wire].clear()
        self._device.device_errors.clear()
