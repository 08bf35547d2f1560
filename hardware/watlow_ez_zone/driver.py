"""`WatlowEZZone`: an EZ-Zone PM over Modbus RTU, 9600 to 38400 baud 8N1, or over Modbus TCP through a gateway."""

import contextlib
import math
from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from hardware.device import TemperatureDevice
from hardware.errors import BadReply, DeviceError, DeviceRefused, SensorBroken
from hardware.exchange import Exchange
from hardware.heater import carry_out
from hardware.modbus.wire import Framing, ModbusWire, from_float, to_float
from hardware.settings import TemperatureSettings
from hardware.temperature import Pid, check_pid
from hardware.watlow_ez_zone import codec

RESOLUTION = 0.1  # degrees or seconds by which it may round what it keeps


class WatlowEZZoneSettings(TemperatureSettings):
    """Settings of a `WatlowEZZone`.

    Attributes:
        unit: its Modbus address, 1-247; through a gateway, the gateway's.
        framing: "auto": Modbus RTU on a serial port, Modbus TCP on a TCP port; "rtu": a gateway hands bytes on.
        zone: which controller behind a gateway, from 1.
        zone_offset: registers from one zone to the next, as the gateway is set up.
        word_order: of floats: "little" is low word first, as it leaves the factory. Whenever the link has been opened,
            what it measures and keeps is looked at: where that is no likely numbers in this order, or would be some in
            the other one as well, no number is read or sent.
        degrees: of the numbers on the wire, whatever the display shows.
        check_degrees: ask it before each temperature, and go on only if it says the same.
        save: let it keep each set-point in its EEPROM, which wears out; else that is switched off before one is sent.
            Once it is, `heater_off` is kept in its RAM only, too: after a power cut it returns with the control mode
            and the set-point that were saved, and may heat.
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
    order, likewise. `heater_off` switches its control off, unless it is off, and it stays off until `heater_on`, also
    if a set-point is written meanwhile; a power cut may end that, see `save`.
    """

    settings_model = WatlowEZZoneSettings
    terminator = b"\n"  # unused: a reply ends where its header or its function says
    addressed_by = "unit"
    speaks = "modbus"
    simulator: ClassVar[str] = "hardware.watlow_ez_zone.simulator:WatlowEZZoneSimulator"
    proportional_units = "C"

    def __init__(self, settings: WatlowEZZoneSettings, exchange: Exchange | None, channels: Sequence[str] = ()) -> None:
        super().__init__(settings, exchange, channels)
        self._wire = ModbusWire(self.exchange, framing=settings.framing, unit=settings.unit)
        self._in_order_since = 0  # the opening of the link on which the word order was seen to be right

    def read_temperature_c(self) -> float:
        """See `TemperatureController.read_temperature_c`; with its input error, in one block."""
        with self.exchange.transaction():
            self._check_degrees()
            high, low, code, _ = self._wire.read_holding(self._at(codec.PV), 4)
            shown = self._float(codec.PV, (high, low))
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
        with self.exchange.transaction():
            return self.check_output(self._number(codec.HEAT_POWER))

    def set_setpoint_c(self, setpoint_c: float) -> None:
        """See `TemperatureController.set_setpoint_c`: that of the closed loop."""
        self.check_setpoint(setpoint_c)
        with self.exchange.transaction():
            self._check_degrees()
            self._may_send_floats()
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
            self._may_send_floats()
            self._put(codec.BAND, codec.from_kelvins(pid.proportional, self.settings.degrees))
            self._put(codec.INTEGRAL, pid.integral_s)
            self._put(codec.DERIVATIVE, pid.derivative_s)

    def heater_off(self) -> None:
        """See `TemperatureController.heater_off`: first its control off, then the set-point."""
        with self.exchange.transaction():
            carry_out(self._control_off, self.lower_setpoint, self.check_output_is_off)

    def heater_on(self) -> None:
        """See `TemperatureController.heater_on`: its control automatic."""
        self._choose(codec.CONTROL_MODE, codec.MODE_AUTO)

    def _control_off(self) -> None:
        self._choose(codec.CONTROL_MODE, codec.MODE_OFF)

    def _check_degrees(self) -> None:
        if self.settings.check_degrees:
            degrees = codec.to_degrees(self._word(codec.DEGREES))
            if degrees != self.settings.degrees:
                wire = f"its numbers are in {degrees}, and its file says degrees: {self.settings.degrees}"
                raise DeviceRefused(f"{wire}: nothing was read or sent")

    def _may_send_floats(self) -> None:
        """Return if the word order is right on the link as it is now. Raises `DeviceRefused`."""
        self._words(codec.INTEGRAL)  # whatever it is: a link that had died is a new one after it
        self._check_word_order()

    def _check_word_order(self) -> None:
        """Return if the word order has been seen to be right since the link was opened. Raises `DeviceRefused`."""
        if self._in_order_since == self.exchange.opened:
            return
        said = f"word_order: {self.settings.word_order}"
        seen = False
        for register in codec.WORD_ORDER:
            words = self._words(register)
            number, swapped = (to_float(each, self.settings.word_order) for each in (words, words[::-1]))
            in_order = codec.is_in_order(number, swapped)
            if in_order is False:
                wrong = f"register {register} is {number:g} then, and {swapped:g} the other way round"
                raise DeviceRefused(f"{said}: {wrong}: no number was read or sent")
            seen = seen or in_order is True
        if not seen:
            raise DeviceRefused(f"{said}: what it keeps could be numbers in either order: no number was read or sent")
        self._in_order_since = self.exchange.opened

    def _save_nothing(self) -> None:
        if not self.settings.save:
            self._choose(codec.SAVE, codec.SAVE_NO)

    def _at(self, register: int) -> int:
        return codec.at(register, self.settings.zone, self.settings.zone_offset)

    def _number(self, register: int) -> float:
        with self.exchange.transaction():
            number = self._float(register, self._words(register))
            if not math.isfinite(number):
                raise BadReply(f"expected a number in register {register}, got {number}")
            return number

    def _float(self, register: int, words: Sequence[int]) -> float:
        if not any(words):
            return 0.0  # in either order
        self._check_word_order()
        number = to_float(words, self.settings.word_order)
        if register in codec.WORD_ORDER and 0 < abs(number) < codec.TINY:
            raise BadReply(f"it sent {number:g}, which is nothing that it measures or keeps: is its word order right?")
        return number

    def _words(self, register: int) -> list[int]:
        return self._wire.read_holding(self._at(register), 2)

    def _word(self, register: int) -> int:
        return self._wire.read_holding(self._at(register), 1)[0]

    def _put(self, register: int, number: float) -> None:
        with self.exchange.transaction():
            self._wire.write_registers(self._at(register), from_float(number, self.settings.word_order))
            kept = self._number(register)
            if abs(kept - number) > RESOLUTION:
                raise DeviceRefused(f"{number:g} in register {register} was confirmed, and it kept {kept:g}")

    def _choose(self, register: int, word: int) -> None:
        """Have a word of a list there: one that is there is not written again, as that may wear its EEPROM out."""
        with self.exchange.transaction():
            with contextlib.suppress(DeviceError):
                if self._word(register) == word:
                    return
            self._wire.write_register(self._at(register), word)
            kept = self._word(register)
            if kept != word:
                raise DeviceRefused(f"{word} in register {register} was confirmed, and it kept {kept}")
