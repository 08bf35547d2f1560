"""What was remembered against the first look at each valve."""

import pytest

from actors.messages import State
from actors.reconcile import Difference, Reconciled, reconcile

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN


def test_a_valve_that_stands_otherwise_is_a_difference():
    found = reconcile({"A": "open", "B": "closed"}, {"A": CLOSED, "B": CLOSED}, ())
    assert found == Reconciled((Difference("A", OPEN, CLOSED),), frozenset("AB"))


def test_each_valve_is_compared_once():
    assert reconcile({"A": "open"}, {"A": CLOSED}, {"A"}) == Reconciled((), frozenset("A"))


def test_a_valve_that_the_look_cannot_tell_waits_for_one_that_can():
    first = reconcile({"A": "open"}, {"A": UNKNOWN}, ())
    assert first == Reconciled((), frozenset())
    assert reconcile({"A": "open"}, {"A": CLOSED}, first.compared).differences == (Difference("A", OPEN, CLOSED),)


@pytest.mark.parametrize("remembered", [{}, {"A": "unknown"}, {"A": "ajar"}])
def test_what_is_not_remembered_is_no_difference(remembered):
    assert reconcile(remembered, {"A": OPEN}, ()) == Reconciled((), frozenset("A"))


def test_valves_of_several_devices_are_compared_as_each_is_seen():
    memory = {"A": "open", "B": "open"}
    first = reconcile(memory, {"A": OPEN}, ())
    second = reconcile(memory, {"B": CLOSED}, first.compared)
    assert (first.differences, second.differences) == ((), (Difference("B", OPEN, CLOSED),))
    assert second.compared == {"A", "B"}
