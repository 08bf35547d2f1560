"""Coils by the names that PLCs give them: to the address on the wire, where the first coil is 0.

Source: AutomationDirect's address tables (DL05/DL06: C0 is coil 3072, names are octal; CLICK: Y001 is listed as 8193,
which is 8192 on the wire). That C1 of a CLICK is 16384 on the wire is a guess.
"""

import re
from collections.abc import Iterable
from typing import Literal

from hardware.errors import BadChannel

Naming = Literal["coils", "directlogic", "click"]

COILS = 0x10000
MOST_AT_ONCE = 2000  # Modbus Application Protocol V1.1b3, 6.1

_C0_DIRECTLOGIC = 0xC00
_Y001_CLICK = 0x2000
_C1_CLICK = 0x4000

_ANY = re.compile(r"\d{1,5}|[CY]\d{1,4}", re.ASCII)
_NUMBER = re.compile(r"0|[1-9]\d*", re.ASCII)
_OCTAL = re.compile(r"C(0|[1-7][0-7]{0,2}|1[0-7]{3})", re.ASCII)
_CLICK = re.compile(r"C([1-9]\d{0,3})|Y0(0[1-9]|1[0-6])", re.ASCII)


def check_channel(channel: str) -> None:
    """Return if some PLC has such a channel: a number, or a name like C10 or Y001. Raises `BadChannel`."""
    if not _ANY.fullmatch(channel):
        raise BadChannel(f"channel {channel!r}: expected the number of a coil, or its name, like C10 or Y001")


def coil_of(channel: str, naming: Naming, base: int) -> int:
    """Return the address on the wire of a channel, 0 to 65535.

    Args:
        channel: a number ("coils"), C0 to C1777 in octal ("directlogic"), Y001 to Y016 or C1 to C2000 ("click").
        naming: how the site names coils.
        base: the number of the first coil where they are numbers: 0 or 1.

    Raises:
        BadChannel: there is no such coil, or it is none for a valve.
    """
    if naming == "coils":
        if not _NUMBER.fullmatch(channel) or not base <= int(channel) < COILS + base:
            raise BadChannel(f"channel {channel!r}: expected the number of a coil, {base} to {COILS - 1 + base}")
        return int(channel) - base
    if naming == "directlogic":
        octal = _OCTAL.fullmatch(channel)
        if octal is None:
            why = "; the ladder writes Y anew in each scan" if channel.startswith("Y") else ""
            raise BadChannel(f"channel {channel!r}: expected C0 to C1777, octal{why}")
        return _C0_DIRECTLOGIC + int(octal[1], 8)
    click = _CLICK.fullmatch(channel)
    if click is None or (click[1] and int(click[1]) > 2000):  # noqa: PLR2004 - C2000 is the last
        raise BadChannel(f"channel {channel!r}: expected Y001 to Y016, or C1 to C2000")
    return _Y001_CLICK + int(click[2]) - 1 if click[2] else _C1_CLICK + int(click[1]) - 1


def runs(coils: Iterable[int]) -> list[tuple[int, int]]:
    """Return coils as (first, count) of neighbours, at most `MOST_AT_ONCE` each: one question reads each of them."""
    found: list[tuple[int, int]] = []
    for coil in sorted(set(coils)):
        if found and coil == sum(found[-1]) and found[-1][1] < MOST_AT_ONCE:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((coil, 1))
    return found
