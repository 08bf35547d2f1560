"""Deadlines, and ends that nobody saw."""

import time

from actors.actuation import Switch
from actors.actuator import Actuator, ActuatorSetup
from actors.messages import Failed, Kind, Move, Reason, State
from tests.actors.bench import Bench
from tests.actors.fakes import FakeDriver
from tests.actors.house import RELAYS, Answers, request
from tests.actors.line.valves import carried_out, specs

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN


def test_a_command_past_its_deadline_is_refused_at_the_door(house, bench, relays):
    outcome = bench.open("A", deadline=time.monotonic() - 1).wait()
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.EXPIRED)
    house.quiet()
    assert relays.all(Switch) == []


def test_the_deadline_travels_to_whoever_writes(bench, relays):
    deadline = time.monotonic() + 7
    bench.open("A", deadline=deadline)
    assert relays.wait_for(Switch).request.deadline == deadline


def test_an_actuator_that_wrote_nothing_changes_nothing(bench, relays):
    refused = {"kind": Kind.REFUSED, "reason": Reason.NOT_CONNECTED, "text": "A: connection refused"}
    outcome = carried_out(bench, relays, bench.open("A"), state=UNKNOWN, **refused)
    assert (outcome.kind, outcome.state, outcome.reason) == (Kind.REFUSED, CLOSED, Reason.NOT_CONNECTED)
    assert bench.views()["A"].moving is None


def test_silence_after_the_write_makes_the_valve_unknown_and_holds_its_interlocks(bench, relays):
    silent = {"kind": Kind.UNKNOWN, "reason": Reason.NO_ANSWER, "text": "A: silence"}
    outcome = carried_out(bench, relays, bench.open("A"), state=UNKNOWN, **silent)
    assert (outcome.kind, outcome.state, outcome.reason) == (Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER)
    assert bench.views()["A"].why == "A: silence"
    assert bench.open("B").wait().text == "B may not open while A is unknown (A: silence)"


def test_two_looks_that_agree_on_the_wrong_state_are_believed_and_called_a_failure(bench, relays):
    answers = bench.open("A")
    bench.done(relays.wait_for(Switch), CLOSED)
    look = relays.wait_for(object, lambda message: message.__class__.__name__ == "Look")
    bench.done(look, CLOSED)
    outcome = answers.wait()
    assert (outcome.kind, outcome.state, outcome.reason) == (Kind.UNKNOWN, CLOSED, Reason.FAILED)
    assert bench.states()["A"] is CLOSED


def test_a_flight_without_an_end_is_unknown_after_the_longest_move(house, relays):
    bench = Bench(house, specs(), timeout_s=0.0).start()
    bench.see(A=CLOSED, B=CLOSED, C=CLOSED)
    outcome = bench.open("A").wait()
    assert (outcome.kind, outcome.text) == (Kind.UNKNOWN, "A: no end of its move was seen in time")
    assert bench.states()["A"] is UNKNOWN
    relays.wait_for(Switch)


def test_an_end_that_comes_after_the_flight_was_given_up_changes_nothing(house, logs, relays):
    bench = Bench(house, specs(), timeout_s=0.0).start()
    bench.see(A=CLOSED, B=CLOSED, C=CLOSED)
    bench.open("A").wait()
    bench.done(relays.wait_for(Switch))
    logs.wait_for("valve.late_end")
    assert bench.states()["A"] is UNKNOWN


def test_the_end_of_a_move_that_was_given_up_is_not_taken_for_the_next_ones(house, relays):
    """The late answer and the next request meet on the loop: the line must not take the one for the other."""
    bench = Bench(house, specs(), timeout_s=0.0).start()
    bench.see(A=CLOSED, B=CLOSED, C=CLOSED)
    bench.open("A").wait()
    late, answers = relays.wait_for(Switch), Answers()

    def together():
        house.tell(bench.line, Move("A", CLOSED, request(answers)))
        bench.done(late)

    house.context.loop.call(together)
    outcome = answers.wait()
    assert (outcome.kind, outcome.state) != (Kind.MOVED, OPEN), "a close that is told `moved` while the valve is open"
    house.quiet()
    assert (outcome.kind, outcome.reason) == (Kind.UNKNOWN, Reason.NO_ANSWER), "its own end never came"


def test_a_valve_whose_actuator_died_with_the_order_in_hand_can_be_moved_again(house):
    """The actuator fails, is replaced, and never answers for its old order."""
    bench = Bench(house, specs(), timeout_s=0.0).start()
    bench.see(A=CLOSED, B=CLOSED, C=CLOSED)
    driver = FakeDriver(["101", "102", "103"])
    setup = ActuatorSetup(bench.specs, opens_when_closed=True, poll_s=0)
    house.start(Actuator, RELAYS, driver, None, setup, bench.fence)
    assert driver.entered.get(timeout=5) == "read_all"
    driver.broken.set()
    assert bench.open("A").wait().kind is Kind.UNKNOWN
    assert house.failures.get(timeout=5).path == RELAYS
    driver.broken.clear()
    house.start(Actuator, RELAYS, driver, None, setup, bench.fence)
    assert bench.open("A").wait().kind is Kind.MOVED


def test_a_valve_whose_actor_is_gone_is_refused_and_nothing_moves(house, bench, relays):
    house.stop("extraction_line/valve.A")
    outcome = bench.open("A").wait()
    assert (outcome.kind, outcome.reason, outcome.state) == (Kind.REFUSED, Reason.BUSY, CLOSED)
    assert bench.views()["A"].moving is None
    assert relays.all(Switch) == []


def test_a_valve_that_failed_in_flight_is_unknown(bench, relays, house):
    answers = bench.open("A")
    relays.wait_for(Switch)
    house.tell(bench.line, Failed("extraction_line/valve.A", "KeyError: 'x'", time.monotonic()))
    outcome = answers.wait()
    assert (outcome.kind, outcome.text) == (Kind.UNKNOWN, "A: its actor failed (KeyError: 'x')")
