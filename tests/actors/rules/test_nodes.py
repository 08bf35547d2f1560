"""Interlocks between valves of several nodes, and what a Close could not know."""

import pytest

from actors.messages import Reason, State
from actors.rules import Verdict, decide, unsure_to_close
from tests.actors.rules.rows import CLOSED, NOW, OPEN, UNKNOWN, reason, row, table


@pytest.mark.parametrize(("state", "moving"), [(OPEN, None), (UNKNOWN, None), (CLOSED, OPEN)])
def test_an_interlock_between_valves_of_two_nodes_is_decided_here(state, moving):
    """Neither node knows the other's valve: nobody else can."""
    ours = row("A", actuator="node.one", remote=True, interlocks=("B",))
    theirs = row("B", state, moving=moving, actuator="node.two", remote=True)
    assert reason(decide(table(ours, theirs), "A", OPEN, NOW)) is Reason.INTERLOCKED
    local = row("B", state, moving=moving, actuator="actuator.relays")
    assert reason(decide(table(ours, local), "A", OPEN, NOW)) is Reason.INTERLOCKED


def test_an_interlock_between_valves_of_one_other_node_is_that_nodes():
    ours = row("A", actuator="node.one", remote=True, interlocks=("B",))
    theirs = row("B", OPEN, actuator="node.one", remote=True)
    assert decide(table(ours, theirs), "A", OPEN, NOW) is Verdict.FORWARD


def test_an_interlock_with_a_valve_that_no_node_has_told_of_yet_refuses():
    ours = row("A", actuator="node.one", remote=True, interlocks=("B",))
    assert reason(decide(table(ours), "A", OPEN, NOW)) is Reason.INTERLOCKED


def test_what_a_close_interlock_would_forbid_if_it_were_open_and_nobody_knows_is_named():
    unknown, shut = row("B", State.UNKNOWN), row("C", CLOSED)
    valves = table(row("A", OPEN, close_interlocks=("B", "C")), unknown, shut)
    assert decide(valves, "A", CLOSED, NOW) is Verdict.PERMIT
    assert unsure_to_close(valves, "A", NOW) == ["B is unknown (not read yet)"]
