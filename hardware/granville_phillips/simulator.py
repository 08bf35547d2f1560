"""A Micro-Ion module with its gauges on an RS-485 line: the far end, with faults to switch on.

Written from the manual and not from the codec, so that one wrong idea is not in both.
"""

from collections.abc import Callable

from hardware.far_end import Faults, Session, Wire

PAUSE_S = 0.05
LONGEST_MESSAGE_BYTES = 64


class MicroIonSimulator:
    """See `Simulator`. All sessions talk to the one module, as on a shared line.

    Attributes:
        shown: "IG", "CG1", "CG2" to what it shows: a pressure, or its text.
        powered: the ion gauge is on.
        moves: how often the ion gauge was really switched.
        address: the module's, 0 to 255.
        addressed: its replies tell its address.
        dialect: "RD", "RD1" or "DS", how it wants to be asked for pressures.
        echo: the adapter hands back what the host writes.
        chatter: what others on the line say before each of its replies.
        line_feed: it ends its replies with CR LF.
        faults: what is wrong with it.

    Args:
        clock: seconds; a message within 0.05 s of the one before is not heard.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.shown: dict[str, float | str] = {"IG": 1.53e-6, "CG1": 1.2e-3, "CG2": "1.01E+03"}
        self.powered = True
        self.moves = 0
        self.address = 1
        self.addressed = True
        self.dialect = "RD"
        self.echo = False
        self.chatter = b""
        self.line_feed = False
        self.faults = Faults()
        self._clock = clock
        self._heard_at = -PAUSE_S
        self._input = b""

    def feed(self, data: bytes) -> bytes:
        """See `Session.feed`."""
        *messages, self._input = (self._input + data).split(b"\r")
        self._input = self._input[-LONGEST_MESSAGE_BYTES:]
        return (data if self.echo else b"") + b"".join(self._answer(message) for message in messages)

    def session(self, wire: Wire) -> Session:  # noqa: ARG002 - the same on every wire
        """See `Simulator.session`."""
        return self

    def _answer(self, message: bytes) -> bytes:
        """Return the answer; to another address, or too early, there is none."""
        now = self._clock()
        too_early, self._heard_at = now - self._heard_at < PAUSE_S, now
        text = message.decode("ascii", "replace")
        mine = f"{self.address:02X}"
        if too_early or mine not in (text[1:3], text[2:4]) or "#" not in text[:2]:
            return b""
        sign, said = self._carry_out(text[3:]) if text[0] == "#" else ("?", "SYNTX ER")
        reply = f"{sign}{mine if self.addressed else ''} {said:<8}\r" + ("\n" if self.line_feed else "")
        return (b"" if self.faults.mute else self.chatter) + self.faults.spoil(reply.encode())

    def _carry_out(self, command: str) -> tuple[str, str]:
        """Return the first character and the text of the reply. A line feed before the `#` garbles the message."""
        names = {self.dialect: "IG", "RDCG1": "CG1", "RDCG2": "CG2"}
        if self.dialect == "DS":
            names = {"DS IG": "IG", "DS CG1": "CG1", "DS CG2": "CG2"}
        if command in names:
            return "*", self._show(names[command])
        if command in ("IG0", "IG1"):
            return self._switch(on=command == "IG1")
        if command == "IGS":
            return "*", "1 IG ON" if self.powered else "0 IG OFF"
        return "?", "SYNTX ER"

    def _show(self, name: str) -> str:
        shown = self.shown[name] if self.powered or name != "IG" else 9.9e9
        return shown if isinstance(shown, str) else f"{shown:.2E}"

    def _switch(self, *, on: bool) -> tuple[str, str]:
        if self.powered == on:
            return "?", "INVALID"
        if "IG" not in self.faults.stuck:
            self.powered = on
            self.moves += 1
        return "*", "PROGM OK"
