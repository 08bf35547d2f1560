"""Valves of another node: what overtakes what on the way there and back."""

import time

import pytest

from actors import extraction_line, line_orders
from actors.actuation import OriginLost, Seen, Switch
from actors.extraction_line import ExtractionLine
from actors.messages import Kind, Reason, Source, State
from actors.remote import LocksSeen, OwnersSeen
from actors.table import ValveSpec
from tests.actors.bench import Bench
from tests.actors.house import RELAYS, until

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
NODE = "node.ExtractionLine"


@pytest.fixture(autouse=True)
def short_times(monkeypatch):
    monkeypatch.setattr(line_orders, "MAX_WAIT_S", 0.1)
    monkeypatch.setattr(extraction_line, "TICK_S", 0.02)


@pytest.fixture
def far(house):
    """A line whose valves are another node's; the test is the connection to it."""
    there = tuple(ValveSpec(name, actuator=NODE, interlocks=locks, remote=True) for name, locks in (("A", ("S",)),))
    here = ValveSpec("S", "101", RELAYS, interlocks=("A",))
    house.recorder(RELAYS)
    made = Bench(house, (*there, here), timeout_s=10.0)
    made.node = house.recorder(NODE)
    made.start()
    made.see(S=CLOSED)
    made.see(origin=NODE, A=CLOSED)
    return made


def told(bench, revision, **states):
    """Tell the line what its node has told as news."""
    revisions = dict.fromkeys(states, revision)
    seen = Seen(NODE, states, Source.EVENT, time.monotonic(), complete=False, revisions=revisions)
    bench.house.tell(bench.line, seen)


def ended(bench, switch, revision, **more):
    bench.done(switch, revision=revision, final=True, source=Source.REPLY, **more)


def test_a_close_of_another_nodes_valve_overtakes_its_opening_on_the_way(far):
    opening, closing = far.open("A"), far.close("A")
    first, second = far.node.wait_for(Switch), far.node.wait_for(Switch)
    assert (first.target, second.target) == (OPEN, CLOSED)
    assert far.open("S").wait().reason is Reason.INTERLOCKED
    ended(far, first, 1)
    assert (opening.wait().kind, far.views()["A"].moving) == (Kind.MOVED, CLOSED)
    assert closing.left() == []
    ended(far, second, 2)
    assert closing.wait().kind is Kind.MOVED
    assert far.states()["A"] is CLOSED


def test_whoever_was_overtaken_is_told_too_when_no_end_is_seen(house, far):
    opening, closing = far.open("A"), far.close("A")
    first = far.node.wait_for(Switch)
    far.node.wait_for(Switch)
    house.stop("extraction_line")
    assert [opening.wait().kind, closing.wait().kind] == [Kind.UNKNOWN, Kind.UNKNOWN]
    assert first.order


def test_news_that_come_while_a_move_of_ours_is_in_flight_count_when_it_has_ended(far):
    """Another client opens it again behind our Close, and that is told before our reply comes."""
    far.see(origin=NODE, A=OPEN)
    closing = far.close("A")
    switch = far.node.wait_for(Switch)
    told(far, 6, A=OPEN)
    ended(far, switch, 5)
    assert (closing.wait().kind, closing.left()) == (Kind.MOVED, [])
    until(lambda: far.states()["A"] is OPEN, "the later word counts")
    assert far.open("S").wait().reason is Reason.INTERLOCKED


def test_older_news_that_come_meanwhile_do_not(house, far):
    closing = far.close("A")
    far.see(origin=NODE, A=OPEN)
    closing = far.close("A")
    switch = far.node.wait_for(Switch)
    told(far, 4, A=OPEN)
    ended(far, switch, 5)
    closing.wait()
    house.quiet()
    assert far.states()["A"] is CLOSED


def test_a_word_that_was_asked_for_before_this_line_began_is_not_believed(house, far):
    before = time.monotonic()
    house.stop("extraction_line")
    house.start(ExtractionLine, "extraction_line", far.setup, {})
    far.see(origin=NODE, asked_at=before, A=CLOSED)
    house.quiet()
    assert far.states()["A"] is UNKNOWN
    far.see(origin=NODE, A=CLOSED)
    assert far.states()["A"] is CLOSED


def refused(bench, switch, reason=Reason.EXPIRED):
    ended(bench, switch, 0, kind=Kind.REFUSED, state=UNKNOWN, reason=reason)


def overtaken(far):
    opening, closing = far.open("A"), far.close("A")
    return opening, closing, far.node.wait_for(Switch), far.node.wait_for(Switch)


def test_an_opening_counts_although_the_close_behind_it_was_refused(far):
    opening, closing, first, second = overtaken(far)
    ended(far, first, 1)
    assert far.open("S").wait().reason is Reason.INTERLOCKED  # the Close is in flight
    refused(far, second)
    assert (opening.wait().kind, closing.wait().kind) == (Kind.MOVED, Kind.REFUSED)
    assert far.states()["A"] is OPEN
    assert far.open("S").wait().reason is Reason.INTERLOCKED


def test_an_opening_is_still_in_flight_when_the_close_behind_it_was_refused_first(far):
    opening, closing, first, second = overtaken(far)
    refused(far, second, Reason.LOCKED)
    assert closing.wait().kind is Kind.REFUSED
    assert far.views()["A"].moving is OPEN
    assert far.open("S").wait().reason is Reason.INTERLOCKED
    ended(far, first, 1)
    assert opening.wait().kind is Kind.MOVED
    assert (far.states()["A"], far.views()["A"].moving) == (OPEN, None)


def test_an_opening_of_which_nobody_knows_leaves_the_valve_unknown(far):
    opening, closing, first, second = overtaken(far)
    ended(far, first, 0, kind=Kind.UNKNOWN, state=UNKNOWN, reason=Reason.NO_ANSWER)
    assert (opening.wait().kind, opening.left()) == (Kind.UNKNOWN, [])
    refused(far, second)
    closing.wait()
    assert far.states()["A"] is UNKNOWN
    assert far.open("S").wait().reason is Reason.INTERLOCKED


def test_what_a_dead_node_said_meanwhile_does_not_outlive_it(house, far):
    opening = far.open("A")
    switch = far.node.wait_for(Switch)
    told(far, 40, A=CLOSED)
    house.tell("extraction_line", OriginLost(NODE, "it is gone"))
    ended(far, switch, 0, kind=Kind.UNKNOWN, state=UNKNOWN, reason=Reason.NO_ANSWER)
    assert opening.wait().kind is Kind.UNKNOWN
    house.quiet()
    assert far.states()["A"] is UNKNOWN
    far.see(origin=NODE, A=CLOSED)
    opening = far.open("A")
    ended(far, far.node.wait_for(Switch), 3)
    assert opening.wait().state is OPEN
    assert far.states()["A"] is OPEN


def test_locks_that_were_asked_for_before_one_was_set_do_not_undo_it(far):
    asked_at = time.monotonic()
    far.house.tell(far.line, LocksSeen(NODE, {"A": "eva at noon"}))
    far.house.tell(far.line, LocksSeen(NODE, {"A": ""}, asked_at))
    assert far.views()["A"].locked == "eva at noon"
    far.house.tell(far.line, LocksSeen(NODE, {"A": ""}, time.monotonic()))
    assert far.views()["A"].locked == ""


def test_owners_that_were_asked_for_before_one_came_do_not_undo_it(far):
    asked_at = time.monotonic()
    far.house.tell(far.line, OwnersSeen(NODE, {"A": "eva"}))
    far.house.tell(far.line, OwnersSeen(NODE, {"A": ""}, asked_at))
    assert far.views()["A"].owner == "eva"
    far.house.tell(far.line, OwnersSeen(NODE, {"A": ""}, time.monotonic()))
    assert far.views()["A"].owner == ""
