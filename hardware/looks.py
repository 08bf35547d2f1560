"""Looks at a device whose answers say nothing of their question: twice, or again until it is as it was told to be.

Such an answer may be a late one to an earlier question. Two that follow each other cannot both be, unless they are
what the device would say anyway; and what is asked after a command, in other words, does not answer with a late `OK`.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from hardware.errors import BadReply

T = TypeVar("T")


def ask_twice(ask: Callable[[], T], what: str, between: Callable[[], None] | None = None) -> T:
    """Return what `ask` returns, twice the same; `between`: a question of another kind, in between.

    Within the exchange's transaction. Raises `BadReply` where the two differ, and whatever they raise.
    """
    first = ask()
    if between is not None:
        between()
    second = ask()
    if first != second:
        raise BadReply(f"{what} was read twice, and differs")
    return second


def look_until(look: Callable[[], T], wanted: T, *, within_s: float, every_s: float) -> T:
    """Look until it is as `wanted`, or `within_s` seconds are over; return what was seen last.

    It waits for `every_s` seconds between two looks, of which there is one at least.
    """
    ends = time.monotonic() + within_s
    while True:
        seen = look()
        left_s = ends - time.monotonic()
        if seen == wanted or left_s <= 0:
            return seen
        time.sleep(min(every_s, left_s))
