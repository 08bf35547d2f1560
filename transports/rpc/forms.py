"""One message of TCP 1061 as it is framed, or what is wrong with it; and the encoder."""

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from actors.frozen import message

MAX_MESSAGE_BYTES = 65_535

_LONGEST_REMEMBERED = 16  # of a text whose frame is kept: OK, ok, True, 12.3
_HEADER_BYTES = len(b"{000E}")
_BARE_HEADER_BYTES = len(b"000A")
_UNSENDABLE = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\ufeff]")


class Form(Enum):
    """How a message is framed; it is answered in the form it came in."""

    BRACED = "braced"
    PLAIN = "plain"
    JSON = "json"
    BARE = "bare_length"


@message
class Frame:
    """One whole message. `off_by_one`: it declared a byte more than it has, as `{000F}Open A` does."""

    text: str
    form: Form
    off_by_one: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """The stream is beyond repair: answer `text` as ERROR 017 in `form`, and close."""

    text: str
    form: Form


def encode(text: str, form: Form) -> bytes:
    r"""Frame one message: `{HHHH}text\r\n` with the exact length for BRACED, `HHHHtext` for BARE, `text\r\n` otherwise.

    Raises:
        ValueError: it holds a control character other than TAB, a byte order mark or a lone surrogate, or it
            is longer than `MAX_MESSAGE_BYTES` with everything.
    """
    if form is Form.BRACED and len(text) <= _LONGEST_REMEMBERED:
        return _braced_again(text)
    return _encode(text, form)


def _encode(text: str, form: Form) -> bytes:
    if bad := _UNSENDABLE.search(text):
        raise ValueError(f"character U+{ord(bad[0]):04X} cannot be sent in {text[:80]!r}")
    payload = text.encode()
    if form is Form.BARE:
        framed = b"%04X%b" % (_BARE_HEADER_BYTES + len(payload), payload)
    elif form is Form.BRACED:
        framed = b"{%04X}%b\r\n" % (_HEADER_BYTES + len(payload) + 2, payload)
    else:
        framed = b"%b\r\n" % payload
    if len(framed) > MAX_MESSAGE_BYTES:
        raise ValueError(f"a message of {len(framed)} bytes is over the limit of {MAX_MESSAGE_BYTES}")
    return framed


@lru_cache(maxsize=256)
def _braced_again(text: str) -> bytes:
    return _encode(text, Form.BRACED)
