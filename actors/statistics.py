"""What a valve's moves add up to: counts, times, and whether it is stuck, slow or chattering. Pure.

Stuck: its last two moves that were read back to their end both failed. A move whose end nobody saw says nothing.

Slow: its last move one way took over three times as long as usual, and at least a quarter of a second longer: less
is what waiting behind a look at a serial device costs. Usual is the median of up to 32 earlier moves that way, of at
least eight. What the site has it wait (check delay, settling time, the delay between two relays) is taken off first.

Chattering: it was seen to change four times within a minute without a command.
"""

import statistics
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from actors.messages import State

STUCK_AFTER = 2  # failures in a row
LATEST = 32  # times that the median is of
ENOUGH = 8  # times, before one can be called slow
SLOW_FACTOR, SLOW_BY_MS = 3.0, 250.0
CHATTER_CHANGES, CHATTER_WITHIN_S = 4, 60.0
_OPEN = State.OPEN


class Health(StrEnum):
    """What can be wrong with a valve by its statistics."""

    STUCK = "stuck"
    SLOW = "slow"
    CHATTERING = "chattering"


@dataclass(frozen=True, slots=True)
class TimesView:
    """How long moves one way took, in milliseconds; None: there was none yet."""

    last_ms: float | None = None
    median_ms: float | None = None
    longest_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """One valve's statistics as they are now.

    Attributes:
        moves: that ended where they should; failed: that were read back elsewhere; unknown: whose end nobody saw.
        health: what is wrong with it, or nothing.
    """

    valve: str
    moves: int
    failed: int
    unknown: int
    opening: TimesView
    closing: TimesView
    health: tuple[Health, ...]


@dataclass(slots=True)
class Times:
    """How long moves one way took. `waits_ms`: what the site has each of them wait."""

    waits_ms: float = 0.0
    slow: bool = False
    longest_ms: float = 0.0
    latest: deque[float] = field(default_factory=lambda: deque(maxlen=LATEST))

    def take(self, took_ms: float) -> None:
        """Add one."""
        if took_ms - self.waits_ms <= SLOW_BY_MS:  # whatever is usual, it is not slow
            self.slow = False
        else:
            self.slow = len(self.latest) >= ENOUGH and took_ms > slow_from_ms(self.latest, self.waits_ms)
        self.latest.append(took_ms)
        self.longest_ms = max(self.longest_ms, took_ms)

    def view(self) -> TimesView:
        """Return them as they are now."""
        if not self.latest:
            return TimesView()
        return TimesView(self.latest[-1], statistics.median(self.latest), self.longest_ms)


def slow_from_ms(earlier_ms: Sequence[float], waits_ms: float) -> float:
    """Return the milliseconds above which a move is slow, by those of earlier ones."""
    own_ms = max(0.0, statistics.median(earlier_ms) - waits_ms)
    return waits_ms + max(SLOW_FACTOR * own_ms, own_ms + SLOW_BY_MS)


class Tally:
    """One valve's. Times are seconds of one clock.

    Args:
        opening_waits_ms, closing_waits_ms: what the site has a move wait.

    Attributes:
        revision: of its last move that was counted; None: it has not moved.
        told: what was said last to be wrong with it.
    """

    __slots__ = (
        "_changes", "_closing", "_ended_at", "_failed", "_failed_in_row", "_known", "_moves", "_opening", "_unknown",
        "revision", "told",
    )  # fmt: skip

    def __init__(self, opening_waits_ms: float = 0.0, closing_waits_ms: float = 0.0) -> None:
        self.revision: int | None = None
        self.told: tuple[Health, ...] = ()
        self._moves = self._failed = self._unknown = self._failed_in_row = 0
        self._opening, self._closing = Times(opening_waits_ms), Times(closing_waits_ms)
        self._known: State | None = None
        self._changes: deque[float] = deque(maxlen=CHATTER_CHANGES)
        self._ended_at = 0.0

    def moved(self, target: State, took_ms: float, at: float) -> None:
        """Count a move that ended at `at` where it should. What it waited behind the one before is not its own."""
        self._moves += 1
        self._failed_in_row = 0
        since_ms = max(0.0, at - self._ended_at) * 1000
        times = self._opening if target is _OPEN else self._closing
        times.take(min(took_ms, since_ms) if self._ended_at else took_ms)
        self._known, self._ended_at = target, at

    def failed(self, reads: State, at: float) -> None:
        """Count a move that was read back elsewhere."""
        self._failed += 1
        self._failed_in_row += 1
        self._known, self._ended_at = _or_none(reads), at

    def unknown(self, at: float) -> None:
        """Count a move whose end nobody saw: whatever is seen next is no change of the valve's own."""
        self._unknown += 1
        self._known, self._ended_at = None, at

    def seen(self, state: State, at: float) -> None:
        """Take in where it was seen to stand without a command."""
        known, self._known = self._known, _or_none(state)
        if known is not None and self._known is not None and known is not self._known:
            self._changes.append(at)

    def health(self, now: float) -> tuple[Health, ...]:
        """Return what is wrong with it."""
        found: tuple[Health, ...] = ()
        if self._failed_in_row >= STUCK_AFTER:
            found += (Health.STUCK,)
        if self._opening.slow or self._closing.slow:
            found += (Health.SLOW,)
        if len(self._changes) == CHATTER_CHANGES and now - self._changes[0] <= CHATTER_WITHIN_S:
            found += (Health.CHATTERING,)
        return found

    def counts(self, valve: str, now: float) -> Counts:
        """Return it as it is now."""
        opening, closing = self._opening.view(), self._closing.view()
        return Counts(valve, self._moves, self._failed, self._unknown, opening, closing, self.health(now))


def _or_none(state: State) -> State | None:
    return None if state is State.UNKNOWN else state
