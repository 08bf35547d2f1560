"""Numbers as a device writes them, and nothing else that Python would take for one: no `nan`, no `inf`, no `1_0`."""

import re
import sys
from typing import Any

MOST = sys.float_info.max
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def number(text: str | bytes, lowest: float = -MOST, highest: float = MOST) -> float:
    """Return the number that all of a text is. Raises `ValueError`: it is none, or not within those limits."""
    shown = text.decode("ascii", "replace") if isinstance(text, bytes) else text
    value = float(shown) if _NUMBER.fullmatch(shown) else None
    if value is None or not lowest <= value <= highest:
        least = f" from {lowest:g}" if lowest > -MOST else ""
        most = f" to {highest:g}" if highest < MOST else ""
        raise ValueError(f"expected a number{least}{most}, got {text!r}")
    return value


def argument(text: str, expected: str) -> float:
    """Return a number that somebody has written. Raises `ValueError` that begins with what was expected."""
    try:
        return number(text)
    except ValueError:
        raise ValueError(f"{expected}, not {text!r}") from None


def is_number(value: Any) -> bool:
    """Return whether a value, whatever it is, is a finite number; `True` is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -MOST <= value <= MOST
