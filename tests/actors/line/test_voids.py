"""What may not be written any more, and what may not be believed yet."""

import time
from dataclasses import replace

import pytest

from actors import extraction_line
from actors.actuation import Settled, Switch
from actors.actuator import Actuator, ActuatorSetup
from actors.extraction_line import ExtractionLine
from actors.facts import Fact
from actors.messages import Failed, Kind, News, Query, Reason, State, Tick
from actors.store import Recall, Store
from actors.table import ValveSpec
from tests.actors.bench import Bench
from tests.actors.fakes import FakeDriver
from tests.actors.house import RELAYS, Answers, request, until
from tests.actors.line.valves import specs

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN


def actuator(house, bench, driver, poll_s=0.0, specs=specs(), known="ABC"):  # noqa: B008 - frozen
    setup = ActuatorSetup(specs, opens_when_closed=True, poll_s=poll_s)
    house.start(Actuator, RELAYS, driver, None, setup, bench.fence)
    until(lambda: UNKNOWN not in [bench.states()[name] for name in known], "it was read")
    return driver


def held(driver, bench, valve):
    """Have the actuator hang in the write of a valve."""
    driver.gate.clear()
    answers = bench.open(valve)
    while driver.entered.get(timeout=2.0) != "set":
        driver.gate.set()
        driver.gate.clear()
    return answers


@pytest.mark.parametrize("end", ["stop", "fail"])
def test_what_a_line_ordered_and_nobody_wrote_yet_is_void_when_the_line_ends(house, end):
    bench = Bench(house, specs(), timeout_s=5.0).start()
    driver = actuator(house, bench, FakeDriver(["101", "102", "103"]))
    first, behind = held(driver, bench, "A"), bench.open("C")
    house.quiet()
    if end == "stop":
        house.stop("extraction_line")
    else:
        house.tell("extraction_line", "no message of the line's")
    assert [first.wait().kind, behind.wait().kind] == [Kind.UNKNOWN, Kind.UNKNOWN]
    driver.gate.set()
    house.stop(RELAYS)
    assert driver.writes == [("101", True)]


def test_what_was_ordered_of_a_valve_whose_actor_failed_is_void(house):
    bench = Bench(house, specs(), timeout_s=5.0).start()
    driver = actuator(house, bench, FakeDriver(["101", "102", "103"]))
    held(driver, bench, "A")
    behind = bench.open("C")
    house.quiet()
    house.tell("extraction_line", Failed("extraction_line/valve.C", "KeyError", time.monotonic()))
    assert behind.wait().kind is Kind.UNKNOWN
    driver.gate.set()
    house.stop(RELAYS)
    assert driver.writes == [("101", True)]


def test_nothing_moves_after_a_lock_was_answered(house):
    bench = Bench(house, specs(), timeout_s=5.0).start()
    house.start(Store, "store", ":memory:")
    driver = actuator(house, bench, FakeDriver(["101", "102", "103"]))
    held(driver, bench, "C")
    opening = bench.open("A")
    locking = bench.lock("A")
    until(lambda: bench.views()["A"].locked, "the lock is on disk")
    assert locking.left() == []  # the relay may still be written: it is not answered yet
    driver.gate.set()
    refused = opening.wait()
    assert (refused.kind, refused.reason) == (Kind.REFUSED, Reason.LOCKED)
    assert locking.wait().kind is Kind.DONE
    assert ("101", True) not in driver.writes


def test_a_lock_of_a_valve_that_is_being_written_is_answered_when_it_stands_still(house):
    bench = Bench(house, specs(), timeout_s=5.0).start()
    house.start(Store, "store", ":memory:")
    driver = actuator(house, bench, FakeDriver(["101", "102", "103"]))
    opening = held(driver, bench, "A")
    locking = bench.lock("A")
    until(lambda: bench.views()["A"].locked, "the lock is on disk")
    assert locking.left() == []
    driver.gate.set()
    assert opening.wait().state is OPEN
    assert locking.wait().kind is Kind.DONE
    assert bench.close("A").wait().reason is Reason.LOCKED


def test_a_look_right_after_an_unknown_end_is_not_believed(bench, relays):
    """What was written may still be on its way: two looks agree, after the device's time."""
    opening = bench.open("A")
    bench.done(relays.wait_for(Switch), kind=Kind.UNKNOWN, state=UNKNOWN, reason=Reason.NO_ANSWER)
    assert opening.wait().kind is Kind.UNKNOWN
    bench.see(A=CLOSED)
    bench.see(A=CLOSED)
    assert bench.states()["A"] is UNKNOWN
    assert bench.open("B").wait().reason is Reason.INTERLOCKED
    later = time.monotonic() + 11.0
    bench.see(A=CLOSED, asked_at=later)
    assert bench.states()["A"] is UNKNOWN
    bench.see(A=CLOSED, asked_at=later + 0.1)
    assert bench.states()["A"] is CLOSED
    assert bench.intents.open == {}


def test_an_open_does_not_join_an_opening_behind_which_a_close_waits(house, bench, relays):
    opening, closing = bench.open("A"), bench.close("A")
    house.quiet()
    again = bench.open("A").wait()
    assert (again.kind, again.reason) == (Kind.REFUSED, Reason.BUSY)
    bench.done(relays.wait_for(Switch))
    bench.done(relays.wait_for(Switch))
    assert (opening.wait().state, closing.wait().state) == (OPEN, CLOSED)


def test_a_move_that_takes_its_time_is_told_as_news(house, bench, relays, monkeypatch):
    monkeypatch.setattr(extraction_line, "TOLD_AFTER_S", 0.03)
    bench.states()
    house.quiet()
    bench.chronicle.clear()
    bench.open("A")
    news = bench.chronicle.wait_for(News)
    assert (news.topic, news.value, news.quality, news.extra["why"]) == (
        "valve.A", "unknown", "unknown", "it is moving to open",
    )  # fmt: skip
    bench.done(relays.wait_for(Switch))
    settled = bench.chronicle.wait_for(Settled)
    assert settled.outcome.revision > news.rev
    house.quiet()
    assert bench.chronicle.all(News) == []


def test_a_refused_command_on_a_valve_that_nothing_was_heard_of_says_unknown(house, relays):
    bench = Bench(house, specs(stale_after_s=0.05)).start()
    bench.see(A=OPEN, B=CLOSED)
    until(lambda: bench.states()["A"] is UNKNOWN, "it is too old")
    outcome = bench.open("A", deadline=time.monotonic() - 1.0).wait()
    assert (outcome.kind, outcome.reason, outcome.state) == (Kind.REFUSED, Reason.EXPIRED, UNKNOWN)
    assert relays.all(Switch) == []


def test_words_do_not_outlive_the_states_in_them(house, monkeypatch):
    """A loop that stalls expires nothing; whoever asks then is not told what it was before."""
    monkeypatch.setattr(extraction_line, "TICK_S", 60.0)
    house.recorder(RELAYS)
    late = Bench(house, specs(stale_after_s=0.2)).start()
    late.see(A=CLOSED, B=CLOSED)

    def picture():
        answers = Answers()
        house.tell(late.line, Query("picture", (), request(answers)))
        return answers.wait().value

    assert picture().by_name["A"].state is CLOSED
    assert picture() is picture()
    until(lambda: picture().by_name["A"].state is UNKNOWN, "it is too old")
    assert picture().by_name["B"].state is CLOSED


def test_a_move_that_was_told_and_then_refused_is_taken_back(house, bench, relays, monkeypatch):
    monkeypatch.setattr(extraction_line, "TOLD_AFTER_S", 0.03)
    bench.states()
    house.quiet()
    bench.chronicle.clear()
    opening = bench.open("A")
    moving = bench.chronicle.wait_for(News)
    bench.done(relays.wait_for(Switch), kind=Kind.REFUSED, state=UNKNOWN, reason=Reason.EXPIRED)
    assert opening.wait().kind is Kind.REFUSED
    news = bench.chronicle.wait_for(News)
    assert (news.topic, news.value, news.rev > moving.rev) == ("valve.A", "closed", True)


def test_the_intent_of_a_move_in_flight_outlives_the_doubt_of_the_one_before(bench, relays):
    first = bench.open("A")
    bench.done(relays.wait_for(Switch), kind=Kind.UNKNOWN, state=UNKNOWN, reason=Reason.NO_ANSWER)
    assert first.wait().kind is Kind.UNKNOWN
    again = bench.open("A")
    switch = relays.wait_for(Switch)
    later = time.monotonic() + 11.0
    for look in (0.0, 0.1, 0.2):
        bench.see(A=CLOSED, asked_at=later + look)
    bench.states()
    assert bench.intents.open == {"A": OPEN}
    bench.done(switch)
    assert again.wait().state is OPEN
    assert bench.intents.open == {}


def test_whoever_waited_when_the_line_ended_is_told_under_one_new_revision(house, bench, relays):
    waiting = [bench.open("A"), bench.open("A"), bench.close("A")]
    relays.wait_for(Switch)
    before = bench.views()["A"].revision
    house.stop("extraction_line")
    assert [answers.wait().revision for answers in waiting] == [before + 1] * 3


def test_a_valve_that_is_freed_behind_a_lock_that_was_not_answered_yet_may_move(house):
    bench = Bench(house, specs(), timeout_s=5.0).start()
    house.start(Store, "store", ":memory:")
    driver = actuator(house, bench, FakeDriver(["101", "102", "103"]))
    held(driver, bench, "C")
    opening, locking, freeing = bench.open("A"), bench.lock("A"), bench.lock("A", locked=False)
    until(lambda: house.ask("store", Recall()).facts[Fact.LOCK] == {}, "it is free on disk")
    house.quiet()
    assert freeing.left() == []
    driver.gate.set()
    assert opening.wait().state is OPEN
    assert (locking.wait().kind, freeing.wait().text) == (Kind.DONE, "free")


def test_a_device_that_cannot_be_read_is_asked_ever_more_rarely(house, bench, relays):
    bench.open("A")
    bench.done(relays.wait_for(Switch), kind=Kind.UNKNOWN, state=UNKNOWN, reason=Reason.NO_ANSWER)
    relays.clear()
    for number in range(8):  # looks that tell nothing of it, long after its time
        bench.see(C=CLOSED, asked_at=time.monotonic() + 20.0 + number)
    house.after(0.5)
    assert len(relays.all(Tick)) < 6


def test_revisions_go_on_over_any_number_of_lines(house, bench, relays):
    opening = bench.open("A")
    bench.done(relays.wait_for(Switch))
    before = opening.wait().revision
    for _ in range(2):  # the first of them knows no valve yet, as where a node describes them
        house.stop("extraction_line")
        house.start(ExtractionLine, "extraction_line", replace(bench.setup, specs=()), {})
    house.stop("extraction_line")
    house.start(ExtractionLine, "extraction_line", bench.setup, {})
    assert bench.views()["A"].revision > before


def test_an_order_that_waits_is_taken_back_when_another_box_tells_what_forbids_it(house):
    """A waits behind C at its own slow box; B, at another, is seen open meanwhile."""
    other = "actuator.other"
    house.recorder(other)
    a, b, c = specs()
    bench = Bench(house, (a, replace(b, actuator=other), c), timeout_s=5.0).start()
    driver = actuator(house, bench, FakeDriver(["101", "102", "103"]), specs=(a, c), known="AC")
    bench.see(origin=other, knowing=7, B=CLOSED)
    held(driver, bench, "C")
    opening = bench.open("A")
    bench.states()
    bench.see(origin=other, knowing=8, B=OPEN)
    bench.states()
    driver.gate.set()
    outcome = opening.wait()
    assert (outcome.kind, outcome.text) == (Kind.REFUSED, "A may not open while B is open")
    assert ("101", True) not in driver.writes


def test_a_shorter_doubt_is_looked_at_before_a_longer_one(house, relays):
    bench = Bench(house, (*specs(check_delay_s=6.0)[:1], *specs()[1:]), timeout_s=0.05).start()
    bench.see(A=CLOSED, B=CLOSED, C=CLOSED)
    for valve in ("A", "C"):
        asked = bench.open(valve)
        switch = relays.wait_for(Switch)
        bench.done(switch, kind=Kind.UNKNOWN, state=UNKNOWN, reason=Reason.NO_ANSWER)
        asked.wait()
    relays.wait_for(Tick, timeout_s=2.0)


def test_a_state_that_turns_out_too_old_when_somebody_asks_is_told_as_news(house, relays, monkeypatch):
    monkeypatch.setattr(extraction_line, "TICK_S", 60.0)  # it is not the clock that finds it
    valves = (ValveSpec("A", "101", RELAYS, close_interlocks=("B",)), ValveSpec("B", "102", RELAYS))
    bench = Bench(house, valves, timeout_s=10.0).start()
    bench.see(A=CLOSED, B=OPEN)
    house.quiet()
    house.context.facts["table"]["A"].learned -= 60
    relays.clear()  # of the first look
    closing = bench.close("A")
    relays.wait_for(Tick)
    bench.see(B=OPEN)
    assert closing.wait().reason is Reason.INTERLOCKED
    told = bench.chronicle.all(News)[-1]
    assert (told.topic, told.value, "nothing heard of it for 60" in told.extra["why"]) == ("valve.A", "unknown", True)
