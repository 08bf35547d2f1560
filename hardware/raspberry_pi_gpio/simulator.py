"""The pins of a Raspberry Pi with relays on them, as an object in the place of what gpiozero opens."""

from dataclasses import dataclass

from hardware.far_end import Faults

PINS = [str(pin) for pin in range(2, 28)]


@dataclass(frozen=True, slots=True)
class Stands:
    """How a pin stands."""

    output: bool
    high: bool


class GpioSimulator:
    """It was switched on when it is made: every pin an input, and every relay released.

    Attributes:
        relays: pin -> whether its relay is energised.
        energised_when: the level that energises a relay of its board: "high" or "low"; such a board pulls a pin that
            is no output to the other one.
        outputs: the pins that are driven.
        moves: how often a relay has really moved.
        faults: `stuck`, `lie`; the others cannot be: there is no wire.
        asked: what it was asked and told, in order.
    """

    name = "Raspberry Pi, simulated"

    def __init__(self, energised_when: str = "low") -> None:
        self.relays = dict.fromkeys(PINS, False)
        self.energised_when = energised_when
        self.outputs: set[str] = set()
        self.moves = 0
        self.faults = Faults()
        self.asked: list[str] = []

    def connect(self) -> "GpioSimulator":
        """Return what opening the pins gives: always the same."""
        return self

    def look(self, pin: int) -> Stands:
        """Tell how a pin stands."""
        name = str(pin)
        self.asked.append(f"look {name}")
        high = self.relays[name] == (self.energised_when == "high")
        return Stands(name in self.outputs, high != (name in self.faults.lie))

    def drive(self, pin: int, high: bool) -> None:
        """Make a pin an output; its relay follows, unless it is stuck."""
        name = str(pin)
        self.asked.append(f"drive {name} {int(high)}")
        self.outputs.add(name)
        energised = high == (self.energised_when == "high")
        if name not in self.faults.stuck and self.relays[name] != energised:
            self.relays[name] = energised
            self.moves += 1

    def close(self) -> None:
        """Leave everything as it is."""
        self.asked.append("close")
