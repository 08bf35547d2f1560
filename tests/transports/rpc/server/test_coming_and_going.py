"""Listeners that start and stop, clients that come and go."""

import errno
import json
import socket
import threading
import time

from actors.messages import Move
from tests.actors.house import PATIENCE_S, House, until
from tests.transports.rpc.serving import Desk
from transports.rpc import server as server_module
from transports.rpc.frames import Form, encode
from transports.rpc.server import ListenSettings, PortTaken, RemoteCommandServer


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
