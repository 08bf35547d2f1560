"""What is asked, answered and told: frozen values, the same on every machine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class State(StrEnum):
    """What is known of a valve's position. Unknown is never shown or used as closed."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """Where a state was learned from."""

    READBACK = "readback"  # the device was read after the move
    REPLY = "reply"  # a controller's answer to our command
    EVENT = "event"  # a controller's news
    POLL = "poll"  # a look that no command caused
    MEMORY = "memory"  # the durable store
    ASSUMED = "assumed"  # commanded, and nothing can read it back
    NONE = "none"  # never learned


class Kind(StrEnum):
    """How a command ended."""

    MOVED = "moved"
    ALREADY = "already so"
    DONE = "done"  # a command that moves no valve, such as Lock
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a command was refused or has no known end. Wire codes: transports/rpc/codes.py."""

    INTERNAL = "internal"
    UNKNOWN_VERB = "unknown command"
    BAD_ARGUMENTS = "bad arguments"
    UNKNOWN_VALVE = "unknown valve"
    DISABLED = "out of service"
    NOT_CONNECTED = "not connected"
    NO_ANSWER = "no answer"
    OWNED = "owned"
    NOT_ALLOWED = "address not allowed"
    LOCKED = "locked"
    FAILED = "failed to actuate"
    BAD_FRAME = "bad frame"
    INTERLOCKED = "interlocked"
    EXPIRED = "expired"
    BUSY = "busy"
    STOPPING = "stopping"
    NOT_PERMITTED = "not permitted"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason, with the sentence that a person reads."""

    reason: Reason
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one command ended: the value that every asker gets.

    Attributes:
        verb: "open", "close", "lock", ...
        subject: the valve (or furnace, ...) that it was about.
        state: the valve's state afterwards, as far as it is known.
        reason: why, for `refused` and `unknown`.
        text: the sentence for a person; for `done` the value that was asked for.
        revision: the state's revision on the node that has the actuator.
        took_ms: from being taken up to being settled, on the node that answered.
    """

    verb: str
    subject: str
    kind: Kind
    state: State = State.UNKNOWN
    reason: Reason | None = None
    text: str = ""
    source: Source = Source.NONE
    revision: int = 0
    took_ms: float = 0.0
    value: Any = None  # what was asked for, where it is more than text

    @property
    def ok(self) -> bool:
        """Whether what was asked for is now so."""
        return self.kind not in (Kind.REFUSED, Kind.UNKNOWN)


class ReplyTo(Protocol):
    """Where an outcome goes: a connection, a promise at the console, another actor."""

    def answer(self, outcome: Outcome) -> None:
        """Take the outcome; callable from any thread; never blocks, never raises."""


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks, until when it may be carried out, and where the answer goes.

    Attributes:
        by: `<user>@<node>/<session>`, or the address of a plain peer.
        trace: one id for everything that a command causes, on every machine.
        deadline: seconds on this process's monotonic clock after which nothing may be written; None: no limit.
        received: when it was taken up, on the same clock.
        id: the asker's own id of this command; the same id never moves anything twice.
    """

    reply_to: ReplyTo
    by: str = ""
    trace: str = ""
    deadline: float | None = None
    received: float = 0.0
    id: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """Open or close one valve. `target` is `State.OPEN` or `State.CLOSED`."""

    valve: str
    target: State
    request: Request


@dataclass(frozen=True, slots=True)
class SetLock:
    """Software-lock a valve, or free it."""

    valve: str
    locked: bool
    request: Request


@dataclass(frozen=True, slots=True)
class LockSaved:
    """The store's answer: the lock is on disk, or why not (`error`). `who` is "" for a freed valve."""

    valve: str
    who: str
    error: str
    request: Request


@dataclass(frozen=True, slots=True)
class SaveLock:
    """Ask the store to make a lock durable. Answered to `reply_path` with `LockSaved`."""

    valve: str
    who: str
    reply_path: str
    request: Request


@dataclass(frozen=True, slots=True)
class Query:
    """Ask a service for a value: answered with `Outcome(kind=DONE, text=...)` or a refusal.

    Attributes:
        what: the question's name in the service's own vocabulary.
        args: its arguments.
    """

    what: str
    args: tuple[str, ...]
    request: Request


# --- between the line, a valve and its actuator -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Actuate:
    """The line permits this move: carry it out.

    Attributes:
        epoch: the line's incarnation (see actors.fence).
        order: this order's number; it comes back with its end, so that no end is taken for another order's.
    """

    move: Move
    epoch: int
    order: int = 0


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The line tells a valve that it waits no longer for the end of an order."""

    order: int


@dataclass(frozen=True, slots=True)
class HurryUp:
    """The line tells a valve that a Close waits behind its opening: do not wait for it to settle."""


@dataclass(frozen=True, slots=True)
class Switch:
    """Drive one channel, and read it back if `check`. Answered to `valve_path` with `Switched`."""

    valve_path: str
    valve: str
    address: str
    target: State
    inverted: bool
    check: bool
    epoch: int
    request: Request
    order: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """Read one channel again. Answered to `valve_path` with `Switched`."""

    valve_path: str
    valve: str
    address: str
    inverted: bool
    order: int = 0


@dataclass(frozen=True, slots=True)
class Switched:
    """What the actuator did and saw; from the valve to the line: how the move ended.

    Attributes:
        kind: MOVED or ALREADY with the state that was read (or is assumed), REFUSED (nothing was written), UNKNOWN.
        revision: the far end's revision, where the valve is another node's.
        final: another node has already checked and settled this; nothing is left to look at.
        order: the number of the order that this is the end of.
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


@dataclass(frozen=True, slots=True)
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
        origin: path of the actor that looked.
        states: valve name -> state; a valve of that origin that is missing here is unknown.
        asked_at: when the look began, on this process's monotonic clock.
        complete: whether the origin's other valves are unknown (False: it says nothing about them).
        revisions: the far end's revision for each valve, where it gave one.
    """

    origin: str
    states: Mapping[str, State]
    source: Source
    asked_at: float
    complete: bool = True
    revisions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OriginLost:
    """An actuator or node is gone: all its valves are unknown from now on, for this reason."""

    origin: str
    why: str


@dataclass(frozen=True, slots=True)
class OriginBack:
    """An actuator or node answers again; its valves stay unknown until a `Seen` tells their states."""

    origin: str


@dataclass(frozen=True, slots=True)
class LocksSeen:
    """Software locks as another node has them: valve -> who locked it and when, or ""."""

    origin: str
    locks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Described:
    """The valves of another node, as it describes them (`specs`: `actors.table.ValveSpec`)."""

    origin: str
    specs: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Grown:
    """The supervisor's word that the actors of these valves have started (`specs`: `actors.table.ValveSpec`)."""

    specs: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Announce:
    """Ask a node connection to tell (again) what it knows: `Described`, `OriginBack`, or `OriginLost`."""


@dataclass(frozen=True, slots=True)
class AskWord:
    """Ask a node connection for one of the far end's words: "states" or "locks". Answered with `WordHeard`."""

    what: str
    reply_path: str


@dataclass(frozen=True, slots=True)
class WordHeard:
    """A word's content, valve -> "1", "0" or "?"; or why there is none. `asked_at`: monotonic seconds."""

    what: str
    values: Mapping[str, str]
    asked_at: float
    error: str = ""
    took_ms: float = 0.0
    size: int = 0


@dataclass(frozen=True, slots=True)
class NodeUp:
    """A node connection is up. `boot`: the far end's life, by which its news are told from those of an earlier one."""

    origin: str
    boot: str


# --- news and supervision ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class News:
    """One change, for whoever listens. The notifier adds node, boot, sequence and time.

    Attributes:
        topic: without the `pychron.` prefix: `valve.A`, `lock.A`, `node.ExtractionLine`, `furnace.Furnace`.
        value: plain data (None, bool, number, string, list, map).
        rev: revision of this topic on this boot, growing by at least 1 per change; 0: the notifier counts.
        quality: good, stale or unknown.
        extra: further keys of the event.
    """

    topic: str
    value: Any  # plain data that msgpack can carry
    rev: int = 0
    units: str = ""
    quality: str = "good"
    source: str = ""
    trace: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tick:
    """A timer's message to its own actor. `what` tells several timers of one actor apart."""

    what: str = ""


@dataclass(frozen=True, slots=True)
class Ping:
    """Answered with the actor's path, by asking: proof that it has started and takes messages."""


@dataclass(frozen=True, slots=True)
class Failed:
    """An actor's end by an exception, told to its supervisor.

    Attributes:
        error: the exception in one line.
        at: monotonic seconds.
        exception: itself, for the log, where nobody expected it; None where the line says all (`expected = True`).
    """

    path: str
    error: str
    at: float
    exception: BaseException | None = None


# --- what the console, scripts and tests ask (by `ref.ask`, with a timeout) -------------------------------


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
