"""Moves: what is answered, what is joined, what waits, what the rules refuse."""

import time

import pytest

from actors.actuation import Settled, Switch
from actors.messages import Kind, Reason, Source, State
from tests.actors.line.valves import carried_out

OPEN, CLOSED = State.OPEN, State.CLOSED


def test_a_move_is_answered_from_what_was_read(bench, relays):
    outcome = carried_out(bench, relays, bench.open("A"))
    assert (outcome.verb, outcome.subject, outcome.kind, outcome.state) == ("open", "A", Kind.MOVED, OPEN)
    assert outcome.source is Source.READBACK
    assert bench.states() == {"A": OPEN, "B": CLOSED, "C": CLOSED}


def test_reply_table_and_journal_are_of_one_value(bench, relays):
    outcome = carried_out(bench, relays, bench.open("A"))
    settled = bench.chronicle.wait_for(Settled)
    assert (settled.outcome, settled.before) == (outcome, CLOSED)
    assert outcome.revision == bench.views()["A"].revision


def test_the_revision_grows_with_every_move(bench, relays):
    first = carried_out(bench, relays, bench.open("A")).revision
    assert carried_out(bench, relays, bench.close("A")).revision > first


def test_second_open_does_not_touch_the_relay(house, bench, relays):
    carried_out(bench, relays, bench.open("A"))
    outcome = bench.open("A").wait()
    assert (outcome.kind, outcome.state) == (Kind.ALREADY, OPEN)
    house.quiet()
    assert relays.all(Switch) == []


def test_the_same_move_joins_the_one_in_flight_and_gets_its_outcome(house, bench, relays):
    first, second = bench.open("A"), bench.open("A")
    house.quiet()
    bench.done(relays.wait_for(Switch))
    assert (first.wait().kind, second.wait().kind) == (Kind.MOVED, Kind.MOVED)
    assert relays.all(Switch) == []


def test_a_valve_in_flight_is_shown_as_moving(house, bench, relays):
    bench.open("A")
    relays.wait_for(Switch)
    assert bench.views()["A"].moving is OPEN
    assert house.detail("extraction_line/valve.A") == "moving to open"
    assert house.detail("extraction_line") == "3 valves, 1 moving"


def test_a_close_waits_behind_the_opening_then_runs(bench, relays):
    opening, closing = bench.open("A"), bench.close("A")
    bench.done(relays.wait_for(Switch))
    assert opening.wait().state is OPEN
    switch = relays.wait_for(Switch)
    assert switch.target is CLOSED
    bench.done(switch)
    assert closing.wait().state is CLOSED


def test_a_close_that_waits_is_refused_when_its_deadline_passes_meanwhile(house, bench, relays):
    bench.open("A")
    closing = bench.close("A", deadline=time.monotonic() + 0.05)
    switch = relays.wait_for(Switch)
    house.after(0.06)
    bench.done(switch)
    assert closing.wait().reason is Reason.EXPIRED


def test_an_open_during_the_closing_is_refused(bench, relays):
    carried_out(bench, relays, bench.open("A"))
    bench.close("A")
    relays.wait_for(Switch)
    outcome = bench.open("A").wait()
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.BUSY)


@pytest.mark.parametrize("end", [OPEN, CLOSED])
def test_an_interlocked_open_is_refused_while_the_other_is_moving(bench, relays, end):
    if end is CLOSED:
        carried_out(bench, relays, bench.open("A"))
    bench.ask("A", end)
    switch = relays.wait_for(Switch)
    outcome = bench.open("B").wait()
    assert (outcome.reason, outcome.text) == (Reason.INTERLOCKED, "B may not open while A is moving")
    bench.done(switch)


def test_an_interlocked_open_is_permitted_once_the_other_is_closed(bench, relays):
    carried_out(bench, relays, bench.open("A"))
    assert bench.open("B").wait().text == "B may not open while A is open"
    carried_out(bench, relays, bench.close("A"))
    assert carried_out(bench, relays, bench.open("B")).kind is Kind.MOVED


def test_another_valve_moves_while_one_is_slow(bench, relays):
    bench.open("A")
    relays.wait_for(Switch)
    assert carried_out(bench, relays, bench.open("C")).kind is Kind.MOVED


def test_an_unknown_name_is_refused_with_the_nearest(bench):
    outcome = bench.open("a").wait()
    assert (outcome.reason, outcome.text) == (
        Reason.UNKNOWN_VALVE,
        "a is not a registered valve name (did you mean A?)",
    )
