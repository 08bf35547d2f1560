"""Words, CRC and checksum against the bytes that Pychron peers write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transports.rpc.words import (
    BadWord,
    crc,
    owners_word,
    parse_owners,
    parse_state_word,
    parse_states,
    state_checksum,
    state_word,
    states_word,
)

NAMES = st.lists(st.from_regex(r"[A-Z]{1,2}[0-9]{0,2}", fullmatch=True), unique=True, max_size=80)


def sealed(body):
    return body + crc(body)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("A1,B0", "e78e"),
        ("A0,B0,C0,D0,E0,F0", "2f85"),
        ("A1,B0,C0,D0,E0,F0", "ee15"),
        ("A,B,C,D,E,F", "bd72"),
        ("OK", "75b7"),
        ("", "ffff"),
        ("123456789", "374b"),  # the catalogue's check value 4B37, low byte first
    ],
)
def test_crc_is_modbus_low_byte_first(text, digits):
    assert crc(text) == digits


@pytest.mark.parametrize(
    ("pairs", "word"),
    [
        ({"A": "1", "B": "0", "C": "0", "D": "0", "E": "0", "F": "0"}, "A1,B0,C0,D0,E0,F0ee15"),
        ({"A": "0", "A1": "1", "V2": "0", "S1": "0", "MV": "0"}, "A0,A11,V20,S10,MV036e2"),
        ({"A": "1", "B": "0"}, "A1,B0e78e"),
        ({"A": "1", "B": "?"}, "A1,B?a78a"),
        ({"A": "1"}, "A1f034"),
        ({}, "ffff"),
    ],
)
def test_states_word_both_ways(pairs, word):
    assert states_word(pairs.items()) == word
    assert parse_states(word) == pairs


@pytest.mark.parametrize("pairs", [[("A", "2")], [("A", "")], [("A", "10")], [("", "1")], [("A,B", "1")]])
def test_states_word_refuses_what_could_not_be_read_back(pairs):
    with pytest.raises(ValueError, match=r"mark|separator"):
        states_word(pairs)


@pytest.mark.parametrize(
    "word",
    [
        "A1,B0e78f",
        "A1,B0E78E",
        "A1,B1e78e",
        "A1,B0",
        "",
        "OK",
        "False",
        "\ud800A1ffff",
        sealed("A1,B2"),
        sealed("A1,"),
        sealed("A1,1"),
        sealed("A1,B0,A0"),
        sealed(","),
    ],
)
def test_a_damaged_states_word_is_not_believed(word):
    with pytest.raises(BadWord):
        parse_states(word)


@pytest.mark.parametrize(
    ("pairs", "word"),
    [
        ({"A": "0", "A1": "1", "V2": "0", "S1": "0", "MV": "0"}, "A,<A1>,<V2>,<S1>,<MV>:82932"),
        ({"F": "0"}, "F:082a1"),
        ({"A": "1", "B": "0", "C": "0", "D": "0", "E": "1", "F": "1"}, sealed("A,B,C,D,E,F:23")),
        ({"A": "1", "B": "1", "C": "1", "D": "1"}, sealed("A,B,C,D:F")),
        ({}, sealed(":0")),
    ],
)
def test_state_word_both_ways(pairs, word):
    assert state_word(pairs.items()) == word
    assert parse_state_word(word) == pairs


def test_a_lower_case_bitmap_is_read():
    assert parse_state_word(sealed("A,B,C,D:e")) == {"A": "1", "B": "1", "C": "1", "D": "0"}


def test_an_unknown_state_has_no_place_in_a_bitmap():
    with pytest.raises(ValueError, match=r"B is '\?'"):
        state_word([("A", "1"), ("B", "?")])


@pytest.mark.parametrize("name", ["", "A,B", "A:B", "<A>"])
def test_state_word_refuses_a_name_that_would_split_it(name):
    with pytest.raises(ValueError, match="separator"):
        state_word([(name, "1")])


@pytest.mark.parametrize(
    "word",
    [
        "A,<A1>,<V2>,<S1>,<MV>:82933",
        sealed("A,B:4"),
        sealed("A,B:-1"),
        sealed("A,B:0x1"),
        sealed("A,B:1_0"),
        sealed("A,B:"),
        sealed("A,B"),
        sealed("A,A:1"),
        sealed("A,<>:1"),
        sealed("A,:1"),
        sealed(":1"),
        sealed("A|B:1|0"),
    ],
)
def test_a_damaged_state_word_is_not_believed(word):
    with pytest.raises(BadWord):
        parse_state_word(word)


@pytest.mark.parametrize(
    ("owners", "word"),
    [
        ({"A": "", "B": "10.0.0.7", "C": "", "D": "", "E": "", "F": ""}, "A,C,D,E,F:10.0.0.7-B8143"),
        (dict.fromkeys("ABCDEF", ""), "A,B,C,D,E,Fbd72"),
        ({"A": "10.0.0.7"}, sealed("10.0.0.7-A")),
        ({"A": "10.0.0.9", "B": "10.0.0.7", "C": ""}, sealed("C:10.0.0.7-B:10.0.0.9-A")),
        ({"A": "operator@acq-1/console-2"}, sealed("operator@acq-1/console-2-A")),
        ({"A": "fe80::1", "B": ""}, sealed("B:fe80%3A%3A1-A")),
        ({}, "ffff"),
    ],
)
def test_owners_word_both_ways(owners, word):
    assert owners_word(owners.items()) == word
    assert parse_owners(word) == owners


def test_a_word_for_pychrons_client_is_read_too():
    owners = {"A": "", "B": "eva@acq-1/console 2", "C": "fe80::1"}
    assert parse_owners(owners_word(owners.items(), unchecked=True)) == owners


@pytest.mark.parametrize("name", ["", "A,B", "A:B", "A-B"])
def test_owners_word_refuses_a_valve_that_would_split_it(name):
    with pytest.raises(ValueError, match="separator"):
        owners_word([(name, "")])


@pytest.mark.parametrize(
    "word",
    [
        "A,C,D,E,F:10.0.0.7-B8144",
        "A,C,D,E,F:10.0.0.7-B",
        sealed("A:x-A"),
        sealed("A,,B"),
        sealed("A:x-"),
        sealed("A::B"),
    ],
)
def test_a_damaged_owners_word_is_not_believed(word):
    with pytest.raises(BadWord):
        parse_owners(word)


@pytest.mark.parametrize(
    ("switches", "checksum"),
    [
        ([("A", "valve", False, False)], 864551654),
        ([("A", "valve", True, False)], 1500314949),
        ([("A", "valve", True, True)], 1527692363),
        ([(name, "valve", False, False) for name in "ABC"], 3102104833),
        ([("A", "double_actuation_valve", False, False)], 864551654),
        ([("S1", "switch", False, True)], 3812792573),  # SWITCH-S1FalseTrue
        ([("M", "manual_valve", True, True)], 2373774080),  # MANUAL_SWITCH-MTrue: no lock
        ([], 0),
    ],
)
def test_state_checksum(switches, checksum):
    assert state_checksum(switches) == checksum


@given(NAMES, st.data())
def test_every_word_is_read_back_as_it_was_written(names, data):
    bits = {name: data.draw(st.sampled_from("01")) for name in names}
    owners = {name: data.draw(st.text(max_size=8)) for name in names}
    assert parse_states(states_word(bits.items())) == bits
    assert parse_state_word(state_word(bits.items())) == bits
    assert parse_owners(owners_word(owners.items())) == owners


@given(st.text(max_size=20))
def test_no_text_makes_a_parser_raise_anything_but_bad_word(body):
    for parse in (parse_states, parse_state_word, parse_owners):
        for word in (body, sealed(body)):
            try:
                parse(word)
            except BadWord:
                continue
