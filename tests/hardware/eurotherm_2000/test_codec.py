"""EI-Bisynch bytes, from the handbook's examples."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import BadReply, DeviceRefused
from hardware.eurotherm_2000 import codec

PV_16_4 = bytes.fromhex("02 50 56 31 36 2E 34 03 18")


def test_a_read_is_asked_by_these_bytes():
    assert codec.encode_read(0, 1, "PV") == bytes.fromhex("04 30 30 31 31 50 56 05")


def test_a_write_is_these_bytes():
    assert codec.encode_write(0, 1, "SL", 22.0) == bytes.fromhex("04 30 30 31 31 02 53 4C 32 32 2E 30 03 02")


def test_a_whole_number_is_written_without_decimals():
    assert codec.encode_write(2, 5, "mA", 0, decimals=0) == b"\x042255\x02mA0\x03" + codec.check_character(b"mA0\x03")


def test_the_last_message_is_asked_for_once_more_by_this_byte():
    assert bytes.fromhex("15") == codec.REPEAT


def test_a_value_is_read():
    assert codec.decode_number(PV_16_4, "PV") == 16.4


def test_a_reply_ends_one_byte_after_etx_however_it_comes():
    lengths = [codec.frame_length(PV_16_4[:count]) for count in range(len(PV_16_4) + 1)]
    assert lengths == [None] * len(PV_16_4) + [len(PV_16_4)]
    assert codec.frame_length(PV_16_4 + b"\x02PV") == len(PV_16_4)


@pytest.mark.parametrize("check", [0x03, 0x04, 0x0D, 0x20])
def test_a_check_character_may_look_like_anything(check):
    rest = b"PV1" + bytes([check ^ codec.check_character(b"PV1\x03")[0]])
    frame = b"\x02" + rest + b"\x03" + bytes([check])
    assert codec.check_character(frame[1:-1]) == bytes([check])
    assert codec.frame_length(frame) == len(frame)


@pytest.mark.parametrize("byte", [b"\x06", b"\x15", b"\x04", b"x"])
def test_other_replies_are_one_byte(byte):
    assert codec.frame_length(byte) == 1
    assert codec.frame_length(byte + b"more") == 1


def test_an_unknown_parameter_is_the_devices_refusal():
    with pytest.raises(DeviceRefused, match="does not know the parameter XX"):
        codec.decode_value(b"\x04", "XX")


@pytest.mark.parametrize(
    "reply",
    [
        PV_16_4[:-1] + b"\x19",
        PV_16_4.replace(b"6", b"7"),
        PV_16_4 + b"\x18",
        b"\x02SL16.4\x03" + codec.check_character(b"SL16.4\x03"),
        b"\x02PVhot\x03" + codec.check_character(b"PVhot\x03"),
        b"\x02PVnan\x03" + codec.check_character(b"PVnan\x03"),
        b"\x02PVinf\x03" + codec.check_character(b"PVinf\x03"),
        b"\x02PV-1e999\x03" + codec.check_character(b"PV-1e999\x03"),
        b"\x02PV\x03" + codec.check_character(b"PV\x03"),
        b"\x06",
        b"x",
        b"",
    ],
)
def test_anything_else_is_a_bad_reply(reply):
    with pytest.raises(BadReply):
        codec.decode_number(reply, "PV")


def test_a_write_is_accepted_or_refused():
    assert codec.decode_written(b"\x06") is True
    assert codec.decode_written(b"\x15") is False
    with pytest.raises(BadReply):
        codec.decode_written(b"\x0f")


def value(text):
    return b"\x02" + text + b"\x03" + codec.check_character(text + b"\x03")


@pytest.mark.parametrize(("text", "word"), [(b"SO>0000", 0), (b"SO>0020", 0x20), (b"SO>fFe1", 0xFFE1)])
def test_a_status_is_a_word(text, word):
    assert codec.decode_word(value(text), "SO") == word


@pytest.mark.parametrize("text", [b"SO0020", b"SO>20", b"SO>00200", b"SO>00G0", b"SO", b"EE>0000", b"SO>0020 1"])
def test_anything_else_is_no_word(text):
    with pytest.raises(BadReply):
        codec.decode_word(value(text), "SO")


@pytest.mark.parametrize(
    ("code", "words"), [("1", "not know"), ("2", "read only"), ("7", "not read the message"), ("8", "over a limit")]
)
def test_the_last_error_has_words(code, words):
    assert words in codec.ERRORS[f">000{code}"]


@given(st.binary(max_size=20), st.sampled_from(["PV", "SO", "EE"]))
def test_whatever_comes_is_a_value_or_a_bad_reply(reply, mnemonic):
    for decode in (codec.decode_number, codec.decode_word):
        with contextlib.suppress(BadReply, DeviceRefused):
            decode(reply, mnemonic)


@given(st.floats(-9999, 99999), st.integers(0, 9), st.integers(0, 9))
def test_what_is_written_is_what_would_be_read(number, group, unit):
    frame = codec.encode_write(group, unit, "SL", number)
    assert frame[:5] == f"\x04{group}{group}{unit}{unit}".encode()
    assert codec.decode_number(frame[5:], "SL") == pytest.approx(number, abs=0.0501)
    assert codec.frame_length(frame[5:]) == len(frame) - 5
