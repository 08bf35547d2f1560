"""A status monitor passes news of its node on, and knows which to believe."""

import pytest

from actors.actuation import OriginLost, Seen
from actors.line_latch import FAR_LATCHED
from actors.messages import News, Source
from actors.news import PublisherLate, PublisherLost, PublisherUp
from actors.remote import AskWord, LocksSeen, OwnersSeen, ServiceSeen
from tests.actors.status_monitor.rig import NODE, OPEN, PATH, UNKNOWN, Rig


def test_a_node_that_comes_up_is_asked_at_once(slow):
    slow.up("far-2")
    slow.asked("states")
    slow.asked("locks")


def test_an_event_is_passed_on_with_its_revision_and_time(slow):
    slow.hear("valve.A", "open", rev=7)
    seen = slow.line.wait_for(Seen)
    assert seen == Seen(NODE, {"A": OPEN}, Source.EVENT, 7.0, complete=False, revisions={"A": 7})


def test_why_a_valve_is_unknown_is_in_the_words_of_its_own_node(slow):
    slow.hear("valve.A", "unknown", extra={"why": "its move was cut short"})
    assert slow.line.wait_for(Seen).whys == {"A": "its move was cut short"}
    slow.hear("valve.A", "open", rev=2)
    assert slow.line.wait_for(Seen).whys == {}


def test_a_latch_of_the_node_is_known_here_until_it_is_cleared_or_the_node_lives_anew(slow):
    latches = slow.house.context.facts.setdefault(FAR_LATCHED, {})
    slow.hear("safe_state", "called", extra={"by": "eva at noon"})
    slow.hear("safe_state", "reached", rev=2)
    slow.house.quiet()
    assert latches == {"Far": "eva at noon"}
    slow.hear("safe_state", "cleared", rev=3, extra={"by": "eva"})
    slow.house.quiet()
    assert latches == {}
    slow.hear("safe_state", "latched", rev=4, extra={"by": "eva at one"})
    slow.up("far-1")
    slow.house.quiet()
    assert latches == {"Far": "eva at one"}
    slow.up("far-2")
    slow.house.quiet()
    assert latches == {}


def test_an_event_of_what_is_stale_says_how_it_was_then(slow):
    slow.hear("valve.A", "open", rev=7, quality="stale", extra={"age_s": 3.5})
    assert slow.line.wait_for(Seen).asked_at == 3.5


@pytest.mark.parametrize("age_s", [None, "old", -1.0])
def test_an_age_that_is_none_is_passed_over(slow, age_s):
    slow.hear("valve.A", "open", rev=7, quality="stale", extra={"age_s": age_s})
    assert slow.line.wait_for(Seen).asked_at == 7.0


@pytest.mark.parametrize("value", ["ajar", None, 3, ["open"], {"state": "open"}])
def test_an_event_that_says_no_state_makes_the_valve_unknown(slow, value):
    slow.hear("valve.A", value)
    assert slow.line.wait_for(Seen).states == {"A": UNKNOWN}


def test_news_of_another_life_are_passed_over(slow):
    slow.hear("valve.A", "open", boot="far-0")
    slow.hear("lock.A", True, boot="far-0")
    slow.house.quiet()
    assert slow.line.all() == []


@pytest.mark.parametrize(
    ("value", "extra", "who"),
    [(True, {"who": "jan"}, "jan"), (True, {}, "locked there"), (False, {"who": "jan"}, "")],
)
def test_a_lock_is_passed_on_with_its_owner(slow, value, extra, who):
    slow.hear("lock.A", value, extra=extra)
    assert slow.line.wait_for(LocksSeen) == LocksSeen(NODE, {"A": who})


@pytest.mark.parametrize(("value", "owner"), [("eva@acq/1", "eva@acq/1"), ("", ""), (None, "")])
def test_an_owner_is_passed_on(slow, value, owner):
    slow.hear("owner.A", value)
    assert slow.line.wait_for(OwnersSeen) == OwnersSeen(NODE, {"A": owner})


@pytest.mark.parametrize(
    ("in_service", "extra", "why"),
    [(False, {"why": "it leaks"}, "it leaks"), (False, {}, "its node says so"), (True, {"why": ""}, "")],
)
def test_what_is_taken_out_of_service_is_passed_on(slow, in_service, extra, why):
    slow.hear("service.A", in_service, extra=extra)
    assert slow.line.wait_for(ServiceSeen) == ServiceSeen(NODE, "A", why)


def test_a_furnace_is_passed_on_as_news_of_that_node(slow):
    slow.hear("furnace.Furnace", 812.5, rev=4, units="C", extra={"setpoint": 800})
    extra = {"setpoint": 800, "origin": "Far", "origin_rev": 4}
    assert slow.chronicle.wait_for(News) == News("furnace.Furnace", 812.5, units="C", extra=extra)


def test_an_alarm_is_logged_once_per_change(slow, logs):
    why = "Furnace: 1460 C is over 1450 C"
    for rev in (1, 1, 2):  # told again after a silence, and published again
        slow.hear("alarm.furnace", "tripped", rev=rev, extra={"text": why})
    slow.hear("alarm.furnace", "", rev=3, extra={"text": "Furnace: reset"})
    slow.hear("alarm.furnace", "", rev=3, extra={"text": "Furnace: reset"})
    slow.house.quiet()
    logged = [(line["level"], line["peer"], line["alarm"], line["text"]) for line in logs.named("node.alarm")]
    assert logged == [("error", NODE, "furnace", why), ("info", NODE, "furnace", "Furnace: reset")]


def test_an_alarm_that_stands_is_logged_in_each_life_of_its_node_and_none_that_is_over(slow, logs):
    slow.hear("alarm.loader", "", extra={"text": "a new run"})
    slow.hear("alarm.furnace", "tripped", extra={"text": "blind"})
    slow.up("far-2")
    slow.hear("alarm.furnace", "tripped", boot="far-2", extra={"text": "blind"})
    slow.house.quiet()
    assert [line["alarm"] for line in logs.named("node.alarm")] == ["furnace", "furnace"]
    assert [news.extra["origin"] for news in slow.chronicle.all(News)] == ["Far"] * 3


def test_other_topics_stay_where_they_are(slow):
    slow.hear("heartbeat.Far", 1)
    slow.hear("node.Other", "up")
    slow.house.quiet()
    assert (slow.line.all(), slow.chronicle.all()) == ([], [])


def test_a_publisher_that_comes_and_goes_is_a_log_line(slow, logs):
    for word in (PublisherUp("far", "far-1"), PublisherLate("far", 3.14), PublisherLost("far", 12.0)):
        slow.house.tell(PATH, word)
    assert logs.wait_for("news.lost")["silent_s"] == 12.0
    assert [logs.named(f"news.{what}")[0]["peer"] for what in ("up", "late")] == [NODE, NODE]


def test_a_node_without_valves_is_not_polled(house):
    rig = Rig(house, words=False)
    rig.up()
    house.quiet()
    assert rig.node.all(AskWord) == []
    assert house.detail(PATH) == "passes news on"


def test_what_a_lost_node_said_last_is_not_believed_before_it_is_up_again(slow):
    slow.up()
    slow.house.tell(PATH, OriginLost(NODE, "connection refused"))
    slow.hear("valve.A", "open", rev=9)
    slow.house.quiet()
    assert [seen for seen in slow.line.all(Seen) if seen.source is Source.EVENT] == []
