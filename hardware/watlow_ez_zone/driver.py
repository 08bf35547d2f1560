"""`WatlowEZZone`: an EZ-Zone PM over Modbus RTU, 9600 to 38400 baud 8N1, or over Modbus TCP through a gateway."""

import math
from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from hardware.device import TemperatureDevice
from hardware.errors import BadReply, DeviceRefused, SensorBroken
from hardware.exchange import Exchange
from hardware.modbus.wire import Framing, ModbusWire, from_float, to_float
from hardware.settings import TemperatureSettings
from hardware.temperature import Pid, check_pid
from hardware.watlow_ez_zone import codec

TINY = 1e-6  # what most numbers become, and all whole ones up to 256, with their two words the wrong way round
RESOLUTION = 0.1  # degrees or seconds by which it may round what it keeps


class WatlowEZZoneSettings(TemperatureSettings):
    """Settings of a `WatlowEZZone`.

    Attributes:
        unit: its Modbus address, 1-247; through a gateway, the gateway's.
        framing: "auto": Modbus RTU on a serial port, Modbus TCP on a TCP port; "rtu": a gateway hands bytes on.
        zone: which controller behind a gateway, from 1.
        zone_offset: registers from one zone to the next, as the gateway is set up.
        word_order: of floats: "little" is low word first, as it leaves the factory.
        degrees: of the numbers on the wire, whatever the display shows.
        check_degrees: ask it before each temperature, and go on only if it says the same.
        save: let it keep each set-point in its EEPROM, which wears out; else that is switched off before one is sent.
    """

    klass: Literal["WatlowEZZone"]
    unit: int = Field(default=1, ge=1, le=247)
    framing: Framing = "auto"
    zone: int = Field(default=1, ge=1, le=13)
    zone_offset: int = Field(default=5000, ge=2496, le=5000)
    word_order: Literal["little", "big"] = "little"
    degrees: Literal["F", "C"] = "F"
    check_degrees: bool = True
    save: bool = False


class WatlowEZZone(TemperatureDevice):
    """See `TemperatureController`. Source: EZ-Zone PM User's Guide 0600-0059, Modbus addresses of map 1.

    The input errors are of one source; that a word of a list is in the first of its two registers, whatever the word
    order, likewise. `heater_off` switches its control off, and it stays off until `heater_on`, also if a set-point is
    written meanwhile.
    """

    settings_model = WatlowEZZoneSettings
    terminator = b"\n"  # unused: a reply ends where its header or its function says
    addressed_by = "unit"
    simulator: ClassVar[str] = "hardware.watlow_ez_zone.simulator:WatlowEZZoneSimulator"
    proportional_units = "C"

    def __init__(self, settings: WatlowEZZoneSettings, exchange: Exchange | None, channels: Sequence[str] = ()) -> None:
        super().__init__(settings, exchange, channels)
        self._wire = ModbusWire(self.exchange, framing=settings.framing, unit=settings.unit)

    def read_temperature_c(self) -> float:
        """See `TemperatureController.read_temperature_c`; with its input error, in one block."""
        with self.exchange.transaction():
            self._check_degrees()
            high, low, code, _ = self._wire.read_holding(self._at(codec.PV), 4)
            shown = self._float((high, low))
            if error := codec.to_error(code):
                raise SensorBroken(f"{error} (it shows {shown:g} {self.settings.degrees})")
            return self.check_reading(codec.to_celsius(shown, self.settings.degrees))

    def read_setpoint_c(self) -> float:
        """See `TemperatureController.read_setpoint_c`: that of the closed loop."""
        with self.exchange.transaction():
            self._check_degrees()
            return codec.to_celsius(self._number(codec.SETPOINT), self.settings.degrees)

    def read_output_percent(self) -> float:
        """See `TemperatureController.read_output_percent`: its heat power."""
        return self._number(codec.HEAT_POWER)

    def set_setpoint_c(self, setpoint_c: float) -> None:
        """See `TemperatureController.set_setpoint_c`: that of the closed loop."""
        self.check_setpoint(setpoint_c)
        with self.exchange.transaction():
            self._check_degrees()
            self._number(codec.INTEGRAL)  # of a whole number it is seen whether the word order is right
            self._save_nothing()
            self._put(codec.SETPOINT, codec.from_celsius(setpoint_c, self.settings.degrees))

    def read_pid(self) -> Pid:
        """See `TemperatureController.read_pid`: of heating; the band in kelvins."""
        with self.exchange.transaction():
            self._check_degrees()
            band = codec.to_kelvins(self._number(codec.BAND), self.settings.degrees)
            return Pid(band, self._number(codec.INTEGRAL), self._number(codec.DERIVATIVE))

    def set_pid(self, pid: Pid) -> None:
        """See `TemperatureController.set_pid`: of heating; saved, or not, as the device is set to at that moment."""
        check_pid(pid)
        with self.exchange.transaction():
            self._check_degrees()
            self._number(codec.INTEGRAL)
            self._put(codec.BAND, codec.from_kelvins(pid.proportional, self.settings.degrees))
            self._put(codec.INTEGRAL, pid.integral_s)
            self._put(codec.DERIVATIVE, pid.derivative_s)

    def heater_off(self) -> None:
        """See `TemperatureController.heater_off`: first its control off, then the set-point."""
        with self.exchange.transaction():
            try:
                self._choose(codec.CONTROL_MODE, codec.MODE_OFF)
            finally:  # the one helps if it does not take the other
                super().heater_off()
            self.check_output_is_off()

    def heater_on(self) -> None:
        """See `TemperatureController.heater_on`: its control automatic."""
        self._choose(codec.CONTROL_MODE, codec.MODE_AUTO)

    def _check_degrees(self) -> None:
        if self.settings.check_degrees:
            degrees = codec.to_degrees(self._word(codec.DEGREES))
            if degrees != self.settings.degrees:
                wire = f"its numbers are in {degrees}, and its file says degrees: {self.settings.degrees}"
                raise DeviceRefused(f"{wire}: nothing was read or sent")

    def _save_nothing(self) -> None:
        if not self.settings.save and self._word(codec.SAVE) != codec.SAVE_NO:
            self._choose(codec.SAVE, codec.SAVE_NO)

    def _at(self, register: int) -> int:
        return codec.at(register, self.settings.zone, self.settings.zone_offset)

    def _number(self, register: int) -> float:
        with self.exchange.transaction():
            number = self._float(self._wire.read_holding(self._at(register), 2))
            if not math.isfinite(number):
                raise BadReply(f"expected a number in register {register}, got {number}")
            return number

    def _float(self, registers: Sequence[int]) -> float:
        number = to_float(registers, self.settings.word_order)
        if 0 < abs(number) < TINY:
            raise BadReply(f"it sent {number:g}, which is nothing that it measures or keeps: is its word order right?")
        return number

    def _word(self, register: int) -> int:
        return self._wire.read_holding(self._at(register), 1)[0]

    def _put(self, register: int, number: float) -> None:
        with self.exchange.transaction():
            self._wire.write_registers(self._at(register), from_float(number, self.settings.word_order))
            kept = self._number(register)
            if abs(kept - number) > RESOLUTION:
                raise DeviceRefused(f"{number:g} in register {register} was confirmed, and it kept {kept:g}")

    def _choose(self, register: int, word: int) -> None:
        with self.exchange.transaction():
            self._wire.write_register(self._at(register), word)
            kept = self._word(register)
            if kept != word:
                raise DeviceRefused(f"{word} in register {register} was confirmed, and it kept {kept}")
