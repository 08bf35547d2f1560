"""A picture of another node from its news alone."""

import time

import pytest

from actors.messages import Source, State
from actors.mirror import Mirror
from actors.news import Heard, PublisherLate, PublisherLost, PublisherUp
from actors.views import Follow, GetNodes, GetValves, Unfollow

OPEN, UNKNOWN = State.OPEN, State.UNKNOWN


class Rig:
    def __init__(self, house):
        self.house = house
        house.start(Mirror, "mirror", "acquisition", "10.0.0.1:5555")

    def tell(self, message):
        self.house.tell("mirror", message)

    def hear(self, topic, value, *, boot="b1", rev=1, **more):
        now = time.monotonic()
        self.tell(Heard("acq", topic, "acquisition", boot, rev, 1, 12.0, value, received_at=now, **more))

    def valves(self):
        return {view.name: view for view in self.house.ask("mirror", GetValves())}

    def nodes(self):
        return {view.name: view for view in self.house.ask("mirror", GetNodes())}


@pytest.fixture
def mirror(house):
    made = Rig(house)
    made.tell(PublisherUp("acq", "b1"))
    return made


def test_before_anything_is_heard_the_publisher_is_down(house):
    view = Rig(house).nodes()["acquisition"]
    assert (view.status, view.detail, view.address) == ("down", "not heard yet", "10.0.0.1:5555")


def test_a_valve_is_as_its_last_news(mirror):
    mirror.hear("valve.B", "closed")
    mirror.hear("valve.A", "closed", rev=1)
    mirror.hear("valve.A", "open", rev=2)
    view = mirror.valves()["A"]
    assert list(mirror.valves()) == ["A", "B"]
    assert (view.state, view.source, view.revision, view.origin) == (OPEN, Source.EVENT, 2, "acquisition")
    assert 0 <= view.age_s < 5


def test_an_unknown_valve_keeps_its_reason(mirror):
    mirror.hear("valve.A", "unknown", extra={"why": "node down"})
    assert (mirror.valves()["A"].state, mirror.valves()["A"].why) == (UNKNOWN, "node down")


@pytest.mark.parametrize("value", ["ajar", None, 1, ["open"], {"x": 1}])
def test_a_value_that_is_no_state_is_unknown(mirror, value):
    mirror.hear("valve.A", value)
    assert mirror.valves()["A"].state is UNKNOWN


def test_a_lock_is_shown_with_its_owner(mirror):
    mirror.hear("valve.A", "closed")
    mirror.hear("lock.A", True, extra={"who": "jan"})
    assert mirror.valves()["A"].locked == "jan"
    mirror.hear("lock.A", False, rev=2)
    assert mirror.valves()["A"].locked == ""


def test_an_owner_and_what_is_out_of_service_are_shown(mirror):
    mirror.hear("valve.A", "closed")
    mirror.hear("owner.A", "eva@acq/1")
    mirror.hear("service.A", False, extra={"why": "it leaks"})
    view = mirror.valves()["A"]
    assert (view.owner, view.enabled, view.why) == ("eva@acq/1", False, "it leaks")
    mirror.hear("owner.A", "", rev=2)
    mirror.hear("service.A", True, rev=2)
    view = mirror.valves()["A"]
    assert (view.owner, view.enabled, view.why) == ("", True, "")


def test_a_late_publisher_is_late_and_still_believed(mirror):
    mirror.hear("valve.A", "open")
    mirror.tell(PublisherLate("acq", 3.0))
    assert (mirror.nodes()["acquisition"].status, mirror.valves()["A"].state) == ("late", OPEN)
    assert mirror.valves()["A"].stale
    mirror.tell(PublisherUp("acq", "b1"))
    assert not mirror.valves()["A"].stale


def test_a_state_that_is_stale_where_it_comes_from_is_stale_here(mirror):
    mirror.hear("valve.A", "open", quality="stale", extra={"age_s": 3.6})
    view = mirror.valves()["A"]
    assert (view.state, view.stale, view.age_s > 3.6) == (OPEN, True, True)
    mirror.hear("valve.A", "open", rev=2)
    assert not mirror.valves()["A"].stale


def test_a_lost_publisher_makes_everything_unknown(mirror):
    mirror.hear("valve.A", "open")
    mirror.hear("node.Far", "up")
    mirror.tell(PublisherLost("acq", 10.0))
    assert (mirror.valves()["A"].state, mirror.valves()["A"].why) == (UNKNOWN, "acquisition is silent for 10.0 s")
    assert (mirror.nodes()["acquisition"].status, mirror.nodes()["Far"].status) == ("lost", "unknown")


def test_what_is_told_again_after_the_silence_is_believed_again(mirror):
    mirror.hear("valve.A", "open")
    mirror.tell(PublisherLost("acq", 10.0))
    mirror.tell(PublisherUp("acq", "b1"))
    assert mirror.valves()["A"].state is UNKNOWN
    mirror.hear("valve.A", "open")
    assert mirror.valves()["A"].state is OPEN


def test_another_life_forgets_what_the_last_one_said(mirror):
    mirror.hear("valve.A", "open")
    mirror.tell(PublisherUp("acq", "b2"))
    assert mirror.valves() == {}


def test_the_publishers_nodes_are_shown_as_it_sees_them(mirror):
    mirror.hear("node.Far", "down", extra={"why": "connection refused", "address": "10.0.0.2:1061"})
    view = mirror.nodes()["Far"]
    assert (view.status, view.detail, view.address) == ("down", "connection refused", "10.0.0.2:1061")


def test_whoever_follows_is_told_until_it_unfollows(mirror):
    told = []

    def sink(topic, keys):
        told.append((topic, keys["value"], keys["who"]))

    mirror.tell(Follow(sink))
    mirror.hear("valve.A", "open", extra={"who": "jan"})
    mirror.tell(Unfollow(sink))
    mirror.tell(Unfollow(sink))
    mirror.hear("valve.A", "closed", rev=2)
    mirror.valves()
    assert told == [("pychron.valve.A", "open", "jan")]


def test_a_sink_that_raises_does_not_end_the_mirror(mirror):
    def sink(_topic, _keys):
        raise ZeroDivisionError

    mirror.tell(Follow(sink))
    mirror.hear("valve.A", "open")
    assert mirror.valves()["A"].state is OPEN
