"""One look at a furnace: temperature, set-point and output, each by itself, and numbers or nothing."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from hardware.errors import BadReply, DeviceError, DeviceRefused, SensorBroken
from hardware.numerals import is_number
from hardware.temperature import TemperatureController

COLD_C = 50.0  # a set-point up to this heats nothing that could be hurt

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Look:
    """What was found; None: it could not be read, and `error` says why (the first that failed).

    Attributes:
        temperature_c, setpoint_c: degrees Celsius.
        output_percent: of the heater; below 0 it cools.
    """

    temperature_c: float | None
    setpoint_c: float | None
    output_percent: float | None
    error: DeviceError | None

    @property
    def is_off(self) -> bool:
        """Whether the heater was seen to be off, and nothing will make it heat by itself."""
        return self.output_percent is not None and self.setpoint_c is not None and not self.heats

    @property
    def heats(self) -> bool:
        """Whether it was seen to heat, or to be about to."""
        output, setpoint_c = self.output_percent, self.setpoint_c
        return (output is not None and output > 0.0) or (setpoint_c is not None and setpoint_c > COLD_C)

    @property
    def whole(self) -> bool:
        """Whether all was read."""
        return self.error is None

    @property
    def sensor_broken(self) -> bool:
        """Whether the controller said that it measures nothing."""
        return isinstance(self.error, SensorBroken)


def look_at(controller: TemperatureController) -> Look:
    """Read all three. What is no number, or raises whatever it likes, is an error and no reason to stop.

    After a silence the others are not asked: each would take its timeout, too.
    """
    found: list[float | None] = []
    first: DeviceError | None = None
    for read in (controller.read_temperature_c, controller.read_setpoint_c, controller.read_output_percent):
        if first is not None and not isinstance(first, DeviceRefused | BadReply):
            found.append(None)
            continue
        try:
            found.append(number(read))
        except DeviceError as error:
            found.append(None)
            first = first or error
    temperature_c, setpoint_c, output_percent = found
    return Look(temperature_c, setpoint_c, output_percent, first)


def number(read: Callable[[], float]) -> float:
    """Return what a driver reads, if it is a finite number.

    Raises:
        DeviceError: as the driver does; `BadReply` for anything else that it returns, or raises.
    """
    try:
        value = read()
    except DeviceError:
        raise
    except Exception as error:
        log.exception("driver.failed", driver=getattr(read, "__qualname__", repr(read)))
        raise BadReply(f"its driver failed: {type(error).__name__}: {error}") from error
    if not is_number(value):
        raise BadReply(f"its driver returned {value!r}, which is no number")
    return float(value)
