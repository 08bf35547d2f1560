"""What an answer to Hello is taken for."""

import pytest

from transports.rpc.fields import Welcome
from transports.rpc.greeting import TurnedAway, check_answered, welcome_of


def test_a_node_of_ours_says_who_it_is():
    welcome = Welcome("Far", "far-1", "-", 5, {"ids": ""})
    assert welcome_of(welcome.encode()) == welcome


def test_a_protocol_too_far_away_is_turned_down():
    with pytest.raises(TurnedAway, match="Far speaks protocol version 3, this node 1"):
        welcome_of(Welcome("Far", "far-1", "-", 5, version=3).encode())


@pytest.mark.parametrize("text", ["ERROR 003 : invalid command: Hello", "OK", "", "False", "HELLO", "ERROR 007 : who?"])
def test_whoever_does_not_know_hello_is_none_of_ours(text):
    assert welcome_of(text) is None


@pytest.mark.parametrize("code", ["004", "013", "017", "020", "021", "022"])
def test_a_refusal_to_talk_is_none_of_another_kind_of_peer(code):
    with pytest.raises(TurnedAway, match=f"it turned us away: ERROR {code}"):
        welcome_of(f"ERROR {code} : not now")


def test_silence_is_no_answer():
    check_answered("A0,B0")
    with pytest.raises(TurnedAway, match=r"no answer in 2\.0 s"):
        check_answered(None, "no answer in 2.0 s")


@pytest.mark.parametrize(
    "text", ["HELLO 1 Far", "HELLO 1 Far far-1 - x", "HELLO 1 Far far-1 - 5 ids more", "HELLO 1x a"]
)
def test_whoever_says_hello_in_a_way_that_is_not_understood_is_no_plain_peer(text):
    with pytest.raises(TurnedAway, match="its HELLO is malformed: "):
        welcome_of(text)
