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
        age_s: since the state was learned; None: never.
        moving: the target of a move in flight.
        locked: who locked it and when, or "".
        owner: who holds a lease, or "".
        why: why the state is unknown or the valve disabled, or "".
        stale: nothing was heard of it for longer than it should take; too long, and it is unknown.
        origin: the actuator or node that has it.
    """

    name: str
    state: State
    source: Source = Source.NONE
    age_s: float | None = None
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
