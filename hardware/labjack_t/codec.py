"""Registers and lines of LabJack's T series: names to numbers, masks to states, and back.

Source: the public register list (`ljm_constants.json`) and the T-Series Datasheet, 13 Digital I/O, 13.1 Flexible I/O,
23 Watchdog. A 32-bit register is two words, the high one first.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hardware.errors import BadChannel, BadReply
from hardware.labjack import FIRST_LINES

LINE_0 = 2000  # of one line each: writing it makes the line an output; READING IT MAKES THE LINE AN INPUT
DIO_STATE = 2800
DIO_DIRECTION = 2850
DIO_ANALOG_ENABLE = 2880  # T4 only
DIO_INHIBIT = 2900
TEST = 55100
TEST_VALUE = 0x00112233
PRODUCT_ID = 60000
FIRMWARE_VERSION = 60004
SERIAL_NUMBER = 60028

WORDS = 2  # of a 32-bit register

_CHANNEL = re.compile(r"((?:FIO|EIO)(?=[0-7])|CIO(?=[0-3])|MIO)(\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Model:
    """One kind of device. `product`: its PRODUCT_ID; `lines`: its digital ones; `flexible`: may be analog as well."""

    name: str
    product: float
    lines: range
    flexible: range


T4 = Model("T4", 4.0, range(4, 20), range(4, 12))  # FIO0-3 are its high-voltage inputs AIN0-3; it has no MIO
T7 = Model("T7", 7.0, range(23), range(0))


def line_of(model: Model, channel: str) -> int:
    """Return the number of a line, DIO0 to DIO22, by its name, like FIO4 or EIO0. Raises `BadChannel`."""
    found = _CHANNEL.fullmatch(channel)
    if found is not None:
        line = FIRST_LINES[found[1]] + int(found[2])
        if line in model.lines:
            return line
    ranges = "FIO4-7, EIO0-7 or CIO0-3" if model is T4 else "FIO0-7, EIO0-7, CIO0-3 or MIO0-2"
    raise BadChannel(f"channel {channel!r}: a {model.name} has {ranges}")


def line_register(line: int) -> int:
    """Return the register of one line, for writing only."""
    return LINE_0 + line


def mask_of(lines: Iterable[int]) -> int:
    """Return the bits of some lines in a bank of all."""
    return sum(1 << line for line in set(lines))


def inhibit_of(lines: Iterable[int]) -> int:
    """Return the mask that leaves alone all lines of a bank but some: 1 = leave alone."""
    return ~mask_of(lines) & mask_of(range(23))


def has(mask: int, line: int) -> bool:
    """Whether a line's bit is set."""
    return bool(mask >> line & 1)


def driven(line: int, *, state: int, direction: int, analog: int) -> bool | None:
    """Return whether a line drives high, from three banks; None: it is an input, and drives nothing.

    Its level says nothing then: a pull-up gives it, and the board that hangs on it may see another.
    """
    return has(state, line) if has(direction & ~analog, line) else None


def parts(channels: Iterable[str], use: str) -> dict[str, str]:
    """Return what of the device some lines are, and what for; see `hardware.sharing.parts_of`."""
    return {f"line {channel}": use for channel in channels}


def to_u32(words: Sequence[int]) -> int:
    """Return the number in two registers."""
    high, low = words
    return high << 16 | low


def from_u32(number: int) -> list[int]:
    """Return a number as two registers."""
    return [number >> 16, number & 0xFFFF]


def check_test(words: Sequence[int]) -> None:
    """Return if the TEST register holds what it should. Raises `BadReply`: no LabJack, or its words come swapped."""
    if to_u32(words) != TEST_VALUE:
        raise BadReply(f"its TEST register is {to_u32(words):08x}, not {TEST_VALUE:08x}: no LabJack of the T series")
