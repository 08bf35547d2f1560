"""Valves whose move may still be going on."""

import pytest

from actors.actuation import Seen
from actors.doubts import Doubts, longest_move_s
from actors.messages import Source, State

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN


@pytest.fixture
def doubts():
    made = Doubts()
    made.add("A", until=10.0)
    return made


def look(doubts, at, state=OPEN, of_origin=("A", "B")):
    states = {} if state is None else {"A": state, "B": CLOSED}
    return doubts.weigh(Seen("relays", states, Source.POLL, at), of_origin)


def test_a_doubt_ends_when_two_later_looks_agree(doubts):
    assert look(doubts, 10.0) == ({"A"}, set())
    assert look(doubts, 10.1) == (set(), {"A"})
    assert "A" not in doubts
    assert look(doubts, 10.2) == (set(), set())


def test_a_look_before_its_time_does_not_count(doubts):
    look(doubts, 9.9)
    look(doubts, 10.0)
    assert "A" in doubts


def test_looks_that_differ_begin_anew(doubts):
    for at, state in ((10.0, OPEN), (10.1, CLOSED), (10.2, OPEN)):
        assert look(doubts, at, state) == ({"A"}, set())
    assert look(doubts, 10.3, OPEN) == (set(), {"A"})


@pytest.mark.parametrize("state", [UNKNOWN, None])
def test_a_look_that_does_not_tell_does_not_count(doubts, state):
    look(doubts, 10.0)
    assert look(doubts, 10.1, state) == ({"A"}, set())


def test_a_look_of_another_origin_says_nothing(doubts):
    look(doubts, 10.0)
    assert look(doubts, 10.1, of_origin=("B",)) == (set(), set())
    assert "A" in doubts


def test_a_new_doubt_of_the_same_valve_forgets_the_looks_and_never_ends_sooner(doubts):
    look(doubts, 10.0)
    doubts.add("A", until=5.0)
    assert doubts.next_due() == 10.0
    assert look(doubts, 10.1) == ({"A"}, set())


def test_a_doubt_is_cleared_by_a_move_seen_to_its_end(doubts):
    doubts.clear("A")
    assert not doubts
    assert doubts.next_due() is None


def test_the_first_due_is_the_next(doubts):
    doubts.add("B", until=4.0)
    assert doubts.next_due() == 4.0


def test_the_longest_move_counts_every_wait():
    assert longest_move_s(1.0, 0.5, 0.25, 2.0) == 2.0 + 4 * 1.0 + 2 * 0.5 + 0.25
