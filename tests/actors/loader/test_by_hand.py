"""The loader by hand: funnel, magnets, feeder."""

from dataclasses import replace

import pytest

from actors.dump_conditions import Seen
from actors.loader import Loader
from actors.loader_look import LoaderSetup, stands
from actors.loader_runs import IDS_KEPT, LOWER, Record
from actors.messages import Kind, Move, Outcome, Query, Reason, State
from tests.actors.house import Answers, request, until
from tests.actors.loader.bench import SETUP
from tests.actors.loader.ends import DOWN, OFF, ON, UP, over


def test_the_funnel_is_lowered_and_raised(rig):
    assert [rig.text("InUpPosition"), rig.text("InDownPosition")] == ["OK", "False"]
    assert rig.text("LowerFunnel") == "lowering"
    over(rig, "done")
    assert [rig.text("InUpPosition"), rig.text("InDownPosition")] == ["False", "OK"]
    assert rig.text("RaiseFunnel") == "raising"
    over(rig, "done")
    assert (rig.text("InUpPosition"), rig.world.moves) == ("OK", [DOWN, UP])
    assert rig.text("DumpComplete") == "False"


def test_neither_up_nor_down(rig):
    rig.world.position = 60.0
    assert [rig.text("InUpPosition"), rig.text("InDownPosition")] == ["False", "False"]
    rig.world.position = None
    outcome = rig.outcome("InDownPosition")
    assert (outcome.reason, outcome.text) == (Reason.NOT_AVAILABLE, "where the funnel is, is not known")


def test_a_funnel_that_still_moves_stands_nowhere():
    assert stands(SETUP, "down", Seen(funnel="down", moving=("funnel_drive",))) == ("False", "")
    assert stands(SETUP, "down", Seen(funnel="down")) == ("OK", "")


def test_it_is_not_raised_with_energised_magnets(rig):
    rig.world.position, rig.world.valves["M"] = 120.0, State.OPEN
    assert "magnet M is not known to be de-energised" in rig.outcome("RaiseFunnel").text
    assert rig.world.moves == []


def test_magnets_are_energised_for_a_while_where_the_funnel_is_down(rig):
    assert "the funnel is not down: up" in rig.outcome("EnergizeMagnets").text
    rig.world.position = 120.0
    assert rig.text("EnergizeMagnets", "0.3") == "energising"
    assert rig.text("IsEnergized") == "OK"
    over(rig, "done")
    assert (rig.text("IsEnergized"), rig.world.moves) == ("False", [ON, OFF])


@pytest.mark.parametrize("period", ["0", "-1", "61", "x", "nan", "1_0"])
def test_a_period_that_is_none_is_refused(rig, period):
    rig.world.position = 120.0
    assert rig.outcome("EnergizeMagnets", period).reason is Reason.BAD_ARGUMENTS
    assert rig.world.moves == []


def test_magnets_are_de_energised_and_that_ends_a_dump(rigs):
    rig = rigs(replace(SETUP, magnets_s=30.0))
    rig.outcome("DumpSample")
    until(lambda: rig.text("GetDump") == "dump: energised", "they are energised")
    assert rig.text("DenergizeMagnets") == "OK"
    assert rig.world.valves["M"] is State.CLOSED
    over(rig)
    assert "de-energised by me@bench/1" in rig.text("GetDump")


def test_magnets_that_are_not_de_energised_are_told(rig):
    rig.world.refuse["M"] = "M is locked"
    outcome = rig.outcome("DenergizeMagnets")
    assert (outcome.kind, outcome.text) == (Kind.UNKNOWN, "M is locked")


def test_magnets_are_not_said_to_be_off_by_one_that_answers_twice(house):
    def line(message):
        if isinstance(message, Move) and message.valve == "M1":
            for _ in range(2):
                message.request.reply_to.answer(Outcome("close", "M1", Kind.MOVED, message.target))

    house.recorder("extraction_line", line)
    house.recorder("chronicle")
    house.start(Loader, "loader", LoaderSetup(("M1", "M2"), funnel_valve="F", step_s=0.3))
    answers = Answers()
    house.tell("loader", Query("DenergizeMagnets", (), request(answers)))
    outcome = answers.wait()
    assert (outcome.kind, outcome.text) == (Kind.UNKNOWN, "no answer in time")


@pytest.mark.parametrize(("state", "text"), [(State.CLOSED, "False"), (State.OPEN, "OK")])
def test_whether_they_are_energised(rig, state, text):
    rig.world.valves["M"] = state
    assert rig.text("IsEnergized") == text


def test_whether_they_are_energised_may_not_be_known(rig):
    rig.world.valves["M"] = State.UNKNOWN
    assert rig.outcome("IsEnergized").text == "magnet M is not known (not read yet)"


def test_a_pneumatic_funnel_is_a_valve(rigs):
    rig = rigs(replace(SETUP, funnel_drive="", funnel_valve="F"))
    rig.outcome("DumpSample")
    over(rig, "done")
    assert rig.world.moves == [("F", State.OPEN), ON, OFF, ("F", State.CLOSED)]
    assert rig.text("InUpPosition") == "OK"
    rig.world.valves["F"] = State.UNKNOWN
    assert rig.outcome("InUpPosition").text == "where the funnel is, is not known (not read yet)"


def test_a_pneumatic_funnel_that_leaves_its_place_ends_it(rigs):
    rig = rigs(replace(SETUP, funnel_drive="", funnel_valve="F", magnets_s=30.0))
    rig.outcome("DumpSample")
    until(lambda: rig.text("GetDump") == "dump: energised", "they are energised")
    rig.world.valves["F"] = State.CLOSED
    over(rig)
    assert rig.world.moves == [("F", State.OPEN), ON, OFF, ("F", State.CLOSED)]


def test_the_feeder_goes_to_its_places(rigs):
    rig = rigs(replace(SETUP, feeder="feeder", positions={"A": 1.5}))
    assert rig.text("Feed", "A") == "OK"
    assert rig.world.moves == [("feeder", "MoveAbsolute", "1.5")]
    assert rig.outcome("Feed", "B").text == "the feeder has no place 'B': it has A"
    assert rig.outcome("Feed").text == "the feeder has no place '': it has A"


def test_there_is_no_rotary_dumper_and_no_other_word(rig):
    assert rig.outcome("RotaryDumperMoving").reason is Reason.NOT_AVAILABLE
    assert rig.outcome("Fire").reason is Reason.UNKNOWN_VERB


def test_it_never_blocks_on_others(rig):
    rig.world.mute |= {"line", "furnace", "drive"}
    asked = rig.ask("DumpSample")
    answers = Answers()
    rig.house.tell("loader", Query("GetDump", (), request(answers)))
    assert answers.wait().text == "dump: checking"
    assert asked.wait().kind is Kind.REFUSED


def test_only_so_many_ids_are_kept():
    record = Record()
    queries = [Query("LowerFunnel", (), request(Answers(), id=str(number))) for number in range(IDS_KEPT + 1)]
    for query in queries:
        record.begin(LOWER, query)
    assert [record.knows(query) for query in (queries[0], queries[1], queries[-1])] == [False, True, True]
