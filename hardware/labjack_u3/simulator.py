"""A U3 with relays on its lines, as an object in the place of what LabJackPython opens.

A real one's packets are LabJackPython's affair; this is what a driver sees of it.
"""

from hardware.errors import BadReply, DeviceRefused, LinkDown
from hardware.far_end import Faults

LINES = [*(f"FIO{n}" for n in range(8)), *(f"EIO{n}" for n in range(8)), *(f"CIO{n}" for n in range(4))]


class U3Simulator:
    """It is switched on when it is made: every line an input, and every relay released.

    Attributes:
        relays: line -> whether its relay is energised.
        energised_when: the level that energises a relay of its board: "high" or "low"; such a board pulls a line that
            is no output to the other one.
        outputs: the lines that are driven.
        analog: the lines that are analog inputs: they read low, and cannot be driven.
        moves: how often a relay has really moved.
        faults: `mute`: it acts, and the library gives up waiting; `disconnect`: it acts, and is gone; `stuck`, `lie`.
        refuses: what it answers every command with, if anything.
        asked: what it was asked and told, in order.
        made: what opening it gave, in order.
    """

    def __init__(self, energised_when: str = "low") -> None:
        self.relays = dict.fromkeys(LINES, False)
        self.outputs: set[str] = set()
        self.analog: set[str] = set()
        self.moves = 0
        self.faults = Faults()
        self.refuses = ""
        self.asked: list[str] = []
        self.energised_when = energised_when
        self.made: list[_Connection] = []

    def connect(self) -> "_Connection":
        """Return what opening it gives."""
        self.made.append(_Connection(self))
        return self.made[-1]

    def disconnect(self) -> None:
        """Have the cable out: what was opened does not work any more."""
        for connection in self.made:
            connection.gone = True

    def drive(self, line: str, high: bool) -> None:
        """Make a line an output; its relay follows, unless it is stuck."""
        self.outputs.add(line)
        energised = high == (self.energised_when == "high")
        if line not in self.faults.stuck and self.relays[line] != energised:
            self.relays[line] = energised
            self.moves += 1

    def levels(self) -> int:
        """Return the levels of all lines, line 0 in bit 0."""
        high = [(self.relays[line] == (self.energised_when == "high")) != (line in self.faults.lie) for line in LINES]
        return sum(1 << n for n, line in enumerate(LINES) if high[n] and line not in self.analog)

    def directions(self) -> int:
        """Return which lines are outputs."""
        return sum(1 << n for n, line in enumerate(LINES) if line in self.outputs)


class _Connection:
    """A U3 that was opened."""

    name = "U3-LV 320000001"

    def __init__(self, device: U3Simulator) -> None:
        self.gone = False
        self.closed = False
        self.analog = sum(1 << n for n, line in enumerate(LINES) if line in device.analog)
        self._device = device

    def look(self) -> tuple[int, int]:
        """Tell (levels, directions)."""
        self._hear("look")
        self._answer()
        return self._device.levels(), self._device.directions()

    def write(self, line: int, high: bool) -> tuple[bool, bool]:
        """Drive a line; tell whether it is an output now, and high."""
        name = LINES[line]
        self._hear(f"write {name} {int(high)}")
        if name not in self._device.analog:
            self._device.drive(name, high)
        self._answer()
        return name in self._device.outputs, bool(self._device.levels() >> line & 1)

    def close(self) -> None:
        """Let go of it."""
        if self.closed:
            raise BadReply("it was closed before")
        self.closed = True

    def _hear(self, what: str) -> None:
        if self.gone or self.closed:
            raise LinkDown("LabJackException: Could only write 0 of 10 bytes.")
        self._device.asked.append(what)
        if self._device.refuses:
            raise DeviceRefused(self._device.refuses)

    def _answer(self) -> None:
        if self._device.faults.disconnect:
            self._device.disconnect()
            raise LinkDown("LabJackException: Exodriver returned error number 19")
        if self._device.faults.mute:
            raise LinkDown("LabJackException: Exodriver returned error number 110")
