"""Registers and lines of the T series, from the public register list and the datasheet."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import BadChannel, BadReply
from hardware.labjack_t import codec
from hardware.labjack_t.codec import T4, T7

T4_CHANNELS = [f"FIO{n}" for n in range(4, 8)] + [f"EIO{n}" for n in range(8)] + [f"CIO{n}" for n in range(4)]
T7_CHANNELS = [f"FIO{n}" for n in range(8)] + T4_CHANNELS[4:] + [f"MIO{n}" for n in range(3)]


@pytest.mark.parametrize(
    ("channel", "line", "register"),
    [  # [2] register list, datasheet
        ("FIO4", 4, 2004),
        ("FIO7", 7, 2007),
        ("EIO0", 8, 2008),
        ("EIO7", 15, 2015),
        ("CIO0", 16, 2016),
        ("CIO3", 19, 2019),
    ],
)
@pytest.mark.parametrize("model", [T4, T7])
def test_a_line_has_this_number_and_register(model, channel, line, register):
    assert codec.line_of(model, channel) == line
    assert codec.line_register(line) == register


@pytest.mark.parametrize(("channel", "register"), [("FIO0", 2000), ("FIO3", 2003), ("MIO0", 2020), ("MIO2", 2022)])
def test_only_a_t7_has_these(channel, register):  # [2], T4: [1] datasheet
    assert codec.line_register(codec.line_of(T7, channel)) == register
    with pytest.raises(BadChannel, match=f"^channel '{channel}': a T4 has FIO4-7, EIO0-7 or CIO0-3$"):
        codec.line_of(T4, channel)


@pytest.mark.parametrize(
    "channel", ["", "FIO", "FIO8", "EIO8", "CIO4", "MIO3", "fio4", "FIO04", " FIO4", "FIO4\n", "DIO4", "4", "FIO\uff14"]
)
def test_names_that_no_line_has_are_refused(channel):
    with pytest.raises(BadChannel, match=r"a T4 has FIO4-7, EIO0-7 or CIO0-3$"):
        codec.line_of(T4, channel)
    with pytest.raises(BadChannel, match=r"a T7 has FIO0-7, EIO0-7, CIO0-3 or MIO0-2$"):
        codec.line_of(T7, channel)


def test_the_lines_of_a_model_are_these():
    assert [codec.line_of(T4, channel) for channel in T4_CHANNELS] == list(T4.lines) == list(range(4, 20))
    assert [codec.line_of(T7, channel) for channel in T7_CHANNELS] == list(T7.lines) == list(range(23))
    assert list(T4.flexible) == list(range(4, 12))  # [1] datasheet 13.1
    assert list(T7.flexible) == []
    assert (T4.product, T7.product) == (4.0, 7.0)  # [1] register list


def test_the_registers_are_these():  # [1] register list
    assert (codec.DIO_STATE, codec.DIO_DIRECTION, codec.DIO_ANALOG_ENABLE, codec.DIO_INHIBIT) == (
        2800,
        2850,
        2880,
        2900,
    )
    assert (codec.TEST, codec.TEST_VALUE) == (55100, 0x00112233)
    assert (codec.PRODUCT_ID, codec.FIRMWARE_VERSION, codec.SERIAL_NUMBER) == (60000, 60004, 60028)


def test_a_mask_has_the_bits_of_its_lines_and_an_inhibit_mask_all_others():
    assert codec.mask_of([4, 8, 19]) == 0x80110
    assert codec.mask_of([4, 4]) == 0x10
    assert codec.inhibit_of([4, 8]) == 0x7FFEEF
    assert codec.inhibit_of([]) == 0x7FFFFF


@pytest.mark.parametrize(
    ("state", "direction", "analog", "energised"),
    [
        (0x10, 0x10, 0, True),
        (0x10, 0, 0, None),  # an input whose pull-up makes it high
        (0, 0, 0, None),
        (0x10, 0x10, 0x10, None),
        (0x10, 0x10, 0x20, True),
        (0, 0x10, 0, False),
        (0xFFFFEF, 0xFFFFFF, 0, False),
        (0xFFFFFF, 0xFFFFEF, 0, None),
    ],
)
def test_a_line_that_is_an_output_is_high_or_low_and_any_other_drives_nothing(state, direction, analog, energised):
    assert codec.driven(4, state=state, direction=direction, analog=analog) is energised


def test_a_32_bit_register_has_its_high_word_first():
    assert codec.to_u32([0x0011, 0x2233]) == 0x00112233
    assert codec.from_u32(0x00112233) == [0x0011, 0x2233]


@given(st.integers(0, 0xFFFFFFFF))
def test_a_number_is_the_same_after_it_was_registers(number):
    assert codec.to_u32(codec.from_u32(number)) == number
    assert struct.pack(">HH", *codec.from_u32(number)) == struct.pack(">I", number)


@given(st.sets(st.integers(0, 22)))
def test_each_line_is_in_one_of_the_two_masks(lines):
    assert codec.mask_of(lines) ^ codec.inhibit_of(lines) == 0x7FFFFF
    assert {line for line in range(23) if codec.has(codec.mask_of(lines), line)} == lines


def test_the_test_register_tells_a_labjack_whose_words_are_in_order():
    codec.check_test([0x0011, 0x2233])
    for words in ([0x2233, 0x0011], [0, 0], [0x0011, 0x2234], [0x3322, 0x1100]):
        with pytest.raises(BadReply, match="no LabJack of the T series"):
            codec.check_test(words)
