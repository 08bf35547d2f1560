"""Who may connect, how many, for how long, and in which framing."""

import resource
import socket

import pytest

from actors.messages import Kind, Move, Query, Reason
from actors.picture import PictureRow
from tests.actors.house import PATIENCE_S, until
from tests.transports.rpc.serving import LINE, OPEN, bytes_that_sockets_hold
from transports.rpc import connection as connection_module
from transports.rpc import conversation as conversation_module
from transports.rpc.server import ListenSettings, RemoteCommandServer


def test_an_address_that_is_not_allowed_is_told_so(open_desk):
    desk = open_desk(allow=("10.0.0.0/8",))
    client = desk.client()
    assert client.line() == b"ERROR 013 : Not an approved ip address 127.0.0.1\r\n"
    assert client.is_closed()


def test_an_address_that_is_allowed_is_served(open_desk):
    assert open_desk(allow=("10.0.0.1", "127.0.0.0/8")).client().ask(b"Open A\r\n") == b"OK\r\n"


def test_more_clients_than_agreed_are_told_so_until_one_goes(open_desk):
    desk = open_desk(max_connections=2)
    first, second = desk.client(), desk.client()
    assert first.ask(b"Open A\r\n") == second.ask(b"Open A\r\n") == b"OK\r\n"
    third = desk.client()
    assert third.line() == b"ERROR 020 : all 2 connections of this node are in use\r\n"
    assert third.is_closed()
    first.close()
    until(lambda: len(desk.connections()) == 1, "the first is gone")
    assert desk.client().ask(b"Open A\r\n") == b"OK\r\n"


def test_a_client_that_says_no_more_is_hung_up_on_and_one_that_waits_is_not(open_desk, logs):
    desk = open_desk(idle_timeout_s=0.1)
    waiting, idle = desk.client(), desk.client()
    assert idle.ask(b"Open A\r\n") == b"OK\r\n"
    desk.next()
    desk.hold = True
    waiting.send(b"Open A\r\n")
    move = desk.next()
    assert idle.is_closed()
    desk.end(move)
    assert waiting.line() == b"OK\r\n"
    closed = logs.wait_for("connection.closed")
    assert (closed["peer"], closed["why"]) == (idle.address, "no message for 0.1 s")


def test_clients_that_have_gone_take_up_no_places_though_what_they_asked_is_never_answered(open_desk, monkeypatch):
    """A device that hangs, and a monitor that gives up and asks again: nobody else may be kept out by that."""
    monkeypatch.setattr(connection_module, "LEFT_S", 0.1)
    desk = open_desk(handshake_timeout_s=0.1, max_connections=2)
    devices = desk.house.recorder("devices")
    for client in (desk.client(), desk.client()):
        client.send(b"Read gauge\r")
        devices.wait_for(Query)
        client.close()
    until(lambda: desk.connections() == [], "their places are free")
    assert desk.client().ask(b"Open A\r\n") == b"OK\r\n"


def test_a_client_that_sends_no_more_is_answered_when_its_move_ends(open_desk, monkeypatch):
    monkeypatch.setattr(connection_module, "LEFT_S", 0.1)
    desk = open_desk(handshake_timeout_s=0.1)
    desk.hold = True
    client = desk.client()
    client.send(b"Open A\r\n")
    client.socket.shutdown(socket.SHUT_WR)
    move = desk.next()
    desk.house.after(0.4)
    desk.end(move)
    assert client.line() == b"OK\r\n"


def test_what_no_service_answers_is_unknown_in_the_end(open_desk, monkeypatch):
    monkeypatch.setattr(conversation_module, "LONGEST_S", 0.1)
    desk = open_desk(handshake_timeout_s=0.1)
    desk.hold = True
    devices = desk.house.recorder("devices")
    plain, greeted = desk.client(), desk.client()
    plain.send(b"Read gauge\r\n")
    devices.wait_for(Query)
    greeted.hello()
    text, fields = greeted.call("Open A", id="1")
    assert plain.line() == b"ERROR 010 : no answer from devices in 0 s\r\n"
    assert text == "ERROR 010 : no answer from extraction_line in 0 s"
    assert (fields["id"], fields["outcome"], fields["state"]) == ("1", "unknown", "unknown")
    assert plain.ask(b"GetValveState A\r\n") == b"True\r\n"


@pytest.mark.parametrize("begun", [b"", b"{000E}Open A", b"Open A"])
def test_a_client_without_a_whole_message_in_time_is_told_so_and_closed(open_desk, logs, begun):
    """Bytes that come one by one hold a place no longer than none."""
    desk = open_desk(handshake_timeout_s=0.1)
    client = desk.client()
    client.send(begun)
    assert client.line() == b"ERROR 020 : no whole message within 0.1 s\r\n"
    assert client.is_closed()
    assert logs.wait_for("connection.closed")["peer"] == client.address
    assert desk.line.all() == []


def test_a_client_that_sends_more_messages_than_it_may_is_told_so_and_closed(open_desk, logs):
    desk = open_desk(messages_per_s=20)
    client = desk.client()
    client.send(b"Open A\r\n" * 60)
    replies = [client.line() for _ in range(20)]
    assert set(replies) == {b"OK\r\n"}
    while (reply := client.line()) == b"OK\r\n":
        pass  # what the bucket gained meanwhile
    assert reply == b"ERROR 020 : more than 20 messages a second\r\n"
    assert client.is_closed()
    assert logs.wait_for("connection.closed")["peer"] == client.address
    assert len(desk.line.all(Move)) < 60


def test_a_message_longer_than_agreed_is_a_bad_frame(open_desk):
    desk = open_desk(max_message_bytes=64)
    client = desk.client()
    assert client.ask(b"GetValveState A\r\n") == b"True\r\n"
    assert client.ask(b"Z" * 64) == b"ERROR 017 : bad frame: no line end within 64 bytes\r\n"
    assert client.is_closed()


def test_replies_left_unread_are_kept_up_to_the_limit_only(open_desk, logs):
    desk = open_desk(max_unsent_bytes=10_000)
    desk.rows = tuple(PictureRow(f"Valve_{n:04}", "valve", OPEN, locked=False, owner="", doubt="") for n in range(4000))
    client = desk.client(buffer_bytes=4096)
    client.send(b"GetValveStates\r\n" * (2 + bytes_that_sockets_hold() // 40_000))
    closed = logs.wait_for("connection.closed")
    assert (closed["peer"], closed["why"]) == (client.address, "it does not read its replies")


def test_more_connections_than_files_are_refused_at_the_start(house, monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (1024, 1024))
    wanted = ListenSettings(port=0, max_connections=1000)
    RemoteCommandServer.start(house.context, "remote_command_server", wanted)
    failed = house.failures.get(timeout=PATIENCE_S)
    assert failed.error == (
        "TooManyConnections: max_connections 1000: this process may have 1024 files open, so at most 960 connections"
    )
    assert failed.exception is None


@pytest.mark.parametrize(
    ("framing", "served", "refused"),
    [
        ({"braced"}, b"{000E}Open A\r\n", b"Open A\r\n"),
        ({"plain"}, b"Open A\r\n", b"{000E}Open A\r\n"),
        ({"bare_length"}, b"000AOpen A", b"Open A\r\n"),
        ({"braced"}, b"{000E}Open A\r\n", b'{"command": "Open", "value": "A"}\n'),
    ],
)
def test_a_listener_takes_the_framings_that_it_is_told_to(open_desk, framing, served, refused):
    desk = open_desk(framing=frozenset(framing))
    assert b"ERROR 022 : this listener does not take" in desk.client().ask(refused)
    assert desk.line.all(Move) == []
    desk.client().send(served)
    assert desk.next().valve == "A"


def test_a_message_of_bare_length_is_answered_in_kind_where_the_listener_takes_it(open_desk):
    desk = open_desk(framing=frozenset({"braced", "plain", "bare_length"}))
    client = desk.client()
    client.send(b"000AOpen A0013GetValveState A{000E}Open A\r\nOpen A\r")
    expected = b"0006OK0008True{000A}OK\r\nOK\r\n"
    assert client.exactly(len(expected)) == expected
    client.send(b"0003")
    expected = b"ERROR 017 : bad frame: a declared length of 3 bytes is too short"
    assert client.exactly(4 + len(expected)) == b"%04X%b" % (4 + len(expected), expected)
    assert client.is_closed()


def test_four_hex_digits_are_a_word_where_nobody_asks_for_lengths(desk):
    assert desk.client().ask(b"000AOpen A\r\n").startswith(b"ERROR 003 : invalid command: 000AOpen")


@pytest.mark.parametrize(
    ("request_bytes", "reply"),
    [
        (b"GetValveState A\r", b"OK\r\n"),
        (b"GetValveLockState A\r", b"False\r\n"),
        (b"Open A\r", b"ERROR 015 : B is open\r\n"),
    ],
)
def test_a_pychron_peer_is_answered_in_its_own_words(open_desk, request_bytes, reply):
    desk = open_desk(pychron=True)
    desk.hold = True
    client = desk.client()
    client.send(request_bytes)
    if request_bytes.startswith(b"Open"):
        desk.end(desk.next(), kind=Kind.REFUSED, reason=Reason.INTERLOCKED, text="B is open")
    assert client.line() == reply


def test_a_verb_of_a_service_that_this_node_has_not_is_unknown(open_desk):
    desk = open_desk(services=frozenset({LINE}))
    assert desk.client().ask(b"GetSetpoint\r\n").startswith(b"ERROR 003")
