"""Acts with ids are carried out beside each other, and answered as they end."""

import socket

import pytest

from actors.messages import Kind, Move, Reason
from transports.rpc import conversation as conversation_module
from transports.rpc.frames import Form, encode


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
