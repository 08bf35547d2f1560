"""Between the line and other nodes: what they have, what their words say, when they are there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LocksSeen:
    """Software locks as another node has them: valve -> who locked it and when, or "".

    `asked_at`: monotonic seconds at which its word was asked for, which may be older than what was learned since;
    None: it has just become so.
    """

    origin: str
    locks: Mapping[str, str]
    asked_at: float | None = None


@dataclass(frozen=True, slots=True)
class ServiceSeen:
    """A valve was taken out of service on another node, for that reason; or, with "", put back."""

    origin: str
    valve: str
    why: str


@dataclass(frozen=True, slots=True)
class OwnersSeen:
    """Owners as another node has them: valve -> who owns it, or "". `asked_at`: see `LocksSeen`."""

    origin: str
    owners: Mapping[str, str]
    asked_at: float | None = None


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
    """Ask a node connection for one of the far end's words. Answered with `WordHeard`.

    Attributes:
        what: "states", "locks", "owners" or "checksum".
        over: what a checksum is asked over, in this order: name, kind, is open, is locked, as it is known here.
    """

    what: str
    reply_path: str
    over: tuple[tuple[str, str, bool, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class WordHeard:
    """A word's content, or why there is none.

    Attributes:
        values: valve -> "1", "0" or "?" of its state or lock; of owners: valve -> owner, or "".
        asked_at: monotonic seconds.
        size: bytes of the reply.
        checksum: the node's; reckoned: that over what is known here.
    """

    what: str
    values: Mapping[str, str]
    asked_at: float
    error: str = ""
    took_ms: float = 0.0
    size: int = 0
    checksum: int | None = None
    reckoned: int | None = None


@dataclass(frozen=True, slots=True)
class NodeUp:
    """A node connection is up. `boot`: the far end's life, by which its news are told from those of an earlier one."""

    origin: str
    boot: str


@dataclass(frozen=True, slots=True)
class SessionUp:
    """The first connection of a peer's session is there; see `actors.watchers`."""

    session: str


@dataclass(frozen=True, slots=True)
class SessionGone:
    """The last connection of a peer's session has ended. `orderly`: it had said that it would."""

    session: str
    orderly: bool
