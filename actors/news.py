"""What a subscriber tells about another node: its events, and whether it is there at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from actors.messages import STALE


@dataclass(frozen=True, slots=True)
class Heard:
    """One event of another node, told once per revision and in the order of revisions.

    After a `PublisherLate` or `PublisherLost` the last revision of each topic is told again, so that what was
    marked stale or unknown can be trusted again. Revisions compare only within one (node, boot).

    Attributes:
        publisher: the subscriber's name for whom it listens to.
        topic: without the `pychron.` prefix, as in `News`: `valve.A`.
        node, boot: who published it, and which life of it.
        rev: the topic's revision there; seq: the publisher's count of all its events.
        ts: when it was published, UTC seconds by that computer's clock.
        origin, origin_rev: where the publisher heard it itself, if it publishes it again.
        received_at: monotonic seconds of this process.
    """

    publisher: str
    topic: str
    node: str
    boot: str
    rev: int
    seq: int
    ts: float
    value: Any  # plain data, as `News.value`
    units: str = ""
    quality: str = "good"
    source: str = ""
    trace: str = ""
    origin: str = ""
    origin_rev: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)
    received_at: float = 0.0

    @property
    def known_at(self) -> float:
        """Return when its publisher knew this last, in monotonic seconds of this process: of what is stale, earlier."""
        age_s = self.extra.get("age_s") if self.quality == STALE else None
        return self.received_at - (float(age_s) if isinstance(age_s, int | float) and age_s > 0 else 0.0)


@dataclass(frozen=True, slots=True)
class PublisherUp:
    """A publisher is heard: for the first time, after a silence, or in a new life (another `boot`).

    What was known under another boot holds no longer; the whole picture follows as `Heard`.
    """

    name: str
    boot: str


@dataclass(frozen=True, slots=True)
class PublisherLate:
    """Nothing was heard for a while: what is known of it is stale. Told once per silence."""

    name: str
    silent_s: float


@dataclass(frozen=True, slots=True)
class PublisherLost:
    """Nothing was heard for long: what is known of it is unknown from now on. Told once per silence."""

    name: str
    silent_s: float


@dataclass(frozen=True, slots=True)
class Retarget:
    """Tell a subscriber where its publisher is now.

    Attributes:
        port: of PUB; 0: not known, or it has none, so nothing is heard, and none is missed, until it is told.
        reply_port: of REP; 0: the one after `port`.
    """

    host: str
    port: int
    reply_port: int = 0


@dataclass(frozen=True, slots=True)
class TextNews:
    """Tell the notifier to send a text line to Pychron's own subscribers: `RunAdded <uuid>`."""

    tag: str
    text: str
