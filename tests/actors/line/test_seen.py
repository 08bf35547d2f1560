"""What is too old to be said, and what others saw."""

import time

import pytest

from actors import line_orders, table
from actors.actuation import OriginLost, Switch
from actors.messages import Kind, News, Query, Reason, State, Tick
from tests.actors.bench import Bench
from tests.actors.house import RELAYS, Answers, request
from tests.actors.line.valves import carried_out, specs

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN


@pytest.fixture
def stale(house, relays):
    """A bench whose valve A was last seen closed, too long ago to say so."""
    bench = Bench(house, specs(stale_after_s=0.05), timeout_s=10.0).start()
    bench.see(A=CLOSED, B=CLOSED)
    house.after(0.06)
    relays.clear()
    return bench


def test_a_stale_valve_that_reads_as_asked_is_already_so_and_not_written(stale, relays):
    answers = stale.close("A")
    assert relays.wait_for(object) == Tick("now")
    assert answers.left() == []
    stale.see(A=CLOSED)
    assert answers.wait().kind is Kind.ALREADY
    assert relays.all(Switch) == []


def test_a_stale_valve_that_reads_otherwise_is_moved(stale, relays):
    answers = stale.close("A")
    relays.wait_for(Tick)
    stale.see(A=OPEN)
    assert carried_out(stale, relays, answers).kind is Kind.MOVED


def test_a_look_that_began_before_a_stale_valve_was_asked_for_does_not_answer(house, stale, relays):
    before = time.monotonic() - 0.001
    answers = stale.close("A")
    relays.wait_for(Tick)
    stale.see(A=CLOSED, asked_at=before)
    house.quiet()
    assert answers.left() == []


def test_a_stale_valve_whose_device_is_lost_is_answered(house, stale, relays):
    answers = stale.close("A")
    relays.wait_for(Tick)
    house.tell(stale.line, OriginLost(RELAYS, "connection refused"))
    switch = relays.wait_for(Switch)  # unknown now: the other rules decided
    stale.done(switch, UNKNOWN, kind=Kind.REFUSED, reason=Reason.NOT_CONNECTED, text="connection refused")
    assert answers.wait().reason is Reason.NOT_CONNECTED


def test_a_stale_valve_whose_actuator_is_not_running_is_answered(house, stale):
    house.stop(RELAYS)
    outcome = stale.close("A").wait()
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.NOT_CONNECTED)


def test_whoever_waits_for_a_look_is_told_when_the_line_stops(house, stale, relays):
    answers = stale.close("A")
    relays.wait_for(Tick)
    house.stop(stale.line)
    assert not answers.wait().ok


def test_whoever_waits_for_a_look_is_told_when_none_comes(house, monkeypatch):
    monkeypatch.setattr(line_orders, "MAX_WAIT_S", 0.05)
    house.recorder(RELAYS)
    bench = Bench(house, specs(stale_after_s=0.05), timeout_s=0.0).start()
    bench.see(A=CLOSED, B=CLOSED)
    house.after(0.06)
    assert not bench.close("A", deadline=time.monotonic() + 0.1).wait().ok


def test_silence_is_told_once_it_is_unknown(house, relays):  # noqa: ARG001
    bench = Bench(house, specs(stale_after_s=0.05), timeout_s=10.0).start()
    bench.see(A=CLOSED)
    bench.chronicle.wait_for(News, lambda news: (news.topic, news.value) == ("valve.A", "closed"))
    news = bench.chronicle.wait_for(News, lambda news: (news.topic, news.value) == ("valve.A", "unknown"))
    assert news.quality == "unknown"
    assert news.extra["why"].startswith("nothing heard of it for")


def test_a_poll_that_differs_is_a_mismatch_an_event_and_counts_at_once(bench, logs):
    bench.see(A=OPEN)
    keys = logs.wait_for("valve.mismatch")
    assert (keys["level"], keys["valve"], keys["believed"], keys["seen"]) == ("error", "A", "closed", "open")
    news = bench.chronicle.wait_for(News, lambda news: news.value == "open")
    assert (news.topic, news.source, news.quality) == ("valve.A", "poll", "good")
    assert bench.open("B").wait().reason is Reason.INTERLOCKED


def test_a_state_that_grows_stale_is_told_and_so_is_its_end(bench, monkeypatch):
    monkeypatch.setattr(table, "STALE_S", 0.1)
    news = bench.chronicle.wait_for(News, lambda news: news.quality == "stale")
    assert (news.topic, news.value, news.extra["age_s"]) == ("valve.A", "closed", pytest.approx(0.1, abs=0.1))
    bench.see(A=CLOSED)
    again = bench.chronicle.wait_for(News, lambda heard: heard.topic == "valve.A" and heard.rev > news.rev)
    assert (again.value, again.rev, again.quality) == ("closed", news.rev + 1, "good")


def test_what_was_unknown_and_is_read_is_no_mismatch(bench, logs):
    bench.house.tell(bench.line, OriginLost(RELAYS, "gone"))
    bench.see(A=OPEN)
    assert bench.states()["A"] is OPEN
    assert logs.named("valve.mismatch") == []


def test_two_interlocked_valves_found_open_are_an_alarm(bench, logs):
    bench.see(A=OPEN, B=OPEN)
    assert logs.wait_for("interlock.violated")["level"] == "error"
    news = bench.chronicle.wait_for(News, lambda news: news.topic == "alarm.interlock")
    assert news.value == ["A", "B"]


def test_a_look_that_began_before_the_move_ended_does_not_undo_it(bench, relays):
    before = time.monotonic()
    carried_out(bench, relays, bench.open("A"))
    bench.see(A=CLOSED, asked_at=before)
    assert bench.states()["A"] is OPEN


def test_a_look_says_nothing_of_a_valve_in_flight(bench, relays):
    bench.open("A")
    switch = relays.wait_for(Switch)
    bench.see(A=CLOSED)
    assert bench.views()["A"].moving is OPEN
    bench.done(switch)


def test_a_lost_origin_makes_its_valves_unknown_with_the_reason(bench):
    bench.house.tell(bench.line, OriginLost(RELAYS, "connection refused"))
    assert {view.state for view in bench.views().values()} == {UNKNOWN}
    assert {view.why for view in bench.views().values()} == {"connection refused"}
    news = bench.chronicle.wait_for(News, lambda news: news.topic == "valve.B" and news.value == "unknown")
    assert news.extra == {"why": "connection refused"}


def test_the_picture_is_new_only_when_something_changed(bench):
    def painted():
        answers = Answers()
        bench.house.tell(bench.line, Query("picture", (), request(answers)))
        return answers.wait().value

    first = painted()
    assert painted() is first
    bench.see(A=OPEN)
    assert painted().by_name["A"].state is OPEN


def test_a_question_that_nobody_knows_is_refused(bench):
    answers = Answers()
    bench.house.tell(bench.line, Query("weather", (), request(answers)))
    assert answers.wait().kind is Kind.REFUSED
