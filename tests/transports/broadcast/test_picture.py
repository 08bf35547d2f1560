"""A picture takes each revision once, never backwards, and knows what it lacks."""

from typing import Any

import pytest

from transports.broadcast.events import Event, digest
from transports.broadcast.picture import Counts, Picture, Topics

HERE = ("far", "b1")


def event(rev: int, topic: str = "pychron.valve.A", *, seq: int = 0, value: Any = None) -> Event:
    return Event(topic, *HERE, seq or rev, rev, 1.0, value=value)


def revs(events: list[Event]) -> list[int]:
    return [one.rev for one in events]


@pytest.fixture
def picture() -> Picture:
    made = Picture()
    made.adopt(HERE)
    return made


def test_an_event_is_told_once_and_never_backwards(picture: Picture) -> None:
    told = [revs(picture.take(event(rev))) for rev in (1, 1, 2, 1, 2, 3)]
    assert told == [[1], [], [2], [], [], [3]]


def test_what_was_held_back_is_told_in_order_with_what_was_brought(picture: Picture) -> None:
    picture.take(event(1))
    picture.hold(event(4))
    picture.hold(event(6))
    brought = [event(rev) for rev in (2, 3, 4, 5, 6, 7)]
    assert picture.holding() == {"pychron.valve.A": 2}
    assert revs(picture.release("pychron.valve.A", brought, complete=True)) == [2, 3, 4, 5, 6]
    assert picture.counts == Counts(gaps=1, repairs=3)


def test_what_nobody_can_bring_is_a_loss(picture: Picture) -> None:
    picture.take(event(1))
    picture.hold(event(5))
    assert revs(picture.release("pychron.valve.A", [event(4), event(5)])) == [4, 5]
    assert picture.counts == Counts(gaps=1, repairs=1, losses=2)


def test_revisions_that_never_were_are_no_loss(picture: Picture) -> None:
    picture.take(event(1))
    picture.hold(event(5))
    picture.release("pychron.valve.A", [event(5)], complete=True)
    assert picture.counts == Counts(gaps=1)


def test_a_snapshot_is_told_as_far_as_it_is_newer(picture: Picture) -> None:
    picture.take(event(2))
    told = picture.take_snapshot([event(2), event(1, "pychron.valve.B")], seq=9)
    assert [(one.topic, one.rev) for one in told] == [("pychron.valve.B", 1)]


def test_what_is_doubted_is_told_again_but_never_backwards(picture: Picture) -> None:
    picture.take(event(2))
    picture.doubt()
    assert [revs(picture.take(event(rev))) for rev in (1, 2, 2)] == [[], [2], []]


def test_another_boot_begins_anew_and_the_old_one_is_over(picture: Picture) -> None:
    picture.take(event(5))
    assert picture.adopt(("far", "b2"))
    assert picture.outdated(HERE)
    assert revs(picture.take(Event("pychron.valve.A", "far", "b2", 1, 1, 1.0))) == [1]


def test_a_heartbeat_of_other_revisions_disagrees(picture: Picture) -> None:
    picture.take(event(1))
    beat = event(1, "pychron.heartbeat.far", seq=5, value=digest({"pychron.valve.A": 2}))
    assert picture.disagrees(beat, ["pychron."]) == ["valve"]
    assert picture.disagrees(beat, ["pychron.lock"]) == []


def test_a_heartbeat_from_before_the_snapshot_is_passed_over(picture: Picture) -> None:
    picture.take_snapshot([event(2)], seq=6)
    beat = event(1, "pychron.heartbeat.far", seq=5, value=digest({"pychron.valve.A": 1}))
    assert picture.disagrees(beat, ["pychron."]) == []


def test_topics_are_compared_whole() -> None:
    topics = Topics(["pychron.valve.A", "pychron.lock."])
    asked = ["pychron.valve.A", "pychron.valve.A1", "pychron.valve.A.x", "pychron.lock.B", "pychron.locks"]
    assert [topics.have(topic) for topic in asked] == [True, False, True, True, False]


@pytest.mark.parametrize(
    ("wanted", "prefixes"),
    [
        (["pychron."], ["pychron."]),
        ([""], [""]),
        (["pychron.valve.A", "pychron.valve.B"], ["pychron.heartbeat.", "pychron.valve"]),
        (["pychron.tree"], ["pychron.heartbeat.", "pychron.tree"]),
    ],
)
def test_whole_families_and_the_heartbeat_are_subscribed_to(wanted: list[str], prefixes: list[str]) -> None:
    assert Topics(wanted).prefixes() == prefixes
