"""A parent and those that follow it are one request: all rules, all marks, then the moves."""

import pytest

from actors.messages import Failed, Kind, Query, Reason, Source
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


def hold(box):
    """Have the box keep what it is told; return that, and what lets it do as it is told again."""
    carry_out, held = box.switch, []
    box.switch = held.append

    def go_on():
        box.switch = carry_out

    return held, go_on


def refuse(line, order):
    """Answer an order as a device does that is not there."""
    line.done(order, UNKNOWN, kind=Kind.REFUSED, source=Source.NONE, reason=Reason.NOT_CONNECTED, text="A: gone")


def test_whoever_waits_for_a_follower_is_answered_when_its_parent_does_not_move(line, house, box):
    held, go_on = hold(box)
    leading, joining, closing = line.open("A"), line.open("B"), line.close("B")
    house.quiet()
    go_on()
    refuse(line, held[0])
    assert leading.wait().reason is Reason.NOT_CONNECTED
    assert (joining.wait().kind, closing.wait().kind) == (Kind.MOVED, Kind.MOVED), "each is decided anew"
    assert line.states()["B"] is CLOSED


def test_a_lock_of_a_follower_is_answered_when_its_parent_does_not_move(line, house, box):
    held, go_on = hold(box)
    leading, locking = line.open("A"), line.lock("B")
    house.quiet()
    assert locking.left() == []
    go_on()
    refuse(line, held[0])
    assert leading.wait().kind is Kind.REFUSED
    assert locking.wait().kind is Kind.DONE


def test_a_follower_whose_actor_is_gone_is_named(line, house, box):
    held, go_on = hold(box)
    leading = line.open("A")
    house.quiet()
    house.stop("extraction_line/valve.B")
    go_on()
    box.switch(held[0])
    outcome = leading.wait()
    assert (outcome.kind, outcome.reason, outcome.state) == (Kind.UNKNOWN, Reason.FAILED, OPEN)
    assert outcome.text == "A is open, but not all that follow it did: B: its actor is being restarted"


def test_where_no_follower_has_an_actor_the_whole_has_failed_too(line_of, house, box):
    line = line_of(four(B={"parent": "A"}))
    held, go_on = hold(box)
    leading, joining = line.open("A"), line.open("B")
    house.quiet()
    house.stop("extraction_line/valve.B")
    go_on()
    box.switch(held[0])
    assert leading.wait().reason is Reason.FAILED
    assert joining.wait().reason is Reason.BUSY
    assert line.views()["B"].moving is None


def test_a_follower_whose_actor_fails_while_its_parent_moves_is_named(line, house, box):
    held, go_on = hold(box)
    leading = line.open("A")
    house.quiet()
    house.tell(line.line, Failed("extraction_line/valve.B", "a fault of its own", 0.0))
    go_on()
    box.switch(held[0])
    outcome = leading.wait()
    assert (outcome.kind, "B: its actor failed (a fault of its own)" in outcome.text) == (Kind.UNKNOWN, True)


def test_a_follower_that_may_not_move_any_more_keeps_its_parent_from_being_written(line, house, box):
    held, go_on = hold(box)
    leading, locking = line.open("A"), line.lock("B")
    house.quiet()
    until(lambda: line.fence.objection(held[0].epoch, held[0].order), "the parent's order is taken back")
    objection = line.fence.objection(held[0].epoch, held[0].order)
    assert objection.text.startswith("B follows A: Valve B is software locked (")
    line.done(held[0], UNKNOWN, kind=Kind.REFUSED, reason=objection.reason, text=objection.text)
    go_on()
    assert (leading.wait().reason, locking.wait().kind) == (Reason.LOCKED, Kind.DONE)
    assert box.moved == []


def test_a_parent_that_stood_already_is_not_said_to_have_been_looked_at(line, house):
    line.open("A").wait()
    line.close("B").wait()
    row = house.context.facts["table"]["A"]
    learned = row.learned
    assert line.open("A").wait().kind is Kind.MOVED
    assert row.learned == learned


def test_why_joins_a_whole_that_is_on_its_way(line, house, box):
    held, go_on = hold(box)
    leading = line.open("A")
    house.quiet()
    assert why(line, "A") == "yes: it is on its way: nothing else would be done"
    go_on()
    box.switch(held[0])
    leading.wait()
