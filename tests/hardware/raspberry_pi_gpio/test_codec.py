"""Names of pins, and the kernel's structures: numbers, sizes and places as a C compiler lays out linux/gpio.h [T]."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import BadChannel
from hardware.raspberry_pi_gpio import codec


@pytest.mark.parametrize("pin", range(2, 28))
def test_each_pin_has_one_name(pin):
    assert codec.pin_of(str(pin)) == pin


@pytest.mark.parametrize(
    "channel", ["", "0", "1", "28", "99", "02", "017", " 17", "17\n", "GPIO17", "1.7", "-2", "A", "\uff11\uff17", "²"]
)
def test_anything_else_is_no_pin(channel):
    with pytest.raises(BadChannel, match="expected the BCM number of a pin, 2 to 27"):
        codec.pin_of(channel)


def test_the_questions_are_these():
    assert (codec.GET_LINE_INFO, codec.GET_LINE, codec.GET_VALUES) == (0xC100B405, 0xC250B407, 0xC010B40E)


@pytest.mark.parametrize(
    ("question", "number"),
    [
        (codec.encode_line_info(17), codec.GET_LINE_INFO),
        (codec.encode_line_as_is(17), codec.GET_LINE),
        (codec.encode_values(), codec.GET_VALUES),
    ],
)
def test_a_question_is_as_long_as_its_number_says(question, number):
    assert len(question) == number >> 16 & 0x3FFF


def test_a_line_is_asked_for_by_its_offset():
    question = codec.encode_line_info(17)
    assert struct.unpack_from("=I", question, 64) == (17,)
    assert not any(question[:64] + question[68:])


def test_a_line_is_taken_without_a_direction():
    question = codec.encode_line_as_is(17)
    assert struct.unpack_from("=I", question, 0) == (17,)
    assert bytes(question[256:288]).rstrip(b"\0") == b"valvetree looks"
    assert struct.unpack_from("=QI", question, 288) == (0, 0), "flags would make it an input or an output"
    assert struct.unpack_from("=I", question, 560) == (1,)
    assert not any(question[4:256] + question[300:560] + question[564:])


def test_its_descriptor_is_at_the_end():
    answer = codec.encode_line_as_is(17)
    struct.pack_into("=i", answer, 588, 42)
    assert codec.decode_line(bytes(answer)) == 42


@pytest.mark.parametrize(
    ("flags", "consumer", "told"),
    [
        (0x4, b"", (False, "")),  # an input
        (0x8, b"", (True, "")),  # an output
        (0x9, b"lg", (True, "lg")),  # used
        (0x5, b"", (False, "somebody")),
        (0x8 | 0x100, b"", (True, "")),  # with a pull-up
    ],
)
def test_what_a_line_is_is_read(flags, consumer, told):
    answer = codec.encode_line_info(17)
    answer[32 : 32 + len(consumer)] = consumer
    struct.pack_into("=Q", answer, 72, flags)
    assert codec.decode_line_info(bytes(answer)) == told


@pytest.mark.parametrize(("bits", "high"), [(0, False), (1, True), (2, False), (3, True)])
def test_its_level_is_the_first_bit(bits, high):
    question = codec.encode_values()
    assert struct.unpack("=QQ", question) == (0, 1)
    struct.pack_into("=Q", question, 0, bits)
    assert codec.decode_values(bytes(question)) is high


@given(st.integers(0, 27), st.booleans())
def test_whatever_the_line_it_is_asked_for_by_its_number(line, high):
    question = codec.encode_line_as_is(line)
    assert int.from_bytes(question[:4], "little") == line
    assert codec.decode_values(struct.pack("=QQ", int(high), 1)) is high
