"""From the text of a message to a call, or to the reason why it is none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.messages import Reason, Refusal
from transports.rpc.frames import Form, Frame
from transports.rpc.furnace_verbs import DRIVES, FURNACE, LOADER
from transports.rpc.requests import Call, read_call
from transports.rpc.verbs import DEVICES, HERE, LINE, TABLE

LINE_ONLY = frozenset({LINE, HERE})
ALL = frozenset({LINE, HERE, FURNACE, LOADER, DRIVES, DEVICES})


def read(text, *, form=Form.PLAIN, hello=False, services=LINE_ONLY):
    return read_call(Frame(text, form), hello=hello, services=services)


def read_json(services=LINE_ONLY, **asked):
    return read(json.dumps(asked), form=Form.JSON, services=services)


def told(call):
    assert isinstance(call, Call), call
    return call.verb.name, call.args, call.fields


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ("Open A", "Open", ("A",)),
        ("Open  A ", "Open", ("A",)),
        ("GetValveStates", "GetValveStates", ()),
        ("GetValveStates please", "GetValveStates", ()),
        ("GetStateChecksum A,B, C", "GetStateChecksum", ("A", "B", "C")),
        ("Describe", "Describe", ()),
        ("Describe valves,10,20", "Describe", ("valves", "10", "20")),
        ("Hello 1 acq -", "Hello", ("1", "acq", "-")),
        ("Open ON", "Open", ("ON",)),
        ("Open 010", "Open", ("010",)),
    ],
)
def test_a_call_is_verb_and_arguments_as_written(text, name, args):
    assert told(read(text)) == (name, args, {})


@pytest.mark.parametrize("text", ["Set D 5", "Set D,5", "Set D , 5", "Set  D   5 "])
def test_a_setting_is_parted_by_a_blank_or_a_comma(text):
    assert told(read(text, services=ALL)) == ("Set", ("D", "5"), {})


def test_what_follows_a_settings_first_mark_is_its_value():
    assert told(read("Set D a b,c", services=ALL)) == ("Set", ("D", "a b,c"), {})
    assert read("Set D", services=ALL).text == "invalid arguments: Set D (usage: Set device value)"


def test_json_names_what_a_verb_takes():
    assert told(read_json(ALL, command="Set", device="D", value=7)) == ("Set", ("D", "7"), {})
    assert told(read_json(ALL, command="Ping", device="D")) == ("Ping", ("D",), {})
    assert told(read_json(ALL, command="GetPressure", controller="mic", gauge="IG")) == (
        "GetPressure",
        ("mic", "IG"),
        {},
    )


@pytest.mark.parametrize("text", ["Open", "Open ", "Open A,B", "Open ,", "GetStateChecksum", "GetStateChecksum A,,B"])
def test_arguments_that_do_not_fit_are_refused_with_the_usage(text):
    refusal = read(text)
    assert refusal.reason is Reason.BAD_ARGUMENTS
    assert f"(usage: {text.split()[0]} valve" in refusal.text


@pytest.mark.parametrize(
    ("text", "nearest"), [("Opne A", "Open"), ("open A", "Open"), ("GetValveStats", "GetValveStates"), ("Xyzzy", None)]
)
def test_an_unknown_verb_is_refused_with_the_nearest(text, nearest):
    expected = f"invalid command: {text.split()[0]}" + (f" (did you mean {nearest}?)" if nearest else "")
    assert read(text) == Refusal(Reason.UNKNOWN_VERB, expected)


def test_a_verb_of_a_service_that_is_not_here_is_unknown_and_not_suggested():
    refusal = read("GetSetpoint")
    assert refusal.reason is Reason.UNKNOWN_VERB
    assert "GetSetpoint?" not in refusal.text
    assert told(read("GetSetpoint", services=ALL)) == ("GetSetpoint", (), {})


def test_a_long_unknown_verb_is_cut():
    assert len(read("x" * 60_000).text) < 200


def test_fields_count_only_after_hello():
    text = "Open A\tid=7f\tby=me@acq/1"
    assert told(read(text, hello=True)) == ("Open", ("A",), {"id": "7f", "by": "me@acq/1"})
    plain = read(text)
    assert isinstance(plain, Refusal) or plain.args != ("A",)


@pytest.mark.parametrize("text", ["Open A\tid", "Open A\t=7", "Open A\tid=1\tid=2"])
def test_malformed_fields_are_refused(text):
    assert read(text, hello=True).reason is Reason.BAD_ARGUMENTS


def test_json_may_call_a_switch_by_its_name_as_a_furnaces_clients_do():
    assert told(read_json(command="Open", name="A")) == ("Open", ("A",), {})
    assert told(read_json(command="GetChannelState", name="A")) == ("GetChannelState", ("A",), {})
    indicator = read_json(command="GetIndicatorState", name="A", action="open")
    assert told(indicator) == ("GetIndicatorState", ("A", "open"), {})


def test_json_may_name_what_may_be_left_out_or_all_in_one_text():
    ramp = read_json(ALL, command="StartRamp", celsius=400, per_minute=10, soak_s=60, then=0)
    assert told(ramp) == ("StartRamp", ("400", "10", "60", "0"), {})
    assert told(read_json(ALL, command="SetPID", pid="8, 120,20")) == ("SetPID", ("8", "120", "20"), {})
    assert told(read_json(ALL, command="GetFurnaceSummary", h2o_channel="3")) == ("GetFurnaceSummary", ("3",), {})
    assert told(read_json(ALL, command="GetFurnaceSummary", h2o_channel=None)) == ("GetFurnaceSummary", (), {})
    assert told(read_json(ALL, **{"command": "GetRamp", "": "x"})) == ("GetRamp", (), {})


def test_json_is_read_by_its_keys():
    assert told(read_json(command="Open", value="A")) == ("Open", ("A",), {})
    assert told(read_json(command="Open", value=" A ")) == ("Open", ("A",), {})
    assert told(read_json(command="GetValveStates")) == ("GetValveStates", (), {})
    assert told(read_json(command="GetStateChecksum", value=["A", "B"])) == ("GetStateChecksum", ("A", "B"), {})
    assert told(read_json(ALL, command="SetSetpoint", setpoint=850.5)) == ("SetSetpoint", ("850.5",), {})


@pytest.mark.parametrize("verb", [verb for verb in TABLE if verb.name != "Hello"], ids=lambda verb: verb.name)
def test_every_verb_means_the_same_in_json(verb):
    words = [name.strip("[].") for name in verb.args]
    asked = dict(zip(verb.keys, words, strict=False)) if len(verb.keys) == len(words) else {"value": words}
    said = f"{verb.name} {verb.separators[-1].join(words)}".strip()
    assert told(read_json(ALL, command=verb.name, **asked)) == told(read(said, services=ALL))


@pytest.mark.parametrize(
    "text",
    ["{", '{"command": 1}', "[]", '{"value": "A"}', "{}", '{"command": "Open"}', '{"command": "Open", "value": ""}'],
)
def test_json_that_asks_for_nothing_is_refused(text):
    assert read(text, form=Form.JSON).reason is Reason.BAD_ARGUMENTS


@pytest.mark.parametrize("text", ['{"command":"Open","value":"A","value":"B"}', '{"command":"Open","command":"Close"}'])
def test_json_that_says_a_thing_twice_is_refused(text):
    assert read(text, form=Form.JSON).text == "invalid JSON: a key comes twice"


@pytest.mark.parametrize("unshown", ["\u202e", "\u2028", "\u200b"])
@pytest.mark.parametrize("field", ["id", "by", "trace"])
def test_a_field_that_cannot_be_shown_is_refused(field, unshown):
    refusal = read(f"Open A\t{field}=eva{unshown}", hello=True)
    assert refusal == Refusal(Reason.BAD_ARGUMENTS, f"field {field} has a character that cannot be shown")


def test_deep_json_is_refused():
    assert read('{"command":' + "[" * 30_000, form=Form.JSON).reason is Reason.BAD_ARGUMENTS


def test_hello_is_not_spoken_in_json():
    expected = Refusal(Reason.UNKNOWN_VERB, "invalid command: Hello is not spoken in JSON")
    assert read_json(command="Hello", value="1 acq -") == expected


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.text(max_size=60), st.booleans())
def test_any_text_is_a_call_or_a_refusal(text, hello):
    assert isinstance(read(text, hello=hello, services=ALL), Call | Refusal)


@given(st.sampled_from(["Open", "GetStateChecksum", "SetSetpoint", "Describe", "Ping"]), json_values)
def test_any_json_is_a_call_of_text_or_a_refusal(command, value):
    call = read_json(ALL, command=command, value=value, setpoint=value)
    assert isinstance(call, Refusal) or all(isinstance(arg, str) for arg in call.args)
