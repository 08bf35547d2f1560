"""Sessions as the line and the dead man's ear see them, over real connections."""

import pytest

from actors.messages import Move
from actors.remote import SessionGone, SessionUp
from tests.actors.house import until
from transports.rpc.forms import Form, encode

ACQ, PLAIN = "127.0.0.1/acq", "127.0.0.1/"


@pytest.fixture(autouse=True)
def leased(house):
    return house.context.facts.setdefault("leased_sessions", set())


def told(desk):
    desk.house.quiet()
    return desk.line.all((SessionUp, SessionGone))


def all_gone(desk):
    until(lambda: desk.connections() == [], "the connections are gone")


def test_a_session_of_two_connections_comes_once_and_goes_once(desk):
    acts, asks = desk.client(), desk.client()
    acts.hello("acq")
    assert told(desk) == [SessionUp(ACQ)]
    asks.hello("acq")
    acts.close()
    until(lambda: len(desk.connections()) == 1, "one is gone")
    assert told(desk) == [SessionUp(ACQ)]
    asks.close()
    all_gone(desk)
    assert told(desk) == [SessionUp(ACQ), SessionGone(ACQ, orderly=False)]


def test_a_goodbye_ends_a_session_in_order(desk):
    client = desk.client()
    client.hello("acq")
    client.call("Goodbye")
    all_gone(desk)
    assert told(desk)[-1] == SessionGone(ACQ, orderly=True)
    assert desk.house.context.facts["heard"] == {}


def test_a_session_that_is_cut_off_is_still_known_to_have_been_heard(desk):
    client = desk.client()
    client.hello("acq")
    client.reset()
    all_gone(desk)
    assert told(desk)[-1] == SessionGone(ACQ, orderly=False)
    assert set(desk.house.context.facts["heard"]) == {ACQ}


def test_whatever_comes_is_heard(desk):
    client = desk.client()
    client.hello("acq")
    heard = desk.house.context.facts["heard"]
    before = heard[ACQ]
    client.send(b"{")
    until(lambda: heard[ACQ] > before, "a byte of it was heard")


def test_another_name_is_another_session(desk):
    client = desk.client()
    client.ask(b"GetValveStates\r\n")
    client.hello("acq")
    client.hello("other")
    assert told(desk) == [SessionUp(ACQ), SessionUp("127.0.0.1/other"), SessionGone(ACQ, orderly=False)]
    assert desk.house.context.facts["sessions"] == {"127.0.0.1/other": 1}


def test_a_plain_peer_that_has_claimed_something_comes_and_goes_with_each_command(leased, desk):
    desk.client().ask(b"Open A\r")
    desk.close()
    all_gone(desk)
    assert told(desk) == []
    leased.add(PLAIN)
    client = desk.client()
    client.ask(b"Open A\r")
    client.close()
    all_gone(desk)
    assert told(desk) == [SessionUp(PLAIN), SessionGone(PLAIN, orderly=False)]


def test_the_session_is_up_before_its_first_command(leased, desk):
    leased.add(PLAIN)
    desk.client().ask(b"Open A\r")
    assert [type(message) for message in desk.line.all()] == [SessionUp, Move]


def test_who_asks_for_nothing_is_nobody(leased, desk):
    leased.add(PLAIN)
    client = desk.client()
    client.ask(b"Nonsense\r\n")
    client.close()
    all_gone(desk)
    assert told(desk) == []
    assert desk.house.context.facts["heard"] == {}


def test_a_display_does_not_look_after_the_line(open_desk):
    desk = open_desk(read_only=True)
    client = desk.client()
    client.hello("display")
    assert client.call("GetValveState A")[0] == "True"
    assert told(desk) == []
    assert desk.house.context.facts["heard"] == {}


def test_a_session_is_one_over_all_listeners(desk):
    port = desk.listen("remote_command_server.second")
    first, second = desk.client(), desk.client(port)
    first.hello("acq")
    second.hello("acq")
    first.close()
    until(lambda: len(desk.connections()) == 1, "one is gone")
    assert told(desk) == [SessionUp(ACQ)]


@pytest.mark.parametrize("name", ["", "acq"])
def test_a_goodbye_of_one_connection_says_nothing_of_another_that_goes_on(leased, desk, name):
    leased.add(PLAIN)
    first, second = desk.client(), desk.client()
    for client in (first, second):
        if name:
            client.hello(name)
        client.ask(b"GetValveStates\r\n")
    assert first.ask(b"Goodbye\r\n") == b"OK\r\n"
    until(lambda: len(desk.connections()) == 1, "one is gone")
    assert second.ask(b"Open A\r\n") == b"OK\r\n"
    second.reset()
    all_gone(desk)
    assert told(desk)[-1] == SessionGone(f"127.0.0.1/{name}", orderly=False)
    assert set(desk.house.context.facts["heard"]) == {f"127.0.0.1/{name}"}


def test_a_plain_peer_may_say_goodbye_on_a_connection_of_its_own(leased, desk):
    leased.add(PLAIN)
    desk.client().ask(b"Open A\r")
    desk.close()
    all_gone(desk)
    assert desk.client().ask(b"Goodbye\r") == b"OK\r\n"
    desk.close()
    all_gone(desk)
    assert told(desk)[-1] == SessionGone(PLAIN, orderly=True)
    assert desk.house.context.facts["heard"] == {}


def test_a_hello_that_is_said_again_and_again_counts_once(desk):
    acts, asks = desk.client(), desk.client()
    for _ in range(3):
        acts.hello("acq")
        asks.hello("acq")
    assert desk.house.context.facts["sessions"] == {ACQ: 2}
    acts.reset()
    until(lambda: len(desk.connections()) == 1, "one is gone")
    again = desk.client()
    again.hello("acq")
    assert desk.house.context.facts["sessions"] == {ACQ: 2}
    assert told(desk) == [SessionUp(ACQ)]


def test_a_last_word_carries_the_clock_and_its_id_like_any_other(desk):
    client = desk.client()
    client.hello("acq")
    text, fields = client.call("Goodbye", id="9")
    assert (text, fields["id"], fields["t"].isdecimal()) == ("OK", "9", True)
    again = desk.client()
    again.hello("acq")
    again.send(b"{0001}x\r\n")
    text, fields = again.reply()
    assert (text.startswith("ERROR 017 : "), fields["t"].isdecimal()) == (True, True)


def test_another_life_of_a_peer_is_another_session(desk):
    heard = desk.house.context.facts["heard"]
    first = desk.client()
    first.hello("acq")
    first.hello("acq", boot="b1")
    assert told(desk) == [SessionUp(ACQ), SessionUp(f"{ACQ}#b1"), SessionGone(ACQ, orderly=True)]
    first.hello("acq", boot="b1")
    assert set(heard) == {f"{ACQ}#b1"}
    first.reset()
    all_gone(desk)
    assert told(desk)[3:] == [SessionGone(f"{ACQ}#b1", orderly=False)]
    assert set(heard) == {f"{ACQ}#b1"}
    second = desk.client()
    second.hello("acq")
    second.hello("acq", boot="b2")
    assert desk.house.context.facts["sessions"] == {f"{ACQ}#b2": 1}
    assert set(heard) == {f"{ACQ}#b2"}


def test_both_connections_of_a_life_are_one_session(desk):
    acts, asks = desk.client(), desk.client()
    for boot in ({}, {"boot": "b1"}):
        acts.hello("acq", **boot)
        asks.hello("acq", **boot)
    assert desk.house.context.facts["sessions"] == {f"{ACQ}#b1": 2}
    assert set(desk.house.context.facts["heard"]) == {f"{ACQ}#b1"}
    acts.call("Goodbye")
    asks.call("Goodbye")
    all_gone(desk)
    assert told(desk)[-1] == SessionGone(f"{ACQ}#b1", orderly=True)
    assert desk.house.context.facts["heard"] == {}


def test_a_life_that_lives_is_heard_beside_another_of_its_name(desk):
    one, other = desk.client(), desk.client()
    for client, boot in ((one, "b1"), (other, "b2")):
        client.hello("acq")
        client.hello("acq", boot=boot)
    assert desk.house.context.facts["sessions"] == {f"{ACQ}#b1": 1, f"{ACQ}#b2": 1}
    assert set(desk.house.context.facts["heard"]) == {f"{ACQ}#b1", f"{ACQ}#b2"}


def test_a_life_whose_end_comes_behind_the_next_ones_beginning_is_not_missed(desk):
    """It was killed while a slow move was under way: its connection ends when that does."""
    desk.hold = True
    first, second = desk.client(), desk.client()
    first.hello("acq")
    first.hello("acq", boot="b1")
    first.send(encode("Open A\tid=1", Form.BRACED))
    move = desk.next()
    first.close()
    second.hello("acq")
    second.hello("acq", boot="b2")
    desk.end(move)
    until(lambda: len(desk.connections()) == 1, "the first life's connection has gone")
    assert set(desk.house.context.facts["heard"]) == {f"{ACQ}#b2"}
    second.call("Goodbye")
    all_gone(desk)
    assert desk.house.context.facts["heard"] == {}


def test_a_life_that_tells_no_boot_id_is_back_for_one_that_did(desk):
    first = desk.client()
    first.hello("acq")
    first.hello("acq", boot="b1")
    first.reset()
    all_gone(desk)
    second = desk.client()
    second.hello("acq")
    assert set(desk.house.context.facts["heard"]) == {ACQ}
    second.call("Goodbye")
    all_gone(desk)
    assert desk.house.context.facts["heard"] == {}


def test_whoever_leaves_right_behind_its_hello_leaves_in_order(desk):
    client = desk.client()
    client.send(encode("Hello 1 acq -", Form.BRACED) + encode("Goodbye", Form.BRACED))
    client.close()
    until(lambda: told(desk)[-1:] == [SessionGone(ACQ, orderly=True)], "it has gone in order")
    assert desk.house.context.facts["heard"] == {}
