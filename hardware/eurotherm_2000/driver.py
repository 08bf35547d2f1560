"""`Eurotherm`: a series 2000 temperature controller over EI-Bisynch, usually 9600 baud 7E1."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Literal, TypeVar

from pydantic import Field, field_validator

from hardware.errors import BadReply, DeviceRefused, SensorBroken
from hardware.eurotherm_2000 import codec
from hardware.exchange import Exchange
from hardware.heater import AutoManualDevice
from hardware.settings import TemperatureSettings
from hardware.sharing import Parts
from hardware.temperature import Pid, check_pid, was_kept

PID = ("XP", "TI", "TD")  # proportional band, integral time, derivative time
NO_SETPOINT = frozenset(("PV", "SP", "OP", "SO", "EE", *PID))

T = TypeVar("T")


class EurothermSettings(TemperatureSettings):
    """Settings of a `Eurotherm`.

    Attributes:
        group: first half of its address, 0-9.
        unit: second half of its address, 0-9.
        setpoint_mnemonic: of the set-point. That which is meant here, the target set-point, is in many of the series
            kept in a memory that wears out (a guess: of the order of 100 000 writes), so that ramps should go to the
            mnemonic of a remote set-point, where the controller has one and is set up to follow it.
        sensor_break_bit: the bit of the status word SO that says that the sensor is broken, 0-15. A guess: 5 is what
            the handbook of the 3200 says. None (`~`): SO is not asked, and only `reading_min` and `reading_max` are
            left to find a broken sensor by.
        auto_manual: the mnemonic that tells automatic (0) from manual (anything else). A guess. "": none; then a
            controller that was left in manual is found by its output only, and `heater_on` does not end that.
        proportional_units: of its proportional band: "C", or "%" of its span, as it is set up. It is not asked.
    """

    klass: Literal["Eurotherm"]
    group: int = Field(default=0, ge=0, le=9)
    unit: int = Field(default=1, ge=0, le=9)
    setpoint_mnemonic: str = Field(default="SL", pattern="^[!-~]{2}$")
    sensor_break_bit: int | None = Field(default=5, ge=0, le=15)
    auto_manual: str = Field(default="mA", pattern="^([!-~]{2})?$")
    proportional_units: Literal["C", "%"] = "C"

    @field_validator("setpoint_mnemonic")
    @classmethod
    def _is_a_setpoint(cls, mnemonic: str) -> str:
        if mnemonic in NO_SETPOINT:
            raise ValueError(f"{mnemonic} is no set-point")
        return mnemonic


class Eurotherm(AutoManualDevice):
    """See `TemperatureController`. Source: Series 2000 Communications Handbook, HA026230, EI-Bisynch.

    It has to be set up for degrees Celsius: it is not asked for them. What is written is read back: an acknowledgement
    is one byte, like any other. Which bit of SO is a sensor break, and the mnemonic of automatic and manual, are
    guesses, and settings.
    """

    settings_model = EurothermSettings
    terminator = b"\x03"  # unused: a reply ends one byte after it, see codec.frame_length
    simulator: ClassVar[str] = "hardware.eurotherm_2000.simulator:EurothermSimulator"

    def __init__(self, settings: EurothermSettings, exchange: Exchange | None, channels: Sequence[str] = ()) -> None:
        super().__init__(settings, exchange, channels)
        self.proportional_units = settings.proportional_units

    @classmethod
    def parts(cls, settings: EurothermSettings, _channels: Sequence[str]) -> Parts:
        """Return its address; see `hardware.sharing.parts_of`."""
        return {f"address {settings.group}{settings.unit}": settings.name}

    def read_temperature_c(self) -> float:
        """See `TemperatureController.read_temperature_c`; asks for the status too, after it."""
        with self.exchange.transaction():
            measured_c = self._read("PV", codec.decode_number)
            bit = self.settings.sensor_break_bit
            if bit is not None and self._read("SO", codec.decode_word) >> bit & 1:
                raise SensorBroken(f"sensor break (it shows {measured_c:g} C)")
            return self.check_reading(measured_c)

    def read_setpoint_c(self) -> float:
        """See `TemperatureController.read_setpoint_c`."""
        return self._number(self.settings.setpoint_mnemonic)

    def read_output_percent(self) -> float:
        """See `TemperatureController.read_output_percent`."""
        with self.exchange.transaction():
            return self.check_output(self._read("OP", codec.decode_number))

    def set_setpoint_c(self, setpoint_c: float) -> None:
        """See `TemperatureController.set_setpoint_c`; sent with one decimal."""
        self.check_setpoint(setpoint_c)
        self._write(self.settings.setpoint_mnemonic, setpoint_c, f"set-point {setpoint_c:g} C")

    def read_pid(self) -> Pid:
        """See `TemperatureController.read_pid`; the band in `proportional_units`."""
        with self.exchange.transaction():
            return Pid(*(self._read(mnemonic, codec.decode_number) for mnemonic in PID))

    def set_pid(self, pid: Pid) -> None:
        """See `TemperatureController.set_pid`; sent with one decimal."""
        check_pid(pid)
        with self.exchange.transaction():
            for mnemonic, term in zip(PID, (pid.proportional, pid.integral_s, pid.derivative_s), strict=True):
                self._write(mnemonic, term, f"{mnemonic} {term:g}")

    def is_manual(self) -> bool | None:
        """See `AutoManualDevice.is_manual`. Raises `DeviceRefused` where it does not know the mnemonic."""
        mnemonic = self.settings.auto_manual
        if not mnemonic:
            return None
        try:
            return self._number(mnemonic) != 0
        except DeviceRefused as refused:
            unknown = f"{refused.what} that its file has as auto_manual: nobody knows whether it is in manual"
            raise DeviceRefused(unknown, self.settings.name) from refused

    def stop_output(self) -> None:
        """See `AutoManualDevice.stop_output`."""
        self._write("OP", 0.0, "output 0 %")

    def go_automatic(self) -> None:
        """See `AutoManualDevice.go_automatic`."""
        self._write(self.settings.auto_manual, 0, "automatic", decimals=0)

    def _write(self, mnemonic: str, number: float, what: str, *, decimals: int = 1) -> None:
        data = codec.encode_write(self.settings.group, self.settings.unit, mnemonic, number, decimals)
        with self.exchange.transaction():
            reply = self.exchange.ask(data, acts=True, framing=codec.frame_length)
            if not codec.decode_written(reply):
                raise DeviceRefused(f"{what} refused: {self._last_error()}")
            kept = self._read(mnemonic, codec.decode_number)
            if not was_kept(kept, round(number, decimals), decimals):
                raise DeviceRefused(f"{what} was acknowledged, and it kept {kept:g}")

    def _last_error(self) -> str:
        error = self._read("EE", codec.decode_value)
        return codec.ERRORS.get(error, f"error {error}")

    def _number(self, mnemonic: str) -> float:
        with self.exchange.transaction():
            return self._read(mnemonic, codec.decode_number)

    def _read(self, mnemonic: str, decode: Callable[[bytes, str], T]) -> T:
        """Read a parameter, within a transaction; an answer that came damaged is asked for once more."""
        data = codec.encode_read(self.settings.group, self.settings.unit, mnemonic)
        try:
            return decode(self.exchange.ask(data, framing=codec.frame_length), mnemonic)
        except BadReply:
            return decode(self.exchange.ask(codec.REPEAT, framing=codec.frame_length), mnemonic)
