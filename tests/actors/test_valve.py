"""One valve between a line and an actuator that are both the test."""

import time

import pytest

from actors import valve as valve_module
from actors.actuation import Actuate, HurryUp, Look, Switch, Switched
from actors.intents import IntentLog
from actors.messages import Kind, Move, Reason, Source, State
from actors.table import Row, ValveSpec
from actors.valve import Valve
from tests.actors.house import RELAYS, request

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
PATH = "extraction_line/valve.A"


class Rig:
    """`order` what the line would, `answer` what the actuator would."""

    def __init__(self, house, **spec):
        self.house = house
        self.line, self.relays = house.recorder("extraction_line"), house.recorder(RELAYS)
        self.intents = IntentLog()
        self.spec = ValveSpec("A", "101", RELAYS, **spec)
        house.start(Valve, PATH, self.spec, "extraction_line", self.intents)

    def order(self, target=OPEN, epoch=1):
        self.house.tell(PATH, Actuate(Move("A", target, request()), epoch))

    def answer(self, kind=Kind.MOVED, state=OPEN, source=Source.READBACK, **more):
        self.house.tell(PATH, Switched("A", kind, state, source, **more))

    def end(self):
        return self.line.wait_for(Switched, timeout_s=2.0)

    def not_ended(self):
        self.house.quiet()
        return self.line.all(Switched) == []


@pytest.fixture
def rig(house):
    return Rig(house)


@pytest.fixture
def soon(monkeypatch):
    monkeypatch.setattr(valve_module, "SECOND_LOOK_S", 0.01)


def test_the_order_reaches_the_actuator_with_all_that_it_needs(house):
    rig = Rig(house)
    rig.order(CLOSED, epoch=7)
    switch = rig.relays.wait_for(Switch)
    assert (switch.valve_path, switch.valve, switch.step) == (PATH, "A", 0)
    assert (switch.target, switch.check, switch.epoch) == (CLOSED, True, 7)


def test_the_intent_is_recorded_before_the_device_and_ended_with_the_move(house, tmp_path):
    intents = IntentLog(tmp_path / "intents")
    seen = []
    house.recorder(RELAYS, lambda _switch: seen.append(IntentLog(tmp_path / "intents")))
    line = house.recorder("extraction_line")
    house.start(Valve, PATH, ValveSpec("A", "101", RELAYS), "extraction_line", intents)
    house.tell(PATH, Actuate(Move("A", OPEN, request()), 1))
    house.quiet()
    assert seen[0].open == {"A": OPEN}
    house.tell(PATH, Switched("A", Kind.MOVED, OPEN, Source.READBACK))
    line.wait_for(Switched)
    again = IntentLog(tmp_path / "intents")
    assert again.open == {}
    for log in (intents, *seen, again):
        log.close()


def test_a_readback_that_agrees_ends_the_move_at_once(rig):
    rig.order()
    rig.answer()
    assert rig.end() == Switched("A", Kind.MOVED, OPEN, Source.READBACK)
    assert rig.intents.open == {}


def test_a_valve_that_is_not_checked_is_not_looked_at(house):
    rig = Rig(house, check=False, check_delay_s=0.01)
    rig.order()
    assert not rig.relays.wait_for(Switch).check
    rig.answer(source=Source.ASSUMED)
    assert rig.end().source is Source.ASSUMED
    assert rig.relays.all(Look) == []


def test_the_look_waits_for_the_check_delay(house):
    rig = Rig(house, check_delay_s=0.05)
    rig.order()
    assert not rig.relays.wait_for(Switch).check
    began = time.monotonic()
    rig.answer(source=Source.ASSUMED)
    assert rig.relays.wait_for(Look) == Look(PATH, "A")
    assert time.monotonic() - began >= 0.05
    rig.answer()
    assert rig.end().state is OPEN


def test_two_looks_that_agree_on_the_wrong_state_are_a_failure_with_that_state(rig, soon):  # noqa: ARG001
    rig.order()
    rig.answer(state=CLOSED)
    rig.relays.wait_for(Look)
    assert rig.not_ended()
    rig.answer(state=CLOSED)
    text = "Valve A failed to actuate open: it reads closed, twice"
    assert rig.end() == Switched("A", Kind.UNKNOWN, CLOSED, Source.READBACK, Reason.FAILED, text)


def test_two_looks_that_differ_are_unknown(rig, soon):  # noqa: ARG001
    rig.order()
    rig.answer(state=CLOSED)
    rig.relays.wait_for(Look)
    rig.answer(state=OPEN)
    end = rig.end()
    assert (end.kind, end.state, end.reason) == (Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER)


def test_silence_at_the_second_look_is_unknown(rig, soon):  # noqa: ARG001
    rig.order()
    rig.answer(state=CLOSED)
    rig.relays.wait_for(Look)
    rig.answer(Kind.UNKNOWN, UNKNOWN, Source.NONE, reason=Reason.NO_ANSWER, text="silence")
    assert rig.end().state is UNKNOWN


@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.UNKNOWN])
def test_what_the_actuator_could_not_do_ends_the_move_as_it_says(rig, kind):
    rig.order()
    rig.answer(kind, UNKNOWN, Source.NONE, reason=Reason.NOT_CONNECTED, text="gone")
    assert rig.end() == Switched("A", kind, UNKNOWN, Source.NONE, Reason.NOT_CONNECTED, "gone")
    assert rig.intents.open == ({} if kind is Kind.REFUSED else {"A": OPEN})  # an end that nobody saw is no end


def test_what_another_node_has_settled_is_not_settled_again(house):
    rig = Rig(house, settling_time_s=60.0)
    rig.order()
    rig.answer(source=Source.REPLY, final=True, revision=3)
    assert rig.end().revision == 3


def test_the_move_ends_after_the_settling_time(house):
    rig = Rig(house, settling_time_s=0.05)
    rig.order()
    began = time.monotonic()
    rig.answer()
    rig.end()
    assert time.monotonic() - began >= 0.05


def test_a_valve_that_settles_ends_at_once_when_hurried(house):
    rig = Rig(house, settling_time_s=60.0)
    rig.order()
    rig.answer()
    rig.house.tell(PATH, HurryUp())
    assert rig.end().state is OPEN


def test_a_valve_hurried_before_its_relay_has_moved_does_not_settle_either(house):
    """VALVES.md 3: Close during opening waits for the relay, then runs, skipping settle."""
    rig = Rig(house, settling_time_s=60.0)
    rig.order()
    rig.house.tell(PATH, HurryUp())
    assert rig.not_ended()
    rig.answer()
    assert rig.end().state is OPEN


def test_a_hurried_valve_settles_again_with_its_next_move(house):
    """The first move's timer is still running when the second settles: it must not cut the second short."""
    rig = Rig(house, settling_time_s=0.2)
    rig.order()
    rig.answer()
    rig.house.tell(PATH, HurryUp())
    rig.end()
    rig.house.after(0.1)
    rig.order(CLOSED)
    began = time.monotonic()
    rig.answer(state=CLOSED)
    rig.end()
    assert time.monotonic() - began >= 0.19


def test_hurry_does_not_cut_a_move_short(rig):
    rig.order()
    rig.house.tell(PATH, HurryUp())
    assert rig.not_ended()


def test_a_second_order_is_refused_while_the_first_has_no_answer(rig):
    rig.order()
    rig.order(CLOSED)
    end = rig.end()
    assert (end.kind, end.reason) == (Kind.REFUSED, Reason.BUSY)
    assert rig.intents.open == {"A": OPEN}
    rig.answer()
    assert rig.end().state is OPEN


def test_an_answer_that_nobody_waits_for_is_passed_over(rig):
    rig.answer()
    assert rig.not_ended()


def test_an_actuator_that_is_not_running_refuses(house):
    line = house.recorder("extraction_line")
    intents = IntentLog()
    house.start(Valve, PATH, ValveSpec("A", "101", RELAYS), "extraction_line", intents)
    house.tell(PATH, Actuate(Move("A", OPEN, request()), 1))
    end = line.wait_for(Switched)
    assert (end.kind, end.reason, end.text) == (
        Kind.REFUSED,
        Reason.NOT_CONNECTED,
        "A: actuator.relays is not running",
    )
    assert intents.open == {}


def test_an_actuator_that_stopped_before_the_look_leaves_the_valve_unknown(house):
    rig = Rig(house, check_delay_s=0.03)
    rig.order()
    rig.relays.wait_for(Switch)
    house.stop(RELAYS)
    rig.answer(source=Source.ASSUMED)
    end = rig.end()
    assert (end.kind, end.reason) == (Kind.UNKNOWN, Reason.NO_ANSWER)


def test_it_says_what_the_lines_table_says_of_it(house, rig):
    house.context.facts["table"] = {"A": Row(rig.spec, why="not read yet")}
    assert house.detail(PATH) == "unknown (not read yet)"
