"""The rules about other valves: interlocks of every kind, exhaustively on small tables."""

import pytest

from actors.messages import Reason, Refusal
from actors.rules import Verdict, decide, violations
from tests.actors.rules.rows import CLOSED, MOVING, NOW, OPEN, STATES, UNKNOWN, product, reason, row, table


def test_already_so_comes_before_the_interlock():
    valves = table(row("A", OPEN, interlocks=("B",)), row("B", OPEN))
    assert decide(valves, "A", OPEN, NOW) is Verdict.ALREADY


@pytest.mark.parametrize(("state", "moving", "locked", "age_s"), product(STATES, MOVING, ("", "jan"), (1.0, 11.0)))
def test_an_interlock_holds_unless_its_partner_is_known_closed_and_still(state, moving, locked, age_s):
    partner = row("B", state, moving=moving, locked=locked, age_s=age_s)
    verdict = decide(table(row("A", interlocks=("B",)), partner), "A", OPEN, NOW)
    free = state is CLOSED and moving is None and age_s < 10
    assert reason(verdict) is (Verdict.PERMIT if free else Reason.INTERLOCKED)


@pytest.mark.parametrize(("state", "moving", "age_s"), product(STATES, MOVING, (1.0, 11.0)))
def test_a_positive_interlock_holds_unless_its_partner_is_known_open_and_still(state, moving, age_s):
    partner = row("B", state, moving=moving, age_s=age_s)
    verdict = decide(table(row("A", positive_interlocks=("B",)), partner), "A", OPEN, NOW)
    free = state is OPEN and moving is None and age_s < 10
    assert reason(verdict) is (Verdict.PERMIT if free else Reason.INTERLOCKED)


@pytest.mark.parametrize(("state", "moving", "age_s"), product(STATES, MOVING, (1.0, 11.0)))
def test_a_close_is_stopped_only_by_a_close_interlock_known_open_or_in_flight(state, moving, age_s):
    partner = row("B", state, moving=moving, age_s=age_s)
    valves = table(row("A", OPEN, interlocks=("B",), close_interlocks=("B",)), partner)
    held = moving is not None or (state is OPEN and age_s < 10)
    assert reason(decide(valves, "A", CLOSED, NOW)) is (Reason.INTERLOCKED if held else Verdict.PERMIT)


@pytest.mark.parametrize(("state", "moving"), product(STATES, MOVING))
def test_a_plain_interlock_never_stops_a_close(state, moving):
    partner = row("B", state, moving=moving)
    valves = table(row("A", OPEN, interlocks=("B",), positive_interlocks=("B",)), partner)
    assert decide(valves, "A", CLOSED, NOW) is Verdict.PERMIT


@pytest.mark.parametrize(
    ("partner", "text"),
    [
        (row("B", OPEN), "A may not open while B is open"),
        (row("B", CLOSED, moving=OPEN), "A may not open while B is moving"),
        (row("B", OPEN, age_s=12.0), "A may not open while B is unknown (nothing heard of it for 12.0 s)"),
        (row("B", UNKNOWN), "A may not open while B is unknown (not read yet)"),
    ],
)
def test_the_refusal_names_the_valve_that_forbids_it_and_how_it_stands(partner, text):
    verdict = decide(table(row("A", interlocks=("B",)), partner), "A", OPEN, NOW)
    assert verdict == Refusal(Reason.INTERLOCKED, text, "interlock")


def test_the_interlock_speaks_before_the_positive_interlock():
    valves = table(row("A", interlocks=("B",), positive_interlocks=("C",)), row("B", OPEN), row("C", CLOSED))
    assert decide(valves, "A", OPEN, NOW) == Refusal(Reason.INTERLOCKED, "A may not open while B is open", "interlock")


def test_a_violation_is_named_once_though_both_list_it():
    valves = table(row("A", OPEN, interlocks=("B",)), row("B", OPEN, interlocks=("A",)), row("C", interlocks=("A",)))
    assert violations(valves) == [("A", "B")]
