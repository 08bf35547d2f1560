"""Commands and replies of the 34970A / 34972A (Keysight, 34970A/34972A Command Reference): values to bytes and back."""

import re
from collections.abc import Iterable, Sequence

from hardware.errors import BadChannel, BadReply

REMOTE = b"SYST:REM\n"  # RS-232 only: without it every command is answered with error 550
ASK_ERROR = b"SYST:ERR?\n"
ASK_IDENTITY = b"*IDN?\n"

MODEL = "34903A"
RELAYS = 20  # of a 34903A card, and as many of a 34901A
LONGEST_BYTES = 128  # of a line over RS-232 without flow control

_CHANNEL = re.compile(r"[1-3](?:0[1-9]|1[0-9]|20)")
_ERROR = re.compile(rb'([+-]?\d+),"(.*)"\r?', re.DOTALL)
_STATES = {b"1": True, b"0": False}


def check_channel(channel: str) -> str:
    """Return a channel of a 34903A card as given: slot 1-3, then relay 01-20. Raises `BadChannel`."""
    if not (channel.isascii() and _CHANNEL.fullmatch(channel)):
        raise BadChannel(f"channel {channel!r}: expected slot 1-3 and relay 01-20, like 101 or 320")
    return channel


def card_channels(slot: str) -> list[str]:
    """Return the first twenty channels of the card in a slot."""
    return [f"{slot}{relay:02d}" for relay in range(1, RELAYS + 1)]


def channel_list(channels: Iterable[str]) -> str:
    """Write sorted channels as the manual's list, runs within a slot as ranges: `(@101:103,201)`."""
    runs: list[list[int]] = []
    for number in map(int, channels):
        if runs and number == runs[-1][1] + 1:  # never across slots: 120 and 201 are no neighbours
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return "(@" + ",".join(str(first) if first == last else f"{first}:{last}" for first, last in runs) + ")"


def split_list(channels: Sequence[str]) -> list[Sequence[str]]:
    """Return sorted channels in parts, as few as can be, each of which one question can have."""
    parts: list[Sequence[str]] = []
    rest = channels
    while rest:
        count = len(rest)
        while len(encode_ask_closed(rest[:count])) > LONGEST_BYTES:
            count -= 1
        parts.append(rest[:count])
        rest = rest[count:]
    return parts


def encode_set(channel: str, closed: bool) -> bytes:
    """Close or open one relay; the device does not reply."""
    return f"ROUT:{'CLOS' if closed else 'OPEN'} {channel_list([channel])}\n".encode()


def encode_ask_closed(channels: Iterable[str]) -> bytes:
    """Ask which of some sorted channels are closed."""
    return f"ROUT:CLOS? {channel_list(channels)}\n".encode()


def decode_closed(reply: bytes, count: int) -> list[bool]:
    """Read the reply to `encode_ask_closed`: as many states as were asked for. Raises `BadReply`."""
    states = [_STATES.get(word) for word in reply.removesuffix(b"\r").split(b",")]
    known = [state for state in states if state is not None]
    if len(known) != len(states) or len(known) != count:
        raise BadReply(f"expected {count} of 1 or 0, got {reply!r}")
    return known


def is_error(reply: bytes) -> bool:
    """Whether a reply is an entry of the error queue."""
    return _ERROR.fullmatch(reply) is not None


def decode_error(reply: bytes) -> tuple[int, str]:
    """Read an entry of the error queue: number and text; number 0: the queue is empty. Raises `BadReply`."""
    found = _ERROR.fullmatch(reply)
    if found is None:
        raise BadReply(f'expected an error like +0,"No error", got {reply!r}')
    return int(found[1]), found[2].decode("ascii", "replace")


def encode_sync(slot: str, count: int) -> bytes:
    """Ask for the first `count` relays of a card: a question that its reply can be told by, see `is_sync`."""
    return encode_ask_closed(card_channels(slot)[:count])


def is_sync(reply: bytes, count: int) -> bool:
    """Whether a reply has `count` states, and so answers `encode_sync` with that count."""
    words = reply.removesuffix(b"\r").split(b",")
    return len(words) == count and all(word in _STATES for word in words)


def decode_identity(reply: bytes) -> str:
    """Read who the device is, as it says it."""
    return reply.removesuffix(b"\r").decode("ascii", "replace")
