"""What one subscriber knows of its publisher: revisions, what is missing, what was passed over."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from actors.news import Heard
from transports.broadcast.events import HEARTBEAT, PREFIX, Event, digest

Key = tuple[str, str]  # (node, boot)
PAST_KEPT = 16


@dataclass(slots=True)
class Counts:
    """What became of the messages, for `health`.

    Attributes:
        gaps: jumps in a revision, and heartbeats that spoke of other revisions than ours.
        repairs: events that the stream had lost and a request has brought.
        losses: revisions that nobody can bring any more.
        bad: messages that were no events.
    """

    gaps: int = 0
    repairs: int = 0
    losses: int = 0
    bad: int = 0


class Topics:
    """Which topics are wanted: `pychron.valve.A` is that one (never A1), `pychron.` and `` are all below it."""

    def __init__(self, wanted: Sequence[str]) -> None:
        self._whole = frozenset(wanted)
        self._below = tuple(topic if topic.endswith(".") or not topic else f"{topic}." for topic in wanted)

    def have(self, topic: str) -> bool:
        """Return whether events of this topic are to be told."""
        return topic in self._whole or topic.startswith(self._below)

    def prefixes(self) -> list[str]:
        """Return what to subscribe to: whole families, so that the heartbeat's digests can be compared."""
        families = {self._family_of(topic) for topic in self._below}
        covered = any(HEARTBEAT.startswith(prefix) for prefix in families)
        return sorted(families if covered else {*families, HEARTBEAT})

    @staticmethod
    def _family_of(prefix: str) -> str:
        parts = prefix.split(".")
        return prefix if len(parts) <= 2 else f"{parts[0]}.{parts[1]}"  # noqa: PLR2004 - pychron.<family>


class Picture:
    """The revisions heard from a publisher, kept by (node, boot). An event counts once, and never backwards."""

    def __init__(self) -> None:
        self.key: Key | None = None
        self._by_stream = False  # it came by the stream
        self.counts = Counts()
        self._past: list[Key] = []
        self._revisions: dict[str, int] = {}
        self._doubted: set[str] = set()
        self._held: dict[str, list[Event]] = {}
        self._ahead = 0

    def outdated(self, key: Key) -> bool:
        """Return whether this is a life of the publisher that has ended."""
        return key in self._past

    def moved(self) -> None:
        """Note that the stream is another one: nothing of an earlier life can be left in it."""
        self._past = []

    def adopt(self, key: Key, *, by_stream: bool = True) -> bool:
        """Begin anew if this is another node or another life of it; return whether it is.

        What is kept back of the life before is to be released before. That has ended for good only if it had come by
        the stream, and so has the new one: an answer may have come from somebody else.
        """
        if key == self.key:
            self._by_stream = self._by_stream or by_stream
            return False
        if self.key is not None and self._by_stream:
            self._past = [*self._past[1 - PAST_KEPT :], self.key]
        self.key, self._by_stream = key, by_stream
        self._revisions.clear()
        self._doubted.clear()
        self._held.clear()
        self._ahead = 0
        return True

    def doubt(self) -> None:
        """Have the last revision of every topic told once more."""
        self._doubted.update(self._revisions)

    def take(self, event: Event) -> list[Event]:
        """Take an event of the stream; return what is to be told now. What is not newer is passed over."""
        if self.missing_before(event):
            self.counts.gaps += 1
            self._count_losses(event)
        return [event] if self._note(event) else []

    def missing_before(self, event: Event) -> bool:
        """Return whether a revision between the last one and this event's has not come."""
        known = self._revisions.get(event.topic)
        return known is not None and event.rev > known + 1

    def hold(self, event: Event) -> None:
        """Keep an event back until what is missing before it has been asked for. Counts the gap."""
        if event.topic not in self._held:
            self.counts.gaps += 1
            self._held[event.topic] = []
        self._held[event.topic].append(event)

    def holds(self, topic: str) -> bool:
        """Return whether events of this topic are being kept back."""
        return topic in self._held

    def holding(self) -> dict[str, int]:
        """Return the topics of which events are kept back, with the first revision that is missing."""
        return {topic: self._revisions[topic] + 1 for topic in self._held}

    def release(self, topic: str, brought: Sequence[Event] = (), *, complete: bool = False) -> list[Event]:
        """Return what was kept back of a topic, in order, with what a replay has brought of it in between.

        Args:
            topic: of the events.
            brought: the replay's events.
            complete: the publisher has no others: revisions that are still missing have never been.
        """
        held = {event.rev: event for event in self._held.pop(topic, ())}
        newest = max(held, default=0)  # beyond it the stream goes on by itself
        told = []
        for rev, event in sorted(({event.rev: event for event in brought if event.rev < newest} | held).items()):
            if not complete:
                self._count_losses(event)
            if self._note(event):
                told.append(event)
                self.counts.repairs += rev not in held
        return told

    def release_all(self) -> list[Event]:
        """Return all that was kept back: nobody can bring what is missing in between."""
        return [event for topic in list(self._held) for event in self.release(topic)]

    def take_snapshot(self, events: Iterable[Event], seq: int) -> list[Event]:
        """Take the last event of every topic, as of the publisher's event `seq`; return what is to be told now."""
        told = self.release_all()
        for event in events:
            known = self._revisions.get(event.topic)
            self.counts.repairs += known is not None and event.rev > known
            self._count_losses(event)
            if self._note(event):
                told.append(event)
        self._ahead = max(self._ahead, seq)
        return told

    def disagrees(self, beat: Event, prefixes: Sequence[str]) -> list[str]:
        """Return the families of which a heartbeat tells other revisions than ours, as far as we subscribe.

        A heartbeat that was sent before the last request was answered is passed over: we know more than it.
        """
        if beat.seq <= self._ahead or not isinstance(beat.value, Mapping):
            return []
        starts = tuple(prefixes)
        ours = digest(self._revisions)
        return [
            name
            for name, theirs in beat.value.items()
            if f"{PREFIX}{name}".startswith(starts) and ours.get(name) != theirs
        ]

    def _note(self, event: Event) -> bool:
        topic, known = event.topic, self._revisions.get(event.topic, -1)
        if event.rev < known or (event.rev == known and topic not in self._doubted):
            return False
        self._revisions[topic] = event.rev
        self._doubted.discard(topic)
        return True

    def _count_losses(self, event: Event) -> None:
        if self.missing_before(event):
            self.counts.losses += event.rev - self._revisions[event.topic] - 1


def heard(publisher: str, event: Event, received_at: float) -> Heard:
    """Return an event as it is told to other actors."""
    return Heard(
        publisher=publisher,
        topic=event.topic.removeprefix(PREFIX),
        node=event.node,
        boot=event.boot,
        rev=event.rev,
        seq=event.seq,
        ts=event.ts,
        value=event.value,
        units=event.units,
        quality=event.quality,
        source=event.source,
        trace=event.trace,
        origin=event.origin,
        origin_rev=event.origin_rev,
        extra=event.extra,
        received_at=received_at,
    )
