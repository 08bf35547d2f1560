"""The actor `statistics`, told by a real chronicle; and a line whose relay is stuck."""

import time

import pytest

from actors import valve as valve_module
from actors import valve_health as valve_health_module
from actors.actuation import Seen, Settled
from actors.actuator import Actuator, ActuatorSetup
from actors.chronicle import Chronicle
from actors.messages import Kind, News, Outcome, Query, Reason, Source, State
from actors.statistics import Health
from actors.table import ValveSpec
from actors.valve_health import ValveHealth
from tests.actors.bench import Bench
from tests.actors.fakes import FakeDriver
from tests.actors.house import RELAYS, Answers, request, until

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN


class Rig:
    def __init__(self, house, *specs):
        self.house = house
        self.notifier = house.recorder("notifier")
        house.recorder("store")
        house.start(ValveHealth, "statistics", specs)
        house.start(Chronicle, "chronicle")
        self.revision = 0

    def settled(self, kind=Kind.MOVED, state=OPEN, *, verb="open", valve="A", reason=None, took_ms=4.0, again=False):
        self.revision += not again
        outcome = Outcome(
            verb, valve, kind, state, reason, source=Source.READBACK, revision=self.revision, took_ms=took_ms
        )
        self.house.tell("chronicle", Settled(request(), outcome, UNKNOWN, time.time()))

    def seen(self, state, source=Source.POLL, valve="A"):
        self.revision += 1
        self.house.tell("chronicle", News(f"valve.{valve}", str(state), self.revision, source=str(source)))

    def counts(self):
        self.house.quiet(4)
        answers = Answers()
        self.house.tell("chronicle", Query("statistics", (), request(answers)))
        return {counts.valve: counts for counts in answers.wait().value}

    def health_told(self):
        return self.notifier.wait_for(News, lambda news: news.topic.startswith("valve_health."))


@pytest.fixture
def rig(house):
    return Rig(house)


def test_it_counts_what_the_chronicle_is_told(rig):
    rig.settled()
    rig.settled(state=CLOSED, verb="close", took_ms=6.0)
    rig.settled(Kind.UNKNOWN, UNKNOWN, reason=Reason.NO_ANSWER)
    rig.settled(Kind.UNKNOWN, CLOSED, reason=Reason.FAILED)
    rig.settled(Kind.REFUSED, CLOSED, reason=Reason.LOCKED)
    rig.settled(Kind.ALREADY, CLOSED)
    rig.settled(Kind.DONE, CLOSED, verb="lock")
    counts = rig.counts()["A"]
    assert (counts.moves, counts.failed, counts.unknown) == (2, 1, 1)
    assert (counts.opening.last_ms, counts.closing.last_ms) == (pytest.approx(4.0), pytest.approx(6.0, abs=6.0))


def test_a_clock_that_is_set_back_changes_no_time(rig, monkeypatch):
    rig.settled()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    rig.house.after(0.01)  # what it would have waited behind the first is not its own
    rig.settled(verb="close", state=CLOSED)
    assert rig.counts()["A"].closing.last_ms == pytest.approx(4.0)


def test_several_commands_that_ended_with_one_move_are_one_move(rig):
    rig.settled()
    rig.settled(again=True)
    assert rig.counts()["A"].moves == 1


def test_a_valve_that_is_not_tracked_is_not_counted(house):
    rig = Rig(house, ValveSpec("A", track=False), ValveSpec("B"))
    rig.settled()
    rig.settled(valve="B")
    rig.seen(OPEN)
    assert set(rig.counts()) == {"B"}


def test_a_valve_that_was_only_looked_at_is_not_listed(rig):
    rig.seen(CLOSED, valve="B")
    rig.settled()
    assert set(rig.counts()) == {"A"}


def test_a_stuck_valve_is_said_when_it_begins_and_when_it_ends(rig, logs):
    for _ in range(3):
        rig.settled(Kind.UNKNOWN, CLOSED, reason=Reason.FAILED)
    told = rig.health_told()
    assert (told.topic, told.value) == ("valve_health.A", ["stuck"])
    assert told.extra["text"] == "A is stuck: its last moves were all read back where it should not be"
    rig.settled()
    assert rig.health_told().value == []
    levels = [(line["level"], line["valve"]) for line in logs.named("valve.stuck")]
    assert levels == [("warning", "A"), ("info", "A")]


def test_a_chattering_valve_is_said_and_forgiven_when_it_has_been_calm(rig, logs, monkeypatch):
    monkeypatch.setattr(valve_health_module, "CALM_EVERY_S", 0.01)
    clock = [1000.0]
    monkeypatch.setattr(valve_health_module, "monotonic", lambda: clock[0])
    for state in (OPEN, CLOSED) * 3:
        rig.seen(state)
    assert rig.health_told().value == ["chattering"]
    assert set(rig.counts()) == {"A"}  # although it has not moved
    clock[0] += 61.0
    assert rig.counts() == {}
    assert rig.health_told().value == []
    assert [line["level"] for line in logs.named("valve.chattering")] == ["warning", "info"]


def test_what_commands_and_other_sources_tell_is_no_chattering(rig):
    for state in (OPEN, CLOSED) * 3:
        rig.seen(state, Source.READBACK)
        rig.settled(state=state, verb="open" if state is OPEN else "close")
    assert rig.counts()["A"].health == ()


def test_a_valve_in_trouble_is_named_in_the_tree(house, rig):
    rig.settled(valve="B")
    for _ in range(2):
        rig.settled(Kind.UNKNOWN, CLOSED, reason=Reason.FAILED)
    rig.health_told()
    assert house.detail("statistics") == "2 valves have moved, not well: A"


def test_it_knows_no_other_question(house, rig):
    answers = Answers()
    house.tell("chronicle", Query("weather", (), request(answers)))
    outcome = answers.wait()
    assert (outcome.kind, outcome.text) == (Kind.REFUSED, "statistics knows no question weather")
    assert rig.counts() == {}


def test_a_stuck_relay_of_a_real_line_is_found_stuck(house, monkeypatch):
    monkeypatch.setattr(valve_module, "SECOND_LOOK_S", 0.01)
    specs = (ValveSpec("A", "101", RELAYS),)
    driver = FakeDriver(["101"])
    bench = Bench(house, specs)
    house.stop("chronicle")
    rig = Rig(house, *specs)
    bench.start()
    house.start(Actuator, RELAYS, driver, None, ActuatorSetup(specs, opens_when_closed=True, poll_s=0.0), bench.fence)
    until(lambda: bench.states()["A"] is CLOSED, "it was read")
    driver.stuck.add("101")
    for _ in range(2):
        assert bench.open("A").wait().reason is Reason.FAILED
    assert rig.health_told().value == [str(Health.STUCK)]
    driver.stuck.clear()
    assert bench.open("A").wait().kind is Kind.MOVED
    assert rig.health_told().value == []


def test_a_relay_that_changes_by_itself_on_a_real_line_is_found_chattering(house):
    specs = (ValveSpec("A", "101", RELAYS),)
    bench = Bench(house, specs)
    house.stop("chronicle")
    rig = Rig(house, *specs)
    bench.start()
    for state in (OPEN, CLOSED) * 3:
        house.tell(bench.line, Seen(RELAYS, {"A": state}, Source.POLL, time.monotonic(), knowing=1))
        until(lambda state=state: bench.states()["A"] is state, "it was seen")
    assert rig.health_told().value == ["chattering"]
