"""What is asked, answered and told: frozen values, the same on every machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from actors.frozen import message


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


_NOT_SO = (Kind.REFUSED, Kind.UNKNOWN)  # made once: Python 3.11 takes 80 ns to look a member up


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
    NOT_AVAILABLE = "not available"
    BAD_FRAME = "bad frame"
    INTERLOCKED = "interlocked"
    EXPIRED = "expired"
    BUSY = "busy"
    STOPPING = "stopping"
    NOT_PERMITTED = "not permitted"
    LATCHED = "safe state"  # Opens wait until the safe state has been cleared


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason, with the sentence that a person reads. `rule`: which of actors.rules it is, or ""."""

    reason: Reason
    text: str
    rule: str = ""


@message
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
        return self.kind not in _NOT_SO


class ReplyTo(Protocol):
    """Where an outcome goes: a connection, a promise at the console, another actor."""

    def answer(self, outcome: Outcome) -> None:
        """Take the outcome; callable from any thread; never blocks, never raises."""


@message
class Request:
    """Who asks, until when it may be carried out, and where the answer goes.

    Attributes:
        by: `<user>@<node>/<session>`, or the address of a plain peer: who holds what it claims.
        origin: from where it came: address and port of a peer, after the name in its certificate; "" for this process.
        session: the far end's, while which lives what it has claimed is held; "": this process's own life.
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
    origin: str = ""
    session: str = ""


@message
class Move:
    """Open or close one valve. `target` is `State.OPEN` or `State.CLOSED`; `safe`: it is a step to the safe state."""

    valve: str
    target: State
    request: Request
    safe: bool = False


@dataclass(frozen=True, slots=True)
class SetLock:
    """Software-lock a valve, or free it. `why`: a person's reason for a lock, or ""."""

    valve: str
    locked: bool
    request: Request
    why: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """Own a valve: nobody else moves it while the session lives, and `seconds` longer. None: the line's usual term."""

    valve: str
    seconds: int | None
    request: Request


@dataclass(frozen=True, slots=True)
class Release:
    """Give a valve up that was claimed."""

    valve: str
    request: Request


@dataclass(frozen=True, slots=True)
class SafeState:
    """Bring the line into its safe state, and let nothing be opened until it is cleared; or `clear` it.

    `here`: only the valves of this node; not those of the nodes that it speaks for.
    """

    clear: bool
    request: Request
    here: bool = False


@dataclass(frozen=True, slots=True)
class Assume:
    """Take a person's word for where a valve stands, until it is read next, or for an hour."""

    valve: str
    state: State
    why: str
    request: Request


@dataclass(frozen=True, slots=True)
class SetService:
    """Take a valve out of service, for a reason, or put it back."""

    valve: str
    in_service: bool
    why: str
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


STALE = "stale"  # the quality of a state that nothing was heard of for longer than it should take


@message
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
