"""What a device file of a `EurothermModbus` may say."""

from typing import Literal, Self

from pydantic import Field, model_validator

from hardware.eurotherm_modbus import codec
from hardware.modbus.wire import Framing
from hardware.settings import TemperatureSettings


class EurothermModbusSettings(TemperatureSettings):
    """Settings of a `EurothermModbus`.

    Attributes:
        unit: its Modbus address, 1-247.
        framing: "auto": Modbus RTU on a serial port, Modbus TCP on a TCP port; "rtu": a gateway hands bytes on.
        area: where numbers are read and written: as scaled "integer", or as "ieee" floats.
        decimals: of temperatures and of the proportional band as integers, 0-2: as its display is set up.
        check_decimals: with integers: what has `decimals` is read as a float, which needs none, and before a set-point
            or a band is sent the integer is compared with the float; none is sent where they differ, or cannot be
            compared. False, for what has no floats: `decimals` is believed, and with one too few 150 C is read, and
            sent, as 1500.
        output_decimals: of the output, 0-2. One source.
        time_decimals: of the integral and derivative time in seconds, 0-2. One source.
        setpoint_register: of the set-point, 0-16383. That which is meant here, the target set-point, is in many of the
            series kept in a memory that wears out (a guess: of the order of 100 000 writes), so that ramps should go to
            the register of a remote set-point, where the controller has one and is set up to follow it.
        sensor_break_register: holds 1 while the sensor is broken. One source. None (`~`): it is not asked, and only
            `reading_min` and `reading_max` are left to find a broken sensor by.
        manual_register: holds 1 in manual, 0 in automatic. One source. None (`~`): it is not asked; then a controller
            that was left in manual is found by its output only, and `heater_on` does not end that.
        proportional_units: of its proportional band: "C", or "%" of its span, as it is set up. It is not asked.
    """

    klass: Literal["EurothermModbus"]
    unit: int = Field(default=1, ge=1, le=247)
    framing: Framing = "auto"
    area: Literal["integer", "ieee"] = "integer"
    decimals: int = Field(default=1, ge=0, le=2)
    check_decimals: bool = True
    output_decimals: int = Field(default=1, ge=0, le=2)
    time_decimals: int = Field(default=0, ge=0, le=2)
    setpoint_register: int = Field(default=codec.SETPOINT, ge=0, le=codec.HIGHEST_WITH_FLOAT)
    sensor_break_register: int | None = Field(default=258, ge=0, le=0xFFFF)
    manual_register: int | None = Field(default=codec.MANUAL, ge=0, le=0xFFFF)
    proportional_units: Literal["C", "%"] = "C"

    @property
    def compares(self) -> bool:
        """Whether integers are compared with floats."""
        return self.area == "integer" and self.check_decimals

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.setpoint_register in codec.NO_SETPOINT:
            raise ValueError(f"setpoint_register: {self.setpoint_register} is no set-point")
        if self.area == "integer":
            for setpoint_c in (self.setpoint_min, self.setpoint_max):
                codec.to_register(setpoint_c, self.decimals)
        return self
