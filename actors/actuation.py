"""Between the line, a valve and its actuator: what is ordered, what was done and seen, who was lost."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from actors.frozen import message
from actors.messages import Kind, Move, Outcome, Reason, Request, Source, State


@message
class Actuate:
    """The line permits this move: carry it out.

    Attributes:
        epoch: the line's incarnation (see actors.fence).
        order: this order's number; it comes back with its end, so that no end is taken for another order's.
        void_after: monotonic seconds after which nothing may be written: the line waits no longer for its end.
        knowing: what the actuator had told last of its device when this was permitted (see `Seen.knowing`).
    """

    move: Move
    epoch: int
    order: int = 0
    void_after: float = math.inf
    knowing: int | None = None


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The line tells a valve that it waits no longer for the end of an order."""

    order: int


@dataclass(frozen=True, slots=True)
class HurryUp:
    """The line tells a valve that a Close waits behind its opening: do not wait for it to settle."""


@message
class Switch:
    """Drive one channel of a valve, and read the valve back if `check`. Answered to `valve_path` with `Switched`.

    `relayed`: whoever asked is answered by the line, and by nobody else.

    Attributes:
        step: 0: the first act of the move, and mostly the only one; it is written only while all that permitted it
            holds. 1: the second of a double-actuation valve, which follows the first whatever has changed since.
    """

    relayed: ClassVar[bool] = True
    valve_path: str
    valve: str
    target: State
    check: bool
    epoch: int
    request: Request
    order: int = 0
    void_after: float = math.inf
    knowing: int | None = None
    step: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """Read one valve. Answered to `valve_path` with `Switched`.

    `request`: somebody's wish to know: answered to that one instead, and told to the line as `Seen`.
    """

    valve_path: str
    valve: str
    order: int = 0
    request: Request | None = None


@dataclass(frozen=True, slots=True)
class LookAt:
    """Have one valve read now, whoever reads it.

    The valve's actor takes it; answered to the request with the verb `look`: DONE with the state that was read, or
    unknown with the reason. The line is told what was read, as `Seen`, before that.
    """

    valve: str
    request: Request


@message
class Switched:
    """What the actuator did and saw; from the valve to the line: how the move ended.

    Attributes:
        kind: MOVED or ALREADY with the state that was read (or is assumed), REFUSED (nothing was written), UNKNOWN.
        revision: the far end's revision, where the valve is another node's.
        final: another node has already checked and settled this; nothing is left to look at.
        order: the number of the order that this is the end of.
        stale: nothing was written, as what permitted it is not so any more: it is to be decided anew.
        read_at: monotonic seconds at which the read-back began; 0: there was none.
        unread: the device that was written cannot tell where this valve stands.
    """

    valve: str
    kind: Kind
    state: State
    source: Source
    reason: Reason | None = None
    text: str = ""
    revision: int = 0
    final: bool = False
    order: int = 0
    stale: bool = False
    read_at: float = 0.0
    unread: bool = False


@message
class Settled:
    """The one value from which reply, table, journal, event and log line are built.

    Attributes:
        request: who asked, from where, with which trace.
        outcome: how it ended.
        before: the state before.
        at: wall-clock seconds (UTC) at which it was settled.
        origin_rev: the revision on the node that has the valve, where that is another one.
    """

    request: Request
    outcome: Outcome
    before: State
    at: float
    origin_rev: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """States that were learned without a command: one actuator's poll, or a remote node's word.

    Attributes:
        origin: path of the actor that looked; it may be another one than moves the valve.
        states: valve name -> state; a valve of that origin that is missing here is unknown, if this is complete.
        asked_at: when the look began, on this process's monotonic clock.
        complete: whether the origin's other valves are unknown (False: it says nothing about them).
        revisions: the far end's revision for each valve, where it gave one.
        knowing: an actuator's number for what it has told; another one, when something stood otherwise than told.
        whys: why it does not know a valve, where it has said so.
    """

    origin: str
    states: Mapping[str, State]
    source: Source
    asked_at: float
    complete: bool = True
    revisions: Mapping[str, int] = field(default_factory=dict)
    knowing: int | None = None
    whys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OriginLost:
    """An actuator or node is gone: all its valves are unknown from now on, for this reason. `knowing`: see `Seen`."""

    origin: str
    why: str
    knowing: int | None = None


@dataclass(frozen=True, slots=True)
class OriginBack:
    """An actuator or node answers again; its valves stay unknown until a `Seen` tells their states."""

    origin: str


def not_done(order: "Switch | Look", kind: Kind, reason: Reason, why: Exception) -> Switched:
    """Return what has become of an order that could not be carried out, in words that name its valve."""
    said = str(why)
    text = said if order.valve in said.split() else f"{order.valve}: {said}"
    return Switched(order.valve, kind, State.UNKNOWN, Source.NONE, reason, text, order=order.order)
