"""Events survive their two frames; nothing else is taken for one."""

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transports.broadcast.events import (
    BadEvent,
    Event,
    decode,
    digest,
    encode,
    pack,
    pack_events,
    unpack,
    unpack_events,
)

MAP = {"v": 1, "node": "pyValve", "boot": "b1", "seq": 7, "rev": 3, "ts": 1.5, "value": "open"}
EVENT = Event("pychron.valve.A", "pyValve", "b1", 7, 3, 1.5, value="open")

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.integers(0, 9), inner, max_size=4),
    max_leaves=10,
)


def test_event_is_a_topic_and_a_map_with_the_common_keys() -> None:
    topic, payload = encode(EVENT)
    assert topic == b"pychron.valve.A"
    common = {"trace": "", "units": "", "quality": "good", "source": ""}
    assert msgpack.unpackb(payload) == MAP | common


def test_what_is_published_again_names_its_origin() -> None:
    event = Event("pychron.valve.A", "lab", "b9", 1, 1, 2.5, value="open", origin="pyValve", origin_rev=3)
    assert decode(encode(event)) == event
    assert msgpack.unpackb(encode(event)[1])["origin_rev"] == 3


def test_short_map_is_enough() -> None:
    assert decode((b"pychron.valve.A", msgpack.packb(MAP))) == EVENT


@given(plain, st.dictionaries(st.text(min_size=1).map(lambda key: f"x{key}"), plain, max_size=3))
def test_values_and_unknown_keys_survive(value: object, extra: dict[str, object]) -> None:
    event = Event("pychron.furnace.F", "n", "b", 1, 1, 1.0, value=value, units="C", extra=extra)
    assert decode(encode(event)) == event


def test_an_extra_key_never_hides_one_of_the_events_own() -> None:
    event = Event("pychron.valve.A", "n", "b", 7, 3, 1.5, extra={"rev": 99, "owner": "x"})
    assert decode(encode(event)).rev == 3


@pytest.mark.parametrize(
    ("frames", "complaint"),
    [
        ((), "expected 2 frames (topic, map), got 0"),
        ((b"RunAdded 1",), "expected 2 frames (topic, map), got 1"),
        ((b"a", b"b", b"c"), "expected 2 frames (topic, map), got 3"),
        ((b"\xff\xfe", b"\x80"), "topic is not UTF-8"),
        ((b"t", b""), "not msgpack"),
        ((b"t", b"\xc1"), "not msgpack: FormatError"),
        ((b"t", msgpack.packb(MAP) + b"x"), "not msgpack: unpack(b) received extra data"),
        ((b"t", b"\x91" * 100_000), "not msgpack"),
        ((b"t", msgpack.packb(MAP | {"value": msgpack.ExtType(5, b"x")})), "extension type 5"),
        ((b"t", msgpack.packb([1, 2])), "expected a map, got [1, 2]"),
        ((b"t", msgpack.packb({1: 2})), "a key of the map is not a string"),
        ((b"t", msgpack.packb({})), "t: v: expected 1, got None"),
        ((b"t", msgpack.packb(MAP | {"v": 2})), "t: v: expected 1, got 2"),
        ((b"t", msgpack.packb(MAP | {"v": True})), "t: v: expected 1, got True"),
        ((b"t", msgpack.packb(MAP | {"rev": "3"})), "t: rev: expected int, got '3'"),
        ((b"t", msgpack.packb(MAP | {"rev": True})), "t: rev: expected int, got True"),
        ((b"t", msgpack.packb(MAP | {"ts": float("nan")})), "t: ts: expected seconds since 1970, got nan"),
        ((b"t", msgpack.packb(MAP | {"quality": None})), "t: quality: expected str, got None"),
        ((b"t", msgpack.packb({key: MAP[key] for key in MAP if key != "value"})), "t: value: missing"),
        ((b"t", msgpack.packb({key: MAP[key] for key in MAP if key != "boot"})), "t: boot: missing"),
    ],
)
def test_what_is_no_event_is_said_to_be_none(frames: tuple[bytes, ...], complaint: str) -> None:
    with pytest.raises(BadEvent) as refusal:
        decode(frames)
    assert complaint in str(refusal.value)


@given(st.lists(st.binary(max_size=60), max_size=3))
def test_random_frames_raise_nothing_but_bad_event(frames: list[bytes]) -> None:
    with pytest.raises(BadEvent):
        decode(frames)


@given(st.data())
def test_damaged_events_raise_nothing_but_bad_event(data: st.DataObject) -> None:
    topic, payload = encode(EVENT)
    place = data.draw(st.integers(0, len(payload) - 1))
    damaged = payload[:place] + data.draw(st.binary(max_size=3)) + payload[place + 1 :]
    try:
        decode((topic, damaged))
    except BadEvent:
        return


def test_events_inside_a_reply_are_the_ones_that_were_sent() -> None:
    other = Event("pychron.valve.B", "pyValve", "b1", 8, 1, 1.6, value=None)
    reply = unpack(pack_events({"op": "snapshot", "seq": 8}, [encode(EVENT), encode(other)]))
    assert unpack_events(reply) == [EVENT, other]
    assert reply["op"] == "snapshot"


@pytest.mark.parametrize("events", [None, 5, [1], [["t"]], [["t", 1]], [[1, {}]], [["t", {}]]])
def test_a_reply_with_other_things_than_events_is_refused(events: object) -> None:
    with pytest.raises(BadEvent):
        unpack_events(unpack(pack({"events": events})))


def test_digest_is_per_family_and_sees_every_revision() -> None:
    one = digest({"pychron.valve.A": 1, "pychron.valve.B": 2, "pychron.tree": 1})
    two = digest({"pychron.tree": 1, "pychron.valve.B": 2, "pychron.valve.A": 2})
    assert one.keys() == {"valve", "tree"}
    assert one["tree"] == two["tree"]
    assert one["valve"] != two["valve"]
