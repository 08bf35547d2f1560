"""The safe state: what was not written is void, nothing opens, and the valves are brought where they belong."""

import pytest

from actors.actuation import Switch
from actors.facts import Fact, Keep, Kept
from actors.messages import Claim, Kind, News, Outcome, Reason, SafeState
from actors.store import Recall
from actors.table import SafeStep
from tests.actors.house import Answers, request
from tests.actors.line_bench import CLOSED, OPEN, four

STEPS = (SafeStep("A", CLOSED), SafeStep("B", CLOSED), SafeStep("C", None), SafeStep("D", OPEN))


@pytest.fixture
def line(line_of, box):
    box.states.update(A=OPEN, B=OPEN, C=OPEN)
    return line_of(four(), safe_state=STEPS)


def safe(line, clear=False, **more):
    return line.wish(SafeState, clear, **more).wait()


def test_each_step_is_taken_in_its_order_and_confirmed(line, box):
    outcome = safe(line)
    assert (outcome.kind, outcome.text) == (Kind.DONE, "3 valves confirmed, Opens are latched")
    assert box.moved == [("A", CLOSED), ("B", CLOSED), ("D", OPEN)]
    assert line.states() == {"A": CLOSED, "B": CLOSED, "C": OPEN, "D": OPEN}


def test_opens_are_latched_until_it_is_cleared_and_closes_are_not(line, house):
    safe(line, by="jan@acq/1")
    refused = line.open("A").wait()
    assert refused.reason is Reason.LATCHED
    assert refused.text.startswith("A may not open: the safe state was called (jan@acq/1 at ")
    assert line.close("C").wait().kind is Kind.MOVED
    assert house.ask("store", Recall()).facts[Fact.SAFE]["line"].startswith("jan@acq/1 at ")
    assert safe(line, clear=True).kind is Kind.DONE
    assert house.ask("store", Recall()).facts[Fact.SAFE] == {}
    assert line.open("A").wait().kind is Kind.MOVED


def test_the_latch_outlives_the_process(line_of):
    line = line_of(four(), facts={Fact.SAFE: {"line": "jan at 12:00"}})
    assert line.open("A").wait().reason is Reason.LATCHED


def test_owners_are_passed_over_and_locks_are_not(line):
    line.wish(Claim, "A", 60, by="eva@acq/1").wait()
    line.lock("B").wait()
    outcome = safe(line, by="jan@acq/2")
    assert (outcome.kind, outcome.reason) == (Kind.UNKNOWN, Reason.FAILED)
    assert outcome.text.startswith("not in the safe state: B is not closed: Valve B is software locked (")
    assert line.states() == {"A": CLOSED, "B": OPEN, "C": OPEN, "D": OPEN}


def test_a_valve_that_is_locked_where_it_belongs_is_there(line, box):
    line.close("B").wait()
    line.lock("B").wait()
    outcome = safe(line)
    assert (outcome.kind, outcome.text) == (Kind.DONE, "3 valves confirmed, Opens are latched")
    assert box.moved == [("B", CLOSED), ("A", CLOSED), ("D", OPEN)]


def test_a_valve_that_does_not_get_there_is_named_and_the_others_do(line, box):
    box.stuck.add("A")
    box.silent.add("B")
    text = safe(line).text
    assert "A is not closed: " in text
    assert "B is not closed: B: silence" in text
    assert line.states()["D"] is OPEN
    alarm = line.chronicle.wait_for(News, lambda news: news.topic == "alarm.safe_state")
    assert alarm.extra["text"] == text
    box.stuck.clear()
    box.silent.clear()
    box.tell()
    assert safe(line).kind is Kind.DONE
    assert line.chronicle.wait_for(News, lambda news: news.topic == "alarm.safe_state").value == ""


def test_what_was_permitted_and_is_not_written_is_void(line, house, box):
    safe(line)
    safe(line, clear=True)
    carry_out, held = box.switch, []
    box.switch = held.append
    opening = line.open("A")
    house.quiet()
    calling = line.wish(SafeState, False)
    house.quiet()
    fence = line.fence
    assert fence.objection(held[0].epoch, held[0].order).reason is Reason.EXPIRED
    box.switch = carry_out
    ended = refuse(line, held[0])
    assert (ended, opening.wait().kind) == (None, Kind.REFUSED)
    assert calling.wait().kind is Kind.DONE


def refuse(line, order: Switch):
    """Do what an actuator does with an order that may not be written any more."""
    objection = line.fence.objection(order.epoch, order.order)
    line.done(order, kind=Kind.REFUSED, reason=objection.reason, text=objection.text)


def test_a_valve_that_is_opening_is_closed_when_it_has_opened(line, house, box):
    line.close("A").wait()
    carry_out, held = box.switch, []
    box.switch = held.append
    opening = line.open("A")
    house.quiet()
    calling = line.wish(SafeState, False)
    house.quiet()
    box.switch = carry_out
    box.switch(held[0])  # it had been written already
    assert opening.wait().kind is Kind.MOVED
    assert calling.wait().kind is Kind.DONE
    assert line.states()["A"] is CLOSED


def test_interlocks_are_obeyed_by_the_steps(line_of, box):
    box.states.update(C=OPEN)
    specs = four(D={"interlocks": ("C",)}, C={"interlocks": ("D",)})
    text = safe(line_of(specs, safe_state=STEPS)).text
    assert text == "not in the safe state: D is not open: D may not open while C is open"
    assert box.states["D"] is CLOSED


def test_its_order_says_which_of_its_members_closes_first(line_of, box):
    box.states.update(A=OPEN, B=OPEN)
    line = line_of(four(A={"close_interlocks": ("B",)}), safe_state=STEPS)
    assert line.close("A").wait().reason is Reason.INTERLOCKED
    assert safe(line).kind is Kind.DONE
    assert box.moved[:2] == [("A", CLOSED), ("B", CLOSED)]


def test_two_who_call_it_get_one_run(line, box):
    first, second = line.wish(SafeState, False), line.wish(SafeState, False)
    assert (first.wait().kind, second.wait().kind) == (Kind.DONE, Kind.DONE)
    assert box.moved.count(("A", CLOSED)) == 1


def test_scripts_are_told(line, house):
    told = []
    house.context.facts["on_safe_state"] = [told.append]
    safe(line, by="jan@acq/1")
    assert told[0].startswith("jan@acq/1 at ")


def test_without_one_it_latches_all_the_same(line_of):
    line = line_of(four())
    assert safe(line).text == "no safe state is configured here: nothing was moved; Opens are latched"
    assert line.open("A").wait().reason is Reason.LATCHED


def test_other_nodes_are_called_and_their_trouble_is_told(line_of, house):
    far = house.recorder("node.Far")
    line = line_of(four(), nodes=("node.Far", "node.Gone"))
    calling = line.wish(SafeState, False)
    asked = far.wait_for(SafeState)
    assert not asked.clear
    asked.request.reply_to.answer(Outcome("safe state", "", Kind.UNKNOWN, text="Q is not closed"))
    assert calling.wait().text == "not in the safe state: node.Gone is not running; Far: Q is not closed"


def test_what_other_nodes_did_is_not_passed_over(line_of, house):
    """A node without valves of its own moves nothing itself; to say that nothing was moved would be wrong."""
    far = house.recorder("node.Far")
    calling = line_of(four(), nodes=("node.Far",)).wish(SafeState, False)
    far.wait_for(SafeState).request.reply_to.answer(Outcome("safe state", "", Kind.DONE, text="OK"))
    text = "no safe state is configured here; Far: did what its own site says; Opens are latched"
    assert calling.wait().text == text


def test_what_other_nodes_say_of_their_own_is_passed_on(line_of, house):
    far = house.recorder("node.Far")
    calling = line_of(four(), nodes=("node.Far",)).wish(SafeState, False)
    done = Outcome("safe state", "", Kind.DONE, text="4 valves confirmed, Opens are latched")
    far.wait_for(SafeState).request.reply_to.answer(done)
    text = "no safe state is configured here; Far: 4 valves confirmed, Opens are latched; Opens are latched"
    assert calling.wait().text == text


def test_it_is_cleared_on_other_nodes_too(line_of, house):
    far = house.recorder("node.Far")
    line = line_of(four(), nodes=("node.Far",), facts={Fact.SAFE: {"line": "jan"}})
    clearing = line.wish(SafeState, True)
    asked = far.wait_for(SafeState)
    assert asked.clear
    house.quiet()
    assert clearing.left() == []
    asked.request.reply_to.answer(Outcome("clear", "", Kind.DONE))
    assert clearing.wait().text == "Opens are permitted again"


def test_a_call_while_it_is_being_cleared_wins(line_of, house):
    far = house.recorder("node.Far")
    line = line_of(four(), nodes=("node.Far",))
    clearing = line.wish(SafeState, True)
    far.wait_for(SafeState)
    calling = line.wish(SafeState, False)
    assert clearing.wait().kind is Kind.REFUSED
    far.wait_for(SafeState, lambda asked: not asked.clear).request.reply_to.answer(Outcome("", "", Kind.DONE))
    assert calling.wait().kind is Kind.DONE
    assert line.open("A").wait().reason is Reason.LATCHED


def test_a_call_past_its_deadline_is_refused(line, box):
    assert safe(line, deadline=1.0).reason is Reason.EXPIRED
    assert box.moved == []


def test_it_is_answered_when_its_latch_is_on_disk(line, house):
    house.stop("store")
    store = house.recorder("store")
    calling = line.wish(SafeState, False)
    keep = store.wait_for(Keep)
    house.quiet()
    assert calling.left() == []
    house.tell(line.line, Kept(keep))
    assert calling.wait().kind is Kind.DONE


def test_a_latch_that_is_not_on_disk_is_said_and_holds_all_the_same(line, house):
    house.stop("store")
    outcome = safe(line)
    text = "3 valves confirmed, Opens are latched; a restart would forget the latch: the store is not running"
    assert (outcome.kind, outcome.text) == (Kind.UNKNOWN, text)
    assert line.states()["A"] is CLOSED
    assert line.open("A").wait().reason is Reason.LATCHED


def test_a_call_for_this_node_alone_leaves_the_others_alone_until_somebody_calls_for_all(line_of, house, box):
    far = house.recorder("node.Far")
    box.states.update(A=OPEN)
    line = line_of(four(), nodes=("node.Far",), safe_state=(SafeStep("A", CLOSED),))
    carry_out, held = box.switch, []
    box.switch = held.append
    stopping = Answers()
    house.tell(line.line, SafeState(False, request(stopping), here=True))
    house.quiet()
    assert far.all(SafeState) == []
    calling = line.wish(SafeState, False)
    asked = far.wait_for(SafeState)
    box.switch = carry_out
    refuse(line, held[0])  # void: it was called again
    house.after(0.3)
    assert (stopping.left(), calling.left()) == ([], [])
    asked.request.reply_to.answer(Outcome("safe state", "", Kind.DONE, text="OK"))
    text = "1 valve confirmed, Opens are latched; Far: did what its own site says"
    assert (stopping.wait().text, calling.wait().text) == (text, text)


def test_whoever_waits_is_told_when_the_line_ends(line, house, box):
    held = []
    box.switch = held.append
    calling = line.wish(SafeState, False)
    house.quiet()
    house.stop(line.line)
    outcome = calling.wait()
    assert (outcome.kind, outcome.reason) == (Kind.UNKNOWN, Reason.INTERNAL)
    assert outcome.text == "the extraction line stopped before the safe state was reached; Opens stay latched"
    house.quiet()
    assert calling.left() == []


def test_whoever_waits_for_its_clearing_is_told_when_the_line_ends(line_of, house):
    far = house.recorder("node.Far")
    line = line_of(four(), nodes=("node.Far",), facts={Fact.SAFE: {"line": "jan"}})
    clearing = line.wish(SafeState, True)
    far.wait_for(SafeState)
    house.stop(line.line)
    assert clearing.wait().text == "the safe state is not cleared everywhere: the extraction line stopped"
    house.quiet()
    assert clearing.left() == []
