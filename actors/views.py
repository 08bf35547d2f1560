"""What the console, scripts and tests ask (by `ref.ask`, with a timeout), and the views that they are shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from actors.messages import Source, State


@dataclass(frozen=True, slots=True)
class GetValves:
    """Ask the extraction line for its picture: answered with a tuple of `ValveView`."""


@dataclass(frozen=True, slots=True)
class ValveView:
    """One valve as it is known now.

    Attributes:
        age_s: since the state was learned; at: when that was, UTC seconds by the clock as it is now; None: never.
        moving: the target of a move in flight.
        locked: who locked it and when, or "".
        owner: who holds a lease, or "".
        why: why the state is unknown, the valve disabled, or by whose word it stands where it does; or "".
        stale: nothing was heard of it for longer than it should take; too long, and it is unknown.
        origin: the actuator or node that has it.
    """

    name: str
    state: State
    source: Source = Source.NONE
    age_s: float | None = None
    at: float | None = None
    moving: State | None = None
    locked: str = ""
    owner: str = ""
    description: str = ""
    why: str = ""
    origin: str = ""
    revision: int = 0
    enabled: bool = True
    stale: bool = False


@dataclass(frozen=True, slots=True)
class GetHistory:
    """Ask the store for the last commands of a valve: answered with a tuple of `HistoryRow`, the newest last.

    Attributes:
        valve: its name; "": of all valves.
        limit: how many rows at most, 1 to 1000.
    """

    valve: str
    limit: int = 20


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One command as the journal of this node has it.

    Attributes:
        at: when it was settled, UTC seconds.
        by: who asked; origin: from which address, "" for this process.
        outcome: how it ended (`Kind`); reason: why, for what was refused or has no known end (`Reason`).
        before, after: the valve's state, as far as it was known.
    """

    at: float
    by: str
    verb: str
    valve: str
    outcome: str
    reason: str
    text: str
    took_ms: float
    before: str
    after: str
    trace: str
    origin: str


@dataclass(frozen=True, slots=True)
class GetActuations:
    """Ask the store how often the valves have moved: answered with valve -> `Actuations`."""


@dataclass(frozen=True, slots=True)
class Actuations:
    """One valve's moves since its store was begun; several askers of one move count once.

    Attributes:
        moved: that did what was asked; failed: after which it stood elsewhere; unknown: whose end nobody saw.
        total_ms, last_ms: how long those took that moved, all together and the last.
        first_at, last_at: when the first and the last of all ended, UTC seconds.
    """

    moved: int
    failed: int
    unknown: int
    total_ms: float
    last_ms: float
    first_at: float
    last_at: float


@dataclass(frozen=True, slots=True)
class PipetteView:
    """One pipette: how many shots were taken, whether it is filled, and when the last was (UTC seconds; 0.0: never)."""

    name: str
    shots: int
    armed: bool
    last_shot: float


@dataclass(frozen=True, slots=True)
class GetNode:
    """Ask a node connection how it is: answered with a `NodeView`."""


@dataclass(frozen=True, slots=True)
class GetNodes:
    """Ask a mirror for all nodes that it has heard of: answered with a tuple of `NodeView`."""


@dataclass(frozen=True, slots=True)
class NodeView:
    """One remote node as it is known now. `since_s`: how long it has been `up` or `down`."""

    name: str
    address: str
    status: str
    since_s: float
    detail: str = ""
    round_trip_ms: float | None = None


@dataclass(frozen=True, slots=True)
class GetTree:
    """Ask the supervisor for its tree: answered with a tuple of `actors.tree.TreeRow`."""


@dataclass(frozen=True, slots=True)
class Follow:
    """Ask the notifier to hand every event on: `sink` is called on its thread with (topic, map); must not block."""

    sink: Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Unfollow:
    """End a `Follow`."""

    sink: Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Restart:
    """Ask the supervisor to restart the actor at `path`. Answered with True, or False: no such path."""

    path: str
