"""34970A bytes, from the manual's tables."""

import pytest

from hardware.agilent_34970a import codec
from hardware.agilent_34970a.simulator import Agilent34970aSimulator
from hardware.errors import BadChannel, BadReply


@pytest.mark.parametrize(
    ("channel", "closed", "data"),
    [("101", True, b"ROUT:CLOS (@101)\n"), ("101", False, b"ROUT:OPEN (@101)\n"), ("320", True, b"ROUT:CLOS (@320)\n")],
)
def test_a_relay_is_switched_by_these_bytes(channel, closed, data):
    assert codec.encode_set(channel, closed) == data


@pytest.mark.parametrize(
    ("channels", "data"),
    [
        (["101"], b"ROUT:CLOS? (@101)\n"),
        (["101", "102"], b"ROUT:CLOS? (@101:102)\n"),
        (["101", "103", "104", "105"], b"ROUT:CLOS? (@101,103:105)\n"),
        (["119", "120", "201", "202", "301"], b"ROUT:CLOS? (@119:120,201:202,301)\n"),
    ],
)
def test_channels_are_asked_for_as_a_compact_list(channels, data):
    assert codec.encode_ask_closed(channels) == data


@pytest.mark.parametrize("end", [b"", b"\r"])
@pytest.mark.parametrize(("reply", "states"), [(b"1", [True]), (b"0", [False]), (b"1,0,1", [True, False, True])])
def test_states_are_read(reply, states, end):
    assert codec.decode_closed(reply + end, len(states)) == states


@pytest.mark.parametrize("reply", [b"", b"2", b"1,0", b"1x", b"x1", b"1\r\r", b" 1", b"1,", b'+0,"No error"', b"\xff"])
def test_anything_else_is_no_state(reply):
    with pytest.raises(BadReply, match="expected 1 of 1 or 0"):
        codec.decode_closed(reply, 1)


def test_too_few_states_are_not_taken_for_all():
    with pytest.raises(BadReply, match=r"expected 3 of 1 or 0, got b'1,0'"):
        codec.decode_closed(b"1,0", 3)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (b'+0,"No error"', (0, "No error")),
        (b'+0,"No error"\r', (0, "No error")),
        (b'-113,"Undefined header"', (-113, "Undefined header")),
        (b'-222,"Data out of range"', (-222, "Data out of range")),
        (b'+111,"Channel list: slot number out of range"', (111, "Channel list: slot number out of range")),
        (b'112,"Channel list: channel number out of range"', (112, "Channel list: channel number out of range")),
        (b'-350,"Error queue overflow"', (-350, "Error queue overflow")),
    ],
)
def test_errors_are_read(reply, error):
    assert codec.decode_error(reply) == error
    assert codec.is_error(reply)


@pytest.mark.parametrize(
    "reply", [b"", b"1", b"0", b'+0,"No error', b'+0,"No error"x', b'q0,"No error"', b"+0", b'+0,"No error" ']
)
def test_anything_else_is_no_error(reply):
    assert not codec.is_error(reply)
    with pytest.raises(BadReply):
        codec.decode_error(reply)


def test_a_card_has_as_many_relays_as_its_channels_are_numbered():
    assert codec.check_channel(f"1{codec.RELAYS:02d}") == "120"


def test_the_channels_of_a_card_that_can_be_scanned_are_asked_for_with_one_question():
    assert codec.encode_ask_closed(codec.card_channels("3")) == b"ROUT:CLOS? (@301:320)\n"  # [2]


def test_what_one_line_cannot_have_is_asked_for_with_several():
    gaps = [*(f"{slot}{relay:02d}" for slot in (1, 2, 3) for relay in range(1, 20, 2)), "320"]
    parts = codec.split_list(gaps)
    assert [channel for part in parts for channel in part] == gaps
    assert [len(codec.encode_ask_closed(part)) for part in parts] == [126, 26]
    assert codec.split_list(gaps[:28]) == [gaps[:28]]
    assert codec.split_list([]) == []
    assert codec.LONGEST_BYTES == 128  # [1]


def test_a_synchronising_question_is_told_by_the_length_of_its_reply():
    assert codec.encode_sync("2", 3) == b"ROUT:CLOS? (@201:203)\n"
    assert codec.is_sync(b"1,0,1\r", 3)


@pytest.mark.parametrize("reply", [b"1", b"1,0", b"1,0,1,0", b"1,0,x", b'+0,"No error"', b"", b"1,0,"])
def test_other_replies_do_not_answer_it(reply):
    assert not codec.is_sync(reply, 3)


@pytest.mark.parametrize(
    "channel", ["100", "121", "401", "001", "1", "1010", "", "A01", " 101", "101\n", "\uff11\uff10\uff11"]
)
def test_channels_that_no_34903a_has_are_refused(channel):
    with pytest.raises(BadChannel, match="expected slot 1-3 and relay 01-20"):
        codec.check_channel(channel)


def test_what_the_codec_says_is_what_the_simulator_understands():
    simulator = Agilent34970aSimulator()
    assert simulator.feed(codec.encode_set("103", True)) == b""
    reply = simulator.feed(codec.encode_ask_closed(["101", "102", "103", "105"]))
    assert codec.decode_closed(reply.removesuffix(b"\n"), 4) == [False, False, True, False]
