"""Questions answered from a picture."""

import json

import pytest

from actors.messages import Kind, Outcome, Reason, State
from actors.picture import Picture, PictureRow
from actors.views import PipetteView
from transports.rpc import answers, words
from transports.rpc.answers import CannotSay, Peer

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
PLAIN, OURS, PYCHRON = Peer(), Peer(hello=True), Peer(pychron=True)


def row(name, state, *, locked=False, owner="", kind="valve"):
    return PictureRow(name, kind, state, locked, owner, "not read yet")


def picture(*rows):
    return Picture(1, rows, {each.name: each for each in rows})


KNOWN = picture(row("A", OPEN), row("B", CLOSED, locked=True, owner="jan@acq/1"), row("C1", CLOSED))
DOUBTED = picture(row("A", OPEN), row("B", UNKNOWN, locked=True), row("C1", CLOSED))


def refusal(answer, *args):
    with pytest.raises(CannotSay) as caught:
        answer(*args)
    return caught.value.refusal


@pytest.mark.parametrize(
    ("valve", "peer", "text"),
    [("A", PLAIN, "True"), ("B", PLAIN, "False"), ("A", PYCHRON, "OK"), ("B", PYCHRON, "False"), ("A", OURS, "True")],
)
def test_a_valve_is_open_or_not(valve, peer, text):
    assert answers.valve_state(KNOWN, (valve,), peer) == text


@pytest.mark.parametrize("peer", [PLAIN, OURS, PYCHRON])
def test_an_unknown_valve_is_never_said_to_be_closed(peer):
    told = refusal(answers.valve_state, DOUBTED, ("B",), peer)
    assert (told.reason, told.text) == (Reason.NO_ANSWER, "the state of B is unknown: not read yet")


def test_a_name_that_is_not_there_is_refused_with_the_nearest():
    told = refusal(answers.valve_state, KNOWN, ("c1",), PLAIN)
    assert (told.reason, told.text) == (
        Reason.UNKNOWN_VALVE,
        "c1 is not a registered valve name (did you mean C1?)",
    )


def test_an_indicator_is_what_a_look_has_seen():
    looks = {state: Outcome("look", "A", Kind.DONE, state) for state in (OPEN, CLOSED)}
    assert [answers.indicator(looks[OPEN], ("A",), peer) for peer in (PLAIN, PYCHRON)] == ["True", "OK"]
    assert [answers.indicator(looks[CLOSED], ("A",), peer) for peer in (PLAIN, PYCHRON)] == ["False", "False"]
    told = refusal(answers.indicator, Outcome("look", "A", Kind.DONE, text="it moves"), ("A",), PLAIN)
    assert (told.reason, told.text) == (Reason.NO_ANSWER, "the state of A is unknown: it moves")


def test_a_lock_is_told():
    assert [answers.lock_state(KNOWN, (valve,), PLAIN) for valve in ("A", "B")] == ["False", "True"]


def test_the_states_word_is_whole_and_sealed():
    assert words.parse_states(answers.states(KNOWN, (), PLAIN)) == {"A": "1", "B": "0", "C1": "0"}


def test_a_plain_peer_is_not_told_of_an_unknown_valve_and_ours_is_told_that_it_is_unknown():
    assert words.parse_states(answers.states(DOUBTED, (), PLAIN)) == {"A": "1", "C1": "0"}
    assert words.parse_states(answers.states(DOUBTED, (), OURS)) == {"A": "1", "B": "?", "C1": "0"}


def test_the_locks_word_tells_every_valve_known_or_not():
    assert words.parse_states(answers.locks(DOUBTED, (), PLAIN)) == {"A": "0", "B": "1", "C1": "0"}


def test_the_bitmap_of_states_has_no_room_for_an_unknown_one():
    assert words.parse_state_word(answers.state_bits(KNOWN, (), PLAIN)) == {"A": "1", "B": "0", "C1": "0"}
    assert refusal(answers.state_bits, DOUBTED, (), PLAIN).reason is Reason.NO_ANSWER


def test_the_bitmap_of_locks():
    assert words.parse_state_word(answers.lock_bits(DOUBTED, (), PLAIN)) == {"A": "0", "B": "1", "C1": "0"}


def test_owners_are_told_with_what_they_own():
    assert words.parse_owners(answers.owners(KNOWN, (), PLAIN)) == {"A": "", "B": "jan@acq/1", "C1": ""}


def test_a_pychron_client_reads_every_owner_though_it_takes_the_crc_for_a_name():
    """It splits at `:`, then at the one hyphen that it expects, and passes names over that it does not have."""
    word = answers.owners(
        picture(row("A", OPEN), row("B", CLOSED, owner="jan@acq/console-1"), row("C", OPEN, owner="z")), (), PYCHRON
    )
    owners = {}
    for group in word.split(":"):
        owner, _, valves = group.rpartition("-")
        assert group.count("-") <= 1
        owners |= dict.fromkeys(valves.split(","), owner)
    assert {name: owners[name] for name in "ABC"} == {"A": "", "B": "jan@acq/console%2D1", "C": "z"}
    assert answers.owners(picture(), (), PYCHRON) == "ffff"


PIPETTES = (PipetteView("Air", 3, armed=True, last_shot=1_795_436_700.0), PipetteView("Cocktail", 0, False, 0.0))


def test_a_pipettes_shots_are_told_by_its_name_in_any_case():
    assert answers.pipette_count(PIPETTES, ("air",), PLAIN) == "3"
    assert answers.pipette_count(PIPETTES, ("nope",), PYCHRON) == "0"
    told = refusal(answers.pipette_count, PIPETTES, ("Ari",), PLAIN)
    assert (told.reason, told.text) == (
        Reason.UNKNOWN_VALVE,
        "Ari is not a registered pipette name (did you mean Air?)",
    )


def test_all_pipettes_are_json():
    assert json.loads(answers.pipette_counts(PIPETTES, (), PLAIN)) == [
        {"name": "Air", "counts": 3, "armed": True, "last_shot_time": "2026-11-23T12:25:00+00:00"},
        {"name": "Cocktail", "counts": 0, "armed": False, "last_shot_time": None},
    ]


def test_the_checksum_is_over_the_named_valves_in_that_order():
    expected = words.state_checksum([("C1", "valve", False, False), ("A", "valve", True, False)])
    assert answers.checksum(KNOWN, ("C1", "A"), PLAIN) == str(expected)
    assert answers.checksum(KNOWN, ("A", "C1"), PLAIN) != str(expected)


def test_the_checksum_of_an_unknown_valve_cannot_be_said():
    assert refusal(answers.checksum, DOUBTED, ("A", "B"), PLAIN).reason is Reason.NO_ANSWER


def test_a_line_without_valves_is_an_empty_word():
    assert words.parse_states(answers.states(picture(), (), OURS)) == {}


def test_the_checksum_passes_names_over_that_are_not_there():
    assert answers.checksum(KNOWN, ("nope",), PLAIN) == "0"
    assert answers.checksum(KNOWN, ("C1",), PLAIN) == answers.checksum(KNOWN, ("nope", "C1"), PLAIN) != "0"
