"""Lines of the sketch, as it and Pychron have them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.arduino_gp import codec
from hardware.arduino_gp.codec import Position
from hardware.arduino_gp.simulator import ArduinoSimulator
from hardware.errors import BadChannel, BadReply


@pytest.mark.parametrize(
    ("pin", "high", "data"),
    [
        (51, True, "77 20 35 31 20 31 0d"),  # [1] both ends of PY
        (51, False, "77 20 35 31 20 30 0d"),
        (9, True, "77 20 39 20 31 0d"),
    ],
)
def test_an_output_is_set_by_these_bytes(pin, high, data):
    assert codec.encode_write(pin, high).hex(" ") == data


def test_a_pin_is_asked_for_by_these_bytes():
    assert codec.encode_read(50).hex(" ") == "72 20 35 30 0d"  # [1] both ends of PY


def test_a_command_is_confirmed_by_ok():
    codec.decode_written(b"OK")  # [1] both ends of PY


@pytest.mark.parametrize("reply", [b"", b"O", b"ok", b"OK ", b"1", b"0", b"OKOK", b"\x00OK"])
def test_anything_else_is_no_confirmation(reply):
    with pytest.raises(BadReply, match="expected OK, got"):
        codec.decode_written(reply)


@pytest.mark.parametrize(("reply", "level"), [(b"0", False), (b"1", True)])  # [1] both ends of PY
def test_a_level_is_read(reply, level):
    assert codec.is_level(reply)
    assert codec.decode_level(reply) is level


@pytest.mark.parametrize("reply", [b"", b"2", b"10", b"OK", b" 1", b"1 ", b"-1", b"\x001", b"p"])
def test_anything_else_is_no_level(reply):
    assert not codec.is_level(reply)
    with pytest.raises(BadReply, match="expected 0 or 1, got"):
        codec.decode_level(reply)


@pytest.mark.parametrize(
    ("levels", "position"),
    [
        ((True, False), Position.OPEN),
        ((False, True), Position.CLOSED),
        ((False, False), Position.MOVING),
        ((True, True), Position.CONTRADICTORY),
    ],
)
def test_a_valve_is_somewhere_only_where_its_indicators_agree(levels, position):
    assert codec.position(*levels) is position


@pytest.mark.parametrize("channel", ["0", "9", "10", "99"])
def test_an_address_is_a_number(channel):
    codec.check_channel(channel)


@pytest.mark.parametrize("channel", ["", "00", "01", "100", "-1", "1.1", "A", "1 ", "1\n", "\uff11", "\u0661"])
def test_anything_else_is_no_address(channel):
    with pytest.raises(BadChannel, match="expected an address from 0 to 99"):
        codec.check_channel(channel)


@given(st.integers(0, 9), st.booleans())
def test_what_the_codec_says_is_what_the_simulator_understands(address, high):
    board = ArduinoSimulator()
    board.boots_s, board.loses_first = 0.0, False
    output = 51 - 3 * address
    board.feed(codec.encode_write(output, not high))
    codec.decode_written(board.feed(codec.encode_write(output, high)).removesuffix(b"\r\n"))
    assert [n for n, on in board.relays.items() if on] == [str(address)] * high
    levels = [codec.decode_level(board.feed(codec.encode_read(output - n)).removesuffix(b"\r\n")) for n in (0, 1, 2)]
    assert levels == [high, high, not high]


@given(st.binary(max_size=6))
def test_whatever_comes_is_read_or_a_bad_reply(reply):
    for decode in (codec.decode_written, codec.decode_level):
        try:
            decode(reply)
        except BadReply:
            continue
        assert reply in {b"OK", b"0", b"1"}
