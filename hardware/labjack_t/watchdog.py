"""The device's own watchdog as a dead-man: if no host talks to it for so long, it puts its lines into a safe state.

The registers are those of the public list (`ljm_constants.json`, WATCHDOG_*_DEFAULT) and the T-Series Datasheet, 23;
nobody has tried here on a real device what it does with them: try it without a sample before relying on it.
They are kept in flash memory, which wears: what stands there already is not written again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from hardware.errors import DeviceRefused
from hardware.labjack_t import codec
from hardware.modbus.wire import ModbusWire

ENABLE = 61600  # the others cannot be written while it is 1
ADVANCED = 61602
TIMEOUT_S = 61604
STARTUP_DELAY_S = 61606
STRICT_ENABLE = 61610  # 1: only a key feeds it, and not every exchange
RESET_ENABLE = 61620
DIO_ENABLE = 61630
DIO_STATE = 61632
DIO_DIRECTION = 61634
DIO_INHIBIT = 61636

_READ = ((ENABLE, 4), (STRICT_ENABLE, 1), (RESET_ENABLE, 1), (DIO_ENABLE, 4))  # first register, how many of 32 bits


@dataclass(frozen=True, slots=True)
class Plan:
    """What it is to do: after `timeout_s` without an exchange, make `lines` outputs, `high` ones high, others low."""

    timeout_s: int
    lines: frozenset[int]
    high: frozenset[int]

    def registers(self) -> dict[int, int]:
        """Return what its registers are to hold, but for ENABLE. Lines that are not its own are left alone."""
        return {
            ADVANCED: 0,
            TIMEOUT_S: self.timeout_s,
            STARTUP_DELAY_S: 0,  # after its power was off it would not strike for so long
            STRICT_ENABLE: 0,
            RESET_ENABLE: 0,  # a reset would turn every line of the device into an input
            DIO_ENABLE: 1,
            DIO_STATE: codec.mask_of(self.high),
            DIO_DIRECTION: codec.mask_of(self.lines),
            DIO_INHIBIT: codec.inhibit_of(self.lines),
        }


def read(wire: ModbusWire) -> dict[int, int]:
    """Return its registers: address to value."""
    found: dict[int, int] = {}
    for first, count in _READ:
        words = wire.read_holding(first, count * codec.WORDS)
        found |= {first + at: codec.to_u32(words[at : at + 2]) for at in range(0, len(words), 2)}
    return found


def arm(wire: ModbusWire, plan: Plan) -> list[int]:
    """Arm it, and read that it is armed; returns the registers that were written. Nothing moves by it now.

    Raises:
        DeviceRefused: the device did not take it.
        NotSent, LinkDown, NoAnswer, BadReply: as `Exchange.ask`.
    """
    found = read(wire)
    wanted = plan.registers()
    to_write = [(address, value) for address, value in wanted.items() if found[address] != value]
    steps = list(to_write)
    if to_write and found[ENABLE]:
        steps.insert(0, (ENABLE, 0))
    if to_write or not found[ENABLE]:
        steps.append((ENABLE, 1))
    for address, value in steps:
        wire.write_registers(address, codec.from_u32(value), acts=False)
    if steps:
        _check(read(wire), wanted | {ENABLE: 1})
    return [address for address, _ in steps]


def _check(found: dict[int, int], wanted: dict[int, int]) -> None:
    for address, value in wanted.items():
        if found[address] != value:
            raise DeviceRefused(f"its watchdog is not armed: register {address} is {found[address]}, not {value}")


def would_move(found: dict[int, int], lines: Iterable[int]) -> bool:
    """Whether an armed watchdog would move one of some lines, or reset the device."""
    moves = found[DIO_ENABLE] and codec.mask_of(lines) & ~found[DIO_INHIBIT]
    return bool(found[ENABLE] and (moves or found[RESET_ENABLE] or found[ADVANCED]))
