"""Plain peers that keep the connection, and peers that frame without knowing HELLO."""

import pytest

from actors.actuation import Switched
from actors.messages import (
    Kind,
    Source,
    State,
)
from tests.actors.house import until
from tests.transports.rpc.desk import Far
from tests.transports.rpc.near import Near
from tests.transports.rpc.plain.meeting import moved
from transports.rpc import words

OPEN, CLOSED = State.OPEN, State.CLOSED


@pytest.mark.parametrize("end", ["", "\r\n", "\n"])
@pytest.mark.parametrize("mute", [True, False])
def test_a_peer_that_keeps_the_connection_is_spoken_to_on_one(house, new_server, end, mute):
    server = new_server("A", "B", closes=False, end=end, mute_to_unknown=mute)
    near = Near(house, server.port, timeout_s=0.4)
    near.is_up()
    assert near.view().detail == "plain"
    for target in (OPEN, CLOSED, OPEN):
        assert moved(near, target).kind is Kind.MOVED
    acts = [connection for connection in server.received if b"Open A\r" in connection]
    look = b"GetIndicatorState A\r"
    assert acts == [[b"Open A\r", look, b"Close A\r", look, b"Open A\r", look]]


def test_a_peer_that_closes_what_is_idle_is_connected_to_again(house, new_server):
    server = new_server("A", closes=False)
    near = Near(house, server.port)
    near.is_up()
    assert moved(near).kind is Kind.MOVED
    server.closes = True
    assert moved(near, CLOSED).kind is Kind.MOVED
    assert moved(near).kind is Kind.MOVED


def test_what_comes_unasked_is_taken_for_no_answer(house, logs):
    far = Far(lambda: 0.0)
    near = Near(house, far.port, framing="plain")
    asks = far.accept()
    asks.line()
    asks.socket.sendall(b"A0" + words.crc("A0").encode() + b"\r\n")
    near.is_up()
    asks.socket.sendall(b"OK\r\n")
    assert logs.wait_for("node.unasked")["said"] == "OK"
    assert asks.how_it_ended() == "reset"
    far.close()


def test_a_late_reply_is_never_taken_for_the_next_ones(house):
    far = Far(lambda: 0.0)
    near = Near(house, far.port, framing="plain", timeout_s=0.3)
    asks = far.accept()
    asks.line()
    asks.socket.sendall(b"A0" + words.crc("A0").encode() + b"\r\n")
    near.is_up()
    near.switch()
    acts = far.accept()
    assert acts.line()[0] == "Open A"
    look = far.accept()  # the first one is given up
    assert acts.how_it_ended() == "reset"
    assert look.line()[0] == "GetIndicatorState A"
    look.socket.sendall(b"False\r\n")
    assert near.end().kind is Kind.UNKNOWN
    far.close()


@pytest.fixture
def braced_far():
    made = Far(lambda: 0.0)
    yield made
    made.close()


def meet_braced(far):
    acts, asks = far.accept(), far.accept()
    asks.line()
    acts.line()
    acts.reply("ERROR 003 : invalid command: Hello")
    session = far.accept()
    assert session.line() == ("GetValveStates", {})
    session.reply(words.states_word([("A", "0")]))


@pytest.mark.parametrize("framing", ["auto", "braced"])
def test_a_peer_that_frames_its_answer_is_spoken_to_in_frames(house, braced_far, framing):
    near = Near(house, braced_far.port, framing=framing)
    meet_braced(braced_far)
    near.is_up()
    assert near.view().detail == "braced without HELLO"
    near.switch()
    acts = braced_far.accept()
    for reply, asked in (("OK", "Open A"), ("True", "GetIndicatorState A")):
        assert acts.line() == (asked, {})
        acts.reply(reply)
    assert near.end() == Switched("A", Kind.MOVED, OPEN, Source.REPLY, final=True)


def test_where_braced_is_pinned_nothing_plain_is_ever_sent(house, server):
    near = Near(house, server.port, framing="braced", timeout_s=0.3)
    assert "closed the connection without an answer" in near.lost()
    assert all(data.startswith(b"{") for data in server.sent())
    until(lambda: near.view().status == "down", "it is down")
