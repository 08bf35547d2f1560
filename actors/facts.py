"""Facts: what is on disk before it is answered, and how the line and the store speak of it."""

from dataclasses import dataclass
from enum import StrEnum

from actors.messages import Request


class Fact(StrEnum):
    """What is on disk before it is answered: one value per subject."""

    LOCK = "lock"  # valve -> who, when and why
    LEASE = "lease"  # valve -> owner and remaining seconds
    SERVICE = "service"  # valve -> why it is out of service
    MANUAL = "manual"  # valve -> where a person has turned it
    PIPETTE = "pipette"  # pipette -> armed, shots, when the last was
    SAFE = "safe"  # "line" -> who latched the safe state, and when


@dataclass(frozen=True, slots=True)
class Keep:
    """Ask the store to make one fact durable. Answered to `reply_path` with `Kept`. `value`: "" forgets it."""

    fact: Fact
    subject: str
    value: str
    reply_path: str
    request: Request


@dataclass(frozen=True, slots=True)
class Kept:
    """The store's answer: it is on disk, or why not (`error`). `unsure`: nobody can say which of the two it is."""

    keep: Keep
    error: str = ""
    unsure: bool = False

    @property
    def request(self) -> Request:
        """Who waits for it."""
        return self.keep.request

    @property
    def verb(self) -> str:
        """What was asked for, where a person asks for it."""
        keep, forget = _VERBS.get(self.keep.fact, (str(self.keep.fact), str(self.keep.fact)))
        return keep if self.keep.value else forget


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """The store tells the line, when it turns: whether a fact can be made durable now, and if not, why."""

    ok: bool
    why: str = ""


_VERBS = {
    Fact.LOCK: ("lock", "unlock"),
    Fact.LEASE: ("claim", "release"),
    Fact.SERVICE: ("out of service", "in service"),
}
