"""Questions and replies on RS-485 (Granville-Phillips, Series 354 Micro-Ion Module; InstruTech, IGM402, 8.4)."""

import re
from typing import Literal

from hardware.errors import BadChannel, BadReply, DeviceRefused
from hardware.gauge import GaugeState, Reading

TERMINATOR = b"\r"  # a line feed garbles the next message
OFF = 9.9e9  # and above: a gauge that is off tells 9.90E+09, or 9.99E+9
CHANNELS = ("IG", "CG1", "CG2")
NO_CONVECTION = {"Torr": "1.01E+03", "mbar": "1.35E+03", "Pa": "1.35E+05"}
"""What a convection gauge tells that is over its range, or not plugged in. In mbar and Pa it is a guess: the same
pressure; no such gauge measures it, so that nothing true is lost by it."""

Dialect = Literal["RD", "RD1", "DS"]

_REPLY = re.compile(rb"\n?([*?])([0-9A-F]{2})? ([ -~]+)")
# the exponent and its sign are demanded: of a reply that lost its end the rest would be another pressure
_NUMBER = re.compile(r"\d\.\d{2}E[+-]\d{1,2}", re.ASCII)


def check_channel(channel: str) -> str:
    """Return a channel as given: IG, CG1 or CG2. Raises `BadChannel`."""
    if channel not in CHANNELS:
        raise BadChannel(f"channel {channel!r}: expected one of {', '.join(CHANNELS)}")
    return channel


def encode_ask(address: int, channel: str, dialect: Dialect) -> bytes:
    """Ask for a pressure. The address, 0 to 255, is two hexadecimal digits.

    In "RD" it is `#01RD` and `#01RDCG1`; in "RD1" `#01RD1` and, a guess, the same `#01RDCG1`; in "DS" `#01DS IG`.
    """
    if dialect == "DS":
        message = f"DS {channel}"
    elif channel != "IG":
        message = f"RD{channel}"
    else:
        message = dialect
    return f"#{address:02X}{message}".encode() + TERMINATOR


def answers(reply: bytes, address: int, question: bytes) -> bool:
    """Whether a reply may answer a question; False if it is the line's echo, or of another address."""
    if reply.removeprefix(b"\n") == question.removesuffix(TERMINATOR):
        return False
    found = _REPLY.fullmatch(reply)
    return found is None or found[2] is None or int(found[2], 16) == address


def decode_reply(reply: bytes, address: int, *, addressed: bool) -> str:
    """Read the text of a reply, which is without its terminator, and whose prefix is `*01 `, or `* `.

    Replies are filled up with spaces to twelve characters; those at the end are not returned.

    Raises:
        DeviceRefused: the prefix is `?01 `, with the device's own text.
        BadReply: anything else, also where `addressed` and no address is told.
    """
    found = _REPLY.fullmatch(reply)
    if found is None or (found[2] is None and addressed) or (found[2] and int(found[2], 16) != address):
        raise BadReply(f"expected a reply of address {address:02X}, got {reply!r}")
    text = found[3].decode().rstrip()
    if found[1] == b"?":
        raise DeviceRefused(text)
    return text


def decode_pressure(text: str, channel: str, no_convection: str) -> Reading:
    """Read a pressure like 1.53E-06, or what stands for one that is not there. Raises `BadReply`.

    0 is no pressure, but one below what the gauge can show. `no_convection` is told by a convection gauge that is over
    its range, or not plugged in.
    """
    if not _NUMBER.fullmatch(text):
        raise BadReply(f"expected a pressure, got {text!r}")
    value = float(text)
    if value >= OFF:
        return Reading(None, GaugeState.OFF, text)
    if value == 0:
        return Reading(None, GaugeState.UNDER, text)
    if channel != "IG" and text == no_convection:
        return Reading(None, GaugeState.OVER, text)
    return Reading(value)
