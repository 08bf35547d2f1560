"""`RPiGPIO`: relays on the pins of the Raspberry Pi that this program runs on."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

import structlog
from pydantic import Field

from hardware.device import ActuatorDevice
from hardware.errors import BadReply
from hardware.exchange import Exchange
from hardware.held import Held
from hardware.raspberry_pi_gpio.codec import pin_of
from hardware.raspberry_pi_gpio.pins import OpenPins, open_pins
from hardware.settings import ActuatorSettings, Port


class RPiGPIOSettings(ActuatorSettings):
    """Settings of an `RPiGPIO`. It has no port: the pins are those of this computer.

    Attributes:
        energised_when: the level of a pin that energises its relay (an active-low board: low); never guessed.
        chip: the number of `/dev/gpiochip<chip>`; None: the one that gpiozero knows this model by.
    """

    klass: Literal["RPiGPIO"]
    port: Port | Literal[""] = ""
    energised_when: Literal["high", "low"]
    chip: int | None = Field(default=None, ge=0, le=99)


class RPiGPIO(ActuatorDevice):
    """See `ActuatorDriver`. Its channels are the BCM numbers 2 to 27, as text; the readback is the level of the pin.

    A pin is found as it is, and stays so until it is switched: an output goes on with its level, an input stays one,
    and its relay is read by the level that is there, and logged as not driven. Neither a new actor nor the end of the
    process changes a pin, as far as a program can have it: the kernel makes inputs of the outputs of a process that
    has ended, unless `persist_gpio_outputs` of its pinctrl module is Y, as Raspberry Pi OS has it; if it is not, or
    does not say, that is logged. When the computer is switched off every relay falls.

    Attributes:
        held: the pins, and a guard.

    Args:
        opener: what opens the pins, in the place of gpiozero.
    """

    settings_model = RPiGPIOSettings
    terminator = b""
    simulator: ClassVar[str] = "hardware.raspberry_pi_gpio.simulator:GpioSimulator"

    def __init__(
        self,
        settings: RPiGPIOSettings,
        exchange: Exchange | None = None,
        channels: Sequence[str] = (),
        opener: Callable[[], OpenPins] | None = None,
    ) -> None:
        super().__init__(settings, exchange, channels)
        self._pins = {channel: pin_of(channel) for channel in self.channels}
        self._high = settings.energised_when == "high"
        self._open_it = opener or self._opener(settings)
        self.held: Held[OpenPins] = Held(settings.name, settings.timeout, self._open)
        self._log = structlog.get_logger(device=settings.name)

    @classmethod
    def check_channel(cls, channel: str) -> None:
        """See `Device.check_channel`."""
        pin_of(channel)

    def set(self, channel: str, energised: bool) -> None:
        """See `ActuatorDriver.set`; it returns when the pin is an output."""
        pin = pin_of(channel)
        with self.held.acting() as pins:
            pins.drive(pin, energised == self._high)
            if not pins.look(pin).output:
                raise BadReply(f"GPIO{channel} has not become an output")

    def read(self, channel: str) -> bool:
        """See `ActuatorDriver.read`."""
        pin = pin_of(channel)
        with self.held.looking() as pins:
            return pins.look(pin).high == self._high

    def read_all(self) -> dict[str, bool]:
        """See `ActuatorDriver.read_all`."""
        with self.held.looking(at_all=True) as pins:
            return {channel: pins.look(pin).high == self._high for channel, pin in self._pins.items()}

    def identify(self) -> str:
        """See `ActuatorDriver.identify`: the model, and which of its channels are not driven."""
        with self.held.looking() as pins:
            idle = self._not_driven(pins)
            return f"{pins.name}, not driven yet: {', '.join(idle)}" if idle else pins.name

    def _not_driven(self, pins: OpenPins) -> list[str]:
        return [channel for channel, pin in self._pins.items() if not pins.look(pin).output]

    def _open(self) -> OpenPins:
        pins = self._open_it()
        idle = self._not_driven(pins)
        if idle:
            self._log.warning("device.not_driven", channels=idle, why="inputs until they are switched")
        return pins

    def _opener(self, settings: RPiGPIOSettings) -> Callable[[], OpenPins]:
        if not settings.simulate:
            return lambda: open_pins(settings.chip)
        from hardware.simulation import simulator_for  # noqa: PLC0415 - a real one needs no simulator

        simulator: Any = simulator_for(settings.klass)
        simulator.energised_when = settings.energised_when
        connect: Callable[[], OpenPins] = simulator.connect
        return connect
