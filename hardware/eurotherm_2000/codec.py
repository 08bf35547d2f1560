"""EI-Bisynch frames (Eurotherm, Series 2000 Communications Handbook HA026230): values to bytes and back."""

import math
import re
from functools import reduce
from operator import xor

from hardware.errors import BadReply, DeviceRefused

STX, ETX, EOT, ENQ, ACK, NAK = b"\x02", b"\x03", b"\x04", b"\x05", b"\x06", b"\x15"

REPEAT = NAK
"""Makes the device send its last message once more."""

ERRORS = {  # parameter EE, the last communication error
    ">0001": "it does not know the parameter",
    ">0002": "the parameter is read only",
    ">0007": "it could not read the message",
    ">0008": "the value is over a limit",
}

_WORD = re.compile(">[0-9A-Fa-f]{4}")


def check_character(data: bytes) -> bytes:
    """Return the BCC of what follows STX, up to and with ETX: one byte, of any value."""
    return bytes([reduce(xor, data, 0)])


def encode_read(group: int, unit: int, mnemonic: str) -> bytes:
    """Ask for a parameter; group and unit 0-9, each digit is sent twice."""
    return EOT + _station(group, unit) + mnemonic.encode() + ENQ


def encode_write(group: int, unit: int, mnemonic: str, number: float, decimals: int = 1) -> bytes:
    """Write a parameter with so many decimals."""
    body = f"{mnemonic}{number:.{decimals}f}".encode() + ETX
    return EOT + _station(group, unit) + STX + body + check_character(body)


def frame_length(data: bytes) -> int | None:
    """Return the length of the reply at the start of these bytes; None: more are needed.

    A reply ends one byte after ETX. That byte, the BCC, may look like anything, also like ETX or EOT.
    """
    if not data.startswith(STX):
        return 1 if data else None  # ACK, NAK, EOT, or noise: one byte
    return data.index(ETX) + 2 if ETX in data[:-1] else None


def decode_value(reply: bytes, mnemonic: str) -> str:
    """Read the reply to a read: the parameter's text.

    Raises:
        DeviceRefused: the device does not know the parameter.
        BadReply: damaged, or about another parameter.
    """
    if reply == EOT:
        raise DeviceRefused(f"it does not know the parameter {mnemonic}")
    body, given = reply[1:-1], reply[-1:]
    if not (reply.startswith(STX) and body.endswith(ETX) and body.startswith(mnemonic.encode())):
        raise BadReply(f"expected the value of {mnemonic}, got {reply!r}")
    if given != check_character(body):
        raise BadReply(f"expected check character {check_character(body)!r}, got {reply!r}")
    return body[len(mnemonic) : -1].decode("ascii", "replace").strip()


def decode_number(reply: bytes, mnemonic: str) -> float:
    """Read the reply to a read as a number. Raises as `decode_value` does."""
    text = decode_value(reply, mnemonic)
    try:
        number = float(text)
    except ValueError:
        raise BadReply(f"expected {mnemonic} to be a number, got {text!r}") from None
    if not math.isfinite(number):
        raise BadReply(f"expected {mnemonic} to be a number, got {text!r}")
    return number


def decode_word(reply: bytes, mnemonic: str) -> int:
    """Read the reply to a read as a word of 16 bits: `>` and four hexadecimal digits. Raises as `decode_value` does."""
    text = decode_value(reply, mnemonic)
    if not _WORD.fullmatch(text):
        raise BadReply(f"expected {mnemonic} to be a word like >0000, got {text!r}")
    return int(text[1:], 16)


def decode_written(reply: bytes) -> bool:
    """Read the reply to a write: True accepted, False refused. Raises `BadReply`."""
    if reply not in (ACK, NAK):
        raise BadReply(f"expected ACK or NAK, got {reply!r}")
    return reply == ACK


def _station(group: int, unit: int) -> bytes:
    return f"{group}{group}{unit}{unit}".encode()
