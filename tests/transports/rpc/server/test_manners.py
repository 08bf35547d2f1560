"""What a client may not do to the others."""

import json
import socket
import time
import tracemalloc

import pytest

from actors.directory import Entry
from actors.messages import Move
from tests.transports.rpc.serving import LINE, Desk
from transports.rpc import arrivals
from transports.rpc import connection as connection_module
from transports.rpc import conversation as conversation_module


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
