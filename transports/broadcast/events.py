"""Events: one change as two frames, its topic and a msgpack map; and everything else that is msgpack."""

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

import msgpack  # type: ignore[import-untyped]

from actors.frozen import message

VERSION = 1
PREFIX = "pychron."
HEARTBEAT = "pychron.heartbeat."

Frames = tuple[bytes, bytes]


class BadEvent(ValueError):
    """Not an event, or not a reply: the text says what is wrong with it."""


@message
class Event:
    """One change of one topic, as published.

    Attributes:
        topic: in full, `pychron.valve.A`.
        node, boot: who published it, and which life of it.
        seq: per publisher; rev: per topic; both grow on one boot.
        ts: UTC, seconds since 1970.
        trace: id of the command that caused it, or "".
        value: None, bool, number, string, list or map.
        quality: good, stale or unknown.
        source: where the value was learned from, or "".
        origin, origin_rev: the node that this was heard from and its revision there, if published again.
        extra: further keys of the map.
    """

    topic: str
    node: str
    boot: str
    seq: int
    rev: int
    ts: float
    trace: str = ""
    value: Any = None  # plain data that msgpack can carry
    units: str = ""
    quality: str = "good"
    source: str = ""
    origin: str = ""
    origin_rev: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)


_TYPES: Mapping[str, tuple[type, ...]] = {
    "node": (str,), "boot": (str,), "seq": (int,), "rev": (int,), "ts": (float, int), "trace": (str,),
    "units": (str,), "quality": (str,), "source": (str,), "origin": (str,), "origin_rev": (int,),
}  # fmt: skip
_REQUIRED = ("node", "boot", "seq", "rev", "ts", "value")
_KEYS = {*_TYPES, "v", "value"}


def as_map(event: Event) -> dict[str, Any]:
    """Return the map of the second frame. A key of `extra` never hides one of the event's own."""
    fields = {
        **event.extra,
        "v": VERSION,
        "node": event.node,
        "boot": event.boot,
        "seq": event.seq,
        "rev": event.rev,
        "ts": event.ts,
        "trace": event.trace,
        "value": event.value,
        "units": event.units,
        "quality": event.quality,
        "source": event.source,
    }
    if event.origin:
        fields["origin"] = event.origin
        fields["origin_rev"] = event.origin_rev
    return fields


def encode(event: Event) -> Frames:
    """Return the two frames.

    Raises:
        TypeError, ValueError, OverflowError: the value or an extra key is not plain data.
    """
    return event.topic.encode(), msgpack.packb(as_map(event))


def packer() -> Callable[[Mapping[str, Any]], bytes]:
    """Return what packs one map after the other in the same memory: in one thread. It raises what `encode` does."""
    pack_next: Callable[[Mapping[str, Any]], bytes] = msgpack.Packer().pack
    return pack_next


def decode(frames: Sequence[bytes]) -> Event:
    """Return the event of two frames.

    Raises:
        BadEvent: anything is wrong with them.
    """
    if len(frames) != 2:  # noqa: PLR2004 - topic and map
        raise BadEvent(f"expected 2 frames (topic, map), got {len(frames)}")
    try:
        topic = frames[0].decode()
    except UnicodeDecodeError:
        raise BadEvent(f"topic is not UTF-8: {frames[0][:60]!r}") from None
    return from_map(topic, unpack(frames[1]))


def from_map(topic: str, fields: Mapping[str, Any]) -> Event:
    """Return the event of a topic and its map.

    Raises:
        BadEvent: another version, a key missing or of the wrong type.
    """
    if type(fields.get("v")) is not int or fields["v"] != VERSION:
        raise BadEvent(f"{topic}: v: expected {VERSION}, got {fields.get('v')!r}")
    for key in _REQUIRED:
        if key not in fields:
            raise BadEvent(f"{topic}: {key}: missing")
    own: dict[str, Any] = {"value": fields["value"]}
    extra: dict[str, Any] = {}
    for key, value in fields.items():
        types = _TYPES.get(key)
        if types is not None:
            if type(value) not in types:  # not isinstance: True is no revision
                raise BadEvent(f"{topic}: {key}: expected {types[0].__name__}, got {value!r:.60}")
            own[key] = value
        elif key not in _KEYS:
            extra[key] = value
    if not math.isfinite(own["ts"]):
        raise BadEvent(f"{topic}: ts: expected seconds since 1970, got {own['ts']!r}")
    return Event(topic, extra=extra, **own)


def unpack(data: bytes) -> dict[str, Any]:
    """Return the map that is packed in `data`.

    Raises:
        BadEvent: not msgpack, not a map, or its keys are not strings.
    """
    try:
        fields = msgpack.unpackb(data, timestamp=1, strict_map_key=False, ext_hook=_no_extension)
    except (
        ValueError,
        TypeError,
        OverflowError,
        RecursionError,
        msgpack.exceptions.UnpackException,
    ) as error:
        why = str(error) or error.__class__.__name__
        raise BadEvent(f"not msgpack: {why} in {data[:40]!r}") from None
    if not isinstance(fields, dict):
        raise BadEvent(f"expected a map, got {fields!r:.60}")
    if not all(isinstance(key, str) for key in fields):
        raise BadEvent("a key of the map is not a string")
    return fields


def pack(fields: Mapping[str, Any]) -> bytes:
    """Return `fields` as a msgpack map.

    Raises:
        TypeError, ValueError, OverflowError: not plain data.
    """
    return bytes(msgpack.packb(dict(fields)))


def pack_events(fields: Mapping[str, Any], events: Iterable[Frames]) -> bytes:
    """Return `fields` with a further key `events`: a list of [topic, map], taken over as they were sent."""
    packer, rows = msgpack.Packer(), list(events)
    parts = [packer.pack_map_header(len(fields) + 1)]
    for key, value in fields.items():
        parts += (packer.pack(key), packer.pack(value))
    parts += (packer.pack("events"), packer.pack_array_header(len(rows)))
    pair = packer.pack_array_header(2)
    for topic, payload in rows:
        parts += (pair, packer.pack(topic.decode()), payload)
    return b"".join(parts)


def unpack_events(fields: Mapping[str, Any]) -> list[Event]:
    """Return the events of a reply made by `pack_events`.

    Raises:
        BadEvent: there is no such list in it, or one of them is wrong.
    """
    rows = fields.get("events")
    if not isinstance(rows, list):
        raise BadEvent(f"events: expected a list, got {rows!r:.60}")
    events = []
    for row in rows:
        match row:
            case [str(topic), dict(fields_of_row)]:
                events.append(from_map(topic, fields_of_row))
            case _:
                raise BadEvent(f"events: expected [topic, map], got {row!r:.60}")
    return events


def family(topic: str) -> str:
    """Return the second dotted part: `valve` of `pychron.valve.A`."""
    return topic.split(".", 2)[1] if "." in topic else topic


def digest(revisions: Mapping[str, int]) -> dict[str, str]:
    """Return family -> digest of its (topic, revision) pairs: equal where two pictures agree."""
    hashes: dict[str, Any] = {}  # hashlib's objects have no public type
    for topic in sorted(revisions):
        name = family(topic)
        if name not in hashes:
            hashes[name] = hashlib.blake2b(digest_size=8)
        hashes[name].update(f"{topic} {revisions[topic]}\n".encode())
    return {name: value.hexdigest() for name, value in hashes.items()}


def _no_extension(code: int, data: bytes) -> Any:
    raise ValueError(f"extension type {code} ({len(data)} bytes)")
