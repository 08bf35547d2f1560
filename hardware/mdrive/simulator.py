"""An MDrive that really turns: the far end of an MCode line, with faults to switch on.

Written from the manual and not from the codec, so that one wrong idea is not in both.
"""

import re
from collections.abc import Callable

from hardware.far_end import Faults, Session, Wire

LONGEST_MESSAGE_BYTES = 64
FASTEST = 5_000_000  # steps a second, and steps a second squared
UNKNOWN_VARIABLE, OUT_OF_RANGE, NOT_UNDERSTOOD, READ_ONLY, BUSY, STALL = 20, 21, 24, 25, 85, 86

_PRINT = re.compile(r"PR (.+)")
_ITEM = re.compile(r'"[^"]*"|[A-Z][A-Z0-9]?')  # of what is printed: texts and variables
_ASSIGN = re.compile(r"([A-Z][A-Z0-9]?) ?= ?(-?\d{1,10})")
_MOVE = re.compile(r"(MA|MR|SL) (-?\d{1,10})")
_WRITABLE = {"P", "VM", "A", "D", "ST", "ER", "EM", "EE", "R1", "R2", "R3", "R4"}
_FLAGS, _RATES = {"ST", "EE"}, {"VM", "A", "D"}


class MDriveSimulator:
    """See `Simulator`. One motor; it turns as the clock goes on, also while nobody asks.

    Attributes:
        name: its `DN`, which it answers to only, in messages that end with LF (`PY=1`). "": it is alone, its messages
            end with CR; and whoever calls it by a name all the same is answered, too.
        steps: where the shaft is. To set it is to turn it by hand.
        stalls_over: a place, in steps, over which it cannot get; None: it turns freely.
        jammed: it accepts moves, and does not turn: the moving flag stays off.
        blank_first: with `EM=1` an empty line comes before each printed one.
        space: what it writes around what it joins.
        moves: how many moves it has begun.
        variables: the others that it has.
        lost: how many of the next answers get lost on the line.
        faults: what is wrong with it.
    """

    def __init__(self, clock: Callable[[], float], *, name: str = "", speed: float = 1.0) -> None:
        self.name = name
        self.stalls_over: int | None = None
        self.jammed = False
        self.blank_first = False
        self.space = " "
        self.moves = self.lost = 0
        self.variables = {"VM": 768000, "A": 1000000, "D": 1000000, "ST": 0, "ER": 0, "EM": 1, "EE": 1}
        self.variables |= dict.fromkeys(("R1", "R2", "R3", "R4"), 0)
        self.faults = Faults()
        self._clock, self._speed = clock, speed
        self._at, self._steps = clock(), 0.0
        self._target: float | None = None
        self._slew = 0.0  # steps a second, while it turns without a target
        self._default = self.session("tcp")

    @property
    def steps(self) -> int:
        """See the class."""
        self._catch_up()
        return round(self._steps)

    @steps.setter
    def steps(self, value: int) -> None:
        self._catch_up()
        self._steps = float(value)

    @property
    def moving(self) -> bool:
        """Whether it turns now."""
        self._catch_up()
        return self._target is not None or self._slew != 0

    def feed(self, data: bytes) -> bytes:
        """See `Session.feed`."""
        return self._default.feed(data)

    def session(self, wire: Wire) -> Session:  # noqa: ARG002 - the same on every wire
        """See `Simulator.session`."""
        return _Conversation(self)

    def hear(self, message: str, *, named: bool) -> bytes:
        """Take a message up, and return the bytes of what it says to it. `named`: it begins with a drive's name."""
        if self.name and not (named and message.startswith(self.name)):
            return b""
        message = message[1:] if named else message
        printed = self._carry_out(message.strip().upper())
        if self.lost:
            self.lost -= 1
            return b""
        mode = self.variables["EM"]
        if printed is None:
            return self.faults.spoil(b"\r\n") if mode == 1 else b""
        blank = b"\r\n" if mode == 1 and self.blank_first else b""
        return self.faults.spoil(blank + printed.encode() + b"\r\n")

    def _carry_out(self, message: str) -> str | None:
        """Do what a message says; return what it prints, None: nothing."""
        if found := _PRINT.fullmatch(message):
            return self._print(found[1])
        if found := _MOVE.fullmatch(message):
            self._move(found[1], int(found[2]))
        elif found := _ASSIGN.fullmatch(message):
            self._assign(found[1], int(found[2]))
        elif message:
            self.variables["ER"] = NOT_UNDERSTOOD
        return None

    def _print(self, items: str) -> str | None:
        parts = []
        for item in _ITEM.findall(items):
            if item.startswith('"'):
                parts.append(item.strip('"'))
            elif (shown := self._shown(item)) is not None:
                parts.append(shown)
            else:
                self.variables["ER"] = UNKNOWN_VARIABLE
                return None
        return self.space.join(parts)

    def _shown(self, name: str) -> str | None:
        moving = self.moving
        if name == "VR":
            return "3.010"
        if name == "MV":
            return str(int(moving != ("MV" in self.faults.lie)))
        if name == "P":
            return str(-self.steps if "P" in self.faults.lie else self.steps)
        return str(self.variables[name]) if name in self.variables else None

    def _assign(self, name: str, number: int) -> None:
        if name in ("MV", "VR"):
            self.variables["ER"] = READ_ONLY
        elif name not in _WRITABLE:
            self.variables["ER"] = UNKNOWN_VARIABLE
        elif (name in _FLAGS and number not in (0, 1)) or (name in _RATES and not 0 < number <= FASTEST):
            self.variables["ER"] = OUT_OF_RANGE
        elif name in self.faults.stuck:
            return
        elif name == "P":
            self.steps = number
        else:
            self.variables[name] = number

    def _move(self, verb: str, number: int) -> None:
        self._catch_up()
        if verb == "SL":
            if number and not self.jammed:
                self.moves += 1
            self._target, self._slew = None, 0.0 if self.jammed else float(number)
            return
        if self.moving:
            self.variables["ER"] = BUSY
            return
        self.moves += 1
        if not self.jammed:
            self._target = float(number) + (self._steps if verb == "MR" else 0.0)

    def _catch_up(self) -> None:
        """Turn the shaft by as much as the clock has gone on since it was last looked at."""
        now = self._clock()
        elapsed_s, self._at = (now - self._at) * self._speed, now
        if self._target is not None:
            reach = self.variables["VM"] * elapsed_s
            left = self._target - self._steps
            to = self._target if abs(left) <= reach else self._steps + (reach if left > 0 else -reach)
            if self._turn(to) and to == self._target:
                self._target = None
        elif self._slew:
            self._turn(self._steps + self._slew * elapsed_s)

    def _turn(self, to: float) -> bool:
        """Turn the shaft; False: it was held up on its way."""
        wall = self.stalls_over
        if wall is None or to <= wall or to < self._steps:
            self._steps = to
            return True
        self._steps = max(self._steps, float(wall))
        self._target, self._slew = None, 0.0
        self.variables["ST"], self.variables["ER"] = 1, STALL
        return False


class _Conversation:
    """One client: a message with a name ends with LF, one without it with CR."""

    def __init__(self, device: MDriveSimulator) -> None:
        self._device = device
        self._input = ""

    def feed(self, data: bytes) -> bytes:
        """See `Session.feed`."""
        answers = b""
        for character in data.decode("latin-1"):
            if character in "\r\n":
                message, self._input = self._input, ""
                answers += self._device.hear(message, named=character == "\n")
            else:
                self._input = (self._input + character)[-LONGEST_MESSAGE_BYTES:]
        return answers
