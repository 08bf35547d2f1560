"""`RPiGPIO`: relays on the pins of the Raspberry Pi that this program runs on."""

from collections.abc import Collection, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from hardware.held_lines import HeldLinesActuator, HeldLinesSettings, Stands
from hardware.raspberry_pi_gpio.codec import pin_of
from hardware.raspberry_pi_gpio.pins import OpenPins, open_pins
from hardware.sharing import Parts


class RPiGPIOSettings(HeldLinesSettings):
    """Settings of an `RPiGPIO`: the pins are those of this computer; see `HeldLinesSettings`.

    Attributes:
        chip: the number of `/dev/gpiochip<chip>`; None: the one that gpiozero knows this model by.
    """

    klass: Literal["RPiGPIO"]
    chip: int | None = Field(default=None, ge=0, le=99)


class RPiGPIO(HeldLinesActuator[OpenPins]):
    """See `HeldLinesActuator`. Its channels are the BCM numbers 2 to 27, as text.

    Neither a new actor nor the end of the process changes a pin, as far as a program can have it: the kernel makes
    inputs of the outputs that nobody has any more, unless `persist_gpio_outputs` of its pinctrl module is Y, as
    Raspberry Pi OS has it. If it is not, or does not say, that is logged, and taking the pins over may move relays as
    well: a pin that was left an output is an input then for a moment; see `hardware.raspberry_pi_gpio.kernel`. When the
    computer is switched off every relay falls.
    """

    settings_model = RPiGPIOSettings
    simulator: ClassVar[str] = "hardware.raspberry_pi_gpio.simulator:GpioSimulator"
    holds = "the pins of this computer"

    @classmethod
    def parts(cls, settings: RPiGPIOSettings, channels: Sequence[str]) -> Parts:
        """Return its pins, which are those of one header, whatever `chip` says; see `hardware.sharing.parts_of`."""
        return {f"GPIO{channel}": settings.name for channel in channels}

    @classmethod
    def held_as(cls, settings: RPiGPIOSettings) -> str:
        """See `HeldLinesActuator.held_as`."""
        return "this model's own chip" if settings.chip is None else f"gpiochip{settings.chip}"

    @classmethod
    def line_of(cls, channel: str) -> int:
        """See `HeldLinesActuator.line_of`."""
        return pin_of(channel)

    def look(self, opened: OpenPins, lines: Collection[int]) -> dict[int, Stands]:
        """See `HeldLinesActuator.look`; one after the other."""
        return {pin: self._stands(opened, pin) for pin in lines}

    def drive(self, opened: OpenPins, line: int, high: bool) -> Stands:
        """See `HeldLinesActuator.drive`; lgpio does not say whether the kernel took it, so the pin is read."""
        opened.drive(line, high)
        return self._stands(opened, line)

    def open_library(self) -> OpenPins:
        """See `HeldLinesActuator.open_library`."""
        return open_pins(self.settings.chip)

    def _stands(self, opened: OpenPins, pin: int) -> Stands:
        found = opened.look(pin)
        return Stands(found.output, found.high)
