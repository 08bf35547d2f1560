"""The command table: a change of vocabulary is seen in review."""

from pathlib import Path

import pytest

from actors.messages import Claim, Move, Query, SetLock, State
from tests.actors.house import request
from transports.rpc.furnace_verbs import DRIVES, FURNACE, LOADER
from transports.rpc.verbs import DEVICES, HERE, LINE, TABLE, VERBS, BadArgument, listing

CHECKED_IN = Path(__file__).with_name("commands.txt")


def test_the_vocabulary_is_the_one_that_was_reviewed():
    assert listing() + "\n" == CHECKED_IN.read_text(encoding="utf-8")


def test_every_name_is_there_once():
    assert len(VERBS) == len(TABLE)


@pytest.mark.parametrize("verb", TABLE, ids=lambda verb: verb.name)
def test_a_verb_is_answered_by_somebody(verb):
    assert (verb.build is None) == (verb.service == HERE)
    assert verb.service in (LINE, FURNACE, LOADER, DRIVES, DEVICES, HERE)
    assert verb.summary


@pytest.mark.parametrize("verb", [verb for verb in TABLE if verb.answer], ids=lambda verb: verb.name)
def test_a_question_about_the_picture_moves_nothing(verb):
    assert not verb.moves


MESSAGES = {
    "Open": lambda asked: Move("A", State.OPEN, asked),
    "Close": lambda asked: Move("A", State.CLOSED, asked),
    "Lock": lambda asked: SetLock("A", locked=True, request=asked),
    "Unlock": lambda asked: SetLock("A", locked=False, request=asked),
    "GetValveStates": lambda asked: Query("picture", (), asked),
    "Describe": lambda asked: Query("describe", ("A",), asked),
    "SetSetpoint": lambda asked: Query("SetSetpoint", ("A",), asked),
    "GetPipetteCount": lambda asked: Query("pipettes", (), asked),
    "Read": lambda asked: Query("read", ("A",), asked),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_verb_builds_the_message_of_its_service(name):
    asked = request()
    assert VERBS[name].build(("A",), asked) == MESSAGES[name](asked)


@pytest.mark.parametrize("seconds", ["0", "3601", "0000036001234", "1.5", "-1", "\u0663", "x"])
def test_a_claim_for_a_time_that_is_none_is_refused(seconds):
    with pytest.raises(BadArgument, match="expected 1 to 3600 seconds"):
        VERBS["Claim"].build(("A", seconds), request())


def test_a_claim_may_name_its_time():
    asked = request()
    assert VERBS["Claim"].build(("A", "3600"), asked) == Claim("A", 3600, asked)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("Open", {1}),
        ("GetValveStates", {0}),
        ("GetStateChecksum", {1, 2, 9}),
        ("Describe", {0, 1, 2, 3}),
        ("Hello", {3}),
        ("SetSetpoint", {1}),
        ("Set", {2}),
        ("GetPressure", {2}),
        ("GetPipetteCounts", {0}),
    ],
)
def test_a_verb_takes_as_many_arguments_as_it_says(name, counts):
    assert {count for count in range(10) if VERBS[name].fits(count)} >= counts
    assert not VERBS[name].fits(min(counts) - 1)
    if "..." not in "".join(VERBS[name].args):
        assert {count for count in range(10) if VERBS[name].fits(count)} == counts


def test_what_moves_is_marked():
    asking = {verb.name for verb in TABLE if not verb.moves}
    assert asking.isdisjoint({"Open", "Close", "Lock", "Unlock", "Claim", "Release", "SafeState", "SetSetpoint", "Set"})
    assert asking >= {"Why", "Describe", "Health", "GetValveStates"}


@pytest.mark.parametrize(
    ("name", "usage"),
    [
        ("Open", "Open valve"),
        ("Claim", "Claim valve[,seconds]"),
        ("SafeState", "SafeState [clear]"),
        ("Describe", "Describe [valves][,from][,count]"),
        ("Hello", "Hello version node fingerprint"),
        ("Set", "Set device value"),
    ],
)
def test_the_listing_shows_how_a_verb_is_written(name, usage):
    assert VERBS[name].usage == usage
    assert any(line.startswith(f"{usage}  ") for line in listing().splitlines())
