"""A Eurotherm 2408 with a small furnace: the far end of a Modbus line, with faults to switch on.

Written from the handbook and not from the codec, so that one wrong idea is not in both.
"""

import math
import struct
from collections.abc import Callable, Sequence

from hardware.far_end import Faults, Session, Wire
from hardware.modbus.far_end import ILLEGAL_ADDRESS, ILLEGAL_VALUE, ModbusSession, Refused
from hardware.thermal import Furnace

HOTTEST_C = 1400.0
IEEE = 0x8000
GARBAGE = 0x5A5A  # what a register reads as that is not there
VERSION = 0x0461
_LIMITS = {2: (0.0, HOTTEST_C), 3: (0.0, 100.0), 6: (0.1, 999.9), 8: (0.0, 9999.0), 9: (0.0, 9999.0), 273: (0.0, 1.0)}
_OUTPUT, _TIMES, _WHOLE = 3, (8, 9), (122, 258, 273)


class EurothermModbusSimulator:
    """See `Simulator` and `Tables`.

    Attributes:
        furnace: the heat behind it, with faults of its own.
        writes: how many parameters were changed.
        faults: what is wrong with it; `stuck` and `lie` take register numbers, as words.
        unit: its address.
        decimals: of its display: 1 is 800.0.
        shows_broken_c: what it shows while the thermocouple is broken.
        tells_break: its sensor break register says so, too.
    """

    def __init__(self, clock: Callable[[], float], *, unit: int = 1, decimals: int = 1, speed: float = 10.0) -> None:
        self.furnace = Furnace(clock, speed)
        self.writes = 0
        self.faults = Faults()
        self.unit = unit
        self.decimals = decimals
        self.shows_broken_c = 1372.0
        self.tells_break = True
        self._default = self.session("tcp")

    def feed(self, data: bytes) -> bytes:
        """See `Session.feed`."""
        return self._default.feed(data)

    def session(self, wire: Wire) -> Session:
        """See `Simulator.session`."""
        return ModbusSession(self, wire)

    def read_bits(self, kind: int, address: int, count: int) -> Sequence[bool]:  # noqa: ARG002 - whichever
        """It has some status bits, that nobody needs here."""
        raise Refused(ILLEGAL_ADDRESS)

    def read_registers(self, kind: int, address: int, count: int) -> Sequence[int]:  # noqa: ARG002 - 3 and 4 alike
        """Read scaled integers, or floats from 8000h on."""
        self.furnace.catch_up()
        if address < IEEE:
            return [self._as_integer(register) for register in range(address, address + count)]
        if address % 2 or count % 2:
            raise Refused(ILLEGAL_ADDRESS)
        first = (address - IEEE) // 2
        numbers = [self._number(register) or 0.0 for register in range(first, first + count // 2)]
        return struct.unpack(f">{count}H", struct.pack(f">{count // 2}f", *numbers))

    def write_coil(self, address: int, on: bool) -> None:  # noqa: ARG002 - whichever
        """There is none to write."""
        raise Refused(ILLEGAL_ADDRESS)

    def write_registers(self, address: int, values: Sequence[int]) -> None:
        """Write one scaled integer, or a block of floats; a bad value in a block is dropped without a word."""
        self.furnace.catch_up()
        if address < IEEE:
            for register, value in enumerate(values, address):
                signed = value - 0x10000 if value & 0x8000 else value
                if not self._put(register, signed / self._scale(register)):
                    raise Refused(ILLEGAL_VALUE)
            return
        if address % 2 or len(values) % 2:
            raise Refused(ILLEGAL_ADDRESS)
        numbers = struct.unpack(f">{len(values) // 2}f", struct.pack(f">{len(values)}H", *values))
        for register, number in enumerate(numbers, (address - IEEE) // 2):
            self._put(register, number)

    def _scale(self, register: int) -> float:
        if register in _WHOLE or register in _TIMES:
            return 1.0
        return 10.0 if register == _OUTPUT else 10.0**self.decimals

    def _as_integer(self, register: int) -> int:
        number = self._number(register)
        if number is None or not math.isfinite(number):
            return GARBAGE
        return max(-0x8000, min(0x7FFF, round(number * self._scale(register)))) & 0xFFFF

    def _number(self, register: int) -> float | None:
        furnace, measured_c = self.furnace, self.furnace.measured_c
        number = {
            1: self.shows_broken_c if measured_c is None else measured_c,
            2: furnace.setpoint_c,
            3: furnace.output_percent,
            5: furnace.setpoint_c,
            6: furnace.tuning.band_k,
            8: furnace.tuning.integral_s,
            9: furnace.tuning.derivative_s,
            122: float(VERSION),
            258: float(measured_c is None and self.tells_break),
            273: float(furnace.mode == "manual"),
        }.get(register)
        return -number if number is not None and str(register) in self.faults.lie else number

    def _put(self, register: int, number: float) -> bool:
        """Change a parameter; False: it is not one that takes this."""
        furnace = self.furnace
        lowest, highest = _LIMITS.get(register, (1.0, 0.0))
        if not lowest <= number <= highest or (register == _OUTPUT and furnace.mode != "manual"):
            return False
        if str(register) in self.faults.stuck:
            return True
        self.writes += 1
        match register:
            case 2:
                furnace.setpoint_c = number
            case 3:
                furnace.manual_percent = number
            case 6:
                furnace.tuning.band_k = number
            case 8:
                furnace.tuning.integral_s = number
            case 9:
                furnace.tuning.derivative_s = number
            case _:
                furnace.manual_percent = furnace.output_percent  # it goes on with what it had
                furnace.mode = "manual" if number else "auto"
        return True
