"""A dump by the loader's actor: its steps, what forbids it, what ends it."""

import time
from dataclasses import replace

import pytest

from actors import loader_leftovers
from actors.actuation import Settled
from actors.messages import Kind, News, Reason, State
from tests.actors.house import until
from tests.actors.loader.bench import SETUP, Rig
from tests.actors.loader.ends import DOWN, OFF, ON, STOP, UP, alarm, over


def test_a_dump_that_succeeds(rig):
    outcome = rig.outcome("DumpSample", by="eva@lab/1")
    assert (outcome.kind, outcome.text) == (Kind.DONE, "lowering")
    assert rig.chronicle.wait_for(Settled).outcome == outcome
    assert rig.text("DumpComplete") == "False"
    until(lambda: rig.text("DumpComplete") == "OK", "it has ended")
    assert (rig.world.moves, rig.world.lit, rig.world.by) == ([DOWN, ON, OFF, UP], [120.0], {"eva@lab/1"})
    assert rig.text("GetDump") == "dump: done"
    ended = rig.chronicle.wait_for(Settled, lambda settled: settled.outcome.verb == "dump ended")
    assert (ended.outcome.kind, ended.request.by) == (Kind.DONE, "eva@lab/1")


def test_its_phases_are_news(rig):
    rig.outcome("DumpSample")
    over(rig, "done")
    told = [news.value for news in rig.chronicle.all(News) if news.topic == "loader.run"]
    assert told == ["checking", "lowering", "energising", "energised", "de-energising", "raising", "done"]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda world: world.valves.update(G=State.OPEN), "G is open, and has to be closed"),
        (lambda world: world.valves.update(G=State.UNKNOWN), "G is unknown (not read yet), and has to be closed"),
        (lambda world: world.valves.pop("G"), "G is unknown, and has to be closed"),
        (lambda world: world.mute.add("line"), "G is unknown (no answer in time), and has to be closed"),
        (lambda world: setattr(world, "temperature_c", "200.5"), "the furnace is at 200.5 C, over 200 C"),
        (lambda world: setattr(world, "temperature_c", "nan"), "the temperature of the furnace is not known"),
        (lambda world: world.mute.add("furnace"), "the temperature of the furnace is not known (no answer in time)"),
        (lambda world: world.mute.add("drive"), "whether funnel_drive moves is not known (no answer in time)"),
        (lambda world: setattr(world, "stalled", True), "funnel_drive has stalled"),
        (lambda world: world.valves.update(M=State.OPEN), "magnet M is not known to be de-energised"),
    ],
)
def test_what_forbids_a_dump_is_said_and_nothing_moves(rig, wrong, why):
    wrong(rig.world)
    outcome = rig.outcome("DumpSample")
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.INTERLOCKED)
    assert why in outcome.text
    assert rig.world.moves == []
    complete = rig.outcome("DumpComplete")
    assert (complete.reason, why in complete.text) == (Reason.FAILED, True)
    assert why in alarm(rig)


def test_without_a_furnace_nothing_is_dumped(rigs):
    outcome = rigs(without=("furnace",)).outcome("DumpSample")
    assert "the temperature of the furnace is not known (furnace does not run)" in outcome.text


def test_a_feeder_that_moves_forbids_it(rigs):
    rig = rigs(replace(SETUP, feeder="feeder"))
    rig.world.refuse["feeder"] = "it moves"
    assert "feeder is moving" in rig.outcome("DumpSample").text


def test_a_drive_that_stalls_on_its_way_down_is_raised_again(rig):
    rig.world.stalls = True
    rig.outcome("DumpSample")
    over(rig)
    assert rig.world.moves == [DOWN, STOP, OFF, UP]
    assert rig.outcome("DumpComplete").text == "the dump failed: lowering: funnel_drive has stalled"
    assert alarm(rig) == "dump: lowering: funnel_drive has stalled"


def test_a_drive_that_does_not_take_it_is_told(rig):
    rig.world.refuse["MoveAbsolute"] = "too hot"
    outcome = rig.outcome("DumpSample")
    assert (outcome.kind, outcome.text) == (Kind.UNKNOWN, "lowering: too hot")
    over(rig)
    assert rig.text("GetDump") == "dump: failed (lowering: too hot; then raising: too hot)"


def test_magnets_that_somebody_else_owns_are_told(rig):
    rig.world.refuse["M"] = "M is owned by eva"
    rig.outcome("DumpSample")
    assert alarm(rig) == "dump: energising M: M is owned by eva"
    until(lambda: OFF in rig.world.moves, "it is told to be off all the same")
    rig.world.refuse.clear()


def test_a_valve_that_opens_in_the_middle_ends_it(rigs):
    rig = rigs(replace(SETUP, magnets_s=30.0))
    rig.outcome("DumpSample")
    until(lambda: ON in rig.world.moves, "they are energised")
    rig.world.valves["G"] = State.OPEN
    over(rig)
    assert rig.world.moves == [DOWN, ON, STOP, OFF, UP]
    assert "G is open" in rig.outcome("DumpComplete").text


def test_it_is_stopped_safely(rigs):
    rig = rigs(replace(SETUP, magnets_s=30.0))
    rig.outcome("DumpSample")
    until(lambda: ON in rig.world.moves, "they are energised")
    assert rig.text("StopDump").startswith("dump: stopping the funnel (stopped by me@bench/1")
    over(rig)
    assert rig.world.moves == [DOWN, ON, STOP, OFF, UP]
    assert rig.text("StopDump") == "nothing is under way"


def test_one_at_a_time(rigs):
    rig = rigs(replace(SETUP, magnets_s=30.0))
    rig.outcome("DumpSample")
    for word in ("DumpSample", "LowerFunnel", "RaiseFunnel", "EnergizeMagnets"):
        assert rig.outcome(word).reason is Reason.BUSY


def test_a_repeated_id_dumps_nothing_twice(rig):
    first = rig.ask("DumpSample", id="7")
    again = rig.ask("DumpSample", id="7")
    assert first.wait() == again.wait()
    until(lambda: rig.text("DumpComplete") == "OK", "it has ended")
    assert rig.outcome("DumpSample", id="7").kind is Kind.DONE
    assert rig.world.moves == [DOWN, ON, OFF, UP]
    rig.restart()
    assert rig.outcome("DumpSample", id="7").kind is Kind.DONE
    rig.house.quiet()
    assert rig.world.moves == [DOWN, ON, OFF, UP]
    rig.outcome("DumpSample", id="8")
    over(rig, "done")
    assert rig.world.moves == 2 * [DOWN, ON, OFF, UP]


def test_the_same_id_of_somebody_else_is_another_dump(rig):
    rig.outcome("DumpSample", id="7", by="eva@lab/1")
    over(rig, "done")
    rig.outcome("DumpSample", id="7", by="ada@lab/2")
    over(rig, "done")
    assert rig.world.moves == 2 * [DOWN, ON, OFF, UP]


def test_asked_again_after_a_restart_it_is_not_known(rigs):
    rig = rigs(replace(SETUP, magnets_s=30.0))
    rig.world.mute.add("drive")
    first = rig.ask("DumpSample", id="7")
    rig.house.quiet()
    rig.restart()
    assert first.wait().kind is Kind.UNKNOWN
    rig.world.mute.clear()
    assert rig.outcome("DumpSample", id="7").kind is Kind.UNKNOWN
    assert rig.world.moves == []


def test_a_look_that_takes_too_long_begins_nothing(rig):
    rig.world.late.add("furnace")
    asked = rig.ask("DumpSample", deadline=time.monotonic() + 0.05)
    rig.house.after(0.06)
    rig.answer_late()
    assert asked.wait().reason is Reason.EXPIRED
    assert rig.world.moves == []


def test_past_its_deadline_nothing_is_begun(rig):
    for word in ("DumpSample", "LowerFunnel", "RaiseFunnel", "EnergizeMagnets", "Feed"):
        assert rig.outcome(word, deadline=time.monotonic() - 0.1).reason is Reason.EXPIRED
    assert rig.world.moves == []


@pytest.mark.parametrize("word", ["StopDump", "DenergizeMagnets"])
def test_what_ends_a_dump_is_done_however_late_it_is(rigs, word):
    rig = rigs(replace(SETUP, magnets_s=30.0))
    rig.outcome("DumpSample")
    until(lambda: rig.text("GetDump") == "dump: energised", "they are energised")
    assert rig.outcome(word, deadline=time.monotonic() - 0.1).kind is Kind.DONE
    over(rig)
    assert rig.world.valves["M"] is State.CLOSED


def test_a_dump_that_was_begun_in_time_goes_on_after_that(rigs):
    rig = rigs(replace(SETUP, magnets_s=1.2))
    assert rig.outcome("DumpSample", deadline=time.monotonic() + 1.0).kind is Kind.DONE
    over(rig, "done")


def test_what_the_line_shows_is_no_older_than_what_the_furnace_says(rig):
    rig.world.late.add("furnace")
    asked = rig.ask("DumpSample")
    rig.house.quiet()
    rig.world.valves["G"] = State.OPEN  # while the furnace takes its time
    rig.answer_late()
    assert "G is open, and has to be closed" in asked.wait().text
    assert rig.world.moves == []


def test_what_it_asks_and_orders_bears_no_id(rig):
    rig.outcome("DumpSample", id="7")
    over(rig, "done")
    rig.outcome("InUpPosition", id="8")
    rig.outcome("DenergizeMagnets", id="9")
    assert rig.world.ids == {""}


def test_a_restart_in_the_middle_ends_it_safely_and_says_so(rigs):
    rig = rigs(replace(SETUP, magnets_s=30.0))
    rig.outcome("DumpSample", by="eva@lab/1")
    until(lambda: rig.text("GetDump") == "dump: energised", "they are energised")
    rig.restart()
    over(rig)
    assert rig.world.valves["M"] is State.CLOSED
    assert rig.world.moves[-3:] == [STOP, OFF, UP]
    assert rig.world.position == 0.0
    assert rig.outcome("DumpComplete").text == "the dump failed: the loader was restarted while it was energised"
    assert rig.world.by == {"eva@lab/1"}


def test_magnets_that_were_left_energised_are_switched_off_once(house, monkeypatch):
    monkeypatch.setattr(loader_leftovers, "AGAIN_S", 0.05)
    rig = Rig(house, valves={"M": State.UNKNOWN})
    rig.house.quiet()
    rig.world.valves["M"] = State.OPEN
    assert alarm(rig) == "found energised when the node started, and told to be off: M"
    until(lambda: rig.world.valves["M"] is State.CLOSED, "they are off")
    rig.house.after(0.2)  # it has looked again, and has seen that
    rig.world.valves["M"] = State.OPEN  # somebody has opened it by hand
    rig.restart()
    rig.house.after(0.2)
    assert rig.world.moves == [OFF]


def test_magnets_that_were_left_energised_are_switched_off_after_a_run_that_came_between(house, monkeypatch):
    monkeypatch.setattr(loader_leftovers, "AGAIN_S", 0.05)
    rig = Rig(house, valves={"G": State.CLOSED, "M": State.UNKNOWN, "F": State.CLOSED})
    rig.world.late.add("furnace")
    asked = rig.ask("RaiseFunnel")
    rig.house.quiet()
    rig.world.valves["M"] = State.OPEN
    rig.house.after(0.3)
    assert rig.world.moves == []  # what is energised while a run is under way is none of theirs
    rig.answer_late()
    assert "magnet M is not known to be de-energised" in asked.wait().text
    until(lambda: rig.world.moves == [OFF], "they are off")


def test_a_run_that_has_begun_meanwhile_is_not_taken_for_what_was_left(house, monkeypatch):
    monkeypatch.setattr(loader_leftovers, "AGAIN_S", 0.05)
    rig = Rig(house, late={"line", "furnace"})
    rig.house.quiet()
    asked = rig.ask("RaiseFunnel")
    until(lambda: len(rig.late) > 1, "the furnace is asked, too")
    rig.world.valves["M"] = State.OPEN
    rig.answer_late()  # to the look that was begun before
    rig.house.after(0.2)
    assert rig.world.moves == []
    rig.answer_late()
    assert "magnet M is not known to be de-energised" in asked.wait().text
    until(lambda: rig.world.moves == [OFF], "they are off")


def test_a_failure_of_its_own_ends_it_safely_too(rigs):
    rig = rigs(replace(SETUP, magnets_s=30.0))
    rig.outcome("DumpSample")
    until(lambda: rig.text("GetDump") == "dump: energised", "they are energised")
    rig.house.tell("loader", object())  # nobody takes such a message: the actor ends
    until(lambda: rig.world.valves["M"] is State.CLOSED, "nobody was there to switch them off later")
    assert rig.house.failures.get(timeout=5.0).path == "loader"


def test_who_waits_when_it_ends_is_answered(rig):
    rig.world.mute.add("furnace")
    asked = rig.ask("DumpSample")
    rig.house.quiet()
    rig.house.stop("loader")
    assert asked.wait().kind is Kind.UNKNOWN
