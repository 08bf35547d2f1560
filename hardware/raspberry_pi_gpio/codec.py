"""The names of a Raspberry Pi's pins, and how the kernel's GPIO interface packs its questions (linux/gpio.h, v2)."""

import re
import struct

from hardware.errors import BadChannel

GET_LINE_INFO = 0xC100B405
GET_LINE = 0xC250B407
GET_VALUES = 0xC010B40E

CONSUMER = b"valvetree looks"

_IS_USED, _IS_OUTPUT = 1, 8
_INFO = struct.Struct("=32s32sIIQ176x")  # name, consumer, offset, number of attributes, flags; the rest is not ours
_REQUEST = struct.Struct("=I252x32sQI260xII20xi")  # offsets, consumer, config (flags, attributes), lines, buffer, fd
_VALUES = struct.Struct("=QQ")  # bits, mask

_NAME = re.compile(r"[2-9]|1[0-9]|2[0-7]")


def pin_of(channel: str) -> int:
    """Return the number of a pin, as Broadcom counts: 2 to 27. Raises `BadChannel`.

    Pins 0 and 1 belong to the memory of add-on boards.
    """
    if not (channel.isascii() and _NAME.fullmatch(channel)):
        raise BadChannel(f"channel {channel!r}: expected the BCM number of a pin, 2 to 27, such as 17 for GPIO17")
    return int(channel)


def encode_line_info(line: int) -> bytearray:
    """Ask what a line is."""
    return bytearray(_INFO.pack(b"", b"", line, 0, 0))


def decode_line_info(answer: bytes) -> tuple[bool, str]:
    """Read (whether it is an output, who uses it; "": nobody does)."""
    _, consumer, _, _, flags = _INFO.unpack(answer)
    used = consumer.rstrip(b"\0").decode("ascii", "replace") or "somebody"
    return bool(flags & _IS_OUTPUT), used if flags & _IS_USED else ""


def encode_line_as_is(line: int) -> bytearray:
    """Ask for one line without a direction: it can be read, and stays what it is."""
    return bytearray(_REQUEST.pack(line, CONSUMER, 0, 0, 1, 0, 0))


def decode_line(answer: bytes) -> int:
    """Read the descriptor of the line that was asked for."""
    descriptor: int = _REQUEST.unpack(answer)[-1]
    return descriptor


def encode_values() -> bytearray:
    """Ask for the level of the only line of a descriptor."""
    return bytearray(_VALUES.pack(0, 1))


def decode_values(answer: bytes) -> bool:
    """Read whether it is high."""
    return bool(_VALUES.unpack(answer)[0] & 1)
