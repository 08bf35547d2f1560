"""The words of ASCII switch controllers and of Pychron's valve server, as Pychron has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.ascii_gp import codec
from hardware.ascii_gp.simulator import SwitchController
from hardware.errors import BadChannel, BadReply, DeviceRefused

PLAIN = codec.Dialect(
    open_command="Open",
    close_command="Close",
    state_command="GetValveState",
    delimiter=" ",
    terminator="\r",
    reply_terminator="\n",
    done=["OK"],
    refused=["ok"],
    opened=["True"],
    closed=["False"],
    errors=["ERROR"],
)
OTHER = codec.Dialect(
    open_command="SW ON",
    close_command="SW OFF",
    state_command="SW?",
    delimiter=",",
    terminator="\r\n",
    reply_terminator=";",
    done=["+"],
    refused=[],
    opened=["1"],
    closed=["0"],
    errors=["E", "?"],
)


@pytest.mark.parametrize(
    ("dialect", "energised", "line"),
    [
        (PLAIN, True, b"Open A\r"),  # [1] PY
        (PLAIN, False, b"Close A\r"),  # [1] PY
        (OTHER, True, b"SW ON,A\r\n"),
        (OTHER, False, b"SW OFF,A\r\n"),
    ],
)
def test_a_valve_is_switched_by_these_lines(dialect, energised, line):
    assert codec.encode_set(dialect, "A", energised) == line


@pytest.mark.parametrize(("dialect", "line"), [(PLAIN, b"GetValveState V-1\r"), (OTHER, b"SW?,V-1\r\n")])  # [1] PY
def test_a_valve_is_asked_for_by_these_lines(dialect, line):
    assert codec.encode_ask(dialect, "V-1") == line


@pytest.mark.parametrize(
    ("dialect", "reply"),
    [(PLAIN, b"OK\n"), (PLAIN, b"OK\r\n"), (PLAIN, b" OK \r\n"), (PLAIN, b"OK"), (OTHER, b"+;")],  # [1] PY
)
def test_a_command_is_confirmed(dialect, reply):
    codec.decode_done(dialect, reply)


@pytest.mark.parametrize("reply", [b"", b"O", b"OKK", b"OK OK", b"Ok", b"True", b"1", b"\xffOK", b"OK\x00"])
def test_anything_else_is_no_confirmation(reply):
    with pytest.raises(BadReply, match="expected 'OK', got"):
        codec.decode_done(PLAIN, reply)


def test_taken_and_not_carried_out_is_refused():
    with pytest.raises(DeviceRefused, match="'ok': taken, but not carried out"):
        codec.decode_done(PLAIN, b"ok\n")


@pytest.mark.parametrize(
    ("dialect", "reply", "state"),
    [(PLAIN, b"True\n", True), (PLAIN, b"False\r\n", False), (OTHER, b"1;", True), (OTHER, b"0;", False)],  # [1] PY
)
def test_a_state_is_read(dialect, reply, state):
    assert codec.decode_state(dialect, reply) is state


@pytest.mark.parametrize("reply", [b"", b"OK", b"T", b"Fal", b"true", b"None", b"1", b"TrueFalse", b"No Response"])
def test_what_is_not_open_is_not_closed(reply):
    with pytest.raises(BadReply, match="expected 'True' or 'False', got"):
        codec.decode_state(PLAIN, reply)


@pytest.mark.parametrize("decode", [codec.decode_done, codec.decode_state])
def test_an_error_is_told_in_its_own_words(decode):
    with pytest.raises(DeviceRefused, match=r"^ERROR 015 : Valve A failed to actuate open$"):
        decode(PLAIN, b"ERROR 015 : Valve A failed to actuate open\r\n")
    with pytest.raises(DeviceRefused, match=r"^\?3$"):
        decode(OTHER, b"?3;")


def test_a_reply_ends_with_its_terminator_or_has_no_end():
    assert codec.framing("\n")(b"OK\r\nOK") == 4
    assert codec.framing("\n")(b"\nOK\n") == 1
    assert codec.framing("\r\n")(b"OK\r") is None
    assert codec.framing("")(b"OK\r\n") is None


@pytest.mark.parametrize("channel", ["A", "V-12", "1", "_x", "Mod1/V2", "a.b:c", "A" * 32])
def test_names_and_numbers_are_channels(channel):
    codec.check_channel(channel)


@pytest.mark.parametrize("channel", ["", " ", "A B", "A,B", "A\r", "\rA", "A\x00", "-A", "{A}", "\u0410", "A" * 33])
def test_what_could_be_taken_for_more_than_a_name_is_no_channel(channel):
    with pytest.raises(BadChannel):
        codec.check_channel(channel)


@given(st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,31}", fullmatch=True), st.booleans())
def test_what_the_codec_says_is_what_the_simulator_understands(channel, energised):
    codec.check_channel(channel)
    simulator = SwitchController()
    simulator.relays[channel] = not energised
    codec.decode_done(PLAIN, simulator.feed(codec.encode_set(PLAIN, channel, energised)))
    assert dict(simulator.relays) == {channel: energised}
    assert codec.decode_state(PLAIN, simulator.feed(codec.encode_ask(PLAIN, channel))) is energised


@given(st.binary(max_size=40))
def test_whatever_comes_is_a_word_or_told_as_wrong(reply):
    for decode in (codec.decode_done, codec.decode_state):
        try:
            decode(PLAIN, reply)
        except (BadReply, DeviceRefused):
            continue
        assert reply.strip() in {b"OK", b"True", b"False"}
