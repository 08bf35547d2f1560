"""The last look before a device is written: whether the command may still be carried out."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from actors.messages import Reason, Refusal

TOO_LATE = Refusal(Reason.EXPIRED, "its deadline passed before the device could be written")


class Guard(Protocol):
    """What guards a device's wire: `hardware.exchange.Exchange`, where there is one."""

    @property
    def opened(self) -> int:
        """How often the wire was opened so far."""

    @property
    def let_through(self) -> bool:
        """Whether an act was let through within the present, or the last, `guarded`."""

    def guarded(self, check: Callable[[], None], acting: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `check` right before every write within, and `acting` before those that may move something, too.

        What they raise prevents the write.
        """


class Overtaken(Exception):
    """The command may no longer be carried out; nothing was written."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.text)
        self.reason = why.reason


def _nothing() -> None:
    """Object to nothing."""


def guarding(
    guard: Guard | None, check: Callable[[], None], acting: Callable[[], None] = _nothing
) -> AbstractContextManager[None]:
    """Return a context in which every write is checked; without a wire it is checked once, now."""
    if guard is not None:
        return guard.guarded(check, acting)
    check()
    acting()
    return nullcontext()


def check_deadline(deadline: float | None) -> None:
    """Raise `Overtaken` after a deadline (monotonic seconds; None: there is none)."""
    if deadline is not None and time.monotonic() > deadline:
        raise Overtaken(TOO_LATE)
