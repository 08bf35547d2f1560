"""The base of every drive's driver, and what the file of a drive may say."""

import math
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from hardware.device import Device
from hardware.drive import DriveReading
from hardware.errors import DeviceRefused
from hardware.settings import DeviceSettings


class Unreferenced(DeviceRefused):
    """The drive answers, and does not know where it is: since it was switched on nobody has told it where home is."""


class DriveSettings(DeviceSettings):
    """A drive. Positions are in `units`, velocities in units a second.

    Attributes:
        units: their name, for people: mm, turns, steps.
        steps_per_unit: of the motor, or of its encoder where it has one; negative: it turns the other way. Not 0.
        lowest, highest: the positions that it may be sent to.
        home: where it is when it is told that it is home.
        tolerance: how far from a position it may stand and still be there; over 0.
        velocity: of its moves; None: as the drive has it.
        slew_velocity: of `Slew 1`; None: it is not slewed.
        poll: seconds between two looks while it stands; 0.05 to 3600. While it moves it is looked at more often.
    """

    units: str = Field(default="steps", pattern=r"^[A-Za-z]{1,12}$")
    steps_per_unit: float = Field(default=1.0, allow_inf_nan=False)
    lowest: float = Field(allow_inf_nan=False)
    highest: float = Field(allow_inf_nan=False)
    home: float = Field(default=0.0, allow_inf_nan=False)
    tolerance: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    velocity: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    slew_velocity: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    poll: float = Field(default=2.0, ge=0.05, le=3600)

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        if self.steps_per_unit == 0:
            raise ValueError("steps_per_unit is 0")
        if self.lowest >= self.highest:
            raise ValueError(f"lowest {self.lowest:g} is not below highest {self.highest:g}")
        return self


class DriveDevice(Device):
    """A `hardware.drive.DriveDriver` to derive from: `read`, `move_to`, `slew`, `stop` and `set_home` are missing."""

    settings_model: ClassVar[type[DeviceSettings]] = DriveSettings

    def read(self) -> DriveReading:
        """See `DriveDriver.read`."""
        raise NotImplementedError

    def move_to(self, position: float, velocity: float | None = None) -> None:
        """See `DriveDriver.move_to`; begins with `check_position`."""
        raise NotImplementedError

    def slew(self, velocity: float) -> None:
        """See `DriveDriver.slew`."""
        raise NotImplementedError

    def stop(self) -> None:
        """See `DriveDriver.stop`."""
        raise NotImplementedError

    def set_home(self) -> None:
        """See `DriveDriver.set_home`."""
        raise NotImplementedError

    def read_position(self) -> float:
        """See `DriveDriver.read_position`."""
        return self.located(self.read())

    def is_moving(self) -> bool:
        """See `DriveDriver.is_moving`."""
        return self.read().moving

    def is_stalled(self) -> bool:
        """See `DriveDriver.is_stalled`."""
        return self.read().stalled

    def located(self, reading: DriveReading) -> float:
        """Return the position of a reading. Raises `Unreferenced`."""
        if reading.position is None:
            raise Unreferenced("its position is not known since it was switched on: bring it home, then SetHome")
        return reading.position

    def check_position(self, position: float) -> None:
        """Return if it may be sent there. Raises `ValueError`."""
        settings: Any = self.settings
        if not settings.lowest <= position <= settings.highest:
            allowed = f"{settings.lowest:g} to {settings.highest:g} {settings.units}"
            raise ValueError(f"position {position:g} {settings.units}: expected {allowed}")

    def check_velocity(self, velocity: float | None) -> float | None:
        """Return the velocity of a move, the usual one for None. Raises `ValueError` for one that is none."""
        if velocity is None:
            usual: float | None = self.settings.velocity
            return usual
        if not 0 < velocity < math.inf:
            raise ValueError(f"velocity {velocity:g} {self.settings.units}/s: expected a number over 0")
        return velocity

    def is_at(self, reading: DriveReading, position: float) -> bool:
        """Whether a reading shows it there."""
        return reading.position is not None and abs(reading.position - position) <= self.settings.tolerance

    def to_steps(self, amount: float) -> int:
        """Return units as steps."""
        scale: float = self.settings.steps_per_unit
        return round(amount * scale)

    def to_units(self, steps: int) -> float:
        """Return steps as units."""
        return float(steps / self.settings.steps_per_unit)

    def identify(self) -> str:
        """See `Device.identify`: it is there if it can be read."""
        reading = self.read()
        at = "position not known" if reading.position is None else f"{reading.position:g} {self.settings.units}"
        return f"{super().identify()}, {at}"
