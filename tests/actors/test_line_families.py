"""A parent and those that follow it are one request: all rules, all marks, then the moves."""

import pytest

from actors.messages import Kind, Query, Reason
from tests.actors.house import Answers, request, until
from tests.actors.line_bench import CLOSED, OPEN, UNKNOWN, four


@pytest.fixture
def line(line_of):
    """B follows A, C does the opposite of A; D excludes B."""
    return line_of(
        four(
            B={"parent": "A", "interlocks": ("D",)},
            C={"parent": "A", "parent_inverted": True},
            D={"interlocks": ("B",)},
        )
    )


@pytest.fixture
def open_c(line, box):
    box.states["C"] = OPEN
    box.tell()
    line.house.quiet()


def test_followers_move_after_their_parent_and_the_answer_is_the_wholes(line, box, open_c):  # noqa: ARG001
    outcome = line.open("A").wait()
    assert (outcome.verb, outcome.kind, outcome.state) == ("open", Kind.MOVED, OPEN)
    assert box.moved[0] == ("A", OPEN)
    assert sorted(box.moved[1:]) == [("B", OPEN), ("C", CLOSED)]
    assert line.states() == {"A": OPEN, "B": OPEN, "C": CLOSED, "D": CLOSED}


def test_a_rule_of_a_follower_refuses_the_whole_before_anything_moves(line, box):
    line.open("D").wait()
    refused = line.open("A").wait()
    assert (refused.kind, refused.reason) == (Kind.REFUSED, Reason.INTERLOCKED)
    assert refused.text == "B follows A: B may not open while D is open"
    assert box.moved == [("D", OPEN)]


def test_a_lock_of_a_follower_refuses_the_whole(line, box):
    line.lock("C").wait()
    assert line.open("A").wait().reason is Reason.LOCKED
    assert box.moved == []


def test_a_follower_that_fails_is_named(line, box):
    box.silent.add("B")
    outcome = line.open("A").wait()
    assert (outcome.kind, outcome.reason) == (Kind.UNKNOWN, Reason.FAILED)
    assert outcome.text == "A is open, but not all that follow it did: B: B: silence"
    assert line.states()["A"] is OPEN
    assert line.states()["B"] is UNKNOWN


def test_followers_stay_where_their_parent_does_not_move(line, box):
    box.silent.add("A")
    assert line.open("A").wait().kind is Kind.UNKNOWN
    assert box.moved == []
    assert line.views()["B"].moving is None
    assert line.open("B").wait().kind is Kind.MOVED


@pytest.mark.parametrize("locked", [False, True])
def test_whoever_waits_for_a_follower_is_answered_where_its_parent_does_not_move(line, house, box, locked):
    carry_out, held = box.switch, []
    box.switch = held.append
    opening, joined, behind = line.open("A"), line.open("B"), line.lock("B" if locked else "D")
    house.quiet()
    until(lambda: any(view.locked for view in line.views().values()), "the lock is on disk")
    box.silent.add("A")
    box.switch = carry_out
    box.switch(held[0])
    assert opening.wait().kind is Kind.UNKNOWN
    assert behind.wait().kind is Kind.DONE
    outcome = joined.wait()
    assert (outcome.kind, outcome.reason) == ((Kind.REFUSED, Reason.LOCKED) if locked else (Kind.MOVED, None))
    assert box.moved == ([] if locked else [("B", OPEN)])


def test_a_follower_alone_out_of_place_is_brought_along(line, box):
    line.open("A").wait()
    line.close("B").wait()
    box.moved.clear()
    assert line.open("A").wait().kind is Kind.MOVED
    assert box.moved == [("B", OPEN)]


def test_nothing_moves_where_all_stand_as_asked(line, box):
    line.open("A").wait()
    box.moved.clear()
    assert line.open("A").wait().kind is Kind.ALREADY
    assert box.moved == []


def test_whoever_asks_meanwhile_gets_the_wholes_end(line, house, box):
    carry_out, held = box.switch, []
    box.switch = held.append
    first, second, closing = line.open("A"), line.open("A"), line.close("A")
    house.quiet()
    assert line.open("D").wait().reason is Reason.INTERLOCKED, "a follower is marked before it moves"
    box.switch = carry_out
    box.switch(held[0])
    assert first.wait().kind is Kind.MOVED
    assert second.wait().kind is Kind.MOVED
    assert closing.wait().kind is Kind.MOVED
    assert line.states() == {"A": CLOSED, "B": CLOSED, "C": OPEN, "D": CLOSED}


def test_followers_of_followers_move_too(line_of, box):
    line = line_of(four(B={"parent": "A"}, C={"parent": "B", "parent_inverted": True}, D={"parent": "C"}))
    assert line.open("A").wait().kind is Kind.MOVED
    assert box.states == {"A": OPEN, "B": OPEN, "C": CLOSED, "D": CLOSED}
    assert line.close("A").wait().kind is Kind.MOVED
    assert box.states == {"A": CLOSED, "B": CLOSED, "C": OPEN, "D": OPEN}


def why(line, valve, target=OPEN):
    answers = Answers()
    line.house.tell(line.line, Query("why", (valve, target), request(answers)))
    return answers.wait().text


def test_why_says_which_rule_and_why(line):
    assert why(line, "A") == "yes: it would open"
    assert why(line, "A", CLOSED) == "yes: it is closed already: nothing would move"
    line.open("D").wait()
    assert why(line, "B") == "no: interlock: B may not open while D is open"
    assert why(line, "A") == "no: interlock: B follows A: B may not open while D is open"
    line.lock("D").wait()
    assert why(line, "D", CLOSED).startswith("no: lock: Valve D is software locked (")
    assert why(line, "Q").startswith("Q is not a registered valve name")


def test_a_family_that_the_line_did_not_see_to_its_end_is_answered(line, house, box):
    box.switch = lambda _order: None
    opening = line.open("A")
    house.quiet()
    house.stop(line.line)
    assert opening.wait().kind is Kind.UNKNOWN
