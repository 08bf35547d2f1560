"""What a drive is about, between two looks: where it was sent, whether it slews or jitters, what is wrong. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from hardware.drive import DriveReading


@dataclass(frozen=True, slots=True)
class DriveSeen:
    """What one look found, as the loader is told it. `at`: monotonic seconds, before the look."""

    name: str
    reading: DriveReading
    at: float


@dataclass(frozen=True, slots=True)
class Jitter:
    """To and fro between two places, with a pause at each, in seconds."""

    first: float
    second: float
    first_pause_s: float
    second_pause_s: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a drive may be, and how near to a place it is there; in its units."""

    lowest: float
    highest: float
    tolerance: float
    units: str


@dataclass(frozen=True, slots=True)
class Todo:
    """What a look calls for: `go` somewhere, `halt`, or `tell` a trouble ("": it is over); None and False: nothing."""

    go: float | None = None
    halt: bool = False
    tell: str | None = None


class Motion:
    """Judges looks. Times are monotonic seconds, given by the caller.

    Attributes:
        target: where it was sent, and has not been seen to have arrived; None: nowhere.
        slewing: it turns on and on, or may do so: it was told to, and was not seen to stand since.
        jitter: it goes to and fro.
        trouble: what was told last, or "".
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.target: float | None = None
        self.slewing = False
        self.jitter: Jitter | None = None
        self.trouble = ""
        self._at_first = False
        self._rests_until: float | None = None

    def sent(self, target: float) -> None:
        """Note that a move has begun."""
        self.target, self.slewing = target, False

    def slews(self) -> None:
        """Note that it is about to turn on and on: before it is told so, as the answer to that may be lost."""
        self.target, self.slewing = None, True

    def jitters(self, jitter: Jitter) -> None:
        """Note that it is to go to and fro from now on."""
        self.jitter, self._at_first, self._rests_until = jitter, False, None

    def halted(self) -> None:
        """Note that it was stopped, by somebody, and has confirmed that."""
        self.target, self.slewing, self.jitter = None, False, None

    def begins_nothing(self) -> None:
        """Note that it is not to go to and fro any more, however it stands."""
        self.jitter = None

    def seen(self, reading: DriveReading, now: float) -> Iterator[Todo]:
        """Take a look in; yield what it calls for."""
        trouble = self._trouble(reading)
        if trouble != self.trouble:
            self.trouble = trouble
            yield Todo(tell=trouble)
        if trouble:
            self.jitter = None
        if reading.moving and self.target is None and self._is_beyond(reading):
            self.slewing = True  # whoever has begun that, until its stop is confirmed
            yield Todo(halt=True)
        elif not reading.moving:
            self.slewing = False
            if self.target is not None and self._is_at(reading, self.target):
                self.target = None
            if self.jitter is not None and self.target is None:
                yield from self._next(self.jitter, now)

    def _next(self, jitter: Jitter, now: float) -> Iterator[Todo]:
        """Wait at the one place, then go to the other."""
        if self._rests_until is None:
            self._rests_until = now + (jitter.first_pause_s if self._at_first else jitter.second_pause_s)
        if now >= self._rests_until:
            self._rests_until = None
            self._at_first = not self._at_first
            yield Todo(go=jitter.first if self._at_first else jitter.second)

    def _trouble(self, reading: DriveReading) -> str:
        units = self._limits.units
        where = "a place that it does not know" if reading.position is None else f"{reading.position:g} {units}"
        if reading.stalled:
            return f"it has stalled at {where}"
        if reading.moving:
            return ""
        if self.target is not None and not self._is_at(reading, self.target):
            return f"it stopped at {where} on its way to {self.target:g} {units}"
        return ""

    def _is_at(self, reading: DriveReading, place: float) -> bool:
        return reading.position is not None and abs(reading.position - place) <= self._limits.tolerance

    def _is_beyond(self, reading: DriveReading) -> bool:
        """Whether it has come to the end of where it may be. Not known where it does not know its position."""
        position, limits = reading.position, self._limits
        return position is not None and not limits.lowest <= position <= limits.highest
