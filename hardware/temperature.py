"""What a temperature controller must offer."""

from typing import Protocol


class TemperatureController(Protocol):
    """Holds a furnace at its set-point. Every method may block for the device's timeout; one thread at a time.

    All methods raise `NotSent`, `LinkDown`, `NoAnswer`, `BadReply` or `DeviceRefused`.
    """

    def read_temperature_c(self) -> float:
        """Read the measured temperature in degrees Celsius."""

    def read_setpoint_c(self) -> float:
        """Read the target set-point in degrees Celsius."""

    def set_setpoint_c(self, setpoint_c: float) -> None:
        """Write the target set-point in degrees Celsius; `ValueError` out of the configured range."""

    def read_output_percent(self) -> float:
        """Read the heater output, 0 to 100 percent."""
