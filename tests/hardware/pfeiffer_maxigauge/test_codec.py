"""TPG 256 A bytes: [2] stands in two independent sources, [1] in one, [G] is a guess."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import BadChannel, BadReply
from hardware.gauge import GaugeState, Reading
from hardware.pfeiffer_maxigauge import codec


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(codec.encode(codec.ask_pressure("1")), "50 52 31 0D", id="PR1 [2]"),
        pytest.param(codec.encode(codec.ask_pressure("6")), "50 52 36 0D", id="PR6 [2]"),
        pytest.param(codec.encode(codec.ASK_UNITS), "55 4E 49 0D", id="UNI [2]"),
        pytest.param(codec.encode(codec.ASK_GAUGES), "54 49 44 0D", id="TID [2]"),
        pytest.param(codec.ENQUIRE, "05", id="ENQ [2]"),
        pytest.param(codec.RESET, "03", id="ETX [2]"),
        pytest.param(codec.ACK + codec.TERMINATOR, "06 0D 0A", id="ACK [2]"),
        pytest.param(codec.NAK + codec.TERMINATOR, "15 0D 0A", id="NAK [2]"),
    ],
)
def test_messages_are_these_bytes(data, expected):
    assert data == bytes.fromhex(expected)


def test_a_message_is_accepted_or_refused():
    assert codec.decode_acknowledged(b"\x06") is True
    assert codec.decode_acknowledged(b"\x15") is False


@pytest.mark.parametrize("line", [b"", b"\x05", b"\x06\x06", b"\x06 ", b"x\x06", b"0", b"0,8.3400E-03"])
def test_anything_else_is_no_acknowledgement(line):
    with pytest.raises(BadReply, match="expected ACK or NAK"):
        codec.decode_acknowledged(line)


@pytest.mark.parametrize(
    ("line", "reading"),
    [
        pytest.param(bytes.fromhex("30 2C 38 2E 33 34 30 30 45 2D 30 33"), Reading(8.34e-3), id="[2]"),
        pytest.param(b"0, 8.3E-3", Reading(8.3e-3), id="a space, and one digit of exponent [1]"),
        pytest.param(b"0,-1.0000E-01", Reading(-0.1), id="below zero [G]"),
        pytest.param(b"1,1.0000E-09", Reading(None, GaugeState.UNDER, "underrange"), id="1 [2]"),
        pytest.param(b"2,1.0000E+03", Reading(None, GaugeState.OVER, "overrange"), id="2 [2]"),
        pytest.param(b"3,2.0000E-02", Reading(None, GaugeState.FAULT, "sensor error"), id="3 [2]"),
        pytest.param(b"4,2.0000E-02", Reading(None, GaugeState.OFF, "sensor off"), id="4 [2]"),
        pytest.param(b"5,2.0000E-02", Reading(None, GaugeState.NO_GAUGE, "no sensor"), id="5 [2]"),
        pytest.param(b"6,2.0000E-02", Reading(None, GaugeState.FAULT, "identification error"), id="6 [2]"),
    ],
)
def test_a_status_is_a_state_and_only_0_has_a_number(line, reading):
    assert codec.decode_pressure(line) == reading


@pytest.mark.parametrize(
    "line",
    [
        b"", b"0", b"0,", b"7,8.3400E-03", b"8,8.3400E-03", b"00,8.3400E-03", b",8.3400E-03", b"8.3400E-03",
        b"0,8.3400E-", b"0,8.3400E", b"0,8.3400", b"0,8.3400E03", b"0,8.3400E-003", b"0,83.400E-03", b"0,8E-03",
        b"0,8.34000E-03", b"0,8.3400e-03", b"0,nan", b"0,  8.3400E-03", b"0 ,8.3400E-03", b"0,8.3400E-03 ",
        b"0,8.3400E-03\r", b"0,8.3400E-03\n", b"0;8.3400E-03", b"\x060,8.3400E-03", b"\x06", b"0001",
        "0,\uff18.3400E-03".encode(),
    ],
)  # fmt: skip
def test_anything_else_is_no_pressure(line):
    with pytest.raises(BadReply, match="expected status and pressure"):
        codec.decode_pressure(line)


@given(
    status=st.integers(0, 6),
    sign=st.sampled_from(["", "-", "+"]),
    lead=st.integers(0, 9),
    decimals=st.text("0123456789", min_size=1, max_size=4),
    exponent=st.integers(-12, 6),
    digits=st.sampled_from([1, 2]),
    space=st.sampled_from(["", " "]),
)
def test_every_number_that_it_can_show_comes_through(status, sign, lead, decimals, exponent, digits, space):
    number = f"{sign}{lead}.{decimals}E{'-' if exponent < 0 else '+'}{abs(exponent):0{digits}d}"
    reading = codec.decode_pressure(f"{status},{space}{number}".encode())
    if status == 0:
        assert reading == Reading(float(f"{sign}{lead}.{decimals}e{exponent}"))
    else:
        assert reading.value is None
        assert reading.said


LOOKS_LIKE_A_NUMBER = re.compile(rb"0, ?[+-]?\d\.\d{1,4}E[+-]\d\d?")


@given(st.one_of(st.binary(max_size=24), st.text("0123456789.E+-, \x06", max_size=14).map(str.encode)))
def test_random_bytes_never_become_a_number(line):
    for wanted in ("acknowledgement", "pressure", "units", "text"):
        codec.answers(line, wanted)
    try:
        reading = codec.decode_pressure(line)
    except BadReply:
        return
    assert reading.value is None or LOOKS_LIKE_A_NUMBER.fullmatch(line)


@pytest.mark.parametrize(("line", "units"), [(b"0", "mbar"), (b"1", "Torr"), (b"2", "Pa")])  # [G]
def test_units_are_read(line, units):
    assert codec.decode_units(line) == units


@pytest.mark.parametrize("line", [b"", b"3", b"00", b"0 ", b"\x06", b"0,8.3400E-03", b"0001"])
def test_anything_else_is_no_unit(line):
    with pytest.raises(BadReply):
        codec.decode_units(line)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        pytest.param(b"0001", "error 0001: syntax error", id="[2]"),
        pytest.param(b"0010", "error 0010: inadmissible parameter", id="parameter [1]"),
        pytest.param(b"0100", "error 0100: no hardware", id="hardware [1]"),
        pytest.param(b"1001", "error 1001: controller error, syntax error", id="several [1]"),
        pytest.param(b"0000", "error 0000: none that it names", id="none [1]"),
        pytest.param(b"4096,0", "error 4096,0: syntax error", id="two words [1]"),
        pytest.param(b"8192, 1", "error 8192, 1: inadmissible parameter, a gauge", id="of a gauge [1]"),
        pytest.param(b"1,0", "error 1,0: watchdog", id="watchdog [1]"),
        pytest.param(b"49152,0", "error 49152,0: no hardware, fatal", id="two bits [1]"),
        pytest.param(b"0,32768", "error 0,32768: a gauge", id="of the sixth gauge [1]"),
        pytest.param(b"0,0", "error 0,0: none that it names", id="nothing [1]"),
    ],
)
def test_an_error_word_is_told_in_words(line, text):
    assert codec.decode_error(line) == text


def test_each_bit_of_the_first_word_has_its_name():
    assert codec.SYSTEM_ERRORS == {
        1: "watchdog", 2: "task failed", 4: "IDCX idle", 8: "stack overflow", 16: "EPROM", 32: "RAM", 64: "EEPROM",
        128: "key", 4096: "syntax error", 8192: "inadmissible parameter", 16384: "no hardware", 32768: "fatal",
    }  # fmt: skip


@pytest.mark.parametrize("line", [b"", b"1", b"\x15", b"0,8.3400E-03", b"1,2,3", b"OK", b"-001", b"0001 "])
def test_anything_else_is_no_error_word(line):
    with pytest.raises(BadReply, match="expected an error word"):
        codec.decode_error(line)


@pytest.mark.parametrize("line", [b"", b"\x06", b"TPR\xb2", b"TPR\r"])
def test_a_text_can_be_printed(line):
    assert codec.decode_text(b"TPR/PCR,IKR9") == "TPR/PCR,IKR9"
    with pytest.raises(BadReply, match="expected text"):
        codec.decode_text(line)


PRESSURE, NONSENSE = b"0,8.3400E-03", b"p,8.3400E-03"


@pytest.mark.parametrize(
    ("wanted", "may", "passed_over"),
    [
        ("acknowledgement", [b"\x06", b"\x15", NONSENSE, b"0001"], [PRESSURE, b"0"]),
        ("pressure", [PRESSURE, NONSENSE, b"0001", b""], [b"\x06", b"\x15", b"0"]),
        ("units", [b"0", b"7", NONSENSE, b"0001"], [b"\x06", b"\x15", PRESSURE]),
        ("text", [b"TPR", b"0001", PRESSURE], [b"\x06", b"\x15"]),
    ],
)
def test_what_certainly_answers_something_else_is_passed_over(wanted, may, passed_over):
    assert [codec.answers(line, wanted) for line in may] == [True] * len(may)
    assert [codec.answers(line, wanted) for line in passed_over] == [False] * len(passed_over)


@pytest.mark.parametrize("channel", ["", "0", "7", "01", " 1", "1\n", "\uff11", "A"])
def test_channels_that_it_does_not_have_are_refused(channel):
    with pytest.raises(BadChannel, match="expected 1 to 6"):
        codec.check_channel(channel)
    assert codec.check_channel("6") == "6"
