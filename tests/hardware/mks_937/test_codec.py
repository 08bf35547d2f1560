"""937B bytes: [2] stands in two independent sources, [1] in one, [G] is a guess."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import BadChannel, BadReply, DeviceRefused
from hardware.gauge import GaugeState, Reading
from hardware.mks_937 import codec


@pytest.mark.parametrize(
    ("address", "message", "data"),
    [
        pytest.param(253, codec.ask_pressure("1"), b"@253PR1?;FF", id="pressure [2]"),
        pytest.param(3, codec.ask_pressure("6"), b"@003PR6?;FF", id="address with zeros [2]"),
        pytest.param(253, codec.ASK_ALL, b"@253PRZ?;FF", id="all pressures [2]"),
        pytest.param(253, codec.tell_power("1", False), b"@253CP1!OFF;FF", id="off [2]"),
        pytest.param(253, codec.tell_power("1", True), b"@253CP1!ON;FF", id="on [2]"),
        pytest.param(253, codec.ask_power("5"), b"@253CP5?;FF", id="power [2]"),
        pytest.param(253, codec.ASK_UNITS, b"@253U?;FF", id="units [G]"),
        pytest.param(253, codec.ASK_SERIAL_NUMBER, b"@253SN?;FF", id="serial number [1]"),
    ],
)
def test_messages_are_these_bytes(address, message, data):
    assert codec.encode(address, message) == data


@pytest.mark.parametrize(
    ("address", "reply", "text"),
    [
        pytest.param(253, b"@253ACK7.602E+2", "7.602E+2", id="[2]"),
        pytest.param(1, b"@001ACK19200", "19200", id="[2]"),
        pytest.param(253, b"253ACK7.602E+2", "7.602E+2", id="no attention character [1]"),
        pytest.param(253, b"@253ACKOFF", "OFF", id="[2] OFF"),
        pytest.param(7, b"@007ACK", "", id="nothing"),
    ],
)
def test_a_reply_has_a_text(address, reply, text):
    assert codec.decode_reply(reply, address) == text


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("150", "not for this type of gauge"),
        ("151", "no gauge on this channel"),
        ("152", "not an ion gauge"),
        ("160", "message not understood"),
        ("161", "locked"),
        ("162", "no such channel"),
        ("163", "no such channel"),
        ("169", "argument not allowed"),
        ("172", "value out of range"),
        ("175", "a question where only a command is known, or the reverse"),
        ("199", "not in the manual"),
    ],
)
def test_a_nak_is_the_devices_refusal_in_words(code, text):
    with pytest.raises(DeviceRefused, match=f"^NAK{code}: {text}$"):
        codec.decode_reply(b"@253NAK" + code.encode(), 253)


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"@252ACK7.602E+2",
        b"@254ACKOFF",
        b"@25ACK7.602E+2",
        b"@253AKC7.602E+2",
        b"@253ack7.602E+2",
        b"@@253ACK7.602E+2",
        b"\x00@253ACK7.602E+2",
        b"@253ACK7.602E+2\r",
        b"@253ACK7.602E+\xb2",
        b"@253NAK",
        b"@253NAK16O",
        b"@253NAK1600",
        b"@253PR1?",
        b"7.602E+2",
        "@\uff12\uff15\uff13ACK7.602E+2".encode(),
    ],
)
def test_any_other_reply_is_a_bad_one(reply):
    with pytest.raises(BadReply):
        codec.decode_reply(reply, 253)


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        pytest.param("7.602E+2", Reading(760.2), id="[2]"),
        pytest.param("7.60E-08", Reading(7.6e-8), id="two digits of exponent [1]"),
        pytest.param("-1.2E-3", Reading(-0.0012), id="a capacitance manometer below zero [G]"),
        pytest.param(">1.10E+1", Reading(11.0, GaugeState.OVER, ">1.10E+1"), id="a limit [1]"),
        pytest.param("<1.00E-11", Reading(1e-11, GaugeState.UNDER, "<1.00E-11"), id="a limit below [1]"),
        pytest.param("LO<E-11", Reading(None, GaugeState.UNDER, "LO<E-11"), id="[2] cold cathode"),
        pytest.param("LO<E-04", Reading(None, GaugeState.UNDER, "LO<E-04"), id="[1] Pirani"),
        pytest.param("LO<E-3", Reading(None, GaugeState.UNDER, "LO<E-3"), id="[G] convection Pirani"),
    ],
)
def test_a_reading_is_a_number_a_limit_or_a_state(text, reading):
    assert codec.decode_reading(text) == reading


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("ATM", GaugeState.OVER),
        ("OVER", GaugeState.OVER),
        ("OFF", GaugeState.OFF),
        ("RP_OFF", GaugeState.OFF),
        ("HV_OFF", GaugeState.OFF),
        ("WAIT", GaugeState.WAITING),
        ("CTRL_OFF", GaugeState.PROTECTED),
        ("PROT_OFF", GaugeState.PROTECTED),
        ("NOGAUGE", GaugeState.NO_GAUGE),
        ("NO_GAUGE", GaugeState.NO_GAUGE),  # [1]
        ("NOGAUGE!", GaugeState.NO_GAUGE),  # [1]
        ("MISCONN", GaugeState.FAULT),
    ],
)
def test_a_word_is_a_state_and_has_no_number(text, state):
    assert codec.decode_reading(text) == Reading(None, state, text)


@pytest.mark.parametrize("text", ["BURNT", "NO_CABLE", "off", "LO", "PROT_OF", "nan", "inf", "IF"])
def test_a_word_that_the_manual_does_not_know_is_a_fault(text):
    assert codec.decode_reading(text) == Reading(None, GaugeState.FAULT, text)


@pytest.mark.parametrize(
    "text",
    [
        "", "7.602", "7.602E", "7.602E+", "7.602E+200", "7.602E2", "7602E+2", "76.02E+2", "7.6020E+2", "7,602E+2",
        "7.602E+2 ", " 7.602E+2", "7.602e+2", "1E+2", "OFF ", "A", "LO<E-", "LO<E-111", "<", ">",
        ">>1.1E+1", "CH_1", "NO GAUGE", "BURNT!", "TORR", "mbar", "ON", "\xc4RGER",
        "7.602E+2;FF", "\uff17.602E+2", "7.602E+2\n",
    ],
)  # fmt: skip
def test_anything_else_is_neither(text):
    with pytest.raises(BadReply):
        codec.decode_reading(text)


@given(
    sign=st.sampled_from(["", "-", "+"]),
    lead=st.integers(0, 9),
    decimals=st.text("0123456789", min_size=1, max_size=3),
    exponent=st.integers(-12, 6),
    digits=st.sampled_from([1, 2]),
)
def test_every_number_that_it_can_show_comes_through(sign, lead, decimals, exponent, digits):
    text = f"{sign}{lead}.{decimals}E{'-' if exponent < 0 else '+'}{abs(exponent):0{digits}d}"
    reply = codec.decode_reply(b"@253ACK" + text.encode(), 253)
    assert codec.decode_reading(reply) == Reading(float(f"{sign}{lead}.{decimals}e{exponent}"))


LOOKS_LIKE_A_NUMBER = re.compile(rb"@?253ACK[<>]?[+-]?\d\.\d{1,3}E[+-]\d\d?")


@given(st.one_of(st.binary(max_size=40), st.binary(max_size=12).map(lambda tail: b"@253ACK" + tail)))
def test_random_bytes_never_become_a_number(reply):
    codec.answers(reply, 253, codec.ASK_UNITS)
    try:
        reading = codec.decode_reading(codec.decode_reply(reply, 253))
    except (BadReply, DeviceRefused):
        return
    assert reading.value is None or LOOKS_LIKE_A_NUMBER.fullmatch(reply)


@given(st.text("0123456789.E+-<>LOATMF_ ", max_size=12))
def test_scrambled_readings_never_become_a_number(text):
    try:
        reading = codec.decode_reading(text)
    except BadReply:
        return
    assert reading.value is None or LOOKS_LIKE_A_NUMBER.fullmatch(b"@253ACK" + text.encode())


def test_all_channels_come_in_one_reply():
    shown = codec.decode_all("7.60E-08 1.2E-3  ATM OFF NOGAUGE LO<E-11")
    assert shown == {"1": "7.60E-08", "2": "1.2E-3", "3": "ATM", "4": "OFF", "5": "NOGAUGE", "6": "LO<E-11"}


@pytest.mark.parametrize("text", ["", "OFF", "OFF OFF OFF OFF OFF", "OFF OFF OFF OFF OFF OFF OFF"])
def test_with_another_count_nobody_knows_whose_they_are(text):
    with pytest.raises(BadReply, match="expected 6"):
        codec.decode_all(text)


@pytest.mark.parametrize(
    ("text", "units"),
    [("TORR", "Torr"), ("MBAR", "mbar"), ("mBAR", "mbar"), ("mbar", "mbar"), ("PASCAL", "Pa"), ("MICRON", "micron")],
)
def test_units_are_read(text, units):
    assert codec.decode_units(text) == units


@pytest.mark.parametrize("text", ["", "BAR", "7.602E+2", "OFF", "TORR ", "ON"])
def test_anything_else_is_no_unit_and_no_power(text):
    with pytest.raises(BadReply):
        codec.decode_units(text)
    if text not in ("ON", "OFF"):
        with pytest.raises(BadReply):
            codec.decode_power(text)


def test_power_is_on_or_off():
    assert codec.decode_power("ON") is True
    assert codec.decode_power("OFF") is False


@pytest.mark.parametrize(
    ("reply", "message", "may"),
    [
        (b"@253ACK7.602E+2", "PR1?", True),
        (b"253ACK7.602E+2", "PR1?", True),
        (b"@252ACK7.602E+2", "PR1?", False),  # another controller
        (b"@253PR1?", "PR1?", False),  # the line's echo
        (b"@253ACKTORR", "PR1?", False),  # late
        (b"@253ACKTORR", "PRZ?", False),
        (b"@253ACKTORR", "U?", True),
        (b"@253ACKmbar", "U?", True),
        (b"@253ACK7.602E+2", "U?", False),  # late
        (b"@253ACKOFF", "U?", False),
        (b"@253ACKMISCONN", "U?", False),
        (b"@253ACKOFF 7.60E-08 ATM OFF OFF OFF", "U?", False),
        (b"@253NAK160", "U?", True),
        (b"@253NAK160", "PR1?", True),
        (b"@253ACKOFF", "CP1!OFF", True),
        (b"nonsense", "PR1?", True),  # somebody has to say that it is
        (b"@253ACKON", "U?", True),
        (b"@253ACKBURNT", "U?", True),
        (b"@253ACK", "U?", True),
    ],
)
def test_what_certainly_answers_something_else_is_passed_over(reply, message, may):
    assert codec.answers(reply, 253, message) is may


@pytest.mark.parametrize("channel", ["", "0", "7", "01", "A1", " 1", "1\n", "\uff11", "Z"])
def test_channels_that_no_controller_has_are_refused(channel):
    with pytest.raises(BadChannel, match="expected 1 to 6"):
        codec.check_channel(channel)
    assert codec.check_channel("6") == "6"
