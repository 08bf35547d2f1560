"""A node that is down, or goes down: everybody is told why, and it is tried again."""

import time

import pytest

from actors.messages import (
    Kind,
    Reason,
    SetLock,
)
from tests.actors.house import Answers, request
from tests.transports.rpc.client.pair import BY_ID, Pair
from tests.transports.rpc.near import NODE, Near
from transports.rpc import client as client_module
from transports.rpc.node import Moved


@pytest.fixture
def down(house, new_far):
    far = new_far(listening=False)
    near = Near(house, far.port)
    near.lost()
    return near


def test_while_it_is_refused_everybody_is_told_so_at_once(down):
    text = f"node Far ({down.view().address}) is down since "
    down.switch()
    end = down.end()
    assert (end.kind, end.reason, end.final) == (Kind.REFUSED, Reason.NOT_CONNECTED, True)
    assert end.text.startswith(text)
    assert end.text.endswith(": connection refused")
    outcome = down.query("GetSetpoint").wait()
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.NOT_CONNECTED)
    down.word()
    assert down.heard().error.endswith(": connection refused")
    answers = Answers()
    down.house.tell(NODE, SetLock("A", locked=True, request=request(answers)))
    assert answers.wait().reason is Reason.NOT_CONNECTED
    assert down.view().status == "down"


def test_it_is_logged_once_however_often_it_is_tried(down, logs):
    down.lost()
    down.lost()
    assert len(logs.named("node.lost")) == 1
    assert down.house.detail(NODE).startswith("down: connection refused, ")


def test_it_is_up_as_soon_as_the_node_listens(house, new_far):
    far = new_far(listening=False)
    near = Near(house, far.port)
    near.lost()
    far.listener.listen(8)
    _, asks = far.welcome()
    near.is_up()
    asks.line()


def test_an_attempt_has_its_whole_time_whatever_became_of_earlier_ones(house, new_far):
    """The first attempt's timer must not end the second: it was refused long ago."""
    far = new_far(listening=False)
    near = Near(house, far.port, timeout_s=0.4)
    for _ in range(4):
        near.lost()
    far.listener.listen(8)
    session = far.accept()
    accepted = time.monotonic()
    session.line()
    session.how_it_ended()
    assert time.monotonic() - accepted > 0.3


def test_a_node_that_is_nowhere_yet_is_tried_once_it_has_moved(house, far):
    near = Near(house, 0)
    assert "has not said yet where it listens" in near.house.detail(NODE)
    house.tell(NODE, Moved("127.0.0.1", far.port))
    _, asks = far.welcome()
    near.is_up()
    asks.line()


def test_a_node_that_moved_while_it_was_down_is_tried_there(house, down, far):
    house.tell(NODE, Moved("127.0.0.1", far.port))
    _, asks = far.welcome()
    down.is_up()
    asks.line()


@pytest.mark.parametrize("error", ["ERROR 013 : Not an approved ip address", "ERROR 020 : busy", "ERROR 021 : stops"])
def test_a_node_that_turns_us_away_is_not_taken_for_one_that_knows_no_hello(house, far, error):
    near = Near(house, far.port)
    session = far.accept()
    session.line()
    session.reply(error)
    assert f"it turned us away: {error}" in near.lost()


def test_a_node_that_has_said_hello_is_never_taken_for_a_plain_one(pair):
    pair.acts.close()
    pair.near.lost()
    session = pair.far.accept()
    session.line()
    session.close()
    assert "has said HELLO is never taken for a plain one" in pair.near.lost()


def test_a_node_that_falls_silent_is_not_said_to_speak_otherwise(house, far):
    near = Near(house, far.port, said_hello=True, timeout_s=0.1)
    far.accept().line()
    assert near.lost().endswith("no answer in 0.1 s")


def test_a_node_that_said_hello_in_an_earlier_life_of_this_process_is_not_taken_for_a_plain_one(house, far):
    near = Near(house, far.port, said_hello=True)
    session = far.accept()
    session.line()
    session.reply("ERROR 003 : invalid command")
    why = near.lost()
    assert "it does not speak HELLO (it answered 'ERROR 003 : invalid command')" in why
    assert "never taken for a plain one" in why


def test_a_protocol_too_far_away_is_named(house, far):
    near = Near(house, far.port)
    far.greet(far.accept(), once=True, version=3)
    assert "Far speaks protocol version 3, this node 1" in near.lost()


def test_a_peer_that_accepts_and_says_nothing_is_down(house, far):
    near = Near(house, far.port, timeout_s=0.1)
    session = far.accept()
    assert "no answer in 0.1 s" in near.lost()
    assert session.how_it_ended() == "reset"


def test_a_peer_that_closes_is_lost_and_looked_for_again(pair):
    pair.acts.close()
    assert "the node closed the connection" in pair.near.lost()
    assert pair.asks.how_it_ended() == "reset"
    _, pair.asks = pair.far.welcome("far-2")
    assert pair.near.is_up().boot == "far-2"
    pair.described()


def test_whoever_waits_when_it_closes_is_told(pair):
    pair.near.switch()
    pair.acts.line()
    pair.near.word()
    pair.asks.line()
    pair.acts.close()
    assert (pair.near.end().kind, pair.near.heard().error) == (Kind.UNKNOWN, "the node closed the connection")


def test_a_line_that_nobody_asked_for_is_a_reason_to_begin_anew(pair):
    pair.asks.reply("OK")
    assert "it sent 'OK' unasked" in pair.near.lost()
    assert pair.acts.how_it_ended() == "reset"


def test_bytes_that_are_no_message_are_a_reason_to_begin_anew(pair):
    pair.asks.socket.sendall(b"{0002}x\r\n\xff\xfe\r\n")
    assert "is no message" in pair.near.lost()


def test_a_node_that_answers_no_keepalive_is_lost(house, far, monkeypatch):
    monkeypatch.setattr(client_module, "KEEPALIVE_S", 0.05)
    pair = Pair(house, far, timeout_s=0.2)
    assert pair.asks.line()[0].startswith("Hello 1 ")
    assert "no answer in 0.2 s" in pair.near.lost()


def test_a_new_boot_behind_the_same_port_is_another_life(house, far):
    pair = Pair(house, far, timeout_s=0.3)
    pair.near.switch()
    pair.near.end()  # no answer: the connection for acts is dropped and made again
    far.greet(far.accept(), boot="far-2")
    assert "it restarted (boot far-2)" in pair.near.lost()
    _, asks = far.welcome("far-2")
    assert pair.near.is_up().boot == "far-2"
    asks.line()


def test_an_orderly_stop_says_goodbye_on_both_connections(pair):
    """So that the far end does not take it for our death."""
    pair.near.house.stop(NODE)
    assert (pair.acts.line()[0], pair.asks.line()[0]) == ("Goodbye", "Goodbye")
    assert (pair.acts.how_it_ended(), pair.asks.how_it_ended()) == ("closed", "closed")


@pytest.mark.parametrize("by_id", [True, False])
def test_after_a_failure_whoever_waits_is_told_at_once(house, far, by_id):
    near = Pair(house, far, features=BY_ID if by_id else None).near
    near.switch()
    answers = near.order(SetLock, "A", True)
    near.house.quiet()
    near.house.tell(NODE, object())  # which it does not take
    end = near.end()
    assert (end.kind, end.text) == (Kind.UNKNOWN, f"A: {NODE} stopped")
    assert answers.wait().kind is Kind.UNKNOWN


def test_an_orderly_stop_says_goodbye_where_hello_is_not_answered_yet_too(house, far):
    Near(house, far.port)
    acts, asks = far.accept(), far.accept()
    assert [session.line()[0].split()[0] for session in (acts, asks)] == ["Hello", "Hello"]
    house.stop(NODE)
    assert [session.line()[0] for session in (acts, asks)] == ["Goodbye", "Goodbye"]


def test_a_failure_says_no_goodbye(pair):
    pair.near.house.tell(NODE, "no message that it knows")
    assert (pair.acts.how_it_ended(), pair.asks.how_it_ended()) == ("reset", "reset")
    pair.near.house.failures.get(timeout=5.0)
