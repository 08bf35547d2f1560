"""What a temperature controller must offer."""

from dataclasses import dataclass
from typing import Protocol

EXACT = 0.001  # by which a number of 32 bits may differ from what was sent


@dataclass(frozen=True, slots=True)
class Pid:
    """The three terms of a control loop, all 0 or more.

    Attributes:
        proportional: the proportional band, or the gain: see `TemperatureController.proportional_units`.
        integral_s: integral time in seconds; 0: without.
        derivative_s: derivative time in seconds; 0: without.
    """

    proportional: float
    integral_s: float
    derivative_s: float


class TemperatureController(Protocol):
    """Holds a furnace at its set-point. Every method may block for the device's timeout; one thread at a time.

    All methods raise `NotSent`, `LinkDown`, `NoAnswer`, `BadReply` or `DeviceRefused`; what returns has been confirmed
    by the device.

    Attributes:
        proportional_units: of `Pid.proportional`: "C" (a band), "%" (a band, of the span), "gain"; "": it has no PID
            that could be read.
    """

    proportional_units: str

    def read_temperature_c(self) -> float:
        """Read the measured temperature in degrees Celsius.

        Raises `SensorBroken`, a `DeviceRefused`, where the device says that it measures nothing, or shows what no
        sensor can measure: whatever it shows then is no temperature.
        """

    def read_setpoint_c(self) -> float:
        """Read the target set-point in degrees Celsius."""

    def set_setpoint_c(self, setpoint_c: float) -> None:
        """Write the target set-point in degrees Celsius; `ValueError` out of the configured range.

        It does not switch a heater on that is off: see `heater_on`.
        """

    def read_output_percent(self) -> float:
        """Read the output, 0 to 100 percent; below 0, down to -100, where it cools. `BadReply` for what is none."""

    def read_pid(self) -> Pid:
        """Read the three terms that are in use."""

    def set_pid(self, pid: Pid) -> None:
        """Write the three terms; `ValueError` where one is below 0 or no number.

        It is one write after the other: what fails in between leaves the first ones changed.
        """

    def heater_off(self) -> None:
        """Stop heating: the set-point to its lowest, and, where the device can, its control off or its output at 0.

        Each of these is tried, whatever happened to the one before, so that it may block for several timeouts. Raises
        the first error, and also where the device goes on heating. May be repeated; a set-point alone does not undo all
        of it.
        """

    def heater_on(self) -> None:
        """Let the loop heat again after `heater_off`, towards the present set-point."""


def was_kept(kept: float, sent: float, decimals: int) -> bool:
    """Whether a controller kept what it was sent: that number, or the same rounded to `decimals`, or to a whole one."""
    return abs(kept - sent) <= EXACT or any(_is_rounded(kept, sent, 10.0**-places) for places in (decimals, 0))


def _is_rounded(kept: float, sent: float, step: float) -> bool:
    return abs(kept - sent) <= step / 2 + EXACT and abs(kept - step * round(kept / step)) <= EXACT


def check_pid(pid: Pid) -> None:
    """Return if all three terms are numbers from 0. Raises `ValueError`."""
    if not all(0.0 <= term < float("inf") for term in (pid.proportional, pid.integral_s, pid.derivative_s)):
        raise ValueError(f"{pid}: expected three numbers from 0")
