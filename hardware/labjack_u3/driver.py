"""`U3Actuator`: relays on the digital lines of a LabJack U3, over USB."""

from collections.abc import Collection, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from hardware.errors import NotSent
from hardware.held_lines import HeldLinesActuator, HeldLinesSettings, Stands
from hardware.labjack_u3.codec import line_of, name_of
from hardware.labjack_u3.library import OpenU3, open_u3
from hardware.sharing import Parts


class U3ActuatorSettings(HeldLinesSettings):
    """Settings of a `U3Actuator`: it is found on the USB; see `HeldLinesSettings`.

    Attributes:
        serial: the serial number of the U3, where there are several; None: the only one.
    """

    klass: Literal["U3Actuator"]
    serial: int | None = Field(default=None, ge=1, le=0xFFFFFFFF)


class U3Actuator(HeldLinesActuator[OpenU3]):
    """See `HeldLinesActuator`. Its channels are FIO0-FIO7, EIO0-EIO7 and CIO0-CIO3.

    Opening it changes no line, and no direction. After its power was off all lines are as its power-up defaults say,
    usually inputs, which a weak resistor pulls high. A line that is an analog input is refused, and not made digital
    here: that is a matter of the U3's own power-up defaults.

    It is opened again by itself after it was unplugged, by the next look; a command is `NotSent` until then. Each call
    is one round trip, for which LabJack's exodriver waits a second or so (a guess).
    """

    settings_model = U3ActuatorSettings
    simulator: ClassVar[str] = "hardware.labjack_u3.simulator:U3Simulator"
    holds = "the U3 on the USB"

    @classmethod
    def parts(cls, settings: U3ActuatorSettings, _channels: Sequence[str]) -> Parts | None:
        """Return which U3 it is, or None: the only one there is; see `hardware.sharing.parts_of`."""
        return {cls.held_as(settings): settings.name} if settings.serial is not None else None

    @classmethod
    def held_as(cls, settings: U3ActuatorSettings) -> str:
        """See `HeldLinesActuator.held_as`."""
        return "the only one" if settings.serial is None else f"serial number {settings.serial}"

    @classmethod
    def line_of(cls, channel: str) -> int:
        """See `HeldLinesActuator.line_of`."""
        return line_of(channel)

    def look(self, opened: OpenU3, lines: Collection[int]) -> dict[int, Stands]:
        """See `HeldLinesActuator.look`; all of them with one question."""
        high, outputs = opened.look()
        return {line: Stands(bool(outputs >> line & 1), bool(high >> line & 1)) for line in lines}

    def drive(self, opened: OpenU3, line: int, high: bool) -> Stands:
        """See `HeldLinesActuator.drive`; in one packet, in which the U3 tells how the line stands, too."""
        return Stands(*opened.write(line, high))

    def open_library(self) -> OpenU3:
        """See `HeldLinesActuator.open_library`."""
        return open_u3(self.settings.serial)

    def check_lines(self, opened: OpenU3) -> None:
        """See `HeldLinesActuator.check_lines`: none of them is an analog input."""
        analog = [name_of(line) for line in self._lines.values() if opened.analog >> line & 1]
        if analog:
            text = "make it digital in the U3's power-up defaults, by LJControlPanel or LabJackPython's configU3"
            raise NotSent(f"{', '.join(analog)} of {opened.name}: an analog input switches nothing; {text}")
