"""A start: what was remembered is compared with what is seen, the hardware is believed, and nothing moves."""

import json

import pytest

from actors.actuation import Settled
from actors.facts import Fact
from actors.intents import IntentLog
from actors.messages import Kind, News, Query, Reason
from actors.table import MANUAL, PipetteSpec, ValveSpec
from tests.actors.house import Answers, request
from tests.actors.line_bench import CLOSED, OPEN, four


def test_every_difference_is_told_and_the_hardware_is_believed(line_of, box, logs):
    box.states.update(A=OPEN, B=CLOSED)
    line = line_of(four(), states={"A": "closed", "B": "closed", "C": "open", "gone": "open"})
    told = {record["valve"]: (record["remembered"], record["found"]) for record in logs.named("valve.reconciled")}
    assert told == {"A": ("closed", "open"), "C": ("open", "closed")}
    assert line.states() == {"A": OPEN, "B": CLOSED, "C": CLOSED, "D": CLOSED}
    assert box.moved == []


def test_a_difference_is_told_at_the_first_look_only(line_of, box, house, logs):
    line_of(four(), states={"A": "closed"})
    box.states["A"] = OPEN
    box.tell()
    house.quiet()
    assert logs.named("valve.reconciled") == []
    assert logs.wait_for("valve.mismatch")["valve"] == "A"


def test_a_store_that_can_keep_nothing_from_the_start_lets_no_shot_be_taken(line_of):
    valves = four(A={"pipette": "Air", "pipette_part": "inner"}, B={"pipette": "Air", "pipette_part": "outer"})
    line = line_of(valves, pipettes=(PipetteSpec("Air", "A", "B"),), trouble="the disk is full")
    assert line.open("A").wait().reason is Reason.INTERNAL


def look(line, valve):
    answers = Answers()
    line.house.tell(line.line, Query("look", (valve,), request(answers)))
    return answers.wait()


def test_a_look_reads_the_hardware_and_the_table_learns_it(line_of, box):
    line = line_of(four())
    box.states["A"] = OPEN
    assert (look(line, "A").kind, look(line, "A").state) == (Kind.DONE, OPEN)
    assert line.states()["A"] is OPEN


@pytest.mark.parametrize("valve", ["Q", "M"])
def test_what_nobody_can_look_at_is_said(line_of, valve):
    line = line_of((*four(), ValveSpec("M", kind=MANUAL)))
    assert look(line, valve).reason is {"Q": Reason.UNKNOWN_VALVE, "M": Reason.NO_ANSWER}[valve]
    line.close("M").wait()
    assert look(line, "M").state is CLOSED


def test_what_is_remembered_is_told_as_news(line_of):
    lease = json.dumps({"owner": "eva@acq/1", "session": "", "seconds": 60})
    facts = {
        Fact.LOCK: {"A": "jan at noon"},
        Fact.LEASE: {"B": lease},
        Fact.SAFE: {"line": "jan at noon"},
        Fact.PIPETTE: {"Air": '{"armed": true, "shots": 41, "last_shot": 1.0}'},
    }
    line = line_of(four(), pipettes=(PipetteSpec("Air", "C", "D"),), facts=facts)
    told = {news.topic: news.value for news in line.chronicle.all(News) if not news.topic.startswith("valve.")}
    assert told == {
        "lock.A": True,
        "owner.B": "eva@acq/1",
        "safe_state": "latched",
        "pipette.Air": {"armed": True, "shots": 41, "last_shot": 1.0},
    }


def test_that_nothing_opens_is_shown_in_the_tree(line_of, house):
    line = line_of(four(), facts={Fact.SAFE: {"line": "jan at noon"}})
    assert house.detail(line.line) == "4 valves, 0 moving, nothing opens: the safe state was called (jan at noon)"


def test_a_close_that_nobody_can_judge_is_permitted_and_said(line_of, box, logs):
    box.states["A"] = OPEN
    box.silent.add("B")
    line = line_of(four(A={"close_interlocks": ("B",)}))
    assert line.close("A").wait().kind is Kind.MOVED
    said = logs.wait_for("interlock.unknown")
    assert (said["valve"], said["closes_although"]) == ("A", "B is unknown (actuator.relays does not know it)")


def test_a_move_whose_end_the_earlier_life_did_not_see_is_journaled(line_of):
    intents = IntentLog()
    intents.begin("A", OPEN)
    line = line_of(four(), intents=intents)
    settled = line.chronicle.wait_for(Settled)
    outcome = settled.outcome
    assert (outcome.verb, outcome.subject, outcome.kind, settled.request.by) == ("open", "A", Kind.UNKNOWN, "-")
    assert outcome.text == "A: the node ended before its move did"
    line.restart()
    line.house.quiet()
    assert [told for told in line.chronicle.all(Settled) if told.outcome.text == outcome.text] == []
