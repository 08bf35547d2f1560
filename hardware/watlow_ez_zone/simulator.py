"""EZ-Zone PM controllers, each with a small furnace, alone or behind a gateway: the far end of a Modbus line.

Written from the user's guide and not from the codec, so that one wrong idea is not in both.
"""

import struct
from collections.abc import Callable, Sequence

from hardware.far_end import Faults, Session, Wire
from hardware.modbus.far_end import ILLEGAL_ADDRESS, ILLEGAL_VALUE, ModbusSession, Refused
from hardware.thermal import Furnace, Mode

ZONE_REGISTERS = 5000
HOTTEST_F = 2500.0
_MODES: dict[int, Mode] = {62: "off", 10: "auto", 54: "manual"}
_WORDS = {1880: tuple(_MODES), 2490: (15, 30), 2494: (59, 106)}
_LIMITS = {
    2160: (-328.0, HOTTEST_F), 2162: (-100.0, 100.0),
    1890: (0.001, 9999.0), 1892: (0.001, 9999.0), 1894: (0.0, 9999.0), 1896: (0.0, 9999.0),
}  # fmt: skip


class Zone:
    """One controller.

    Attributes:
        furnace: the heat behind it, with faults of its own.
        degrees: 30: its numbers are in degrees Fahrenheit, 15: Celsius.
        saves: 106: it keeps what is written in its EEPROM, 59: it does not.
        eeprom_writes: how often it did.
    """

    def __init__(self, clock: Callable[[], float], speed: float) -> None:
        self.furnace = Furnace(clock, speed)
        self.degrees = 30
        self.saves = 106
        self.eeprom_writes = 0
        self.cool_band = 25.0


class WatlowEZZoneSimulator:
    """See `Simulator` and `Tables`.

    Attributes:
        zones: its controllers, the first of which is 1.
        writes: how many parameters were changed.
        faults: what is wrong with it; `stuck` and `lie` take register numbers, as words.
        unit: its address.
        low_word_first: how it sends floats.
        shows_broken: what it shows while a thermocouple is broken, in its own degrees.
        input_error: what it says then, 61: nothing.
    """

    def __init__(self, clock: Callable[[], float], *, unit: int = 1, zones: int = 4, speed: float = 10.0) -> None:
        self.zones = {number: Zone(clock, speed) for number in range(1, zones + 1)}
        self.writes = 0
        self.faults = Faults()
        self.unit = unit
        self.low_word_first = True
        self.shows_broken = 0.0
        self.input_error = 65
        self._default = self.session("tcp")

    @property
    def furnace(self) -> Furnace:
        """That of the first zone."""
        return self.zones[1].furnace

    def feed(self, data: bytes) -> bytes:
        """See `Session.feed`."""
        return self._default.feed(data)

    def session(self, wire: Wire) -> Session:
        """See `Simulator.session`."""
        return ModbusSession(self, wire)

    def read_bits(self, kind: int, address: int, count: int) -> Sequence[bool]:  # noqa: ARG002 - whichever
        """It has none."""
        raise Refused(ILLEGAL_ADDRESS)

    def write_coil(self, address: int, on: bool) -> None:  # noqa: ARG002 - whichever
        """It has none."""
        raise Refused(ILLEGAL_ADDRESS)

    def read_registers(self, kind: int, address: int, count: int) -> Sequence[int]:  # noqa: ARG002 - 3 and 4 alike
        """Read floats and words; each is two registers wide."""
        zone, first = self._zone(address)
        zone.furnace.catch_up()
        pairs = {even: self._pair(zone, even) for even in range(first - first % 2, first + count, 2)}
        return [pairs[register - register % 2][register % 2] for register in range(first, first + count)]

    def write_registers(self, address: int, values: Sequence[int]) -> None:
        """Write one float, or one word."""
        zone, register = self._zone(address)
        zone.furnace.catch_up()
        if register in _WORDS and len(values) == 1:
            if values[0] not in _WORDS[register]:
                raise Refused(ILLEGAL_VALUE)
        elif register not in _LIMITS or len(values) != 2:  # noqa: PLR2004 - half a float is none
            raise Refused(ILLEGAL_ADDRESS)
        if str(register) in self.faults.stuck:
            return
        if len(values) == 1:
            self._choose(zone, register, values[0])
        else:
            words = reversed(values) if self.low_word_first else values
            self._put(zone, register, struct.unpack(">f", struct.pack(">2H", *words))[0])
        self.writes += 1
        zone.eeprom_writes += zone.saves == 106  # noqa: PLR2004 - its word for yes

    def _zone(self, address: int) -> tuple[Zone, int]:
        number, register = divmod(address, ZONE_REGISTERS)
        if number + 1 not in self.zones:
            raise Refused(ILLEGAL_ADDRESS)
        return self.zones[number + 1], register

    def _pair(self, zone: Zone, register: int) -> tuple[int, int]:
        furnace = zone.furnace
        words = {
            362: 61 if furnace.measured_c is not None else self.input_error,
            1880: next(word for word, mode in _MODES.items() if mode == furnace.mode),
            2490: zone.degrees,
            2494: zone.saves,
        }
        if register in words:
            return words[register], 0
        numbers = {
            360: self.shows_broken if furnace.measured_c is None else self._out(zone, furnace.measured_c),
            1890: furnace.tuning.band_k * self._scale(zone),
            1892: zone.cool_band,
            1894: furnace.tuning.integral_s,
            1896: furnace.tuning.derivative_s,
            1904: furnace.output_percent,
            2160: self._out(zone, furnace.setpoint_c),
            2162: furnace.manual_percent,
        }
        if register not in numbers:
            raise Refused(ILLEGAL_ADDRESS)
        number = numbers[register] * (-1 if str(register) in self.faults.lie else 1)
        high, low = struct.unpack(">2H", struct.pack(">f", number))
        return (low, high) if self.low_word_first else (high, low)

    def _choose(self, zone: Zone, register: int, word: int) -> None:
        if register == 1880:  # noqa: PLR2004 - control mode
            zone.furnace.mode = _MODES[word]
        elif register == 2490:  # noqa: PLR2004 - degrees
            zone.degrees = word
        else:
            zone.saves = word

    def _put(self, zone: Zone, register: int, number: float) -> None:
        lowest, highest = _LIMITS[register]
        if not lowest <= number <= highest:
            raise Refused(ILLEGAL_VALUE)
        furnace = zone.furnace
        match register:
            case 2160:
                furnace.setpoint_c = (number - 32.0) * 5.0 / 9.0 if zone.degrees == 30 else number  # noqa: PLR2004
            case 2162:
                furnace.manual_percent = max(0.0, number)
            case 1890:
                furnace.tuning.band_k = number / self._scale(zone)
            case 1892:
                zone.cool_band = number
            case 1894:
                furnace.tuning.integral_s = number
            case _:
                furnace.tuning.derivative_s = number

    def _scale(self, zone: Zone) -> float:
        return 9.0 / 5.0 if zone.degrees == 30 else 1.0  # noqa: PLR2004 - its word for Fahrenheit

    def _out(self, zone: Zone, celsius: float) -> float:
        return celsius * 9.0 / 5.0 + 32.0 if zone.degrees == 30 else celsius  # noqa: PLR2004
