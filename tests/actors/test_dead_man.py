"""The dead-man: armed by whoever looks after the line, heard or not, disarmed by a goodbye."""

import time

import pytest

from actors import dead_man
from actors.dead_man import DeadMan, DeadManSettings
from actors.messages import Kind, News, Outcome, Reason, SafeState

ACQ = "10.0.0.7/acq"


@pytest.fixture(autouse=True)
def short_times(monkeypatch):
    monkeypatch.setattr(dead_man, "TICK_S", 0.01)


@pytest.fixture
def line(house):
    return house.recorder("extraction_line")


@pytest.fixture
def chronicle(house):
    return house.recorder("chronicle")


@pytest.fixture
def start(house, line, chronicle):  # noqa: ARG001 - both are there first
    def started(**settings):
        house.start(DeadMan, "dead_man", DeadManSettings(**{"after_s": 0.2, **settings}))
        return house.context.facts.setdefault("heard", {})

    return started


def test_silence_is_an_alarm_and_the_valves_are_held(start, house, line, chronicle, logs):
    start()[ACQ] = time.monotonic()
    alarm = chronicle.wait_for(News)
    assert (alarm.topic, "the valves are held as they are" in alarm.extra["text"]) == ("alarm.dead_man", True)
    assert logs.wait_for("dead_man.silent")["last"] == ACQ
    house.quiet()
    assert line.all() == []
    assert house.detail("dead_man") == "nobody is heard"


def test_silence_calls_the_safe_state_where_the_site_says_so(start, line):
    start(safe_state=True)[ACQ] = time.monotonic()
    wish = line.wait_for(SafeState)
    assert (wish.clear, wish.request.by) == (False, "dead-man")


def test_it_acts_once_until_somebody_is_heard_again(start, house, chronicle, logs):
    heard = start()
    heard[ACQ] = time.monotonic()
    chronicle.wait_for(News)
    house.after(0.1)
    assert chronicle.all(News) == []
    heard[ACQ] = time.monotonic()
    logs.wait_for("dead_man.heard_again")
    assert chronicle.wait_for(News).value == ""
    assert house.detail("dead_man") == f"armed by {ACQ}"
    chronicle.wait_for(News)


def test_a_goodbye_disarms_it(start, house, chronicle):
    heard = start()
    heard[ACQ] = time.monotonic()
    house.after(0.05)
    del heard[ACQ]
    house.after(0.3)
    assert chronicle.all(News) == []
    assert house.detail("dead_man") == "not armed"


def test_one_of_several_is_enough(start, house, chronicle):
    heard = start(after_s=0.3)
    heard[ACQ] = time.monotonic()
    heard["10.0.0.8/wall"] = time.monotonic() + 60
    house.after(0.5)
    assert chronicle.all(News) == []


def test_a_plain_peer_that_asked_once_arms_nothing(start, house, chronicle):
    start()["10.0.0.9/"] = time.monotonic()
    house.after(0.4)
    assert chronicle.all(News) == []


@pytest.mark.parametrize("how", ["lease", "asking"])
def test_a_plain_peer_that_holds_a_lease_or_keeps_asking_arms_it(start, house, chronicle, monkeypatch, how):
    monkeypatch.setattr(dead_man, "ASKING_S", 0.0 if how == "asking" else 60.0)
    if how == "lease":
        house.context.facts["leased_sessions"] = {"10.0.0.9/"}
    start()["10.0.0.9/"] = time.monotonic()
    chronicle.wait_for(News)


def test_after_a_suspension_it_listens_anew(start, house, chronicle, monkeypatch):
    monkeypatch.setattr(dead_man, "LATE_S", -1.0)  # every tick comes too late: nobody could be heard
    start()[ACQ] = time.monotonic()
    house.after(0.4)
    assert chronicle.all(News) == []


def test_a_line_that_is_just_being_restarted_is_called_when_it_is_back(house, chronicle, start, line, logs):  # noqa: ARG001
    house.stop("extraction_line")
    start(safe_state=True)[ACQ] = time.monotonic()
    logs.wait_for("dead_man.silent")
    house.after(0.05)
    assert house.recorder("extraction_line").wait_for(SafeState)


def test_a_line_that_ended_before_it_was_done_is_called_again_and_one_that_was_done_is_not(start, house, line):
    start(safe_state=True)[ACQ] = time.monotonic()
    asked = line.wait_for(SafeState).request.reply_to
    asked.answer(Outcome("safe state", "", Kind.UNKNOWN, reason=Reason.INTERNAL, text="the line stopped"))
    again = line.wait_for(SafeState).request.reply_to
    again.answer(Outcome("safe state", "", Kind.UNKNOWN, reason=Reason.FAILED, text="A is not closed"))
    house.after(0.1)
    assert line.all(SafeState) == []


def test_one_that_is_always_armed_hears_a_plain_peer_at_once(start, house, line):
    heard = start(safe_state=True, armed=True)
    line.wait_for(SafeState)
    heard["10.0.0.9/"] = time.monotonic() + 3600.0
    house.after(0.05)
    line.clear()
    house.after(0.1)
    assert line.all() == []


def test_one_that_is_always_armed_acts_where_nobody_was_ever_heard(start, line, house):
    start(safe_state=True, armed=True)
    assert house.detail("dead_man") == "armed by its settings"
    assert line.wait_for(SafeState).request.by == "dead-man"


def test_and_after_the_last_goodbye_and_goes_on_until_somebody_is_heard(start, house, line, chronicle):
    heard = start(safe_state=True, armed=True)
    heard[ACQ] = time.monotonic()
    heard.clear()
    for _ in range(3):
        line.wait_for(SafeState)
    assert chronicle.wait_for(News).value == "silent"
    assert house.detail("dead_man") == "nobody is heard"
    heard[ACQ] = time.monotonic() + 3600.0
    assert chronicle.wait_for(News).value == ""
    house.quiet()
    line.clear()
    house.after(0.1)
    assert line.all() == []
