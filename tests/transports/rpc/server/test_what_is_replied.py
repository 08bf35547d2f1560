"""What is replied where something is odd: a service that is not there, an answer that cannot be told."""

import contextlib
import json
import time

from actors.directory import Entry
from actors.messages import Kind, Outcome, SetLock
from actors.picture import PictureRow
from actors.table import Row, ValveSpec
from tests.actors.house import PATIENCE_S, until
from tests.transports.rpc.serving import LINE, OPEN
from transports.rpc.frames import Decoder, Form, encode


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
