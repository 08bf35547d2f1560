"""Micro-Ion bytes: [2] stands in two independent sources, [1] in one, [G] is a guess."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import BadChannel, BadReply, DeviceRefused
from hardware.gauge import GaugeState, Reading
from hardware.granville_phillips import codec


@pytest.mark.parametrize(
    ("address", "channel", "dialect", "data"),
    [
        pytest.param(1, "IG", "RD", b"#01RD\r", id="[2]"),
        pytest.param(1, "CG1", "RD", b"#01RDCG1\r", id="convection [1]"),
        pytest.param(31, "CG2", "RD", b"#1FRDCG2\r", id="hexadecimal address [1]"),
        pytest.param(1, "IG", "RD1", b"#01RD1\r", id="Series 350 [1]"),
        pytest.param(1, "CG1", "RD1", b"#01RDCG1\r", id="convection gauge of a Series 350 [G]"),
        pytest.param(1, "IG", "DS", b"#01DS IG\r", id="DS [1]"),
        pytest.param(1, "CG2", "DS", b"#01DS CG2\r", id="DS of a convection gauge [1]"),
    ],
)
def test_questions_are_these_bytes(address, channel, dialect, data):
    assert codec.encode_ask(address, channel, dialect) == data


@pytest.mark.parametrize(
    ("reply", "addressed", "text"),
    [
        pytest.param(b"*01 1.53E-06", True, "1.53E-06", id="[2]"),
        pytest.param(b"*01 9.90E+09", True, "9.90E+09", id="off [2]"),
        pytest.param(b"*01 PROGM OK", True, "PROGM OK", id="done [2]"),
        pytest.param(b"*01 9.99E+9 ", True, "9.99E+9", id="filled up with a space [1]"),
        pytest.param(b"* 1.53E-06", False, "1.53E-06", id="no address [1]"),
        pytest.param(b"*01 1.53E-06", False, "1.53E-06", id="an address that was not expected"),
        pytest.param(b"\n*01 1.53E-06", True, "1.53E-06", id="the line feed of the reply before [G]"),
    ],
)
def test_the_prefix_is_cut_by_its_pattern(reply, addressed, text):
    assert codec.decode_reply(reply, 1, addressed=addressed) == text


def test_an_address_is_hexadecimal():
    assert codec.decode_reply(b"*1F 1.53E-06", 31, addressed=True) == "1.53E-06"
    assert codec.answers(b"*1F 1.53E-06", 31, b"#1FRD\r")


@pytest.mark.parametrize(
    ("reply", "text"), [(b"?01 SYNTX ER", "SYNTX ER"), (b"?01 INVALID", "INVALID"), (b"?01 INVALID ", "INVALID")]
)
def test_a_refusal_is_told_in_its_words(reply, text):  # [2]
    with pytest.raises(DeviceRefused, match=f"^{text}$"):
        codec.decode_reply(reply, 1, addressed=True)


@pytest.mark.parametrize(
    "reply",
    [
        b"", b"*", b"*01", b"*01 ", b"*011.53E-06", b"*1 1.53E-06", b"*02 1.53E-06", b"*001 1.53E-06", b"01 1.53E-06",
        b"1.53E-06", b"* 1.53E-06", b" *01 1.53E-06", b"*01 1.53E-06\n", b"\n\n*01 1.53E-06", b"*01 1.53E-06\xb2",
        b"!01 1.53E-06", b"*0a 1.53E-06", b"?02 SYNTX ER", b"?SYNTX ER",
    ],
)  # fmt: skip
def test_any_other_reply_is_a_bad_one(reply):
    with pytest.raises(BadReply, match="expected a reply of address 01"):
        codec.decode_reply(reply, 1, addressed=True)


@pytest.mark.parametrize(
    ("text", "channel", "reading"),
    [
        pytest.param("1.53E-06", "IG", Reading(1.53e-6), id="[2]"),
        pytest.param("1.20E-3", "CG1", Reading(1.2e-3), id="one digit of exponent [G]"),
        pytest.param("9.90E+09", "IG", Reading(None, GaugeState.OFF, "9.90E+09"), id="off [2]"),
        pytest.param("9.99E+9", "IG", Reading(None, GaugeState.OFF, "9.99E+9"), id="off [2] of a controller"),
        pytest.param("9.89E+09", "IG", Reading(9.89e9), id="not off"),
        pytest.param("1.01E+03", "CG1", Reading(None, GaugeState.OVER, "1.01E+03"), id="no convection gauge [1]"),
        pytest.param("1.01E+03", "IG", Reading(1010.0), id="of an ion gauge"),
        pytest.param("1.00E+03", "CG2", Reading(1000.0), id="the top of its range"),
        pytest.param("0.00E+00", "IG", Reading(None, GaugeState.UNDER, "0.00E+00"), id="no pressure"),
        pytest.param("0.00E-12", "CG1", Reading(None, GaugeState.UNDER, "0.00E-12"), id="nor is this"),
        pytest.param("0.01E-12", "CG1", Reading(1e-14), id="but this"),
    ],
)
def test_a_pressure_is_a_number_or_a_state(text, channel, reading):
    assert codec.decode_pressure(text, channel, "1.01E+03") == reading


def test_what_stands_for_no_convection_gauge_is_in_its_units():
    over = Reading(None, GaugeState.OVER, "1.35E+03")
    assert codec.decode_pressure("1.35E+03", "CG1", "1.35E+03") == over
    assert codec.decode_pressure("1.01E+03", "CG1", "1.35E+03") == Reading(1010.0)
    assert codec.decode_pressure("1.01E+03", "CG1", "") == Reading(1010.0)
    assert codec.NO_CONVECTION == {"Torr": "1.01E+03", "mbar": "1.35E+03", "Pa": "1.35E+05"}  # Torr [1], others [G]


@pytest.mark.parametrize(
    "text",
    ["", "1.53", "1.53E", "1.53E-", "1.53E06", "1.5E-06", "1.533E-06", "15.3E-06", "-1.53E-06", "1.53e-06", "nan",
     "1.53E-006", "1.53E-06 ", "PROGM OK", "\uff11.53E-06"],
)  # fmt: skip
def test_anything_else_is_no_pressure(text):
    with pytest.raises(BadReply, match="expected a pressure"):
        codec.decode_pressure(text, "IG", "")


def nothing(text):
    return Reading(None, GaugeState.UNDER, text)


@given(
    lead=st.integers(0, 9), decimals=st.integers(0, 99), exponent=st.integers(-12, 4), digits=st.sampled_from([1, 2])
)
def test_every_number_that_it_can_show_comes_through(lead, decimals, exponent, digits):
    text = f"{lead}.{decimals:02d}E{'-' if exponent < 0 else '+'}{abs(exponent):0{digits}d}"
    told = codec.decode_reply(b"*01 " + text.encode(), 1, addressed=True)
    reading = Reading(float(f"{lead}.{decimals:02d}e{exponent}"))
    assert codec.decode_pressure(told, "IG", "") == (reading if lead or decimals else nothing(text))


LOOKS_LIKE_A_NUMBER = re.compile(rb"\n?\*01 \d\.\d\dE[+-]\d\d? *")


@given(st.one_of(st.binary(max_size=24), st.text("0123456789.E+-*? \n", max_size=14).map(str.encode)))
def test_random_bytes_never_become_a_number(reply):
    codec.answers(reply, 1, b"#01RD\r")
    try:
        reading = codec.decode_pressure(codec.decode_reply(reply, 1, addressed=True), "IG", "")
    except (BadReply, DeviceRefused):
        return
    assert reading.value is None or LOOKS_LIKE_A_NUMBER.fullmatch(reply)


@pytest.mark.parametrize(
    ("reply", "may"),
    [
        (b"*01 1.53E-06", True),
        (b"?01 SYNTX ER", True),
        (b"* 1.53E-06", True),
        (b"nonsense", True),
        (b"*02 1.53E-06", False),
        (b"?1F SYNTX ER", False),
        (b"#01RD", False),
        (b"\n#01RD", False),
    ],
)
def test_the_echo_and_other_addresses_are_passed_over(reply, may):
    assert codec.answers(reply, 1, b"#01RD\r") is may


@pytest.mark.parametrize("channel", ["", "1", "CG3", "ig", "IG "])
def test_channels_that_it_does_not_have_are_refused(channel):
    with pytest.raises(BadChannel, match="expected one of IG, CG1, CG2"):
        codec.check_channel(channel)
