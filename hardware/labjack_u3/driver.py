"""`U3Actuator`: relays on the digital lines of a LabJack U3, over USB."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

import structlog
from pydantic import Field

from hardware.device import ActuatorDevice
from hardware.errors import BadReply, NotSent
from hardware.exchange import Exchange
from hardware.held import Held
from hardware.labjack_u3.codec import line_of, name_of
from hardware.labjack_u3.library import OpenU3, open_u3
from hardware.settings import ActuatorSettings, Port


class U3ActuatorSettings(ActuatorSettings):
    """Settings of a `U3Actuator`. It has no port: it is found on the USB.

    Attributes:
        energised_when: the level of a line that energises its relay; never guessed: there are boards of
            both kinds.
        serial: the serial number of the U3, where there are several; None: the only one.
    """

    klass: Literal["U3Actuator"]
    port: Port | Literal[""] = ""
    energised_when: Literal["high", "low"]
    serial: int | None = Field(default=None, ge=1, le=0xFFFFFFFF)


class U3Actuator(ActuatorDevice):
    """See `ActuatorDriver`. Its channels are FIO0-FIO7, EIO0-EIO7 and CIO0-CIO3; the readback is the level of the pin.

    Opening it changes no line, and no direction. After its power was off all lines are as its power-up defaults say,
    usually inputs, which a weak resistor pulls high: such a relay is read by the level of its line, like any other,
    and logged as not driven. A line that is an analog input is refused, and not made digital here: that is a matter
    of the U3's own power-up defaults.

    It is opened again by itself after it was unplugged, by the next look; a command is `NotSent` until then.

    Attributes:
        held: what is open, and a guard.

    Args:
        opener: what opens the U3, in the place of LabJackPython.
    """

    settings_model = U3ActuatorSettings
    terminator = b""
    simulator: ClassVar[str] = "hardware.labjack_u3.simulator:U3Simulator"

    def __init__(
        self,
        settings: U3ActuatorSettings,
        exchange: Exchange | None = None,
        channels: Sequence[str] = (),
        opener: Callable[[], OpenU3] | None = None,
    ) -> None:
        super().__init__(settings, exchange, channels)
        self._lines = {channel: line_of(channel) for channel in self.channels}
        self._high = settings.energised_when == "high"
        self._open_it = opener or self._opener(settings)
        self.held: Held[OpenU3] = Held(settings.name, settings.timeout, self._open)
        self._log = structlog.get_logger(device=settings.name)

    @classmethod
    def check_channel(cls, channel: str) -> None:
        """See `Device.check_channel`."""
        line_of(channel)

    def set(self, channel: str, energised: bool) -> None:
        """See `ActuatorDriver.set`; one round trip, in which the U3 tells that the line is an output."""
        line = line_of(channel)
        with self.held.acting() as device:
            if not device.write(line, energised == self._high):
                raise BadReply(f"{channel} has not become an output")

    def read(self, channel: str) -> bool:
        """See `ActuatorDriver.read`."""
        line = line_of(channel)
        with self.held.looking() as device:
            high, _ = device.look()
            return self._energised(high, line)

    def read_all(self) -> dict[str, bool]:
        """See `ActuatorDriver.read_all`; one round trip."""
        with self.held.looking(at_all=True) as device:
            high, _ = device.look()
            return {channel: self._energised(high, line) for channel, line in self._lines.items()}

    def identify(self) -> str:
        """See `ActuatorDriver.identify`: model, serial number, and which of its channels are not driven."""
        with self.held.looking() as device:
            idle = self._not_driven(device)
            return f"{device.name}, not driven yet: {', '.join(idle)}" if idle else device.name

    def _energised(self, high: int, line: int) -> bool:
        return bool(high >> line & 1) == self._high

    def _not_driven(self, device: OpenU3) -> list[str]:
        _, outputs = device.look()
        return [channel for channel, line in self._lines.items() if not outputs >> line & 1]

    def _open(self) -> OpenU3:
        device = self._open_it()
        analog = [name_of(line) for line in self._lines.values() if device.analog >> line & 1]
        if analog:
            device.close()
            text = "make it digital in the U3's power-up defaults, by LJControlPanel or LabJackPython's configU3"
            raise NotSent(f"{', '.join(analog)} of {device.name}: an analog input switches nothing; {text}")
        idle = self._not_driven(device)
        if idle:
            self._log.warning("device.not_driven", channels=idle, why="inputs until they are switched")
        return device

    def _opener(self, settings: U3ActuatorSettings) -> Callable[[], OpenU3]:
        if not settings.simulate:
            return lambda: open_u3(settings.serial)
        from hardware.simulation import simulator_for  # noqa: PLC0415 - a real one needs no simulator

        simulator: Any = simulator_for(settings.klass)
        simulator.energised_when = settings.energised_when
        connect: Callable[[], OpenU3] = simulator.connect
        return connect
