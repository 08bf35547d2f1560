"""MCode messages as the manual and others' programs have them, both ways."""

import pytest

from hardware.errors import BadReply
from hardware.mdrive import codec


@pytest.mark.parametrize(
    ("address", "command", "message"),
    [
        (None, codec.move_to(51200), b"MA 51200\r"),
        (None, codec.move_to(-7), b"MA -7\r"),
        (None, codec.slew(0), b"SL 0\r"),
        (None, codec.slew(-20000), b"SL -20000\r"),
        (None, codec.assign("P", 0), b"P=0\r"),
        (None, codec.assign("VM", 768000), b"VM=768000\r"),
        (None, codec.ask("P"), b"PR P\r"),
        ("1", codec.ask("P"), b"1PR P\n"),
        ("X", codec.move_to(51200), b"XMA 51200\n"),
        (None, codec.ask("P", "MV", "ST"), b'PR P,"_"MV,"_"ST\r'),
    ],
)
def test_a_command_is_these_bytes(address, command, message):
    assert codec.encode(address, command) == message


@pytest.mark.parametrize(
    ("line", "variables", "numbers"),
    [
        (b"51200", "P", [51200]),
        (b"-51200_1_0", ("P", "MV", "ST"), [-51200, 1, 0]),
        (b" 12 _ 0 _ 1 ", ("P", "MV", "ST"), [12, 0, 1]),
        (b"+3_0", ("P", "MV"), [3, 0]),
    ],
)
def test_numbers_are_read(line, variables, numbers):
    assert codec.decode_numbers(line, variables) == numbers


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"12",
        b"12_0",
        b"12_0_0_0",
        b"12_0_",
        b"_0_0",
        b"12_0_x",
        b"1.5_0_0",
        b"12_0_\xff",
        b"12 0_0",
        b"?",
        b"--1_0_0",
    ],
)
def test_whatever_is_not_as_many_numbers_is_no_answer(line):
    with pytest.raises(BadReply, match="expected 3 numbers for P MV ST"):
        codec.decode_numbers(line, (*codec.LOOK, codec.STALLED))


def test_a_number_has_ten_digits_at_most():
    assert codec.decode_numbers(b"-2147483648", "P") == [-2147483648]
    with pytest.raises(BadReply):
        codec.decode_numbers(b"12345678901", "P")


def test_a_flag_is_0_or_1():
    assert [codec.decode_flag(number, "MV") for number in (0, 1)] == [False, True]
    with pytest.raises(BadReply, match="expected 0 or 1 for MV, got 2"):
        codec.decode_flag(2, "MV")


def test_text_is_text():
    assert codec.decode_text(b"3.010 ") == "3.010"
    with pytest.raises(BadReply):
        codec.decode_text(b"\x013.010")


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "it tells no error"), (86, "error 86: it has stalled"), (199, "error 199: see the MCode manual")],
)
def test_an_error_is_told_in_words(number, text):
    assert codec.decode_error(number) == text


def test_these_errors_have_words():
    known = [20, 21, 22, 23, 24, 25, 37, 48, 63, 70, 71, 72, 80, 82, 83, 84, 85, 86, 90, 91, 92, 93]
    assert sorted(codec.ERRORS) == known
    assert (codec.ERRORS[83], codec.ERRORS[84]) == (
        "it reached the limit switch in plus direction",
        "it reached the limit switch in minus direction",
    )
