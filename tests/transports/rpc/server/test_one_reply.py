"""One reply per request, in order and in its own form, however the bytes come."""

import json
import time

import pytest

from actors.messages import Kind, Move, Reason
from actors.picture import PictureRow
from tests.actors.house import until
from tests.transports.rpc.serving import CLOSED, OPEN, bytes_that_sockets_hold
from transports.rpc import connection as connection_module
from transports.rpc import words


@pytest.mark.parametrize(
    ("request_bytes", "reply"),
    [
        (b"{000E}Open A\r\n", b"{000A}OK\r\n"),
        (b"{000F}Open A\r\n", b"{000A}OK\r\n"),
        (b"Open A\r\n", b"OK\r\n"),
        (b"Open A\r", b"OK\r\n"),
        (b"Open A\n", b"OK\r\n"),
        (b'{"command": "Open", "value": "A"}\n', b"OK\r\n"),
        (b"GetValveState A\r\n", b"True\r\n"),
        (b"GetValveState B\r\n", b"ERROR 010 : the state of B is unknown: not read yet\r\n"),
        (b"GetValveState a\r\n", b"ERROR 005 : a is not a registered valve name (did you mean A?)\r\n"),
        (b"GetValveLockState B\r\n", b"True\r\n"),
        (b"Opne A\r\n", b"ERROR 003 : invalid command: Opne (did you mean Open?)\r\n"),
        (b"Open\r\n", b"ERROR 004 : invalid arguments: Open (usage: Open valve)\r\n"),
        (b"Describe valves,x\r\n", b"ERROR 004 : invalid arguments: Describe valves,x\r\n"),
        (b"{000F}Goodbye\r\n", b"{000A}OK\r\n"),
    ],
)
def test_each_is_answered_in_kind_at_once(desk, request_bytes, reply):
    assert desk.client().ask(request_bytes) == reply


def test_a_length_that_is_a_byte_too_much_is_counted_and_said_once_per_client(logs, desk):
    for _ in range(3):
        client = desk.client()
        assert client.ask(b"{000F}Open A\r\n" * 2) == b"{000A}OK\r\n"
    assert client.line() == b"{000A}OK\r\n"
    until(lambda: json.loads(desk.client().ask(b"Health\r\n"))["length_off_by_one"] == 6, "all were counted")
    assert [record["peer"].rpartition(":")[0] for record in logs.named("frame.length_off_by_one")] == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("outcome", "reply"),
    [
        ({"kind": Kind.MOVED}, b"OK\r\n"),
        ({"kind": Kind.ALREADY}, b"ok\r\n"),
        ({"kind": Kind.REFUSED, "reason": Reason.LOCKED, "text": "locked"}, b"ERROR 014 : locked\r\n"),
        ({"kind": Kind.REFUSED, "reason": Reason.INTERLOCKED, "text": "B is open"}, b"ERROR 018 : B is open\r\n"),
        ({"kind": Kind.UNKNOWN, "reason": Reason.FAILED, "text": "stuck"}, b"ERROR 015 : stuck\r\n"),
        ({"kind": Kind.UNKNOWN, "text": "oh"}, b"ERROR 002 : oh\r\n"),
        ({"kind": Kind.REFUSED, "reason": Reason.LOCKED, "text": "a\r\nOK"}, b"ERROR 014 : a  OK\r\n"),
    ],
)
def test_an_outcome_is_one_line(desk, outcome, reply):
    desk.hold = True
    client = desk.client()
    client.send(b"Open A\r\n")
    desk.end(desk.next(), **outcome)
    assert client.line() == reply


def test_pipelined_requests_are_answered_in_order_with_an_error_between(desk):
    client = desk.client()
    client.send(b"Open A\r\nNonsense\r\nGetValveState A\r\n{000E}Open A\r\nOpen\r\n")
    replies = [client.line() for _ in range(5)]
    assert replies[0] == b"OK\r\n"
    assert replies[1].startswith(b"ERROR 003")
    assert replies[2:4] == [b"True\r\n", b"{000A}OK\r\n"]
    assert replies[4].startswith(b"ERROR 004")


def test_a_command_waits_for_the_one_before(desk):
    desk.hold = True
    client = desk.client()
    client.send(b"Open A\r\nClose A\r\n")
    first = desk.next()
    desk.house.quiet()
    assert desk.line.all(Move) == []
    desk.end(first)
    second = desk.next()
    assert second.target is CLOSED
    desk.end(second, state=CLOSED)
    assert [client.line(), client.line()] == [b"OK\r\n", b"OK\r\n"]


def test_a_command_that_waited_behind_another_is_as_old_as_its_bytes(desk):
    """Plain peers: what waited too long is refused; so its time begins when it came, not when it is run."""
    desk.hold = True
    client = desk.client()
    client.send(b"Open A\r\nClose A\r\n")
    first = desk.next()
    desk.house.after(0.05)
    waited_until = time.monotonic()
    desk.end(first)
    second = desk.next()
    assert second.request.received < waited_until
    assert second.request.deadline < waited_until + 2.0
    desk.end(second)


def test_a_slow_client_delays_nobody(desk):
    desk.hold = True
    slow = desk.client()
    slow.send(b"Open A\r\n")
    move = desk.next()
    assert desk.client().ask(b"GetValveState A\r\n") == b"True\r\n"
    desk.end(move)
    assert slow.line() == b"OK\r\n"


def test_bytes_that_come_one_by_one_are_one_command(desk):
    client = desk.client()
    for byte in b"{000E}Open A\r\n":
        client.send(bytes([byte]))
    assert client.line() == b"{000A}OK\r\n"
    assert desk.next().valve == "A"
    assert desk.line.all(Move) == []


def test_half_a_line_is_never_run(desk):
    client = desk.client()
    client.send(b"Close A")
    client.close()
    until(lambda: desk.connections() == [], "the client is gone")
    desk.house.quiet()
    assert desk.line.all() == []


def test_a_bad_frame_is_answered_and_nothing_after_it_is_run(desk):
    client = desk.client()
    client.send(b"{00FF}Open A\r\nOpen A\r\n")
    assert b"ERROR 017" in client.line()
    assert client.is_closed()
    assert desk.line.all() == []


def test_the_last_words_are_not_lost_to_a_client_that_is_still_sending(desk):
    """What comes after the end of a connection is answered with a reset, which takes along what is under way."""
    desk.rows = tuple(PictureRow(f"Valve_{n:04}", "valve", OPEN, locked=False, owner="", doubt="") for n in range(4000))
    client, other = desk.client(buffer_bytes=4096), desk.client()
    client.send(b"GetValveStates\r\n" * 5 + b"\x00")
    until(lambda: json.loads(other.ask(b"Health\r\n"))["requests"] > 5, "all are answered")
    desk.house.quiet()
    client.send(b"Open A\r\n")
    desk.house.quiet()
    assert {len(client.line()) for _ in range(5)} == {
        len(words.states_word([(row.name, "1") for row in desk.rows])) + 2
    }
    assert client.line() == b"ERROR 017 : bad frame: byte 0x00 is not allowed\r\n"
    assert client.is_closed()
    assert desk.line.all(Move) == []


def test_a_client_that_does_not_hang_up_is_not_listened_to_for_long(desk, monkeypatch):
    monkeypatch.setattr(connection_module, "LINGER_S", 0.05)
    client = desk.client()
    assert client.ask(b"\x00").startswith(b"ERROR 017")
    until(lambda: desk.connections() == [], "the connection has ended")


def test_a_web_page_cannot_post_a_command(desk):
    client = desk.client()
    client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nOpen A\r\n")
    assert b"ERROR 017" in client.line()
    assert desk.line.all() == []


def test_a_client_that_closes_its_side_still_gets_its_answers(desk):
    desk.hold = True
    client = desk.client()
    client.send(b"Open A\r\nGetValveState A\r\n")
    client.socket.shutdown(1)
    desk.end(desk.next())
    assert [client.line(), client.line(), client.line()] == [b"OK\r\n", b"True\r\n", b""]


@pytest.mark.parametrize("closes_first", [True, False])
def test_a_client_that_closes_its_side_and_reads_late_gets_all(desk, closes_first):
    """Half a megabyte more than the sockets hold: what is unsent when its side closes is still owed."""
    desk.rows = tuple(PictureRow(f"Valve_{n:04}", "valve", OPEN, locked=False, owner="", doubt="") for n in range(4000))
    size = len(words.states_word([(row.name, "1") for row in desk.rows])) + 2
    count = (bytes_that_sockets_hold() + 500_000) // size
    client, other = desk.client(buffer_bytes=4096), desk.client()
    client.send(b"GetValveStates\r\n" * count)
    if closes_first:
        client.socket.shutdown(1)
    until(lambda: json.loads(other.ask(b"Health\r\n"))["requests"] > count, "all are answered")
    desk.house.quiet()
    if not closes_first:
        client.socket.shutdown(1)
        desk.house.quiet()
    read = 0
    while data := client.socket.recv(65536):
        read += len(data)
    assert read == count * size


def test_a_client_that_reads_nothing_is_hung_up_on(desk, logs):
    desk.rows = tuple(PictureRow(f"Valve_{n:04}", "valve", OPEN, locked=False, owner="", doubt="") for n in range(4000))
    client = desk.client(buffer_bytes=4096)
    client.send(b"GetValveStates\r\n" * 400)
    assert "does not read" in logs.wait_for("connection.closed")["why"]
    assert desk.client().ask(b"GetValveState Valve_0001\r\n") == b"True\r\n"


def test_goodbye_is_the_last_word(desk):
    client = desk.client()
    client.send(b"Goodbye\r\nOpen A\r\n")
    assert (client.line(), client.line()) == (b"OK\r\n", b"")
    assert desk.line.all() == []
