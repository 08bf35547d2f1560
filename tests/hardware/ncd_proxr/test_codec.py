"""ProXR bytes, from the manual and two libraries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import BadChannel, BadReply
from hardware.ncd_proxr import codec
from hardware.ncd_proxr.simulator import ProXRSimulator

PLACES = st.tuples(st.integers(1, 32), st.integers(1, 8))


@pytest.mark.parametrize(
    ("place", "energised", "data"),
    [
        ((1, 1), True, "fe 6c 01"),  # [2]
        ((1, 1), False, "fe 64 01"),  # [2]
        ((1, 8), True, "fe 73 01"),  # [2], by the table
        ((32, 8), False, "fe 6b 20"),  # [2], by the table
    ],
)
def test_a_relay_is_switched_by_these_bytes(place, energised, data):
    assert codec.encode_set(place, energised).hex(" ") == data


@pytest.mark.parametrize(("place", "data"), [((1, 1), "fe 74 01"), ((2, 8), "fe 7b 02")])  # [2]
def test_a_relay_is_asked_for_by_these_bytes(place, data):
    assert codec.encode_ask(place).hex(" ") == data


def test_a_bank_is_asked_for_by_these_bytes():
    assert codec.encode_ask_bank(1).hex(" ") == "fe 7c 01"  # [2]


def test_communications_are_tested_by_these_bytes():
    assert codec.TEST.hex(" ") == "fe 21"  # [2]


def test_relays_are_told_to_follow_at_once_by_these_bytes():
    assert codec.REFRESH.hex(" ") == "fe 19"  # [2]


def test_a_confirmation_is_55():
    codec.decode_done(b"\x55")  # [2]


@pytest.mark.parametrize(("reply", "state"), [(b"\x00", False), (b"\x01", True)])  # [2]
def test_a_state_is_read(reply, state):
    assert codec.decode_state(reply) is state


@pytest.mark.parametrize("reply", [b"", b"\x02", b"\x55", b"\xff", b"\x01\x01", b"1"])
def test_anything_else_is_no_state(reply):
    with pytest.raises(BadReply, match="expected 00 or 01"):
        codec.decode_state(reply)


@pytest.mark.parametrize("reply", [b"", b"\x56", b"\x00", b"\x01", b"UU", b"u"])
def test_anything_else_is_no_confirmation(reply):
    with pytest.raises(BadReply, match="expected 55"):
        codec.decode_done(reply)


@pytest.mark.parametrize(
    ("reply", "energised"), [(b"\x00", set()), (b"\x01", {1}), (b"\x80", {8}), (b"\x55", {1, 3, 5, 7})]
)
def test_a_bank_is_a_bit_for_each_relay_the_lowest_first(reply, energised):
    assert {relay for relay, on in codec.decode_bank(reply).items() if on} == energised
    assert list(codec.decode_bank(reply)) == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("reply", [b"", b"\x00" * 32])
def test_anything_but_one_byte_is_no_bank(reply):
    with pytest.raises(BadReply, match="expected one byte"):
        codec.decode_bank(reply)


def test_a_reply_is_one_byte():
    assert (codec.framing(b""), codec.framing(b"\x55"), codec.framing(b"\x55\x01")) == (None, 1, 1)


@pytest.mark.parametrize(("channel", "place"), [("1.1", (1, 1)), ("2.5", (2, 5)), ("32.8", (32, 8))])
def test_a_channel_is_bank_and_relay_from_1(channel, place):
    assert codec.parse_channel(channel) == place


@pytest.mark.parametrize("channel", ["", "0.1", "1.0", "1.9", "33.1", "1,1", "a.b", "1.1\n", "\uff11.1", "\u0661.1"])
def test_channels_that_no_controller_has_are_refused(channel):
    with pytest.raises(BadChannel, match=r"like 1\.1 or 2\.5$"):
        codec.parse_channel(channel)


@pytest.mark.parametrize("channel", ["0", "1", "8", "19", "256"])
def test_running_numbers_are_refused_since_nobody_knows_from_where_they_count(channel):
    with pytest.raises(BadChannel, match="some count from 0 and some from 1"):
        codec.parse_channel(channel)


@given(PLACES, st.booleans())
def test_what_the_codec_says_is_what_the_simulator_understands(place, energised):
    simulator = ProXRSimulator(banks=32)
    codec.decode_done(simulator.feed(codec.encode_set(place, True)))
    codec.decode_done(simulator.feed(codec.encode_set(place, energised)))
    bank, relay = place
    assert [channel for channel, on in simulator.relays.items() if on] == [f"{bank}.{relay}"] * energised
    assert codec.decode_state(simulator.feed(codec.encode_ask(place))) is energised
    assert codec.decode_bank(simulator.feed(codec.encode_ask_bank(bank)))[relay] is energised


@given(st.binary(max_size=4))
def test_whatever_comes_is_read_or_a_bad_reply(reply):
    for decode in (codec.decode_done, codec.decode_state, codec.decode_bank):
        try:
            decode(reply)
        except BadReply:
            continue
        assert len(reply) == 1
