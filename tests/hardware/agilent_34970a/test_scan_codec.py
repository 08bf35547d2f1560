"""What is said to and by a 34901A, from the manual's tables. [2]: two sources, [1]: one, [G]: a guess."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.agilent_34970a import scan_codec
from hardware.errors import BadChannel, BadReply
from hardware.gauge import GaugeState, Reading

TC, RTD, VOLT = (scan_codec.measure(text) for text in ("TC,K", "RTD,85", "VOLT"))


@pytest.mark.parametrize(
    ("measures", "commands"),
    [
        ({"103": "TC,K"}, [b"CONF:TEMP TC,K,(@103)\n"]),  # [1]
        ({"103": "RTD,85"}, [b"CONF:TEMP RTD,85,(@103)\n"]),  # [1]
        ({"304": "TC,B"}, [b"CONF:TEMP TC,B,(@304)\n"]),  # [1]
        ({"120": "VOLT"}, [b"CONF:VOLT:DC (@120)\n"]),  # [1]
        ({"102": "THER,5000"}, [b"CONF:TEMP THER,5000,(@102)\n"]),  # [G]
        (
            {"104": "TC,K", "101": "VOLT", "103": "TC,K"},
            [b"CONF:VOLT:DC (@101)\n", b"CONF:TEMP TC,K,(@103:104)\n"],
        ),
    ],
)
def test_channels_are_configured_by_these_bytes(measures, commands):
    wanted = {channel: scan_codec.measure(text) for channel, text in measures.items()}
    assert scan_codec.encode_configure(wanted) == commands


def test_the_other_commands_are_these():
    assert scan_codec.ABORT == b"ABOR\n"  # [2]
    assert scan_codec.SCAN == b"READ?\n"  # [2]
    assert scan_codec.ASK_SCAN_LIST == b"ROUT:SCAN?\n"  # [1]
    assert scan_codec.encode_scan_list(["101", "102", "201"]) == b"ROUT:SCAN (@101:102,201)\n"  # [1]
    assert scan_codec.encode_ask_card("1") == b"SYST:CTYP? 100\n"  # [1]
    assert scan_codec.FORMAT == (  # [1]
        b"FORM:READ:ALAR OFF\n",
        b"FORM:READ:CHAN ON\n",
        b"FORM:READ:TIME OFF\n",
        b"FORM:READ:UNIT ON\n",
    )
    assert scan_codec.ONCE == (b"TRIG:SOUR TIMER\n", b"TRIG:TIMER 0\n", b"TRIG:COUNT 1\n")  # [1]


@pytest.mark.parametrize(
    "text", ["", "TC", "TC,A", "TC,K,1", "tc,k", "RTD,100", "RTD", "VOLT:DC", "THER,1000", " VOLT"]
)
def test_what_nothing_measures_is_refused(text):
    with pytest.raises(ValueError, match="expected TC,K"):
        scan_codec.measure(text)


@pytest.mark.parametrize("channel", ["", "100", "121", "122", "401", "1", "\uff11\uff10\uff11", "101\n"])
def test_channels_that_measure_nothing_are_refused(channel):
    with pytest.raises(BadChannel, match="expected slot 1-3 and channel 01-20"):
        scan_codec.check_channel(channel)


@pytest.mark.parametrize("end", [b"", b"\r"])
@pytest.mark.parametrize(
    ("reply", "channels"),
    [
        (b"#214(@101,102,103)", ["101", "102", "103"]),  # [1]
        (b"#13(@)", []),  # [1]
        (b"#16(@303)", ["303"]),
        (b"#210(@101:103)", ["101", "102", "103"]),
    ],
)
def test_the_scan_list_is_read(reply, channels, end):
    assert scan_codec.decode_scan_list(reply + end) == channels


@pytest.mark.parametrize(
    "reply",
    [b"", b"(@101)", b"#16(@10)", b"#15(@101)", b"#216(@101)", b"#03(@)", b"#13(@", b"#16(@1O1)", b"#17(@101,)",
     b"#13[@]", b"1,0", b"#13(@)x", b'+0,"No error"'],
)  # fmt: skip
def test_anything_else_is_no_scan_list(reply):
    with pytest.raises(BadReply, match="expected a scan list"):
        scan_codec.decode_scan_list(reply)


@pytest.mark.parametrize(
    ("reply", "model"),
    [(b"HEWLETT-PACKARD,34901A,0,2.0", "34901A"), (b"HEWLETT-PACKARD,34903A,0,2.0\r", "34903A"),
     (b"HEWLETT-PACKARD,0,0,0", "0"), (b"Agilent Technologies,34901A,0,2.3", "34901A")],
)  # fmt: skip
def test_the_card_of_a_slot_is_read(reply, model):
    assert scan_codec.decode_card(reply) == model


@pytest.mark.parametrize("reply", [b"", b"34901A", b"1,0", b"a,b,c", b"a,,c,d", b"a,b,c,d,e"])
def test_anything_else_is_no_card(reply):
    with pytest.raises(BadReply, match="expected a card"):
        scan_codec.decode_card(reply)


def test_readings_are_read_with_their_units_and_channels():
    measures = {"303": TC, "304": RTD, "320": VOLT}
    reply = b"+2.61950000E+01 C,303,-1.00000000E-01 C,304,+4.27150000E-03 VDC,320\r"  # [2] numbers, [1] units
    readings = scan_codec.decode_readings(reply, measures)
    assert readings == {"303": Reading(26.195), "304": Reading(-0.1), "320": Reading(4.2715e-3)}


def test_what_is_out_of_range_is_a_state_and_no_number():
    reply = b"+9.90000000E+37 C,303,-9.90000000E+37 C,304"  # [2]
    assert scan_codec.decode_readings(reply, {"303": TC, "304": TC}) == {
        "303": Reading(None, GaugeState.OVER, "+9.90000000E+37"),
        "304": Reading(None, GaugeState.UNDER, "-9.90000000E+37"),
    }


def test_the_card_that_is_scanned_is_this_one():  # [2]
    assert scan_codec.MODEL == "34901A"


def test_the_greatest_number_that_is_one():
    assert scan_codec.decode_readings(b"+9.89999999E+37 VDC,320", {"320": VOLT}) == {"320": Reading(9.89999999e37)}


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"+2.61950000E+01",  # no units, no channel: somebody set the format back
        b"+2.61950000E+01,303",  # no units
        b"+2.61950000E+01 C",  # no channel
        b"+2.61950000E+01 F,303",  # not the units that were told
        b"+2.61950000E+01 VDC,303",  # it measures volts there
        b"+2.61950000E+01 C,304",  # another channel
        b"+2.61950000E+01 C,303,+2.61950000E+01 C,304",  # too many
        b"+2.61950000E+01 C,000000000.017,303",  # with its time
        b"nan C,303",
        b"inf C,303",
        b"26 C,303",
        b"k2.61950000E+01 C,303",
        b'+0,"No error"',
    ],
)
def test_anything_else_is_no_reading(reply):
    with pytest.raises(BadReply):
        scan_codec.decode_readings(reply, {"303": TC})


@given(st.binary(max_size=60) | st.from_regex(rb"#\d{1,3}\(@[\d,:]*\)", fullmatch=True))
def test_whatever_comes_nothing_but_a_bad_reply_is_raised(reply):
    for decode in (
        scan_codec.decode_scan_list,
        scan_codec.decode_card,
        lambda data: scan_codec.decode_readings(data, {"303": TC}),
    ):
        with contextlib.suppress(BadReply):
            decode(reply)


@given(st.lists(st.sampled_from([f"{slot}{number:02d}" for slot in "123" for number in range(1, 21)]), unique=True))
def test_a_scan_list_comes_back_as_it_was_told(channels):
    listed = f"(@{','.join(sorted(channels))})"
    reply = f"#{len(str(len(listed)))}{len(listed)}{listed}".encode()
    assert scan_codec.decode_scan_list(reply) == sorted(channels)
