"""`Eurotherm`: a series 2000 temperature controller over EI-Bisynch, usually 9600 baud 7E1."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from hardware.device import TemperatureDevice
from hardware.errors import DeviceRefused
from hardware.eurotherm_2000 import codec
from hardware.settings import DeviceSettings


class EurothermSettings(DeviceSettings):
    """Settings of a `Eurotherm`.

    Attributes:
        group: first half of its address, 0-9.
        unit: second half of its address, 0-9.
        setpoint_min: lowest set-point that is sent, in degrees Celsius.
        setpoint_max: highest set-point that is sent, in degrees Celsius.
    """

    klass: Literal["Eurotherm"]
    group: int = Field(default=0, ge=0, le=9)
    unit: int = Field(default=1, ge=0, le=9)
    setpoint_min: float = Field(default=0.0, ge=-200, le=2000)
    setpoint_max: float = Field(default=1600.0, ge=-200, le=2000)

    @model_validator(mode="after")
    def _has_range(self) -> Self:
        if self.setpoint_min >= self.setpoint_max:
            raise ValueError(f"setpoint_min {self.setpoint_min:g} is not below setpoint_max {self.setpoint_max:g}")
        return self


class Eurotherm(TemperatureDevice):
    """See `TemperatureController`."""

    settings_model = EurothermSettings
    terminator = b"\x03"  # unused: a reply ends one byte after it, see codec.frame_length
    simulator: ClassVar[str] = "hardware.eurotherm_2000.simulator:EurothermSimulator"

    def read_temperature_c(self) -> float:
        """See `TemperatureController.read_temperature_c`."""
        return self._read("PV")

    def read_setpoint_c(self) -> float:
        """See `TemperatureController.read_setpoint_c`."""
        return self._read("SL")

    def read_output_percent(self) -> float:
        """See `TemperatureController.read_output_percent`."""
        return self._read("OP")

    def set_setpoint_c(self, setpoint_c: float) -> None:
        """See `TemperatureController.set_setpoint_c`; sent with one decimal."""
        lowest, highest = self.settings.setpoint_min, self.settings.setpoint_max
        if not lowest <= setpoint_c <= highest:
            raise ValueError(f"set-point {setpoint_c:g} C: expected {lowest:g} to {highest:g} C")
        data = codec.encode_write(self.settings.group, self.settings.unit, "SL", setpoint_c)
        with self.exchange.transaction():
            reply = self.exchange.ask(data, acts=True, framing=codec.frame_length)
            if not codec.decode_written(reply):
                raise DeviceRefused(f"set-point {setpoint_c:g} C refused: {self._last_error()}")

    def _read(self, mnemonic: str) -> float:
        with self.exchange.transaction():
            return codec.decode_number(self._ask(mnemonic), mnemonic)

    def _last_error(self) -> str:
        error = codec.decode_value(self._ask("EE"), "EE")
        return codec.ERRORS.get(error, f"error {error}")

    def _ask(self, mnemonic: str) -> bytes:
        data = codec.encode_read(self.settings.group, self.settings.unit, mnemonic)
        return self.exchange.ask(data, framing=codec.frame_length)
