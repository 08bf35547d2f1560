"""One connection to a node: how it begins and ends, with a far end and an owner that misbehave."""

import errno
import socket
import threading

import pytest

from tests.actors.house import PATIENCE_S, Heard
from tests.transports.rpc.desk import Far
from transports.rpc.channel import CLOSED, Channel
from transports.rpc.frames import Form


class Keeper:
    """An owner that keeps what it is told; `broken`: it raises as well."""

    def __init__(self, broken=()):
        self.heard = Heard()
        self.broken = broken

    def _take(self, what, text=""):
        self.heard.put((what, text))
        if what in self.broken:
            raise ZeroDivisionError("an owner with a fault of its own")

    def connected(self, _channel):
        self._take("connected")

    def line(self, _channel, text):
        self._take("line", text)

    def closed(self, _channel, why):
        self._take("closed", why)

    def wait_for(self, what):
        return self.heard.wait_for(tuple, lambda told: told[0] == what)[1]


@pytest.fixture
def far():
    made = Far(lambda: 0)
    yield made
    made.close()


@pytest.fixture
def connect(house):
    """Connect on the loop; break off what is left at the end."""
    made = []

    def begin(owner, port, host="127.0.0.1", form=Form.BRACED):
        channel = Channel(house.context.loop, "acts", owner, form)
        made.append(channel)
        house.context.loop.call(lambda: channel.connect(host, port))
        return channel

    yield begin
    for channel in made:
        house.context.loop.call(channel.drop)
    house.quiet()


def test_lines_are_handed_over_in_order(connect, far):
    owner = Keeper()
    connect(owner, far.port)
    session = far.accept()
    owner.wait_for("connected")
    session.socket.sendall(b"OK\r\n{000A}ok\r\n")
    assert [owner.wait_for("line"), owner.wait_for("line")] == ["OK", "ok"]


def test_a_plain_reply_ends_with_the_connection(connect, far):
    owner = Keeper()
    connect(owner, far.port, form=Form.PLAIN)
    session = far.accept()
    owner.wait_for("connected")
    session.socket.sendall(b"ERROR 015 : Valve A failed")
    session.socket.sendall(b" to actuate open")
    session.close()
    assert owner.wait_for("line") == "ERROR 015 : Valve A failed to actuate open"
    assert owner.wait_for("closed") == CLOSED


def test_a_frame_that_breaks_off_is_no_reply(connect, far):
    for form in Form.BRACED, Form.PLAIN:
        owner = Keeper()
        connect(owner, far.port, form=form)
        session = far.accept()
        owner.wait_for("connected")
        session.socket.sendall(b"{000A}O")
        session.close()
        owner.wait_for("closed")
        assert owner.heard.all(tuple) == []


def test_a_plain_message_ends_with_cr_as_pychrons_clients_have_it(connect, far, house):
    owner = Keeper()
    channel = connect(owner, far.port, form=Form.PLAIN)
    session = far.accept()
    owner.wait_for("connected")
    house.context.loop.call(lambda: channel.send("Open A"))
    house.context.loop.call(channel.leave)
    received = b""
    while data := session.socket.recv(100):
        received += data
    assert received == b"Open A\r"


def test_a_last_word_is_sent_before_the_connection_is_closed(connect, far, house):
    owner = Keeper()
    channel = connect(owner, far.port)
    session = far.accept()
    owner.wait_for("connected")
    house.context.loop.call(lambda: channel.leave("Goodbye"))
    assert session.line()[0] == "Goodbye"
    assert session.how_it_ended() == "closed"
    house.quiet()
    assert owner.heard.all(tuple) == []


@pytest.mark.parametrize("broken", ["connected", "line"])
def test_an_owner_that_raises_is_told_that_it_is_over(connect, far, broken, logs):
    owner = Keeper({broken})
    connect(owner, far.port)
    session = far.accept()
    if broken == "line":
        session.reply("OK")
    assert owner.wait_for("closed") == "ZeroDivisionError: an owner with a fault of its own"
    assert session.how_it_ended() == "reset"
    assert logs.wait_for("channel.failed")["channel"] == "acts"


def test_an_owner_that_raises_at_the_end_leaves_nothing_open(connect, far, house):
    owner = Keeper({"closed"})
    connect(owner, far.port)
    far.accept().close()
    assert owner.wait_for("closed") == "the node closed the connection"
    house.quiet()


def test_a_refused_connection_says_so(connect):
    listener = Far(lambda: 0, listening=False)
    owner = Keeper()
    connect(owner, listener.port)
    assert owner.wait_for("closed") == "connection refused"
    listener.close()


def test_a_process_without_descriptors_left_is_told_as_a_reason(connect, far, monkeypatch):
    def refuse(*_args):
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("transports.rpc.channel.socket.socket", refuse)
    owner = Keeper()
    connect(owner, far.port)
    assert owner.wait_for("closed") == "too many open files"


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("::1", 70_000)])
def test_a_port_that_is_none_is_told_as_a_reason(connect, host, port):
    owner = Keeper()
    connect(owner, port, host)
    assert "port must be 0-65535" in owner.wait_for("closed")


def test_a_host_that_is_no_name_is_told_as_a_reason(connect):
    owner = Keeper()
    connect(owner, 1061, "a..b")
    assert owner.wait_for("closed").startswith("cannot look up a..b: ")


def test_every_address_of_a_name_is_tried(connect, far, monkeypatch):
    """`localhost` is ::1 first on many machines, where a node listens on 127.0.0.1."""
    nobody = Far(lambda: 0, listening=False)
    found = [(socket.AF_INET, 0, 0, "", ("127.0.0.1", port)) for port in (nobody.port, far.port)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)
    owner = Keeper()
    connect(owner, far.port, "far.example")
    far.accept()
    owner.wait_for("connected")
    nobody.close()


def test_a_lookup_that_ends_after_the_channel_was_dropped_connects_nowhere(connect, far, house, monkeypatch):
    asked, go = threading.Event(), threading.Event()

    def slowly(*_args, **_more):
        asked.set()
        assert go.wait(PATIENCE_S)
        return [(socket.AF_INET, 0, 0, "", ("127.0.0.1", far.port))]

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    owner = Keeper()
    channel = connect(owner, far.port, "far.example")
    assert asked.wait(PATIENCE_S)
    house.context.loop.call(channel.drop)
    house.quiet()
    lookup = next(thread for thread in threading.enumerate() if thread.name == "lookup-far.example")
    go.set()
    lookup.join(PATIENCE_S)
    house.quiet()
    far.listener.settimeout(0.05)
    with pytest.raises(TimeoutError):
        far.accept()
    assert owner.heard.all() == []
