"""Where Modbus replies end, and which of them can be answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.modbus.frames import is_answer, rtu_length, tcp_length

AIN0 = bytes.fromhex("0001 0000 0007 01 03 04 3fa00000")
REFUSED = bytes.fromhex("0001 0000 0003 01 83 02")


@pytest.mark.parametrize("frame", [AIN0, REFUSED, bytes.fromhex("000b 0000 0004 02 01 01 08")])
def test_a_tcp_frame_ends_where_its_header_says(frame):
    assert [tcp_length(frame[:count]) for count in range(len(frame) + 1)] == [None] * len(frame) + [len(frame)]
    assert tcp_length(frame + b"more") == len(frame)


@pytest.mark.parametrize(
    "frame",
    [
        bytes.fromhex("02 03 04 00 B2 00 D8 69 4E"),  # [2] handbook of the 2000 series, CRC [T]
        bytes.fromhex("01 03 04 00 00 42 96 4A FD"),  # [2+T] EZ-Zone PM
        bytes.fromhex("01 10 08 70 00 02 42 73"),  # [2+T] EZ-Zone PM
        bytes.fromhex("02 06 00 02 00 FA A8 7A"),  # [2] handbook of the 2000 series, CRC [T]
        bytes.fromhex("02 05 00 03 ff 00 7c 09"),
        bytes.fromhex("02 01 01 08 91 ca"),
        bytes.fromhex("02 02 01 08 61 ca"),
        bytes.fromhex("02 04 02 00 b2 7d 45"),
        bytes.fromhex("02 83 02 30 f1"),
    ],
)
def test_an_rtu_reply_ends_where_its_function_says(frame):
    assert [rtu_length(frame[:count]) for count in range(len(frame) + 1)] == [None] * len(frame) + [len(frame)]
    assert rtu_length(frame + b"more") == len(frame)


def test_the_length_of_a_tcp_frame_has_two_bytes():
    frame = bytes.fromhex("0001 0000 0102") + bytes(258)
    assert [tcp_length(frame[:-1]), tcp_length(frame)] == [None, 264]


def test_as_many_bits_as_there_can_be_are_an_answer():
    asked = bytes.fromhex("01 0000 07d0")
    assert is_answer(asked, b"\x01\xfa" + bytes(250))
    assert not is_answer(asked, b"\x01\x1a" + bytes(26))


ANSWERS = [
    ("01 0003 0001", "01 01 08"),
    ("01 0000 0008", "01 01 08"),
    ("01 0000 0009", "01 02 08 00"),
    ("02 0000 0010", "02 02 08 00"),
    ("03 0000 0002", "03 04 3fa00000"),
    ("04 0000 0001", "04 02 0010"),
    ("05 0003 ff00", "05 0003 ff00"),
    ("06 07d4 0001", "06 07d4 0001"),
    ("10 03e8 0002 04 40200000", "10 03e8 0002"),
    ("03 0000 0002", "83 02"),
    ("05 0003 ff00", "85 04"),
]


@pytest.mark.parametrize(("asked", "said"), ANSWERS)
def test_an_answer_is_one(asked, said):
    assert is_answer(bytes.fromhex(asked), bytes.fromhex(said))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("01 0000 0008", ""),
        ("01 0000 0008", "01"),
        ("01 0000 0008", "01 02 08 00"),
        ("01 0000 0009", "01 01 08"),
        ("01 0000 0008", "01 02 08"),
        ("01 0000 0008", "02 01 08"),
        ("03 0000 0002", "03 02 0010"),
        ("03 0000 0001", "03 04 3fa00000"),
        ("03 0000 0001", "03 02 00"),
        ("03 0000 0001", "03 02 0010 00"),
        ("03 0000 0001", "03 03 0010"),
        ("03 0000 0001", "04 02 0010"),
        ("03 0000 0001", "83"),
        ("03 0000 0001", "83 02 00"),
        ("03 0000 0001", "84 02"),
        ("05 0003 ff00", "05 0004 ff00"),
        ("05 0003 ff00", "05 0003 0000"),
        ("05 0003 ff00", "05 0003 ff00 00"),
        ("06 07d4 0001", "06 07d4 0000"),
        ("06 07d4 0001", "06 07d5 0001"),
        ("10 03e8 0002 04 40200000", "10 03e8 0001"),
        ("10 03e8 0002 04 40200000", "10 03e9 0002"),
        ("10 03e8 0002 04 40200000", "10 03e8 0002 04 40200000"),
    ],
)
def test_anything_else_is_none(asked, said):
    assert not is_answer(bytes.fromhex(asked), bytes.fromhex(said))


@given(st.binary(max_size=300))
def test_no_frame_is_longer_than_what_is_there(data):
    for length in (tcp_length(data), rtu_length(data)):
        assert length is None or 0 < length <= len(data)


@given(st.sampled_from(ANSWERS), st.binary(max_size=20))
def test_only_its_own_form_answers_a_question(pair, said):
    asked = bytes.fromhex(pair[0])
    if is_answer(asked, said):
        assert said[0] & 0x7F == asked[0]
        assert len(said) in (2, len(bytes.fromhex(pair[1])))
