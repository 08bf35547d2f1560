"""Where a JSON object ends in a growing buffer: at its last brace, whether or not a line end has come. Pure."""

import re

BACKSLASH, BRACE, CLOSE, QUOTE = b'\\{}"'

_BEGINS = re.compile(rb'\{[ \t]{0,64}["}]')  # what else begins with a brace is a line like any other
_MAY_BEGIN = re.compile(rb"\{[ \t]{0,64}")
# What a scan looks at: what is escaped, quotes, braces, and what no object has outside a string or in one.
_MARKS = re.compile(rb"""\\[^\x00-\x08\x0a-\x1f\x7f\xc0\xc1\xf5-\xff]|["{}\\\x00-\x08\x0a-\x1f\x7f\xc0\xc1\xf5-\xff]""")


def begins(buffer: bytearray, start: int) -> bool | None:
    """Return whether an object begins here; None: more bytes will tell."""
    if _BEGINS.match(buffer, start):
        return True
    return None if _MAY_BEGIN.fullmatch(buffer, start) else False


class ObjectScan:
    """One object's scan, resumed as bytes come: each byte is looked at once.

    Attributes:
        scanned: bytes of it that are known to hold no stop.
    """

    __slots__ = ("_depth", "_quoted", "scanned")

    def __init__(self) -> None:
        self.scanned = self._depth = 0
        self._quoted = False

    def stop(self, buffer: bytearray, start: int, end: int) -> int | None:
        """Return where the object's last brace is, or a byte that may not stand in it; None: it goes on."""
        for mark in _MARKS.finditer(buffer, start + self.scanned, end):
            at, byte = mark.start(), buffer[mark.start()]
            if byte == BACKSLASH:
                if at + 1 == len(buffer):
                    self.scanned = at - start  # what it escapes has not come yet
                    return None
            elif byte == QUOTE:
                self._quoted = not self._quoted
            elif byte not in b"{}":
                return at
            elif not self._quoted:
                self._depth += 1 if byte == BRACE else -1
                if not self._depth:
                    return at
        self.scanned = min(len(buffer), end) - start
        return None
