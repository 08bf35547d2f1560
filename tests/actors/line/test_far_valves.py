"""Valves of another node are its own to decide about."""

import pytest

from actors.actuation import Switch
from actors.messages import Kind, Reason, Source, State
from actors.remote import Announce, LocksSeen
from actors.table import ValveSpec
from tests.actors.bench import Bench

NODE = "node.ExtractionLine"
OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN


@pytest.fixture
def far(house):
    """A line whose valve R is another node's; the node connection is the test."""
    node = house.recorder(NODE)
    made = Bench(house, (ValveSpec("R", "", NODE, remote=True),), nodes=(NODE,), timeout_s=10.0).start()
    made.node = node
    return made


def test_a_node_is_asked_to_tell_what_it_knows(far):
    assert far.node.wait_for(Announce)


def test_a_forwarded_move_is_the_other_nodes_to_decide(far):
    answers = far.open("R")
    switch = far.node.wait_for(Switch)
    far.done(switch, kind=Kind.REFUSED, reason=Reason.LOCKED, text="locked there", source=Source.REPLY, final=True)
    assert (answers.wait().reason, far.states()["R"]) == (Reason.LOCKED, UNKNOWN)


def test_the_far_ends_later_revision_is_not_undone_by_an_earlier_reply(far, house):
    answers = far.open("R")
    switch = far.node.wait_for(Switch)
    far.done(switch, source=Source.REPLY, final=True, revision=7)
    assert answers.wait().state is OPEN
    again = far.close("R")
    switch = far.node.wait_for(Switch)
    far.done(switch, source=Source.REPLY, final=True, revision=6)
    again.wait()
    assert far.states()["R"] is OPEN
    house.quiet()


def test_a_lock_of_another_node_is_forwarded_and_shown(far, house):
    far.lock("R")
    assert far.node.wait_for(object, lambda message: getattr(message, "locked", None) is True).valve == "R"
    house.tell(far.line, LocksSeen(NODE, {"R": "jan at noon"}))
    assert far.views()["R"].locked == "jan at noon"


def test_a_node_that_is_not_running_takes_no_lock(house):
    bench = Bench(house, (ValveSpec("R", "", NODE, remote=True),)).start()
    assert bench.lock("R").wait().reason is Reason.NOT_CONNECTED


def test_a_name_is_not_denied_before_every_node_has_told_its_valves(far):
    outcome = far.open("Q").wait()
    assert outcome.reason is Reason.NOT_CONNECTED
    assert "node.ExtractionLine has not told its valves: it has not answered yet" in outcome.text
