"""A LabJack T4 or T7: the far end of a Modbus TCP connection, with its lines, its watchdog, and faults to switch on.

Written from the register list and the datasheet and not from the codec, so that one wrong idea is not in both.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from hardware.far_end import Faults, Session, Wire
from hardware.modbus.far_end import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ModbusSession, Refused

FAILED = 4  # which exception code the device uses is not known
_LINES = (
    *(f"FIO{n}" for n in range(8)),
    *(f"EIO{n}" for n in range(8)),
    *(f"CIO{n}" for n in range(4)),
    *(f"MIO{n}" for n in range(3)),
)
_FIRST_LINE = 2000
_BANK_STARTS = (0, 8, 16, 20)  # of FIO, EIO, CIO, MIO
_BANK_STATE, _BANK_DIRECTION = 2500, 2600
_STATE, _DIRECTION, _ANALOG, _INHIBIT = 2800, 2850, 2880, 2900
_WATCHDOG = (61600, 61602, 61604, 61606, 61610, 61612, 61620, 61630, 61632, 61634, 61636)
_ALL = (1 << len(_LINES)) - 1


class LabJackSimulator:
    """See `Simulator`. A new one has just been switched on: all lines are inputs, the flexible ones of a T4 analog.

    Attributes:
        relays: line to whether it is an output and high; may be set from outside.
        moves: how often one has really changed.
        outputs: lines that are outputs, and may be low.
        analog: flexible lines that are analog inputs.
        pulled_up: lines whose level is high as long as they are digital inputs.
        inhibit: the mask of DIO_INHIBIT.
        watchdog: its registers.
        flash_writes: how often one of those was written.
        volts: analog inputs (0, 2, ...) and outputs (1000, 1002), by register.
        faults: what is wrong with it.
    """

    product: ClassVar[float]
    lines: ClassVar[tuple[str, ...]]
    flexible: ClassVar[tuple[str, ...]]
    most_connections = 2

    def __init__(self, clock: Callable[[], float]) -> None:
        self.relays = dict.fromkeys(self.lines, False)
        self.moves = 0
        self.outputs: set[str] = set()
        self.analog = set(self.flexible)
        self.pulled_up = set(self.lines)
        self.inhibit = 0
        self.watchdog = dict.fromkeys(_WATCHDOG, 0)
        self.flash_writes = 0
        self.volts = dict.fromkeys((*range(0, 28, 2), 1000, 1002), 0.0)
        self.faults = Faults()
        self.unit = 1
        self._clock = clock
        self._fed_at = clock()
        self._default = self.session("tcp")

    def feed(self, data: bytes) -> bytes:
        """See `Session.feed`."""
        return self._default.feed(data)

    def session(self, wire: Wire) -> Session:  # noqa: ARG002 - it has the network only
        """See `Simulator.session`."""
        return ModbusSession(self, "tcp")

    def tick(self) -> None:
        """Let the watchdog strike, if its time has come."""
        now = self._clock()
        timeout_s = self.watchdog[61604]
        if not self.watchdog[61600] or now - self._fed_at <= timeout_s:
            return
        self._fed_at = now
        if self.watchdog[61630]:
            for name in self._chosen(~self.watchdog[61636]):
                bit = self._bit(name)
                self._drive(name, bool(self.watchdog[61632] & bit)) if self.watchdog[61634] & bit else self._let_go(
                    name
                )
        if self.watchdog[61620]:
            for name in self.lines:
                self._let_go(name)

    def read_bits(self, kind: int, address: int, count: int) -> Sequence[bool]:  # noqa: ARG002
        """See `Tables.read_bits`: it has none."""
        raise Refused(ILLEGAL_FUNCTION)

    def write_coil(self, address: int, on: bool) -> None:  # noqa: ARG002
        """See `Tables.write_coil`: it has none."""
        raise Refused(ILLEGAL_FUNCTION)

    def read_registers(self, kind: int, address: int, count: int) -> Sequence[int]:  # noqa: ARG002 - 3 and 4 are alike
        """See `Tables.read_registers`; half a 32-bit register cannot be read."""
        self._heard()
        words: list[int] = []
        while len(words) < count:
            words += self._read(address + len(words))
        if len(words) != count:
            raise Refused(ILLEGAL_ADDRESS)
        return words

    def write_registers(self, address: int, values: Sequence[int]) -> None:
        """See `Tables.write_registers`; half a 32-bit register cannot be written."""
        self._heard()
        at = 0
        while at < len(values):
            at += self._write(address + at, values[at:])

    def _heard(self) -> None:
        self.tick()
        if not self.watchdog[61610]:
            self._fed_at = self._clock()

    def _read(self, address: int) -> list[int]:
        name = self._line_at(address)
        if name is not None:
            level = self._level(name)
            self._let_go(name)  # reading one line makes it a digital input
            return [int(level)]
        if 0 <= address - _BANK_STATE < len(_BANK_STARTS):
            return [self._mask(self._level) >> _BANK_STARTS[address - _BANK_STATE] & self._width(address - _BANK_STATE)]
        if 0 <= address - _BANK_DIRECTION < len(_BANK_STARTS):
            bank = address - _BANK_DIRECTION
            return [self._mask(self._is_output) >> _BANK_STARTS[bank] & self._width(bank)]
        if address in self.volts:
            return list(struct.unpack(">HH", struct.pack(">f", self.volts[address])))
        if address not in (numbers := self._numbers()):
            raise Refused(ILLEGAL_ADDRESS)
        return [numbers[address] >> 16, numbers[address] & 0xFFFF]

    def _numbers(self) -> dict[int, int]:
        """Return what its 32-bit registers hold."""
        floats = {55124: -9999.0, 60000: self.product, 60002: 1.3, 60004: 1.0030, 60052: 298.15}
        numbers = {
            _STATE: self._mask(self._level),
            _DIRECTION: self._mask(self._is_output),
            _INHIBIT: self.inhibit,
            55100: 0x00112233,
            60028: 440012345,
            **self.watchdog,
            **{address: int.from_bytes(struct.pack(">f", value), "big") for address, value in floats.items()},
        }
        if self.flexible:
            numbers[_ANALOG] = self._mask(self._is_analog)
        return numbers

    def _write(self, address: int, values: Sequence[int]) -> int:
        """Write one register from the first of some values; return how many words it took."""
        name = self._line_at(address)
        if name is not None:
            if not self._is_analog(name):
                self._drive(name, bool(values[0]))
            return 1
        for first, write in ((_BANK_STATE, self._write_state), (_BANK_DIRECTION, self._write_direction)):
            if 0 <= address - first < len(_BANK_STARTS):
                start = _BANK_STARTS[address - first]
                write((values[0] & 0xFF) << start, ~(values[0] >> 8) << start & 0xFF << start)
                return 1
        if len(values) < 2:  # noqa: PLR2004 - words
            raise Refused(ILLEGAL_ADDRESS)
        self._write_wide(address, values[0] << 16 | values[1])
        return 2

    def _write_wide(self, address: int, number: int) -> None:
        if address in (1000, 1002):
            (self.volts[address],) = struct.unpack(">f", struct.pack(">I", number))
        elif address == _STATE:
            self._write_state(number, ~self.inhibit)
        elif address == _DIRECTION:
            self._write_direction(number, ~self.inhibit)
        elif address == _INHIBIT:
            self.inhibit = number & _ALL
        elif address == _ANALOG and self.flexible:
            for name in self._chosen(~self.inhibit):
                if name in self.flexible:
                    self._set_analog(name, bool(number & self._bit(name)))
        elif address in self.watchdog:
            if self.watchdog[61600] and address != 61600:  # noqa: PLR2004 - it has to be disabled first
                raise Refused(FAILED)
            self.watchdog[address] = number
            self.flash_writes += 1
        else:
            raise Refused(ILLEGAL_ADDRESS)

    def _write_state(self, levels: int, chosen: int) -> None:
        for name in self._chosen(chosen):
            if self._is_output(name):
                self._drive(name, bool(levels & self._bit(name)))

    def _write_direction(self, outputs: int, chosen: int) -> None:
        for name in self._chosen(chosen):
            if not outputs & self._bit(name):
                self._let_go(name)
            elif not self._is_analog(name):
                self._drive(name, self.relays[name])

    def _set_analog(self, name: str, analog: bool) -> None:
        if analog != self._is_analog(name):
            self._let_go(name)
        (self.analog.add if analog else self.analog.discard)(name)

    def _drive(self, name: str, high: bool) -> None:
        self.outputs.add(name)
        self.analog.discard(name)
        if name not in self.faults.stuck and self.relays[name] != high:
            self.relays[name] = high
            self.moves += 1

    def _let_go(self, name: str) -> None:
        self.outputs.discard(name)
        self.analog.discard(name)
        if self.relays[name]:
            self.relays[name] = False
            self.moves += 1

    def _is_output(self, name: str) -> bool:
        return name in self.outputs or self._seen(name)

    def _is_analog(self, name: str) -> bool:
        return name in self.analog and not self._seen(name)

    def _level(self, name: str) -> bool:
        if self._is_output(name):
            return self._seen(name)
        return name in self.pulled_up and name not in self.analog

    def _seen(self, name: str) -> bool:
        return self.relays[name] != (name in self.faults.lie)

    def _mask(self, of: Callable[[str], bool]) -> int:
        return sum(self._bit(name) for name in self.lines if of(name))

    def _chosen(self, mask: int) -> Iterator[str]:
        return (name for name in self.lines if mask & self._bit(name))

    def _line_at(self, address: int) -> str | None:
        at = address - _FIRST_LINE
        return _LINES[at] if 0 <= at < len(_LINES) and _LINES[at] in self.lines else None

    @staticmethod
    def _bit(name: str) -> int:
        return 1 << _LINES.index(name)

    @staticmethod
    def _width(bank: int) -> int:
        return (0xFF, 0xFF, 0x0F, 0x07)[bank]


class T4Simulator(LabJackSimulator):
    """A T4."""

    product = 4.0
    lines = _LINES[4:20]
    flexible = _LINES[4:12]


class T7Simulator(LabJackSimulator):
    """A T7."""

    product = 7.0
    lines = _LINES
    flexible = ()
