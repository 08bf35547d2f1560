"""A line that is restarted, or stopped, while valves move."""

import threading
import time

from actors.actuation import Actuate, HurryUp, Switch, Switched
from actors.extraction_line import ExtractionLine
from actors.messages import Failed, Kind, Move, Reason, Source, State, Tick
from tests.actors.bench import Bench
from tests.actors.house import RELAYS, Answers, request, until
from tests.actors.line.valves import specs

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN


def test_whoever_waits_is_told_when_the_line_stops(house, bench, relays):
    flying, joined, queued = bench.open("A"), bench.open("A"), bench.close("A")
    relays.wait_for(Switch)
    house.stop(bench.line)
    for answers in (flying, joined, queued):
        outcome = answers.wait()
        assert (outcome.kind, outcome.state) == (Kind.UNKNOWN, UNKNOWN)
        assert answers.left() == []


def test_a_move_cut_short_is_doubted_until_two_looks_agree(house, relays):
    bench = Bench(house, specs(), timeout_s=0.0)
    bench.intents.begin("A", OPEN)
    bench.start()
    assert bench.views()["A"].why == "its move was cut short"
    earliest = max(row.learned for row in house.context.facts["table"].values())
    bench.see(A=OPEN, B=CLOSED, asked_at=earliest)  # however slow the start was
    assert bench.states()["A"] is UNKNOWN, "the move may still be going on"
    assert bench.states()["B"] is CLOSED
    house.after(0.11)
    bench.see(A=OPEN)
    bench.see(A=CLOSED)
    assert bench.states()["A"] is UNKNOWN, "two looks that differ"
    bench.see(A=CLOSED)
    assert bench.states()["A"] is CLOSED
    assert bench.intents.open == {}
    assert relays.wait_for(Tick).what == "now"


def test_every_doubted_valve_is_looked_at_until_it_is_known_though_nobody_polls(house):
    """Two moves were cut short, one after the other; the actuator looks only when it is asked to."""
    known = {"A": OPEN, "B": CLOSED, "C": CLOSED}
    bench = Bench(house, specs(), timeout_s=0.0)

    def look(message):
        if isinstance(message, Tick):
            bench.see(**known)

    relays = house.recorder(RELAYS, look)
    bench.start()
    for valve in ("A", "C"):
        bench.ask(valve, CLOSED if known[valve] is OPEN else OPEN)
        relays.wait_for(Switch)
        house.tell(bench.line, Failed(f"extraction_line/valve.{valve}", "KeyError", time.monotonic()))
        house.after(0.06)  # so that the one doubt ends while the other goes on
    until(lambda: bench.states() == known, "all valves known", timeout_s=2.0)


def test_many_looks_at_a_doubted_valve_do_not_multiply(house, relays):
    """A valve that its actuator does not know stays doubted; each look asks for one more, not for two."""
    bench = Bench(house, specs(), timeout_s=0.0)
    bench.intents.begin("A", OPEN)
    bench.start()
    for _ in range(10):
        bench.see(B=CLOSED)
    house.after(0.2)  # longer than the move may take
    assert len(relays.all(Tick)) <= 4


def test_an_epoch_is_spent_with_every_line(house, bench, relays):
    bench.open("A")
    first = relays.wait_for(Switch).epoch
    house.stop(bench.line)
    house.start(ExtractionLine, bench.line, bench.setup, {})
    assert bench.fence.epoch > first


def test_a_request_that_meets_a_line_just_ended_is_told_that_nothing_was_begun(house, bench):
    answers = Answers()
    blocked = threading.Event()
    ref = house.ref(bench.line)
    house.context.loop.call(lambda: blocked.wait(5))
    ref.tell("no message of the line's")
    ref.tell(Move("A", OPEN, request(answers)))
    blocked.set()
    outcome = answers.wait()
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.BUSY)


def test_the_valve_is_hurried_when_a_close_waits(house, relays):  # noqa: ARG001
    bench = Bench(house, specs(), timeout_s=10.0)
    house.start(ExtractionLine, bench.line, bench.setup, {})
    valve = house.recorder("extraction_line/valve.A")
    bench.see(A=CLOSED, B=CLOSED)
    bench.open("A")
    bench.close("A")
    first = valve.wait_for(Actuate)
    assert first.move.target is OPEN
    assert valve.wait_for(HurryUp)
    house.tell(bench.line, Switched("A", Kind.MOVED, OPEN, Source.READBACK, order=first.order))
    assert valve.wait_for(Actuate).move.target is CLOSED
