"""`EurothermModbus`: a Eurotherm series 2000 or 3000 over Modbus RTU, usually 9600 baud 8N1, or through a gateway."""

import math
from collections.abc import Sequence
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from hardware.device import TemperatureDevice
from hardware.errors import BadReply, DeviceRefused, SensorBroken
from hardware.eurotherm_modbus import codec
from hardware.exchange import Exchange
from hardware.modbus.wire import Framing, ModbusWire, from_float, to_float
from hardware.settings import TemperatureSettings
from hardware.temperature import Pid, check_pid

RESOLUTION = 1.0  # a controller may be set up to keep whole degrees and seconds only


class EurothermModbusSettings(TemperatureSettings):
    """Settings of a `EurothermModbus`.

    Attributes:
        unit: its Modbus address, 1-247.
        framing: "auto": Modbus RTU on a serial port, Modbus TCP on a TCP port; "rtu": a gateway hands bytes on.
        area: where numbers are read and written: as scaled "integer", or as "ieee" floats.
        decimals: of temperatures and of the proportional band as integers, 0-2: as its display is set up.
        check_decimals: compare the temperature as an integer with that as a float before each set-point, and send none
            where they differ: with `decimals` wrong by one it would be ten times what was meant.
        output_decimals: of the output, 0-2. One source.
        time_decimals: of the integral and derivative time in seconds, 0-2. One source.
        sensor_break_register: holds 1 while the sensor is broken. One source. None (`~`): it is not asked, and only
            `reading_min` and `reading_max` are left to find a broken sensor by.
    """

    klass: Literal["EurothermModbus"]
    unit: int = Field(default=1, ge=1, le=247)
    framing: Framing = "auto"
    area: Literal["integer", "ieee"] = "integer"
    decimals: int = Field(default=1, ge=0, le=2)
    check_decimals: bool = True
    output_decimals: int = Field(default=1, ge=0, le=2)
    time_decimals: int = Field(default=0, ge=0, le=2)
    sensor_break_register: int | None = Field(default=258, ge=0, le=0xFFFF)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.area == "integer":
            for setpoint_c in (self.setpoint_min, self.setpoint_max):
                codec.to_register(setpoint_c, self.decimals)
        return self


class EurothermModbus(TemperatureDevice):
    """See `TemperatureController`. Source: Series 2000 Communications Handbook, HA026230, Modbus.

    What is written is read back: a function 16 may drop a bad value without a word. The registers of sensor break
    (258), of manual (273) and of the PID are of one source each; that the times of the PID are floats in seconds in the
    IEEE area is a guess.

    `heater_off` never puts it into manual: there it would go on with the output that it had, should the line break at
    that moment. It lowers the set-point, and puts the output to 0 only where it is in manual already.
    """

    settings_model = EurothermModbusSettings
    terminator = b"\n"  # unused: a reply ends where its header or its function says
    addressed_by = "unit"
    simulator: ClassVar[str] = "hardware.eurotherm_modbus.simulator:EurothermModbusSimulator"
    proportional_units = "C"

    def __init__(
        self, settings: EurothermModbusSettings, exchange: Exchange | None, channels: Sequence[str] = ()
    ) -> None:
        super().__init__(settings, exchange, channels)
        self._wire = ModbusWire(self.exchange, framing=settings.framing, unit=settings.unit)
        self._pid = {
            codec.BAND: settings.decimals,
            codec.INTEGRAL: settings.time_decimals,
            codec.DERIVATIVE: settings.time_decimals,
        }

    def read_temperature_c(self) -> float:
        """See `TemperatureController.read_temperature_c`; asks for the sensor break too, after it."""
        with self.exchange.transaction():
            measured_c = self._read(codec.PV, self.settings.decimals)
            register = self.settings.sensor_break_register
            if register is not None and self._flag(register, "sensor break"):
                raise SensorBroken(f"sensor break (it shows {measured_c:g} C)")
            return self.check_reading(measured_c)

    def read_setpoint_c(self) -> float:
        """See `TemperatureController.read_setpoint_c`."""
        return self._read(codec.SETPOINT, self.settings.decimals)

    def read_output_percent(self) -> float:
        """See `TemperatureController.read_output_percent`."""
        return self._read(codec.OUTPUT, self.settings.output_decimals)

    def set_setpoint_c(self, setpoint_c: float) -> None:
        """See `TemperatureController.set_setpoint_c`; as an integer it is rounded to `decimals`."""
        self.check_setpoint(setpoint_c)
        with self.exchange.transaction():
            if self.settings.area == "integer" and self.settings.check_decimals:
                self._check_decimals()
            self._write(codec.SETPOINT, setpoint_c, self.settings.decimals, f"set-point {setpoint_c:g} C")

    def read_pid(self) -> Pid:
        """See `TemperatureController.read_pid`; the band in the units that the controller is set up for."""
        with self.exchange.transaction():
            return Pid(*(self._read(register, decimals) for register, decimals in self._pid.items()))

    def set_pid(self, pid: Pid) -> None:
        """See `TemperatureController.set_pid`; as integers they are rounded."""
        check_pid(pid)
        with self.exchange.transaction():
            terms = (pid.proportional, pid.integral_s, pid.derivative_s)
            for (register, decimals), term in zip(self._pid.items(), terms, strict=True):
                self._write(register, term, decimals, f"{term:g} in register {register}")

    def heater_off(self) -> None:
        """See `TemperatureController.heater_off`."""
        with self.exchange.transaction():
            super().heater_off()
            if self._flag(codec.MANUAL, "manual"):
                self._write(codec.OUTPUT, 0.0, self.settings.output_decimals, "output 0 %")
            self.check_output_is_off()

    def heater_on(self) -> None:
        """See `TemperatureController.heater_on`: automatic, where it was in manual."""
        with self.exchange.transaction():
            if self._flag(codec.MANUAL, "manual"):
                self._wire.write_register(codec.MANUAL, 0)
                if self._flag(codec.MANUAL, "manual"):
                    raise DeviceRefused("automatic was confirmed, and it stayed in manual")

    def identify(self) -> str:
        """See `Device.identify`; with the version of its firmware as a number."""
        return f"{super().identify()}, version {self._wire.read_holding(codec.VERSION, 1)[0]:04X}"

    def _check_decimals(self) -> None:
        integer, exact = self._read(codec.PV, self.settings.decimals), self._read_float(codec.PV)
        if abs(integer - exact) > RESOLUTION + abs(exact) / 100:
            shown = f"it shows {exact:g} C as a float and {integer:g} C with {self.settings.decimals} decimals"
            raise DeviceRefused(f"{shown}: no set-point was sent")

    def _flag(self, register: int, what: str) -> bool:
        with self.exchange.transaction():
            return codec.to_flag(self._wire.read_holding(register, 1)[0], what)

    def _read(self, register: int, decimals: int) -> float:
        if self.settings.area == "integer":
            return codec.to_number(self._wire.read_holding(register, 1)[0], decimals)
        return self._read_float(register)

    def _read_float(self, register: int) -> float:
        with self.exchange.transaction():
            number = to_float(self._wire.read_holding(codec.ieee_address(register), 2))
            if not math.isfinite(number):
                raise BadReply(f"expected a number in register {register}, got {number}")
            return number

    def _write(self, register: int, number: float, decimals: int, what: str) -> None:
        with self.exchange.transaction():
            if self.settings.area == "integer":
                self._wire.write_register(register, codec.to_register(number, decimals))
            else:
                self._wire.write_registers(codec.ieee_address(register), from_float(number))
            kept = self._read(register, decimals)
            if abs(kept - number) > RESOLUTION:
                raise DeviceRefused(f"{what} was confirmed, and it kept {kept:g}")
