"""The names of a U3's digital lines (LabJack, U3 User's Guide, 5.2.5): FIO0-7, EIO0-7, CIO0-3 are lines 0 to 19."""

import re

from hardware.errors import BadChannel
from hardware.labjack import FIRST_LINES

_NAME = re.compile(r"(FIO[0-7]|EIO[0-7]|CIO[0-3])")


def line_of(channel: str) -> int:
    """Return the number of a line by its name. Raises `BadChannel`.

    It has one name only, so that two valves on one line are found when the site is read: Pychron's 4 is FIO4.
    """
    if _NAME.fullmatch(channel) is None:
        raise BadChannel(f"channel {channel!r}: expected FIO0-FIO7, EIO0-EIO7 or CIO0-CIO3")
    return FIRST_LINES[channel[:3]] + int(channel[3:])


def name_of(line: int) -> str:
    """Return the name of a line, 0 to 19."""
    first, bank = max((first, bank) for bank, first in FIRST_LINES.items() if first <= line)
    return f"{bank}{line - first}"


def lines_of(fio: int, eio: int, cio: int = 0) -> int:
    """Return the bytes of three banks as one number, of which bit n is line n."""
    return fio | eio << 8 | cio << 16
