"""The names of a U3's lines. [2]: LabJackPython and LabJack's guide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import BadChannel
from hardware.labjack_u3 import codec


@pytest.mark.parametrize(
    ("channel", "line"),
    [("FIO0", 0), ("FIO5", 5), ("FIO7", 7), ("EIO0", 8), ("EIO7", 15), ("CIO0", 16), ("CIO3", 19)],  # [2]
)
def test_each_line_has_one_name(channel, line):
    assert codec.line_of(channel) == line
    assert codec.name_of(line) == channel


@given(st.integers(0, 19))
def test_names_and_lines_are_one_to_one(line):
    assert codec.line_of(codec.name_of(line)) == line


@pytest.mark.parametrize("channel", ["", "4", "FIO", "FIO8", "EIO8", "CIO4", "fio4", "FIO4\n", "DAC0", "FIO\uff14"])
def test_anything_else_is_no_line(channel):
    with pytest.raises(BadChannel, match="expected FIO0-FIO7, EIO0-EIO7 or CIO0-CIO3"):
        codec.line_of(channel)


def test_three_banks_are_twenty_lines():
    assert codec.lines_of(0x01, 0x80, 0x0F) == 1 | 1 << 15 | 0xF << 16
    assert codec.lines_of(0x10, 0x01) == 1 << 4 | 1 << 8
