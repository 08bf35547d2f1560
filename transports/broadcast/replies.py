"""What is answered on REP, from what the notifier has kept. There is an answer to everything."""

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from transports.broadcast.events import VERSION, BadEvent, Frames, pack, pack_events, unpack

DEPTH = 64

# What others than the archive answer: tree, health, describe with plain data; config_json with JSON text.
# Called on the news loop's thread: must not block.
Answers = Mapping[str, Callable[[], Any]]

ASKED = ("tree", "health", "describe")
_MAP_STARTS = frozenset((*range(0x80, 0x90), 0xDE, 0xDF))  # first bytes of a msgpack map


class Topic:
    """What is kept of one topic: its name as it is sent, its revision, revisions and maps of its last events.

    Of a full ring the first is kept only to tell its revision: it can no longer be asked for.
    """

    __slots__ = ("name", "rev", "ring", "seq")

    def __init__(self, topic: str, depth: int) -> None:
        self.name = topic.encode()
        self.ring: deque[tuple[int, bytes]] = deque(maxlen=depth + 1)
        self.seq = self.rev = 0

    def last(self) -> Frames:
        """Return its last event."""
        return self.name, self.ring[-1][1]


class Archive:
    """The last event of each topic, and the few before it.

    Args:
        node, boot: the publisher.
        depth: events per topic that can be replayed.
    """

    def __init__(self, node: str, boot: str, depth: int = DEPTH) -> None:
        self.node, self.boot = node, boot
        self.seq = self.beats = 0
        self.topics: dict[str, Topic] = {}
        self._depth = depth

    def topic(self, topic: str) -> Topic:
        """Return what is kept of a topic; of a new one nothing yet."""
        return self.topics.get(topic) or Topic(topic, self._depth)

    def keep(self, topic: str, kept: Topic, rev: int, payload: bytes) -> None:
        """Take the map of an event, which is newer than all of its topic, with the sequence number of now."""
        if not kept.seq:
            self.topics[topic] = kept
        kept.rev, kept.seq = rev, self.seq
        kept.ring.append((rev, payload))

    def revisions(self) -> dict[str, int]:
        """Return the last revision of every topic."""
        return {topic: kept.rev for topic, kept in self.topics.items()}

    def last(self) -> list[Frames]:
        """Return the last event of every topic, oldest first."""
        return [kept.last() for kept in sorted(self.topics.values(), key=_seq)]

    def matching(self, prefixes: Sequence[bytes], at_most: int) -> list[Frames]:
        """Return the last events of topics that begin with a prefix; of too many, those that changed last."""
        starts = tuple(prefixes)
        found = sorted((kept for kept in self.topics.values() if kept.name.startswith(starts)), key=_seq)
        return [kept.last() for kept in found[max(0, len(found) - at_most) :]]

    def since(self, topic: str, revision: int) -> tuple[list[Frames], int]:
        """Return the events held from `revision` on, and the newest revision that is gone (0: none)."""
        kept = self.topics.get(topic)
        if kept is None:
            return [], 0
        gone = kept.ring[0][0] if len(kept.ring) > self._depth else 0
        return [(kept.name, payload) for rev, payload in kept.ring if rev >= revision and rev > gone], gone


def _seq(kept: Topic) -> int:
    return kept.seq


def answer(request: Sequence[bytes], archive: Archive, answers: Answers) -> bytes:
    """Return the answer to one request, whatever it is.

    A text is answered with a text, a msgpack map with a map that has `error` or what was asked for.

    Raises:
        Exception: only what one of `answers` raises, or a value of it that is not plain data.
    """
    if len(request) != 1:
        return text_error(f"expected one frame, got {len(request)}")
    frame = request[0]
    if frame[:1] and frame[0] in _MAP_STARTS:
        return _answer_map(frame, archive, answers)
    return _answer_text(frame.strip(), answers)


def text_error(text: str) -> bytes:
    """Return the answer that says why there is none."""
    return f"error: {text}".encode(errors="replace")


def _answer_text(word: bytes, answers: Answers) -> bytes:
    if word == b"ping":
        return b"echo"
    if word == b"config_json":
        config = answers.get("config_json")
        nothing = {"kind": "error", "error": "no dashboard on this node"}
        return str(config()).encode() if config else json.dumps(nothing).encode()
    if word == b"config":
        return text_error("config was a pickle, which nobody should read from a network: ask for config_json")
    return text_error(f"unknown request {word[:40]!r}: expected ping, config_json or a msgpack map with op")


def _answer_map(frame: bytes, archive: Archive, answers: Answers) -> bytes:
    try:
        request = unpack(frame)
    except BadEvent as error:
        return text_error(f"unknown request: {error}")
    op = request.get("op")
    head = {"v": VERSION, "op": op, "node": archive.node, "boot": archive.boot, "seq": archive.seq}
    if op == "snapshot":
        return pack_events(head, archive.last())
    if op == "replay":
        return _replay(request, head, archive)
    if op in ASKED:
        asked = answers.get(op)
        return pack(head | ({"value": asked()} if asked else {"error": f"{op}: not available"}))
    known = ", ".join(("snapshot", "replay", *ASKED))
    return pack(head | {"op": str(op)[:40], "error": f"unknown request {op!r:.60}: expected one of {known}"})


def _replay(request: Mapping[str, Any], head: dict[str, Any], archive: Archive) -> bytes:
    topic, revision = request.get("topic"), request.get("from_rev")
    if type(topic) is not str or type(revision) is not int:
        return pack(head | {"error": "replay: expected topic (text) and from_rev (number)"})
    if topic not in archive.topics:
        return pack(head | {"error": f"replay: nothing was published of {topic!r:.80}"})
    held, gone = archive.since(topic, revision)
    about = {"topic": topic, "from_rev": revision, "complete": gone < revision, "gone_to": gone}
    return pack_events(head | about, held)
