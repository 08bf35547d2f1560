"""A move for another node and its reply; a description there and back."""

import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.actor import Context
from actors.actuation import Switch, Switched
from actors.directory import Directory
from actors.messages import Kind, Query, Reason, Source, State
from actors.table import ValveSpec
from tests.actors.house import request
from transports.rpc import forward
from transports.rpc.forward import BadDescription
from transports.rpc.frames import MAX_MESSAGE_BYTES, Form, encode
from transports.rpc.replies import describe

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
FAR = "node.Far"
CONTEXT = Context("far", "boot", {}, Directory(), lambda _failed: None)


@pytest.mark.parametrize(("target", "text"), [(OPEN, "Open A"), (CLOSED, "Close A")])
def test_a_move_is_an_absolute_verb(target, text):
    switch = Switch("p", "A", target, check=True, epoch=1, request=request())
    assert forward.act_text(switch) == text


@pytest.mark.parametrize(
    ("word", "acts"),
    [("DumpSample", True), ("HeaterOff", True), ("MoveAbsolute", True), ("GetDump", False), ("Moving", False),
     ("GetTemperature", False), ("SetCoolant", True), ("GetCoolant", False)],
)  # fmt: skip
def test_a_word_of_a_service_acts_if_the_command_table_says_so(word, acts):
    """One that is not in it is of some device's own: `Set...` acts."""
    assert forward.command_of(Query(word, (), request()), "Furnace").acts is acts


@pytest.mark.parametrize(
    ("text", "told", "kind", "state", "reason"),
    [
        ("OK", {"state": "open", "rev": "7"}, Kind.MOVED, OPEN, None),
        ("ok", {"state": "open", "rev": "7"}, Kind.ALREADY, OPEN, None),
        ("OK", {}, Kind.MOVED, OPEN, None),
        ("OK", {"state": "ajar"}, Kind.MOVED, OPEN, None),
        ("ERROR 014 : locked", {"outcome": "refused", "state": "closed"}, Kind.REFUSED, CLOSED, Reason.LOCKED),
        ("ERROR 010 : silent", {"outcome": "unknown"}, Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER),
        ("ERROR 015 : stuck", {"outcome": "unknown", "state": "closed"}, Kind.UNKNOWN, CLOSED, Reason.FAILED),
        ("ERROR 017 : bad frame", {}, Kind.REFUSED, UNKNOWN, Reason.BAD_FRAME),
        ("ERROR 002 : ZeroDivisionError", {}, Kind.UNKNOWN, UNKNOWN, Reason.INTERNAL),
        ("ERROR 010 : silent", {}, Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER),
        ("ERROR 015 : stuck", {}, Kind.UNKNOWN, UNKNOWN, Reason.FAILED),
        ("ERROR 999 : ?", {}, Kind.UNKNOWN, UNKNOWN, Reason.INTERNAL),
        ("ERROR 002 : its disk is full", {"outcome": "refused"}, Kind.REFUSED, UNKNOWN, Reason.INTERNAL),
        ("True", {}, Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER),
        ("", {}, Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER),
    ],
)
def test_a_reply_is_how_the_move_ended(text, told, kind, state, reason):
    result = forward.switched_of("A", OPEN, text, told)
    assert (result.kind, result.state, result.reason, result.source) == (kind, state, reason, Source.REPLY)
    assert result.final


def test_a_reply_keeps_the_far_ends_revision():
    expected = Switched("A", Kind.MOVED, OPEN, Source.REPLY, revision=7, final=True)
    assert forward.switched_of("A", OPEN, "OK", {"rev": "7", "state": "open"}) == expected
    for rev in ("-7", "²", "9" * 5000):
        assert forward.switched_of("A", OPEN, "OK", {"rev": rev}).revision == 0


def test_a_move_said_to_be_done_that_left_the_valve_elsewhere_is_no_success():
    """`OK` with a state that is not the one asked for: principle 1, no success without proof."""
    result = forward.switched_of("A", OPEN, "OK", {"state": "closed", "rev": "7"})
    assert result.kind not in (Kind.MOVED, Kind.ALREADY)


@pytest.mark.parametrize("text", ["OK", "ok"])
@pytest.mark.parametrize("state", [CLOSED, UNKNOWN])
def test_a_receipt_that_contradicts_itself_is_unknown_and_names_both(text, state):
    result = forward.switched_of("A", OPEN, text, {"state": str(state)})
    assert (result.kind, result.state, result.reason) == (Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER)
    assert f"answered {text} to a move to open" in result.text
    assert f"is {state}" in result.text


@pytest.mark.parametrize(
    ("text", "told", "kind", "reason"),
    [
        ("OK", {}, Kind.DONE, None),
        ("ok", {}, Kind.DONE, None),
        ("812.5", {}, Kind.UNKNOWN, Reason.NO_ANSWER),
        ("No Response", {}, Kind.UNKNOWN, Reason.NO_ANSWER),
        ("False", {}, Kind.UNKNOWN, Reason.NO_ANSWER),
        ("", {}, Kind.UNKNOWN, Reason.NO_ANSWER),
        ("ERROR 020 : busy", {}, Kind.REFUSED, Reason.BUSY),
        ("ERROR 010 : silent", {"outcome": "unknown"}, Kind.UNKNOWN, Reason.NO_ANSWER),
        ("ERROR 002 : ZeroDivisionError", {}, Kind.UNKNOWN, Reason.INTERNAL),
    ],
)
def test_any_other_reply_is_its_outcome(text, told, kind, reason):
    lock = forward.Command("Lock A", "lock", "A")
    outcome = forward.outcome_of(lock, text, told, 1.5)
    assert (outcome.kind, outcome.reason, outcome.took_ms) == (kind, reason, 1.5)


def test_what_a_question_is_answered_is_its_answer():
    question = forward.Command("GetTemperature", "get temperature", "Furnace", acts=False)
    assert forward.outcome_of(question, "812.5", {}, 1.5).text == "812.5"
    assert forward.outcome_of(question, "No Response", {}, 1.5).kind is Kind.DONE


# --- descriptions -------------------------------------------------------------------------------------------------

names = st.sampled_from(["A", "B1", "Valve_Z"])
several = st.lists(names, max_size=2).map(tuple)
seconds = st.sampled_from([0.0, 0.25, 10.0])
specs = st.builds(
    ValveSpec,
    name=names,
    address=st.sampled_from(["", "101"]),
    description=st.sampled_from(["", "Bone à Turbo, 3\t<4>"]),
    kind=st.sampled_from(["valve", "switch", "manual_valve"]),
    interlocks=several,
    positive_interlocks=several,
    close_interlocks=several,
    enabled=st.booleans(),
    disabled_why=st.sampled_from(["", "leaks"]),
    inverted_logic=st.booleans(),
    query_state=st.booleans(),
    check=st.booleans(),
    check_delay_s=seconds,
    settling_time_s=seconds,
    stale_after_s=seconds,
    pipette=st.sampled_from(["", "air"]),
)


@settings(max_examples=60)
@given(specs)
def test_a_described_valve_is_the_same_on_the_other_side(spec):
    page = describe(CONTEXT, (dataclasses.replace(spec, actuator="actuator.relays"),), ("valves",))
    there = dataclasses.replace(spec, actuator=FAR, remote=True, described=True)
    assert forward.specs_of(page, FAR) == ((there,), 1)


@pytest.mark.parametrize("count", [0, 1, 149, 150, 151, 400])
def test_pages_make_the_whole(count):
    valves = tuple(ValveSpec(f"V{number}") for number in range(count))
    found = ()
    while True:
        page, total = forward.specs_of(describe(CONTEXT, valves, ("valves", str(len(found)))), FAR)
        assert total == count
        found += page
        if not page or len(found) >= total:
            break
    assert [spec.name for spec in found] == [spec.name for spec in valves]


@pytest.mark.parametrize("length", [100, 70_000])
def test_pages_of_long_texts_make_the_whole(length):
    valves = tuple(ValveSpec(f"V{number}", description="é" * length) for number in range(150))
    found, pages = (), 0
    while len(found) < 150:
        page = describe(CONTEXT, valves, ("valves", str(len(found))))
        assert len(encode(page, Form.BRACED)) <= MAX_MESSAGE_BYTES
        found += forward.specs_of(page, FAR)[0]
        pages += 1
    assert [spec.name for spec in found] == [spec.name for spec in valves]
    assert 1 < pages < 30


def test_a_page_fits_a_frame_whatever_is_said_of_its_valves():
    valves = tuple(
        ValveSpec(f"Valve_{number}", description="é" * 100, interlocks=tuple(f"Valve_{n}" for n in range(20)))
        for number in range(150)
    )
    page = describe(CONTEXT, valves, ("valves", "0"))
    assert len(encode(page, Form.BRACED)) <= MAX_MESSAGE_BYTES
    assert forward.specs_of(page, FAR)[0]


def test_what_a_later_version_tells_besides_is_passed_over():
    assert forward.spec_of({"name": "A", "colour": "red"}, FAR).name == "A"


def test_what_is_said_of_the_actuator_there_is_not_taken_over():
    spec = forward.spec_of({"name": "A", "actuator": "actuator.relays", "remote": False, "described": False}, FAR)
    assert (spec.actuator, spec.remote, spec.described) == (FAR, True, True)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"name": ""},
        {"name": 7},
        {"name": ["A"]},
        {"name": "A", "interlocks": "B"},
        {"name": "A", "enabled": "yes"},
        {"name": "A", "settling_time_s": "1"},
        {"name": "A", "settling_time_s": True},
        {"name": "A", "settling_time_s": -1},
        {"name": "A", "check_delay_s": float("nan")},
        {"name": "A", "check_delay_s": float("inf")},
        {"name": "A", "stale_after_s": 1e300},
        {"name": "A", "description": None},
    ],
)
def test_a_valve_described_in_another_way_is_not_understood(told):
    with pytest.raises(BadDescription):
        forward.spec_of(told, FAR)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ERROR 020 : busy",
        "[]",
        "7",
        "null",
        "{}",
        json.dumps({"valves": [], "total": "many"}),
        json.dumps({"valves": [1], "total": 1}),
        json.dumps({"valves": ["A"], "total": 1}),
        json.dumps({"valves": {"A": {}}, "total": 1}),
        json.dumps({"valves": 3, "total": 3}),
        json.dumps({"valves": [{"description": "nameless"}], "total": 1}),
        json.dumps({"valves": [None], "total": None}),
        '{"valves": [], "total": 1e999}',
        '{"valves": [], "total": -1}',
        '{"valves": [], "total": 1000000000}',
        "[" * 60_000,
    ],
)
def test_what_is_no_page_is_not_understood(text):
    with pytest.raises(BadDescription):
        forward.specs_of(text, FAR)


@pytest.mark.parametrize("name", ["A B", "A,B", "A\tid=1", "A\r\nClose B", "é", "V" * 33])
def test_a_name_that_is_none_is_not_understood(name):
    """It would become part of a command: VALVES.md 1 says what a name is."""
    with pytest.raises(BadDescription):
        forward.spec_of({"name": name}, FAR)
