"""A command that has an id is carried out once, whoever asks for it again."""

import pytest

from actors.messages import Move
from tests.actors.house import until
from tests.transports.rpc.serving import CLOSED
from transports.rpc.frames import Form, encode


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
