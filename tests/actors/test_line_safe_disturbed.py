"""The safe state at a bad moment: while families move, a neighbour moves, the disk is full."""

import dataclasses

import pytest

from actors import line_durable
from actors.facts import Fact, Keep, Kept
from actors.messages import Kind, News, Outcome, Reason, SafeState
from actors.table import SafeStep
from tests.actors.house import until
from tests.actors.line_bench import CLOSED, OPEN, UNKNOWN, four
from tests.actors.test_line_safe import line, refuse, safe

__all__ = ["line"]


# --- while a family moves -----------------------------------------------------------------------------------------


@pytest.fixture
def family(line_of, box):
    """B and C follow A, C the other way round; the safe state closes A and B."""
    box.states.update(C=OPEN)
    specs = four(B={"parent": "A"}, C={"parent": "A", "parent_inverted": True})
    return line_of(specs, safe_state=(SafeStep("B", CLOSED), SafeStep("A", CLOSED)))


def test_a_family_that_was_not_written_yet_does_not_move_and_holds_nothing_up(family, house, box):
    carry_out, held = box.switch, []
    box.switch = held.append
    opening, calling = family.open("A"), family.wish(SafeState, False)
    house.quiet()
    box.switch = carry_out
    refuse(family, held[0])
    assert opening.wait().reason is Reason.EXPIRED
    assert calling.wait().kind is Kind.DONE
    assert OPEN not in dict(box.moved).values()


def test_followers_that_were_not_written_yet_do_not_follow(family, house, box):
    carry_out, held = box.switch, []
    box.switch = held.append
    opening, calling = family.open("A"), family.wish(SafeState, False)
    house.quiet()

    def as_a_device(order):
        objection = family.fence.objection(order.epoch, order.order)
        if objection is None:
            carry_out(order)
        else:
            family.done(order, UNKNOWN, kind=Kind.REFUSED, reason=objection.reason, text=objection.text)

    box.switch = as_a_device
    carry_out(held[0])  # A had been written already
    outcome = opening.wait()
    assert (outcome.reason, "B: the safe state was called by " in outcome.text) == (Reason.FAILED, True)
    assert calling.wait().kind is Kind.DONE
    assert ("B", OPEN) not in box.moved
    assert family.states()["A"] is CLOSED


# --- at a bad moment ----------------------------------------------------------------------------------------------


def test_a_step_that_another_valve_in_motion_forbids_is_taken_when_that_stands(line_of, house, box):
    box.states.update(A=OPEN, C=OPEN)
    line = line_of(four(A={"close_interlocks": ("C",)}), safe_state=(SafeStep("A", CLOSED),))
    carry_out, held = box.switch, []
    box.switch = held.append
    closing, calling = line.close("C"), line.wish(SafeState, False)
    house.quiet()
    box.switch = carry_out
    carry_out(held[0])  # C had been written already
    assert closing.wait().kind is Kind.MOVED
    assert calling.wait().kind is Kind.DONE
    assert box.states["A"] is CLOSED


def test_a_latch_that_was_not_on_disk_outlives_the_line_and_is_tried_again(line, house, monkeypatch):
    monkeypatch.setattr(line_durable, "AGAIN_S", 0.01)
    house.stop("store")
    store = house.recorder("store")
    calling = line.wish(SafeState, False, by="jan@acq/1")
    house.tell(line.line, Kept(store.wait_for(Keep), "the disk is full"))
    assert calling.wait().kind is Kind.UNKNOWN
    assert store.wait_for(Keep).value.startswith("jan@acq/1 at ")
    line.restart()
    store.clear()
    keep = store.wait_for(Keep)
    assert (keep.fact, keep.value.startswith("jan@acq/1 at ")) == (Fact.SAFE, True)
    assert line.open("A").wait().reason is Reason.LATCHED
    house.tell(line.line, Kept(keep))
    house.quiet()
    store.clear()
    house.after(0.1)
    assert store.all(Keep) == []


def test_a_latch_that_could_not_be_stored_is_not_brought_back_behind_its_clearing(line, house, monkeypatch):
    monkeypatch.setattr(line_durable, "AGAIN_S", 0.01)
    house.stop("store")
    store = house.recorder("store")
    calling = line.wish(SafeState, False)
    house.tell(line.line, Kept(store.wait_for(Keep), "the disk is full"))
    calling.wait()
    clearing = line.wish(SafeState, True)
    keep = store.wait_for(Keep, lambda keep: not keep.value)
    store.clear()
    house.after(0.1)
    assert store.all(Keep) == []
    house.tell(line.line, Kept(keep))
    assert clearing.wait().kind is Kind.DONE
    assert line.open("A").wait().kind is Kind.MOVED


def test_what_a_script_does_when_it_is_told_does_not_end_the_line(line, house, logs):
    house.context.facts["on_safe_state"] = [lambda _who: 1 / 0]
    assert safe(line).kind is Kind.DONE
    assert logs.wait_for("script.not_told")


def test_a_wish_that_is_about_no_valve_is_refused_in_a_whole_sentence(line):
    assert safe(line, deadline=1.0).text == "its deadline passed before it could be carried out"


def test_where_it_ends_is_told_as_news(line, box):
    safe(line)
    told = [news.value for news in line.chronicle.all(News) if news.topic == "safe_state"]
    assert told == ["called", "reached"]
    safe(line, clear=True)
    line.open("A").wait()
    box.stuck.add("A")
    safe(line)
    line.chronicle.wait_for(News, lambda news: (news.topic, news.value) == ("safe_state", "not reached"))


def test_what_other_nodes_did_is_said(line_of, house):
    far = house.recorder("node.Far")
    line = line_of(four(), nodes=("node.Far",))
    calling = line.wish(SafeState, False)
    far.wait_for(SafeState).request.reply_to.answer(Outcome("safe state", "", Kind.DONE, text="OK"))
    assert calling.wait().text == "no safe state is configured here; Far: did what its own site says; Opens are latched"


def test_two_calls_of_which_only_the_first_found_a_store_are_both_answered(line, house):
    house.stop("store")
    store = house.recorder("store")
    first = line.wish(SafeState, False)
    store.wait_for(Keep)
    house.quiet()
    house.stop("store")
    second = line.wish(SafeState, False)
    texts = {first.wait().text, second.wait().text}
    assert len(texts) == 1
    assert "the store is not running" in texts.pop()


def cut_short(line, box, at):
    """Call the safe state, and restart the line while the valve `at` is on its way."""
    carry_out, held = box.switch, []
    box.switch = lambda order: (held.append if order.valve == at else carry_out)(order)
    calling = line.wish(SafeState, False, by="jan@acq/1")
    until(lambda: held, f"{at} is on its way")
    box.switch = carry_out
    line.restart()
    refuse(line, held[0])  # void: its line has ended
    assert calling.wait().kind is Kind.UNKNOWN


def ended(line):
    """Return how the safe state ended that went on."""
    return line.chronicle.wait_for(News, lambda news: news.topic == "safe_state" and "reached" in news.value).value


@pytest.mark.parametrize(
    ("more", "how"),
    [
        ({"enabled": False}, "not reached"),
        ({"kind": "manual_valve", "actuator": "", "address": ""}, "reached"),
        ({"actuator": "actuator.absent", "address": "1"}, "not reached"),
    ],
)
def test_it_goes_on_though_a_step_is_answered_at_once(line_of, box, more, how):
    box.states.update(B=OPEN, C=OPEN)
    specs = tuple(dataclasses.replace(spec, **more) if spec.name == "A" else spec for spec in four())
    line = line_of(
        specs, facts={Fact.MANUAL: {"A": "closed"}}, safe_state=(SafeStep("A", CLOSED), SafeStep("B", CLOSED))
    )
    cut_short(line, box, "B")
    assert ended(line) == how
    assert box.states["B"] is CLOSED
    assert line.wish(SafeState, True).wait().kind is Kind.DONE


def test_what_has_ended_two_lines_is_not_tried_a_third_time(line, house, box):
    cut_short(line, box, "A")
    held = []
    carry_out, box.switch = box.switch, held.append
    until(lambda: held, "it goes on")
    line.restart()
    refuse(line, held[0])
    box.switch = carry_out
    box.moved.clear()
    house.after(0.2)
    assert box.moved == []
    assert line.open("C").wait().reason is Reason.LATCHED
    assert line.wish(SafeState, False).wait().kind is Kind.DONE


def test_a_line_that_is_restarted_in_its_midst_goes_on_with_it(line, house, box):
    carry_out, held = box.switch, []
    box.switch = held.append
    calling = line.wish(SafeState, False, by="jan@acq/1")
    house.quiet()
    assert [order.valve for order in held] == ["A"]
    box.switch = carry_out
    line.restart()
    refuse(line, held[0])  # void: its line has ended
    assert (calling.wait().kind, calling.left()) == (Kind.UNKNOWN, [])
    line.chronicle.wait_for(News, lambda news: (news.topic, news.value) == ("safe_state", "reached"))
    assert box.states == {"A": CLOSED, "B": CLOSED, "C": OPEN, "D": OPEN}
    assert line.open("C").wait().reason is Reason.LATCHED
    line.restart()
    house.quiet()
    box.moved.clear()
    house.after(0.1)
    assert box.moved == []


@pytest.mark.parametrize("how", ["stuck", "locked"])
def test_a_valve_that_is_there_without_all_that_follow_it_is_named(line_of, box, how):
    box.states.update(A=OPEN, B=OPEN)
    line = line_of(four(B={"parent": "A"}), safe_state=(SafeStep("A", CLOSED),))
    if how == "stuck":
        box.stuck.add("B")
    else:
        box.stuck.add("B")
        line.close("A").wait()
        line.lock("B").wait()
    outcome = line.wish(SafeState, False).wait()
    assert (outcome.kind, outcome.reason) == (Kind.UNKNOWN, Reason.FAILED)
    assert box.states == {"A": CLOSED, "B": OPEN, "C": CLOSED, "D": CLOSED}
    assert "A is not closed: " in outcome.text
    assert "B" in outcome.text
