"""The handshake, the fields that it agrees on, deadlines."""

import time

import pytest

from actors.messages import Kind, Move, Reason
from actors.picture import PictureRow
from tests.transports.rpc.serving import CLOSED
from transports.rpc import words
from transports.rpc.frames import Form, encode


def test_hello_tells_boot_clock_and_features(desk):
    desk.house.context.facts.update(notify_port=5555, reply_port=5556)
    before = int(time.monotonic() * 1000)
    welcome = desk.client().hello()
    assert (welcome.node, welcome.boot, welcome.fingerprint) == ("bench", "boot-1", "site-1")
    assert before <= welcome.clock_ms <= time.monotonic() * 1000
    assert welcome.features == {"fields": "", "ids": "", "notify": "5555", "reply": "5556"}


@pytest.mark.parametrize("hello", ["Hello 3 acq -", "Hello x acq -", "Hello 1 acq - more"])
def test_a_hello_that_is_none_is_refused(desk, hello):
    text, _ = desk.client().call(hello)
    assert text.startswith("ERROR 0")


@pytest.mark.parametrize("fields", [{}, {"by": "eva", "new": "1"}])
@pytest.mark.parametrize("hello", ["Hello 2 acq - more words", "Hello 2 acq -", "Hello 0 acq -", "Hello 1 acq -"])
def test_a_version_apart_is_served_whatever_it_adds(desk, hello, fields):
    client = desk.client()
    assert client.call(hello, **fields)[0].startswith("HELLO 1 bench ")
    assert client.call("Open A", id="1")[1]["id"] == "1"


@pytest.mark.parametrize("hello", ["Hello 3 acq -", "Hello 1 acq - more", "Hello 1 acq", "Hello x acq -", "Hello 1  -"])
def test_what_is_no_hello_of_a_version_that_is_served_is_refused(desk, hello):
    client = desk.client()
    assert client.call(hello)[0].startswith("ERROR 004 : ")
    assert "id" not in client.call("GetValveState A")[1]


def test_after_hello_a_reply_carries_the_clock_and_what_was_learned(desk):
    client = desk.client()
    client.hello()
    text, fields = client.call("Open A", id="1")
    assert (text, fields["state"], fields["rev"], fields["source"]) == ("OK", "open", "7", "readback")
    assert abs(int(fields["t"]) - time.monotonic() * 1000) < 1000


def test_a_refusal_says_that_it_is_one(desk):
    desk.hold = True
    client = desk.client()
    client.hello()
    for kind, name in ((Kind.REFUSED, "refused"), (Kind.UNKNOWN, "unknown")):
        client.send(encode("Open A", Form.BRACED))
        desk.end(desk.next(), kind=kind, state=CLOSED, reason=Reason.NO_ANSWER, text="so")
        text, fields = client.reply()
        assert (text, fields["outcome"], fields["state"]) == ("ERROR 010 : so", name, "closed")


def test_an_unknown_valve_is_in_the_word_of_a_peer_that_knows_the_mark(desk):
    client = desk.client()
    assert words.parse_states(client.ask(b"GetValveStates\r\n").decode().strip()) == {"A": "1"}
    client.hello()
    assert words.parse_states(client.call("GetValveStates")[0]) == {"A": "1", "B": "?"}


def test_a_question_with_an_id_is_answered_afresh(desk):
    client = desk.client()
    client.hello()
    assert client.call("GetValveState A", id="7")[0] == "True"
    desk.rows = (PictureRow("A", "valve", CLOSED, locked=False, owner="", doubt=""),)
    assert client.call("GetValveState A", id="7")[0] == "False"


def test_the_deadline_is_in_the_servers_own_time(desk):
    client = desk.client()
    client.hello()
    client.call("Open A", deadline="8123456")
    assert desk.next().request.deadline == pytest.approx(8123.456)


@pytest.mark.parametrize("deadline", ["soon", "", "-1", "1.5", "²", "9" * 400, "9" * 5000])
def test_a_deadline_that_is_no_time_is_refused(desk, deadline):
    client = desk.client()
    client.hello()
    text, _ = client.call("Open A", deadline=deadline)
    assert text.startswith("ERROR 004")
    assert desk.line.all(Move) == []


def test_a_command_without_a_deadline_has_two_seconds(desk):
    desk.client().ask(b"Open A\r\n")
    asked = desk.next().request
    assert asked.deadline == pytest.approx(asked.received + 2.0)
