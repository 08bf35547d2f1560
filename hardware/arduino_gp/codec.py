"""Lines of the sketch `valvebox3.pde` (Messenger library): values to bytes and back, and what two indicators say."""

import re
from enum import StrEnum

from hardware.errors import BadChannel, BadReply

FIRST_PIN, LAST_PIN = 2, 69  # of a Mega; 0 and 1 are its serial line

_CHANNEL = re.compile(r"0|[1-9][0-9]?")
_LEVELS = {b"0": False, b"1": True}


class Position(StrEnum):
    """What the two indicators of a valve say together; only the first two are a state."""

    OPEN = "open"
    CLOSED = "closed"
    MOVING = "moving: neither indicator"
    UNSTEADY = "moving: its indicators change"
    CONTRADICTORY = "contradictory: both indicators"


def check_channel(channel: str) -> None:
    """Return if it can be an address: 0 to 99, a key of the pin map. Raises `BadChannel`."""
    if not (channel.isascii() and _CHANNEL.fullmatch(channel)):
        raise BadChannel(f"channel {channel!r}: expected an address from 0 to 99, a key of the pin map")


def encode_write(pin: int, high: bool) -> bytes:
    """Set one output; answered with `OK`."""
    return f"w {pin} {int(high)}\r".encode()


def encode_read(pin: int) -> bytes:
    """Ask for the level of one pin, output or indicator. It moves nothing."""
    return f"r {pin}\r".encode()


def decode_written(reply: bytes) -> None:
    """Return if an output was set. Raises `BadReply`."""
    if reply != b"OK":
        raise BadReply(f"expected OK, got {reply!r}")


def is_level(reply: bytes) -> bool:
    """Whether a reply is the level of a pin."""
    return reply in _LEVELS


def decode_level(reply: bytes) -> bool:
    """Read whether a pin is high. Raises `BadReply`."""
    level = _LEVELS.get(reply)
    if level is None:
        raise BadReply(f"expected 0 or 1, got {reply!r}")
    return level


def position(open_indicator: bool, closed_indicator: bool) -> Position:
    """Return what the levels of the two indicators say; high means that the valve is there."""
    if open_indicator == closed_indicator:
        return Position.CONTRADICTORY if open_indicator else Position.MOVING
    return Position.OPEN if open_indicator else Position.CLOSED
