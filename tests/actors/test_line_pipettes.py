"""Pipettes: the inner valve arms, the outer one takes a shot; both are on disk before the opening is answered."""

import dataclasses
import json

import pytest

from actors.actuation import OriginLost
from actors.facts import Fact, Keep, Kept, StoreHealth
from actors.messages import Assume, Kind, News, Query, Reason, SafeState
from actors.store import Recall
from actors.table import PipetteSpec, SafeStep
from tests.actors.house import RELAYS, Answers, request, until
from tests.actors.line_bench import CLOSED, OPEN, UNKNOWN, four

AIR = PipetteSpec("Air", "A", "B")
VALVES = four(
    A={"pipette": "Air", "pipette_part": "inner", "interlocks": ("B",)},
    B={"pipette": "Air", "pipette_part": "outer", "interlocks": ("A",)},
)


@pytest.fixture
def line(line_of):
    return line_of(VALVES, pipettes=(AIR,))


def kept(house):
    told = json.loads(house.ask("store", Recall()).facts[Fact.PIPETTE].get("Air", "{}"))
    return told.get("armed"), told.get("shots")


def cycle(line):
    """Fill and empty it."""
    for ask, valve in ((line.open, "A"), (line.close, "A"), (line.open, "B"), (line.close, "B")):
        assert ask(valve).wait().kind is Kind.MOVED


def views(line):
    answers = Answers()
    line.house.tell(line.line, Query("pipettes", (), request(answers)))
    return answers.wait().value


def test_opening_the_inner_valve_arms_and_opening_the_outer_one_shoots(line, house):
    line.open("A").wait()
    assert kept(house) == (True, 0)
    line.close("A").wait()
    line.open("B").wait()
    assert kept(house) == (False, 1)
    (air,) = views(line)
    assert (air.name, air.shots, air.armed, air.last_shot > 0) == ("Air", 1, False, True)


def test_the_outer_valve_alone_takes_no_shot(line, house):
    cycle(line)
    line.open("B").wait()
    line.close("B").wait()
    assert kept(house) == (False, 1)


def test_a_second_open_of_an_open_valve_counts_nothing(line, house):
    cycle(line)
    line.open("A").wait()
    line.open("A").wait()
    line.close("A").wait()
    line.open("B").wait()
    line.open("B").wait()
    assert kept(house) == (False, 2)


def test_a_shot_is_told_as_news(line):
    cycle(line)
    shot = line.chronicle.wait_for(News, lambda news: news.topic == "pipette.Air" and news.value["shots"])
    assert (shot.value["shots"], shot.value["armed"]) == (1, False)


def test_shots_go_on_where_an_earlier_life_had_come_to(line_of, house):
    line = line_of(
        VALVES, pipettes=(AIR,), facts={Fact.PIPETTE: {"Air": '{"armed": true, "shots": 41, "last_shot": 1}'}}
    )
    line.open("B").wait()
    assert kept(house) == (False, 42)


def test_an_outer_valve_found_open_at_the_start_has_taken_the_shot_that_was_not_stored(line_of, house, box):
    box.states["B"] = OPEN
    armed = {"Air": '{"armed": true, "shots": 41, "last_shot": 1}'}
    line_of(VALVES, pipettes=(AIR,), facts={Fact.PIPETTE: armed})
    assert kept(house) == (False, 42)


def test_the_answer_waits_for_the_disk(line, house):
    house.stop("store")
    store = house.recorder("store")
    opening = line.open("A")
    keep = store.wait_for(Keep)
    house.quiet()
    assert opening.left() == []
    house.tell(line.line, Kept(keep))
    assert opening.wait().kind is Kind.MOVED


def test_a_count_that_could_not_be_stored_is_an_alarm_and_is_stored_when_the_store_is_well(line, house):
    house.stop("store")
    store = house.recorder("store")
    opening = line.open("A")
    house.tell(line.line, Kept(store.wait_for(Keep), "the disk is full"))
    assert opening.wait().kind is Kind.MOVED, "it has moved, whatever was stored of it"
    assert line.chronicle.wait_for(News, lambda news: news.topic == "alarm.pipette").extra["text"] == (
        "pipette Air: 0 shots, armed True: not on disk: the disk is full"
    )
    house.tell(line.line, StoreHealth(ok=True, why=""))
    assert json.loads(store.wait_for(Keep).value)["armed"]


def test_no_shot_is_taken_while_the_store_is_ill(line, house):
    line.open("A").wait()
    line.close("A").wait()
    house.tell(line.line, StoreHealth(ok=False, why="the disk is full"))
    refused = line.open("B").wait()
    assert (refused.kind, refused.reason) == (Kind.REFUSED, Reason.INTERNAL)
    assert refused.text == "B belongs to a pipette, and its shots cannot be stored now: the disk is full"
    assert line.open("C").wait().kind is Kind.MOVED, "acts go on"
    house.tell(line.line, StoreHealth(ok=True, why=""))
    assert line.open("B").wait().kind is Kind.MOVED


def test_a_count_outlives_the_line(line, house):
    line.open("A").wait()
    assert line.close("A").wait().state is CLOSED
    recalled = house.ask("store", Recall()).facts
    assert dataclasses.is_dataclass(AIR)
    assert json.loads(recalled[Fact.PIPETTE]["Air"])["armed"]


def test_an_opening_whose_end_nobody_saw_is_said_and_counts_when_it_is_seen(line, house, box):
    line.open("A").wait()
    line.close("A").wait()
    box.silent.add("B")
    assert line.open("B").wait().kind is Kind.UNKNOWN
    alarm = line.chronicle.wait_for(News, lambda news: news.topic == "alarm.pipette")
    text = "pipette Air: nobody saw whether B has opened; 0 shots, armed True is right only if it has not"
    assert alarm.extra["text"] == text
    assert kept(house) == (True, 0)
    box.silent.clear()
    box.states["B"] = OPEN
    until(lambda: box.tell() or kept(house) == (False, 1), "two looks have agreed")


def test_a_persons_word_that_the_outer_valve_is_open_is_a_shot(line, house):
    line.open("A").wait()
    line.close("A").wait()
    house.tell(line.line, OriginLost(RELAYS, "reset", 1))
    line.wish(Assume, "B", OPEN, "I saw it open").wait()
    assert kept(house) == (False, 1)


def test_an_opening_that_cannot_be_counted_is_refused_where_it_follows_another_too(line_of, house, box):
    line = line_of(four(A={"pipette": "Air", "pipette_part": "inner", "parent": "C"}), pipettes=(AIR,))
    house.tell(line.line, StoreHealth(ok=False, why="the disk is full"))
    refused = line.open("C").wait()
    assert (refused.kind, refused.reason) == (Kind.REFUSED, Reason.INTERNAL)
    assert refused.text.startswith("A follows C: A belongs to a pipette, and its shots cannot be stored now")
    assert box.moved == []
    house.tell(line.line, StoreHealth(ok=True, why=""))
    assert line.open("C").wait().kind is Kind.MOVED
    assert line.close("C").wait().kind is Kind.MOVED


@pytest.mark.parametrize("calls", [lambda line: line.close("C"), lambda line: line.wish(SafeState, False)])
def test_no_close_waits_for_a_shot_to_be_stored(line_of, house, box, calls):
    follows = {"pipette": "Air", "pipette_part": "inner", "parent": "C", "parent_inverted": True}
    line = line_of(four(A=follows), pipettes=(AIR,), safe_state=(SafeStep("C", CLOSED),))
    box.states.update(C=OPEN)
    box.tell()
    house.tell(line.line, StoreHealth(ok=False, why="the disk is full"))
    assert calls(line).wait().ok
    assert box.states["C"] is CLOSED


def test_a_follower_that_is_decided_anew_is_refused_too_while_its_shot_cannot_be_stored(line_of, house, box):
    line = line_of(four(A={"pipette": "Air", "pipette_part": "inner", "parent": "C"}), pipettes=(AIR,))
    carry_out, held = box.switch, []
    box.switch = held.append
    opening = line.open("C")
    house.quiet()
    carry_out(held.pop())
    house.quiet()
    house.tell(line.line, StoreHealth(ok=False, why="the disk is full"))
    line.done(held.pop(), UNKNOWN, kind=Kind.REFUSED, reason=Reason.EXPIRED, text="the device was reset", stale=True)
    outcome = opening.wait()
    assert (outcome.kind, outcome.reason) == (Kind.UNKNOWN, Reason.FAILED)
    assert held == []
    assert box.states["A"] is CLOSED
