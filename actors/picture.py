"""How the line's table takes in what others saw, and the picture it hands out. Pure but for the rows it changes."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from actors.actuation import OriginLost, Seen
from actors.messages import Source, State
from actors.table import Overheard, Row, Table
from actors.views import ValveView


@dataclass(frozen=True, slots=True)
class PictureRow:
    """One valve in a picture: what words and replies are made of."""

    name: str
    kind: str
    state: State
    locked: bool
    owner: str
    doubt: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole line at one revision of its table; the same revision is the same picture.

    Attributes:
        words: what has been made of it so far, by name: asked for again and again, made once.
    """

    revision: int
    rows: tuple[PictureRow, ...] = ()
    by_name: dict[str, PictureRow] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)


def good_until(table: Table, now: float) -> float:
    """Return until when (monotonic seconds) a picture of `now` holds if nothing changes: then a state is too old."""
    ends = (row.learned + row.term_s() for row in table.values() if row.known(now) is not State.UNKNOWN)
    return min(ends, default=math.inf)


def paint(table: Table, revision: int, now: float) -> Picture:
    """Return the picture of the table as it may be used at `now` (monotonic seconds)."""
    rows = tuple(_row(name, row, now) for name, row in table.items())
    return Picture(revision, rows, {row.name: row for row in rows})


def _row(name: str, row: Row, now: float) -> PictureRow:
    """Return what is told of a valve; in flight it is neither where it was nor where it goes."""
    moving = row.moving is not None
    state = State.UNKNOWN if moving else row.known(now)
    doubt = f"it is moving to {row.moving}" if moving else row.doubt(now)
    return PictureRow(name, row.spec.kind, state, bool(row.locked), row.owned(now), doubt)


def views(table: Table, now: float, utc: float) -> tuple[ValveView, ...]:
    """Return the table for people. `now`: monotonic seconds; `utc`: seconds since 1970."""
    return tuple(_view(row, now, utc) for row in table.values())


def _view(row: Row, now: float, utc: float) -> ValveView:
    state, spec = row.known(now), row.spec
    return ValveView(
        name=spec.name,
        state=state,
        source=row.source,
        age_s=now - row.seen if row.seen else None,
        at=utc - (now - row.seen) if row.seen else None,
        moving=row.moving,
        locked=row.locked,
        owner=row.owned(now),
        description=spec.description,
        why=_why(row, state, now),
        origin=spec.actuator,
        revision=row.revision,
        enabled=spec.enabled,
        stale=row.stale(now),
    )


def _why(row: Row, state: State, now: float) -> str:
    if not row.spec.enabled:
        return row.spec.disabled_why
    if state is State.UNKNOWN:
        return row.doubt(now)
    return row.why if row.vouched_by else ""


@dataclass(frozen=True, slots=True)
class Change:
    """One row that now says something else. `surprise`: it was known, and nobody here moved it."""

    row: Row
    before: State
    surprise: bool


def take_in(table: Table, seen: Seen, now: float, waiting: Iterable[str] = ()) -> list[Change]:
    """Apply a look to the rows of its origin; return those that changed.

    A look that began before a row was last learned says nothing about it, nor about a valve in flight; a valve in
    `waiting` (its move may still be going on) is passed over. A later revision of the far end's wins over time, and
    what comes while our own move is in flight is kept until that has ended.
    """
    changes: list[Change] = []
    passed_over = set(waiting)
    for name, row in table.items():
        if row.spec.origin != seen.origin or name in passed_over:
            continue
        if row.moving is not None:
            _overhear(row, seen)
            continue
        state = _told(row, seen, now)
        if state is None or not _is_later(row, seen):
            continue
        change = _learn(row, state, seen, now)
        if change is not None:
            changes.append(change)
    return changes


def _told(row: Row, seen: Seen, now: float) -> State | None:
    """Return what a look tells of a valve; None: nothing."""
    state = seen.states.get(row.spec.name)
    if state is None:
        if not seen.complete or not row.spec.query_state:
            return None
        state = State.UNKNOWN
    # who has nothing to tell does not contradict a person's word
    return None if state is State.UNKNOWN and row.vouched(now) else state


def _is_later(row: Row, seen: Seen) -> bool:
    """Whether a look is later than what is known of a valve; the far end's own revision is noted."""
    revision = seen.revisions.get(row.spec.name, 0)
    if not revision:
        return seen.asked_at >= row.learned
    if revision < row.origin_revision:
        return False
    row.origin_revision = revision
    return True


def _overhear(row: Row, seen: Seen) -> None:
    name = row.spec.name
    revision, before = seen.revisions.get(name, 0), row.overheard.revision if row.overheard is not None else 0
    told = name in seen.states or (seen.complete and row.spec.query_state and not row.spec.remote)
    if told and (revision > max(before, row.origin_revision) or not row.spec.remote):
        row.overheard = Overheard(seen.states.get(name, State.UNKNOWN), seen.source, revision, seen.asked_at)


def _learn(row: Row, state: State, seen: Seen, now: float) -> Change | None:
    before = row.known(now)
    row.learned = seen.asked_at
    if state is not State.UNKNOWN:
        row.source, row.seen, row.vouched_by = seen.source, seen.asked_at, ""
    else:
        row.why = seen.whys.get(row.spec.name) or f"{seen.origin} does not know it"
    if state is before and state is row.state:
        return None
    row.state = state
    row.revision += 1
    return Change(row, before, surprise=State.UNKNOWN not in (before, state))


def lose(table: Table, lost: OriginLost, now: float) -> list[Change]:
    """Make every valve of an origin unknown, for that reason; return those that were known."""
    changes: list[Change] = []
    for row in table.values():
        if row.spec.origin != lost.origin or row.vouched(now):
            continue
        row.why = lost.why
        row.origin_revision, row.overheard = 0, None
        if row.moving is not None and not row.spec.remote:
            row.overheard = Overheard(State.UNKNOWN, Source.NONE, 0, now)
        if row.state is not State.UNKNOWN:
            before, row.state = row.state, State.UNKNOWN
            row.revision += 1
            changes.append(Change(row, before, surprise=False))
    return changes


def expire(table: Table, now: float, already: set[str]) -> list[Change]:
    """Return the valves whose state became unknown by silence since the last look; `already` is kept up to date."""
    changes: list[Change] = []
    for name, row in table.items():
        silent = row.state is not State.UNKNOWN and row.known(now) is State.UNKNOWN
        if silent and name not in already:
            already.add(name)
            row.revision += 1
            changes.append(Change(row, row.state, surprise=False))
        elif not silent:
            already.discard(name)
    return changes


def aged(table: Table, now: float, already: set[str]) -> list[Row]:
    """Return the rows that have become stale since the last look, or are no longer; `already` is kept up to date.

    One that moves now, or has become unknown, is told by that.
    """
    rows: list[Row] = []
    for name, row in table.items():
        stale = row.stale(now)
        if stale is (name in already):
            continue
        (already.add if stale else already.discard)(name)
        if row.moving is None and row.known(now) is not State.UNKNOWN:
            rows.append(row)
    return rows
