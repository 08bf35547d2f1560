"""REP has an answer to everything, out of what was kept."""

import json
import random

import msgpack
import pytest

from transports.broadcast.events import Event, encode, unpack, unpack_events
from transports.broadcast.replies import Archive, answer

SEED, TRIES = 4, 2000


def archive(revisions: int = 3, depth: int = 64) -> Archive:
    kept = Archive("pyValve", "b1", depth)
    for rev in range(1, revisions + 1):
        keep(kept, "pychron.valve.A", rev)
    return kept


def keep(kept: Archive, topic: str, rev: int) -> None:
    kept.seq += 1
    event = Event(topic, "pyValve", "b1", kept.seq, rev, 1.0, value=rev)
    kept.keep(topic, kept.topic(topic), rev, encode(event)[1])


def ask(question: dict, kept: Archive | None = None, **answers) -> dict:
    return unpack(answer([msgpack.packb(question)], kept or archive(), answers))


def test_ping_is_echoed() -> None:
    assert answer([b"ping"], archive(), {}) == b"echo"


def test_config_json_without_a_dashboard_is_an_error_in_json() -> None:
    assert json.loads(answer([b"config_json"], archive(), {})) == {
        "kind": "error",
        "error": "no dashboard on this node",
    }


def test_config_json_is_the_dashboards() -> None:
    assert answer([b"config_json"], archive(), {"config_json": lambda: '{"a":1}'}) == b'{"a":1}'


def test_pickle_is_refused_with_what_to_ask_instead() -> None:
    text = answer([b"config"], archive(), {})
    assert text.startswith(b"error: ")
    assert b"config_json" in text


def test_snapshot_has_the_last_event_of_each_topic() -> None:
    reply = ask({"op": "snapshot"})
    assert (reply["node"], reply["boot"], reply["seq"]) == ("pyValve", "b1", 3)
    assert [(event.topic, event.rev) for event in unpack_events(reply)] == [("pychron.valve.A", 3)]


def test_replay_has_what_came_since() -> None:
    reply = ask({"op": "replay", "topic": "pychron.valve.A", "from_rev": 2})
    assert [event.value for event in unpack_events(reply)] == [2, 3]
    assert reply["complete"] is True


def test_replay_says_what_is_no_longer_held() -> None:
    reply = ask({"op": "replay", "topic": "pychron.valve.A", "from_rev": 2}, archive(10, depth=4))
    assert [event.value for event in unpack_events(reply)] == [7, 8, 9, 10]
    assert (reply["complete"], reply["gone_to"]) == (False, 6)


@pytest.mark.parametrize(
    ("question", "error"),
    [
        ({"op": "replay", "topic": "pychron.valve.Q", "from_rev": 1}, "replay: nothing was published of"),
        ({"op": "replay", "topic": "pychron.valve.A"}, "replay: expected topic (text) and from_rev (number)"),
        ({"op": "tree"}, "tree: not available"),
        ({"op": "health"}, "health: not available"),
        ({"op": "bogus"}, "unknown request 'bogus': expected one of snapshot, replay, tree, health, describe"),
        ({}, "unknown request None"),
        ({"op": ["x"]}, "unknown request ['x']"),
    ],
)
def test_errors_say_what_was_expected(question: dict, error: str) -> None:
    assert error in ask(question)["error"]


def test_tree_is_answered_by_whoever_has_it() -> None:
    assert ask({"op": "tree"}, tree=lambda: [["valve.A", "running"]])["value"] == [["valve.A", "running"]]


@pytest.mark.parametrize("request_frames", [[], [b""], [b"bogus"], [b"a", b"b"], [b"\x81"], [b"\xde\xff\xff"]])
def test_unknown_requests_are_answered_with_a_text(request_frames: list[bytes]) -> None:
    assert answer(request_frames, archive(), {}).startswith(b"error: ")


def test_random_requests_are_all_answered() -> None:
    chance, kept = random.Random(SEED), archive()  # noqa: S311
    for _ in range(TRIES):
        frame = chance.randbytes(chance.randrange(40))
        assert answer([frame], kept, {})


def test_a_ring_that_is_just_full_has_lost_nothing() -> None:
    kept = archive(revisions=3, depth=3)
    held, gone = kept.since("pychron.valve.A", 1)
    assert ([unpack(payload)["rev"] for _, payload in held], gone) == ([1, 2, 3], 0)
    keep(kept, "pychron.valve.A", 4)
    held, gone = kept.since("pychron.valve.A", 1)
    assert ([unpack(payload)["rev"] for _, payload in held], gone) == ([2, 3, 4], 1)


def test_matching_takes_those_that_changed_last() -> None:
    kept = archive()
    for number in range(5):
        keep(kept, f"pychron.valve.B{number}", 1)
    keep(kept, "pychron.valve.A", 4)
    topics = [topic for topic, _ in kept.matching([b"pychron.valve."], 2)]
    assert topics == [b"pychron.valve.B4", b"pychron.valve.A"]
    assert kept.matching([b"pychron.lock."], 9) == []
