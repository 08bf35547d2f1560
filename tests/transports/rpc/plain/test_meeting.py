"""A plain peer is met: Hello is tried first, and what answers otherwise is asked for a word."""

import socket

from actors.actuation import OriginBack, OriginLost
from actors.messages import (
    Kind,
    Reason,
)
from actors.news import Retarget
from actors.remote import Described, NodeUp
from tests.actors.house import until
from tests.transports.rpc.desk import Far
from tests.transports.rpc.near import NODE, Near
from tests.transports.rpc.plain.meeting import HELLO, met
from transports.rpc import client as client_module
from transports.rpc import words


def test_it_is_greeted_and_then_spoken_to_as_pychrons_clients_do(house, server):
    near = Near(house, server.port)
    assert near.is_up() == NodeUp(NODE, "plain")
    assert near.line.wait_for(OriginBack) == OriginBack(NODE)
    assert server.sent() == [HELLO, HELLO, b"GetValveStates\r", HELLO]
    assert [len(connection) for connection in server.received] == [1, 1, 1, 1]
    view = near.view()
    assert (view.status, view.detail) == ("up", "plain, one command per connection")
    assert view.round_trip_ms > 0
    assert house.detail(NODE).startswith("up, plain, one command per connection, 127.0.0.1:")


def test_its_name_is_looked_up_when_it_is_met_and_not_for_each_command(house, new_server, monkeypatch):
    lookups, lookup = [], socket.getaddrinfo

    def counted(host, *more, **named):
        lookups.append(host)
        return lookup(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", counted)
    server = new_server("A")
    near = Near(house, server.port, host="localhost", framing="plain")
    near.is_up()
    for _ in range(3):
        near.word()
        assert near.heard().values == {"A": "0"}
    assert lookups == ["localhost"]
    port = server.port
    server.close()
    near.word()
    until(lambda: near.view().status == "down", "it is down")
    new_server("B", port=port)
    near.is_up()
    assert set(lookups[1:]) == {"localhost"}


def test_it_says_once_that_its_valves_must_be_listed_here(house, server, logs):
    near = Near(house, server.port, valves={"A": 0.0, "B": 0.0})
    near.is_up()
    why = logs.wait_for("node.plain")["why"]
    assert why == "a plain peer without HELLO does not describe its valves; this site's valves.yaml has 2 of them"
    assert near.line.wait_for(OriginLost, lambda lost: "valves.yaml" in lost.why)
    assert near.line.all(Described) == []


def test_nobody_listens_for_news_that_such_a_peer_never_sends(house, server):
    near = Near(house, server.port)
    near.is_up()
    assert near.subscriber.wait_for(Retarget) == Retarget("127.0.0.1", 0)


def test_where_plain_is_pinned_no_hello_is_ever_sent(house, server):
    near = Near(house, server.port, framing="plain")
    near.is_up()
    assert server.sent() == [b"GetValveStates\r"]


def test_a_peer_that_keeps_silent_when_it_is_greeted_is_a_plain_one(house, new_server):
    server = new_server("A", mute_to_unknown=True)
    near = Near(house, server.port, timeout_s=0.2)
    near.is_up()
    assert near.view().detail == "plain, one command per connection"


def test_a_node_of_ours_that_was_too_busy_to_say_hello_is_not_taken_for_a_plain_one(house):
    far = Far(lambda: 0.0)
    near = Near(house, far.port, timeout_s=0.2)
    far.accept(), far.accept()  # and says nothing
    session = far.accept()
    assert session.line()[0] == "GetValveStates"
    session.socket.sendall(words.states_word([("A", "0")]).encode() + b"\r\n")
    far.greet(far.accept(), once=True)
    _, asks = far.welcome()
    assert near.is_up().boot == "far-1"
    assert asks.line()[0].startswith("Describe ")
    far.close()


def test_a_listener_that_answers_nothing_at_all_is_down(house, new_server):
    server = new_server("A")
    server.gate.clear()
    near = Near(house, server.port, timeout_s=0.1)
    assert "no answer in 0.1 s" in near.lost()
    assert near.view().status == "down"


def test_it_is_killed_and_found_again(house, server, new_server):
    near = met(house, server)
    server.close()
    near.word()
    assert near.heard().error
    near.lost()
    near.switch()
    end = near.end()
    assert (end.kind, end.reason) == (Kind.REFUSED, Reason.NOT_CONNECTED)
    again = new_server("A", port=server.port)
    near.is_up()
    near.switch()
    assert near.end().kind is Kind.MOVED
    assert again.actuations == {"A": 1}


def test_it_is_asked_whether_it_is_there_when_nothing_else_tells(house, server, monkeypatch):
    monkeypatch.setattr(client_module, "KEEPALIVE_S", 0.02)
    monkeypatch.setattr("transports.rpc.plain_peer.IDLE_S", 0.0)
    near = met(house, server)
    server.wait_for(b"GetValveStates\r", times=2)
    server.close()
    near.lost()
