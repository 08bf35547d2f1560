"""`EurothermModbus`: a Eurotherm series 2000 or 3000 over Modbus RTU, usually 9600 baud 8N1, or through a gateway."""

import math
from collections.abc import Sequence
from typing import ClassVar

from hardware.errors import BadReply, DeviceError, DeviceRefused, SensorBroken
from hardware.eurotherm_modbus import codec
from hardware.eurotherm_modbus.settings import EurothermModbusSettings
from hardware.exchange import Exchange
from hardware.heater import AutoManualDevice
from hardware.modbus.wire import ModbusWire, from_float, to_float
from hardware.temperature import Pid, check_pid, was_kept


class EurothermModbus(AutoManualDevice):
    """See `TemperatureController`. Source: Series 2000 Communications Handbook, HA026230, Modbus.

    It has to be set up for degrees Celsius: it is not asked for them. What is written is read back: a function 16 may
    drop a bad value without a word. The registers of sensor break (258), of manual (273) and of the PID are of one
    source each; that the times of the PID are floats in seconds in the IEEE area is a guess.
    """

    settings_model = EurothermModbusSettings
    terminator = b"\n"  # unused: a reply ends where its header or its function says
    addressed_by = "unit"
    speaks = "modbus"
    simulator: ClassVar[str] = "hardware.eurotherm_modbus.simulator:EurothermModbusSimulator"

    def __init__(
        self, settings: EurothermModbusSettings, exchange: Exchange | None, channels: Sequence[str] = ()
    ) -> None:
        super().__init__(settings, exchange, channels)
        self.proportional_units = settings.proportional_units
        self._wire = ModbusWire(self.exchange, framing=settings.framing, unit=settings.unit)
        self._setpoint = settings.setpoint_register
        self._decimals = {
            codec.PV: settings.decimals,
            self._setpoint: settings.decimals,
            codec.OUTPUT: settings.output_decimals,
            codec.BAND: settings.decimals,
            codec.INTEGRAL: settings.time_decimals,
            codec.DERIVATIVE: settings.time_decimals,
        }
        self._read_as_floats: frozenset[int] = frozenset()
        if settings.area == "ieee":
            self._read_as_floats = frozenset(self._decimals)
        elif settings.compares:
            self._read_as_floats = frozenset((codec.PV, self._setpoint, codec.BAND))

    def read_temperature_c(self) -> float:
        """See `TemperatureController.read_temperature_c`; asks for the sensor break too, after it."""
        with self.exchange.transaction():
            measured_c = self._number(codec.PV)
            register = self.settings.sensor_break_register
            if register is not None and self._flag(register, "sensor break"):
                raise SensorBroken(f"sensor break (it shows {measured_c:g} C)")
            return self.check_reading(measured_c)

    def read_setpoint_c(self) -> float:
        """See `TemperatureController.read_setpoint_c`."""
        return self._read(self._setpoint)

    def read_output_percent(self) -> float:
        """See `TemperatureController.read_output_percent`."""
        with self.exchange.transaction():
            return self.check_output(self._read(codec.OUTPUT))

    def set_setpoint_c(self, setpoint_c: float) -> None:
        """See `TemperatureController.set_setpoint_c`; as an integer it is rounded to `decimals`."""
        self.check_setpoint(setpoint_c)
        with self.exchange.transaction():
            self._check_decimals(codec.PV, self._setpoint)
            self._write(self._setpoint, setpoint_c, f"set-point {setpoint_c:g} C")

    def read_pid(self) -> Pid:
        """See `TemperatureController.read_pid`; the band in `proportional_units`."""
        with self.exchange.transaction():
            return Pid(*(self._read(register) for register in (codec.BAND, codec.INTEGRAL, codec.DERIVATIVE)))

    def set_pid(self, pid: Pid) -> None:
        """See `TemperatureController.set_pid`; as integers they are rounded."""
        check_pid(pid)
        terms = {codec.BAND: pid.proportional, codec.INTEGRAL: pid.integral_s, codec.DERIVATIVE: pid.derivative_s}
        with self.exchange.transaction():
            self._check_decimals(codec.BAND, codec.PV, self._setpoint)
            for register, term in terms.items():
                self._write(register, term, f"{term:g} in register {register}")

    def lower_setpoint(self) -> None:
        """See `TemperatureDevice.lower_setpoint`. 0 needs no `decimals`; where they are wrong it is 0 in any case."""
        lowest_c = self.settings.setpoint_min
        if lowest_c != 0:
            try:
                self._check_decimals(codec.PV, self._setpoint)
            except DeviceError:
                lowest_c = 0.0
        self._write(self._setpoint, lowest_c, f"set-point {lowest_c:g} C")

    def is_manual(self) -> bool | None:
        """See `AutoManualDevice.is_manual`; a register that is not there reads as anything: `BadReply`, mostly."""
        register = self.settings.manual_register
        return None if register is None else self._flag(register, "manual")

    def stop_output(self) -> None:
        """See `AutoManualDevice.stop_output`."""
        self._write(codec.OUTPUT, 0.0, "output 0 %")

    def go_automatic(self) -> None:
        """See `AutoManualDevice.go_automatic`."""
        self._wire.write_register(self.settings.manual_register, 0)
        if self.is_manual():
            raise DeviceRefused("automatic was confirmed, and it stayed in manual")

    def identify(self) -> str:
        """See `Device.identify`; with the version of its firmware as a number."""
        return f"{super().identify()}, version {self._wire.read_holding(codec.VERSION, 1)[0]:04X}"

    def _check_decimals(self, *registers: int) -> None:
        """Return if `decimals` is right, by the first of these registers that can tell. Raises `DeviceRefused`."""
        if not self.settings.compares:
            return
        decimals = self.settings.decimals
        for register in registers:
            scaled, exact = self._scaled(register), self._float(register)
            same = codec.is_same(scaled, exact, decimals)
            if same is None:
                continue
            if not same:
                shown = f"register {register} is {exact:g} as a float and {scaled:g} with {decimals} decimals"
                raise DeviceRefused(f"{shown}: nothing was sent")
            return
        unlike = f"registers {', '.join(map(str, registers))} are near 0, or too high"
        raise DeviceRefused(f"it cannot be seen whether it has {decimals} decimals, {unlike}: nothing was sent")

    def _flag(self, register: int, what: str) -> bool:
        with self.exchange.transaction():
            return codec.to_flag(self._wire.read_holding(register, 1)[0], what)

    def _read(self, register: int) -> float:
        with self.exchange.transaction():
            number = self._number(register)
            if not math.isfinite(number):
                raise BadReply(f"expected a number in register {register}, got {number}")
            return number

    def _number(self, register: int) -> float:
        """Return a parameter as it is told: as a float it may be none."""
        return self._float(register) if register in self._read_as_floats else self._scaled(register)

    def _float(self, register: int) -> float:
        return to_float(self._wire.read_holding(codec.ieee_address(register), 2))

    def _scaled(self, register: int) -> float:
        return codec.to_number(self._wire.read_holding(register, 1)[0], self._decimals[register])

    def _write(self, register: int, number: float, what: str) -> None:
        decimals = self._decimals[register]
        with self.exchange.transaction():
            if self.settings.area == "integer":
                scaled = codec.to_register(number, decimals)
                self._wire.write_register(register, scaled)
                number = codec.to_number(scaled, decimals)
            else:
                self._wire.write_registers(codec.ieee_address(register), from_float(number))
            kept = self._read(register)
            if not was_kept(kept, number, decimals):
                raise DeviceRefused(f"{what} was confirmed, and it kept {kept:g}")
