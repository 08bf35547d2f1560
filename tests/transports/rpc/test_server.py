"""The command server with a service that is the test: one reply per request, in order, whatever comes."""

import contextlib
import errno
import json
import resource
import socket
import threading
import time
import tracemalloc

import pytest

from actors.directory import Entry
from actors.messages import Kind, Move, Outcome, Query, Reason, SetLock
from actors.picture import PictureRow
from actors.table import Row, ValveSpec
from tests.actors.house import PATIENCE_S, House, until
from tests.transports.rpc.serving import CLOSED, LINE, OPEN, Desk
from transports.rpc import arrivals, words
from transports.rpc import connection as connection_module
from transports.rpc import conversation as conversation_module
from transports.rpc import server as server_module
from transports.rpc.frames import Decoder, Form, encode
from transports.rpc.server import ListenSettings, PortTaken, RemoteCommandServer

# --- one reply each, in its own form ----------------------------------------------------------------------------


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


def bytes_that_sockets_hold():
    """Return how much can be sent to a client that reads nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.connect(listener.getsockname())
        writer, _ = listener.accept()
        with writer:
            writer.setblocking(False)
            sent = 0
            with contextlib.suppress(BlockingIOError):
                while True:
                    sent += writer.send(bytes(48_000))
            return sent


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


def test_a_service_that_is_not_running_is_busy(desk):
    desk.house.stop(LINE)
    assert desk.client().ask(b"Open A\r\n") == b"ERROR 020 : extraction_line is being restarted; nothing was begun\r\n"


def test_an_answer_given_twice_is_one_reply(desk):
    desk.hold = True
    client = desk.client()
    client.send(b"Open A\r\n")
    move = desk.next()
    desk.end(move)
    desk.end(move, kind=Kind.UNKNOWN, text="the line stopped")
    assert client.ask(b"GetValveState A\r\n") == b"OK\r\n"
    assert client.line() == b"True\r\n"


def test_the_first_of_two_answers_counts(desk):
    desk.hold = True
    client = desk.client()
    client.send(b"Open A\r\n")
    move = desk.next()
    desk.house.context.loop.call(lambda: (desk.end(move), desk.end(move, kind=Kind.UNKNOWN, text="it stopped")))
    assert client.line() == b"OK\r\n"


def test_a_command_that_fails_on_its_way_is_answered_and_its_id_is_not_left_in_hand(desk, logs):
    def broken(_message):
        raise ZeroDivisionError("a place with a fault of its own")

    client = desk.client()
    client.hello()
    desk.house.context.directory.enlist(LINE, Entry(desk.house.ref(LINE), broken, str, lambda: None))
    for _ in range(2):
        assert client.call("Open A", id="7")[0].startswith("ERROR 002 : ZeroDivisionError")
    assert logs.wait_for("command.failed")["peer"] == client.address


def test_an_answer_that_cannot_be_told_is_an_error_and_no_silence(desk, logs):
    desk.rows = (PictureRow("A,B", "valve", OPEN, locked=False, owner="", doubt=""),)  # no name that fits a word
    client = desk.client()
    client.send(b"GetValveStates\r\nHealth\r\n")
    assert client.line().startswith(b"ERROR 002 : ValueError: ")
    assert client.line().startswith(b"{")
    assert logs.wait_for("command.failed")["level"] == "error"


def test_an_act_whose_end_cannot_be_told_is_unknown_and_not_refused(desk, logs):
    desk.hold = True
    client = desk.client()
    client.hello()
    client.send(encode("Open A\tid=1", Form.BRACED))
    desk.end(desk.next(), kind=Kind.UNKNOWN, text=None)
    text, fields = client.reply()
    assert text.startswith("ERROR 002 : TypeError: ")
    assert (fields["id"], fields["outcome"]) == ("1", "unknown")
    assert logs.wait_for("command.failed")


def test_a_value_that_would_split_its_fields_is_an_error_and_no_silence(desk):
    desk.furnace = desk.house.recorder("furnace", lambda query: desk.say(query, "812\t5"))
    client = desk.client()
    client.hello()
    assert client.call("GetTemperature")[0].startswith("ERROR 002")


def test_what_a_person_wrote_is_told_on_one_line(desk):
    outcome = Outcome("why", "A", Kind.DONE, text="no: out of service: it\nleaks\tbadly")
    desk.house.recorder(LINE, lambda query: query.request.reply_to.answer(outcome))
    client = desk.client()
    client.hello()
    assert client.call("Why A")[0] == "no: out of service: it leaks badly"


def test_a_fault_of_our_own_on_what_came_in_ends_the_connection(desk, monkeypatch):
    """It is outside of any message: the loop would log it, and the client wait for ever."""
    client = desk.client()

    def feed(_decoder, _data):
        raise ZeroDivisionError("a decoder with a fault of its own")

    monkeypatch.setattr(Decoder, "feed", feed)
    client.send(b"Open A\r\n")
    assert desk.house.failures.get(timeout=PATIENCE_S).error.startswith("ZeroDivisionError")
    with contextlib.suppress(ConnectionResetError):
        assert client.is_closed()
    until(lambda: desk.connections() == [], "it has ended")


def test_health_is_json_and_asks_nobody(desk):
    health = json.loads(desk.client().ask(b"Health\r\n"))
    assert (health["node"], health["boot"], health["connections"]) == ("bench", "boot-1", 1)
    assert desk.line.all() == []


def test_health_tells_ages(desk):
    facts, now = desk.house.context.facts, time.monotonic()
    known, never = Row(ValveSpec("A"), seen=now - 10.0), Row(ValveSpec("B"))
    facts["table"] = {"A": known, "B": never}
    client = desk.client()
    client.hello("acq")
    told = json.loads(client.call("Health")[0])
    assert 10.0 <= told["ages"]["A"] < 60.0
    assert told["ages"]["B"] is None
    assert 0.0 <= told["sessions"]["127.0.0.1/acq"] < 60.0


def test_a_description_without_arguments_tells_what_can_be_asked_here_too(open_desk):
    client = open_desk(services=frozenset({LINE})).client()
    told = json.loads(client.ask(b"Describe\r\n"))
    assert told["verbs"][:2] == ["Open valve", "Close valve"]
    assert {"Hello version node fingerprint", "Claim valve[,seconds]"} <= set(told["verbs"])
    assert "GetSetpoint" not in told["verbs"]
    assert (told["protocol"], told["total"], told["valves"][0]["name"]) == (1, 1, "A")
    assert "verbs" not in json.loads(client.ask(b"Describe valves\r\n"))


def test_a_lock_is_passed_to_the_line(desk):
    desk.hold = True
    client = desk.client()
    client.send(b"Lock A\r\n")
    wish = desk.next(SetLock)
    assert (wish.valve, wish.locked) == ("A", True)
    desk.end(wish, kind=Kind.DONE)
    assert client.line() == b"OK\r\n"


def test_who_asks_is_known_by_its_address_until_it_says_hello(desk):
    client = desk.client()
    client.ask(b"Open A\r\n")
    asked = desk.next().request
    assert (asked.by, asked.origin, asked.session) == ("127.0.0.1", client.address, "127.0.0.1/")
    client.hello("acq")
    client.call("Open A")
    asked = desk.next().request
    assert (asked.by, asked.session) == ("acq", "127.0.0.1/acq")
    client.call("Open A", by="jan@acq/1", trace="t9")
    asked = desk.next().request
    assert (asked.by, asked.trace) == ("jan@acq/1", "t9")


# --- hello, id, deadline -------------------------------------------------------------------------------------------


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


def test_the_same_id_again_is_answered_from_memory(desk):
    client = desk.client()
    client.hello()
    assert [client.call("Open A", id="7")[0] for _ in range(2)] == ["OK", "OK"]
    desk.next()
    desk.house.quiet()
    assert desk.line.all(Move) == []


def test_the_memory_outlives_the_connection(desk):
    first, second = desk.client(), desk.client()
    first.hello("acq")
    first.call("Open A", id="7")
    desk.next()
    first.close()
    second.hello("acq")
    assert second.call("Open A", id="7")[0] == "OK"
    assert desk.line.all(Move) == []


def test_another_clients_id_is_another_command(desk):
    first, second = desk.client(), desk.client()
    first.hello("acq")
    second.hello("console")
    first.call("Open A", id="7")
    second.call("Open A", id="7")
    desk.next()
    assert desk.next()


def test_an_id_that_is_being_carried_out_is_joined(desk):
    desk.hold = True
    first, second = desk.client(), desk.client()
    for client in (first, second):
        client.hello("acq")
        client.send(encode("Open A\tid=7", Form.BRACED))
    move = desk.next()
    desk.house.quiet()
    assert desk.line.all(Move) == []
    desk.end(move)
    assert (first.reply()[0], second.reply()[0]) == ("OK", "OK")


@pytest.mark.parametrize("joined_before_the_end", [True, False])
def test_an_id_whose_connection_is_gone_is_still_answered(desk, joined_before_the_end):
    """The reason for ids: the client lost its connection, and asks again on the next."""
    desk.hold = True
    first, second = desk.client(), desk.client()
    first.hello("acq")
    second.hello("acq")
    first.send(encode("Open A\tid=7", Form.BRACED))
    move = desk.next()
    if joined_before_the_end:
        second.send(encode("Open A\tid=7", Form.BRACED))
        desk.house.quiet()
    first.reset()
    until(lambda: len(desk.connections()) == 1, "the first is gone")
    desk.end(move)
    if not joined_before_the_end:
        second.send(encode("Open A\tid=7", Form.BRACED))
    assert second.reply()[0] == "OK"
    assert desk.line.all(Move) == []


def test_a_joined_connection_that_goes_does_not_keep_the_first_from_its_answer(desk):
    desk.hold = True
    first, second = desk.client(), desk.client()
    for client in (first, second):
        client.hello("acq")
        client.send(encode("Open A\tid=7", Form.BRACED))
    move = desk.next()
    desk.house.quiet()
    second.reset()
    until(lambda: len(desk.connections()) == 1, "the second is gone")
    desk.end(move)
    assert first.reply()[0] == "OK"


def test_the_same_id_with_another_command_is_not_answered_by_the_first(desk):
    client = desk.client()
    client.hello()
    client.call("Open A", id="7")
    desk.next()
    text, _ = client.call("Close A", id="7")
    assert text.startswith("ERROR") or desk.next().target is CLOSED


def test_an_id_that_is_given_to_another_command_is_refused_and_stays_the_firsts(desk):
    client = desk.client()
    client.hello()
    client.call("Open A", id="7")
    desk.next()
    for other in ("Close A", "Open B", "Lock A"):
        text, _ = client.call(other, id="7")
        assert text == "ERROR 004 : id 7 was given to 'Open A' before: nothing was begun"
    assert client.call("Open A", id="7")[0] == "OK"
    assert desk.line.all() == []


def test_an_id_in_hand_is_not_joined_by_another_command(desk):
    desk.hold = True
    first, second = desk.client(), desk.client()
    for client, text in ((first, "Open A"), (second, "Close A")):
        client.hello("acq")
        client.send(encode(f"{text}\tid=7", Form.BRACED))
    assert second.reply()[0].startswith("ERROR 004")
    desk.end(desk.next())
    assert first.reply()[0] == "OK"


def test_an_outcome_that_comes_while_its_connection_ends_is_not_lost(desk):
    desk.hold = True
    first, joined, second = desk.client(), desk.client(), desk.client()
    for client in (first, joined, second):
        client.hello("acq")
    for client in (first, joined):
        client.send(encode("Open A\tid=7", Form.BRACED))
    move = desk.next()
    desk.house.quiet()
    connection = desk.house.ref(f"remote_command_server/connection.{first.address}")

    def end_and_answer():
        connection.stop(block=False)
        desk.end(move)

    desk.house.context.loop.call(end_and_answer)
    assert joined.reply()[0] == "OK"
    assert second.call("Open A", id="7")[0] == "OK"
    assert desk.line.all(Move) == []


def test_whoever_joined_is_answered_though_the_memory_has_run_over(desk):
    desk.hold = True
    first, second, third = desk.client(), desk.client(), desk.client()
    for client in (first, second, third):
        client.hello("acq")
    for client in (first, second):
        client.send(encode("Open A\tid=7", Form.BRACED))
    move = desk.next()
    desk.hold = False
    for number in range(300):
        third.call("Open B", id=f"more-{number}")
    desk.end(move)
    assert (first.reply()[0], second.reply()[0]) == ("OK", "OK")


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


# --- who may connect ---------------------------------------------------------------------------------------------


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


# --- coming and going ----------------------------------------------------------------------------------------------


def test_a_taken_port_is_one_clear_line(desk):
    other = House("other")
    try:
        ref = RemoteCommandServer.start(other.context, "remote_command_server", ListenSettings(port=desk.port))
        failed = other.failures.get(timeout=PATIENCE_S)
    finally:
        other.close()
    assert failed.error == f"PortTaken: cannot listen on 127.0.0.1:{desk.port}: address already in use"
    assert issubclass(PortTaken, Exception)
    assert failed.exception is None
    assert not ref.is_alive()


def test_stopping_closes_every_connection(desk):
    clients = [desk.client() for _ in range(3)]
    for client in clients:
        client.ask(b"Open A\r\n")
    desk.house.stop("remote_command_server")
    assert all(client.is_closed() for client in clients)
    until(lambda: desk.connections() == [], "the connections are gone")


def test_a_server_that_starts_again_has_its_port_at_once(desk, house):
    client = desk.client()
    client.ask(b"Open A\r\n")
    house.stop("remote_command_server")
    again = ListenSettings(port=desk.port)
    house.start(RemoteCommandServer, "remote_command_server", again)
    assert desk.client().ask(b"Open A\r\n") == b"OK\r\n"


def test_a_listener_that_stops_answers_what_has_no_answer_yet(desk):
    """What is under way may go on; what was not taken up was not begun."""
    desk.hold = True
    ours, plain = desk.client(), desk.client()
    ours.hello("acq")
    ours.send(encode("Open A\tid=1", Form.BRACED))
    desk.next()
    plain.send(b"Open A\r\nClose A\r\n")
    desk.next()
    desk.house.stop("remote_command_server")
    text, fields = ours.reply()
    assert text == "ERROR 021 : remote_command_server is stopping; how Open ends is not known here"
    assert (fields["id"], fields["outcome"], fields["state"]) == ("1", "unknown", "unknown")
    assert plain.line() == b"ERROR 021 : remote_command_server is stopping; how Open ends is not known here\r\n"
    assert plain.line() == b"ERROR 021 : remote_command_server is stopping; nothing was begun\r\n"
    assert ours.is_closed()
    assert plain.is_closed()
    assert desk.line.all(Move) == []


def test_an_answer_to_a_client_that_has_gone_hurts_nobody(desk):
    desk.hold = True
    client = desk.client()
    client.send(b"Open A\r\n")
    move = desk.next()
    client.reset()
    until(lambda: desk.connections() == [], "the client is gone")
    desk.end(move)
    desk.hold = False
    assert desk.client().ask(b"Open A\r\n") == b"OK\r\n"
    assert desk.house.failures.empty()


def test_a_process_without_descriptors_left_does_not_spin(desk, logs, monkeypatch):
    monkeypatch.setattr(server_module, "ACCEPT_AGAIN_S", 0.05)
    accept, refusals = socket.socket.accept, [OSError(errno.EMFILE, "too many open files")] * 2

    def refusing(listener):
        if refusals:
            raise refusals.pop()
        return accept(listener)

    monkeypatch.setattr(socket.socket, "accept", refusing)
    began = time.monotonic()
    assert desk.client().ask(b"Open A\r\n") == b"OK\r\n"
    assert time.monotonic() - began >= 0.1
    assert len(logs.named("listener.accept_failed")) == 2


def test_a_client_that_comes_again_from_its_old_port_is_counted(desk):
    client, other = desk.client(own_port=True), desk.client()
    client.ask(b"Open A\r\n")
    host, port = client.address.split(":")
    held, go = threading.Event(), threading.Event()
    desk.house.context.loop.call(lambda: (held.set(), go.wait(PATIENCE_S)))
    assert held.wait(PATIENCE_S)
    client.reset()
    again = socket.create_connection(("127.0.0.1", desk.port), source_address=(host, int(port)))
    go.set()
    with again:
        again.sendall(b"Open A\r\n")
        assert again.recv(100) == b"OK\r\n"
        desk.house.quiet()
        assert json.loads(other.ask(b"Health\r\n"))["connections"] == 2


def test_a_listener_open_to_all_is_warned_about_once(house, logs):
    Desk(house, host="0.0.0.0").close()  # noqa: S104 - that is what is warned about
    assert logs.wait_for("listener.open_to_all")["level"] == "warning"


def test_many_clients_at_once_are_each_served(desk):
    clients = [desk.client() for _ in range(50)]
    for client in clients:
        client.send(b"Open A\r\nGetValveState A\r\n")
    assert {(client.line(), client.line()) for client in clients} == {(b"OK\r\n", b"True\r\n")}
    assert f"port {desk.port}, 50 clients" == desk.house.detail("remote_command_server")


def test_the_memory_outlives_the_listener(desk):
    first = desk.client()
    first.hello("acq")
    first.call("Open A", id="7")
    desk.next()
    desk.house.stop("remote_command_server")
    wanted = ListenSettings(port=0, fingerprint="site-1")
    desk.house.start(RemoteCommandServer, "remote_command_server", wanted)
    desk.port = desk.house.context.facts["port"]
    second = desk.client()
    second.hello("acq")
    assert second.call("Open A", id="7")[0] == "OK"
    desk.house.quiet()
    assert desk.line.all(Move) == []


# --- acts with ids ----------------------------------------------------------------------------------------------


def test_acts_with_ids_do_not_wait_for_each_other_and_are_answered_by_id(desk):
    desk.hold = True
    client = desk.client()
    client.hello("acq")
    for valve in "AB":
        client.send(encode(f"Open {valve}\tid={valve}", Form.BRACED))
    slow, fast = desk.next(), desk.next()
    assert (slow.valve, fast.valve) == ("A", "B")
    client.send(encode("GetValveState A\tid=question", Form.BRACED))
    desk.end(fast)
    told = {fields.pop("id"): text for text, fields in (client.reply(), client.reply())}
    assert told == {"B": "OK", "question": "True"}
    desk.end(slow)
    text, fields = client.reply()
    assert (text, fields["id"]) == ("OK", "A")


def test_more_acts_than_are_carried_out_at_once_wait_for_their_turn_and_none_is_lost(desk, monkeypatch):
    monkeypatch.setattr(conversation_module, "ACTS_AT_ONCE", 3)
    desk.hold = True
    client = desk.client()
    client.hello("acq")
    client.send(b"".join(encode(f"Open A\tid={number}", Form.BRACED) for number in range(10)))
    held = [desk.next() for _ in range(4)]  # three, and one that the next waits for
    desk.house.quiet()
    assert desk.line.all(Move) == []
    answered = []
    for _ in range(10):
        move = held.pop() if held else desk.next()
        desk.end(move)
        answered.append(client.reply()[1]["id"])
    assert sorted(answered, key=int) == [str(number) for number in range(10)]


def test_acts_without_an_id_wait_for_their_turn(desk):
    desk.hold = True
    client = desk.client()
    client.hello("acq")
    client.send(encode("Open A", Form.BRACED) + encode("Open B", Form.BRACED))
    first = desk.next()
    desk.house.quiet()
    assert desk.line.all(Move) == []
    desk.end(first)
    assert client.reply()[0] == "OK"
    desk.end(desk.next())
    assert client.reply()[0] == "OK"


def test_a_client_that_sends_no_more_still_gets_the_replies_that_are_due(desk):
    desk.hold = True
    client = desk.client()
    client.hello("acq")
    client.send(encode("Open A\tid=1", Form.BRACED) + encode("Open B\tid=2", Form.BRACED))
    client.socket.shutdown(socket.SHUT_WR)
    first, second = desk.next(), desk.next()
    desk.end(second)
    assert client.reply()[1]["id"] == "2"
    desk.end(first)
    assert client.reply()[1]["id"] == "1"
    assert client.is_closed()


def test_a_refusal_carries_the_id_too(desk):
    client = desk.client()
    client.hello("acq")
    assert client.call("Opne A", id="9")[1]["id"] == "9"
    assert client.call("Open A", id="9" * 65)[0] == "ERROR 004 : field id is longer than 64 characters"


def test_a_plain_client_is_answered_in_order_whatever_ids_it_gives(desk):
    """A plain reply has no place for an id: nothing else would tell which is which."""
    desk.hold = True
    client = desk.client()
    client.ask(b"Hello 1 acq -\r\n")
    client.send(b"Open A\tid=1\r\nOpen B\tid=2\r\n")
    first = desk.next()
    desk.house.quiet()
    assert desk.line.all(Move) == []
    desk.end(first)
    assert client.line() == b"OK\r\n"
    desk.end(desk.next(), kind=Kind.REFUSED, reason=Reason.LOCKED, text="B is locked")
    assert client.line() == b"ERROR 014 : B is locked\r\n"


@pytest.mark.parametrize("last", [encode("Goodbye", Form.BRACED), b"\x00"])
def test_acts_under_way_are_answered_before_the_last_word(desk, last):
    desk.hold = True
    client = desk.client()
    client.hello("acq")
    client.send(encode("Open A\tid=1", Form.BRACED) + last + encode("Open B", Form.BRACED))
    move = desk.next()
    desk.house.quiet()
    desk.end(move)
    assert client.reply()[1]["id"] == "1"
    assert client.line()
    assert client.is_closed()
    assert desk.line.all(Move) == []


def test_a_client_that_takes_another_name_meanwhile_is_remembered_by_the_one_it_had(desk):
    desk.hold = True
    client = desk.client()
    client.hello("acq")
    client.send(encode("Open A\tid=1", Form.BRACED) + encode("Hello 1 other -", Form.BRACED))
    move = desk.next()
    assert client.reply()[0].startswith("HELLO ")
    desk.end(move)
    assert client.reply()[1]["id"] == "1"
    desk.hold = False
    again = desk.client()
    again.hello("acq")
    assert again.call("Open A", id="1")[0] == "OK"
    desk.house.quiet()
    assert desk.line.all(Move) == []


# --- what a client may not do to others -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        b'{"command":"Open","value":"\\ud800"}',
        b'{"command":"Open","value":"A\\u0000"}',
        b'{"command":"Open","value":["\\u001b[2J"]}',
        b"Open " + b"Z" * 81 + b"\n",
        b"Open A" + "\u202e".encode() + b"\n",
    ],
)
def test_what_is_no_name_is_refused_before_anybody_else_sees_it(desk, request_):
    client = desk.client()
    reply = client.ask(request_)
    assert reply.startswith(b"ERROR 004 : invalid arguments: ")
    assert len(reply) < 200
    assert reply.isascii()
    desk.house.quiet()
    assert desk.line.all(Move) == []


def test_an_unprintable_verb_is_answered_printably(desk):
    assert desk.client().ask(b'{"command":"\\ud800"}').startswith(b"ERROR 003 : invalid command: ")


def test_a_client_that_floods_does_not_keep_others_waiting(desk):
    flood, other = desk.client(), desk.client()
    count = 3000
    flood.send(b"GetSetpoin\n" * count)
    assert other.ask(b"Open A\r\n") == b"OK\r\n"
    done = json.loads(other.ask(b"Health\r\n"))["requests"]
    assert done < count  # it was answered in between, and not behind
    for _ in range(count):
        assert flood.line().startswith(b"ERROR 003")


def test_a_line_that_is_typed_slowly_is_carried_out(desk, monkeypatch):
    """What counts is when it was whole: nobody could have carried it out before."""
    monkeypatch.setattr(conversation_module, "MAX_WAIT_S", 0.2)
    monkeypatch.setattr(arrivals, "BLINK_S", 0.0)
    client = desk.client()
    client.send(b"Open ")
    desk.house.after(0.3)
    client.send(b"A\r\n")
    move = desk.next()
    assert move.request.deadline > time.monotonic() - 0.1
    assert client.line() == b"OK\r\n"


def test_bytes_that_wait_for_the_rest_of_their_line_are_not_kept_account_of(desk):
    client = desk.client()
    tracemalloc.start()
    try:
        for _ in range(500):
            client.send(b"x")
            desk.house.quiet(1)
        ours = [tracemalloc.Filter(True, module.__file__) for module in (connection_module, arrivals)]
        kept = tracemalloc.take_snapshot().filter_traces(ours).statistics("filename")
    finally:
        tracemalloc.stop()
    assert sum(statistic.size for statistic in kept) < 20_000


def test_health_is_told_however_much_there_is_to_tell(desk):
    for number in range(2000):
        desk.house.context.directory.enlist(f"x.{number}", Entry(desk.house.ref(LINE), None, lambda: "n" * 5000, None))
    told = json.loads(desk.client().ask(b"Health\r\n"))
    assert told["node"] == "bench"
    assert abs(told["time"] - time.time()) < 60
    assert desk.client().ask(b"{FFFF}" + b"Hello 1 " + b"n" * 60 + b"\r\n").startswith(b"{")


def test_a_name_that_nobody_could_read_is_no_hello(desk):
    assert desk.client().call(f"Hello 1 {'n' * 81} -")[0].startswith("ERROR 004 : invalid arguments: nnn")


@pytest.mark.parametrize("allowed", ["127.0.0.0/8", "127.0.0.1", "::ffff:127.0.0.0/104", "::/0", "::ffff:127.0.0.1"])
def test_an_ipv4_network_means_ipv4_clients_on_a_listener_for_both(house, allowed):
    if not socket.has_dualstack_ipv6():
        pytest.skip("this computer has no IPv6")
    desk = Desk(house, host="::", allow=(allowed, "10.0.0.0/8"))
    client = desk.client()
    if allowed == "::/0":  # every IPv6 address, and 127.0.0.1 is none
        assert client.line() == b"ERROR 013 : Not an approved ip address 127.0.0.1\r\n"
    else:
        assert client.ask(b"Open A\r\n") == b"OK\r\n"
        assert desk.next().request.origin == client.address
    desk.close()


def test_a_client_is_one_whichever_family_its_listener_is_of(house):
    if not socket.has_dualstack_ipv6():
        pytest.skip("this computer has no IPv6")
    desk = Desk(house)
    port = desk.listen("remote_command_server.both", host="::")
    first, second = desk.client(), desk.client(port)
    first.hello("acq")
    second.hello("acq")
    assert house.context.facts["sessions"] == {"127.0.0.1/acq": 2}
    assert first.call("Open A", id="1")[0] == second.call("Open A", id="1")[0] == "OK"
    house.quiet()
    assert len(desk.line.all(Move)) == 1
    desk.close()
