"""A socket as a link: refused, silent, gone."""

import socket

import pytest

from hardware.errors import LinkDown, NotSent
from hardware.links.address import TcpAddress
from hardware.links.tcp_link import TcpLink
from hardware.simulation import serve_tcp
from tests.hardware.fakes import Caller, Listener


@pytest.fixture
def link_to():
    links = []

    def build(port, host="127.0.0.1"):
        links.append(TcpLink(TcpAddress(host, port)))
        return links[-1]

    yield build
    for link in links:
        link.close()


@pytest.fixture
def echo():
    served = serve_tcp(Listener(answer=b"+0\n"))
    yield served
    served.close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_bytes_go_there_and_back(link_to, echo):
    link = link_to(echo.port)
    link.open(1.0)
    assert link.send_some(b"hello") == 5
    assert link.receive(5.0) == b"+0\n"
    assert link.receive(0) == b""
    assert link.receive(0.001) == b""


def test_a_host_name_is_looked_up(link_to, echo):
    link = link_to(echo.port, host="localhost")
    link.open(1.0)
    assert link.send_some(b"hello") == 5


def test_a_refused_connection_names_host_port_and_reason(link_to):
    port = free_port()
    with pytest.raises(NotSent, match=f"127.0.0.1:{port}: Connection refused"):
        link_to(port).open(1.0)


def test_an_unknown_host_is_named(link_to):
    with pytest.raises(NotSent, match=r"no-such-host\.invalid:5025: host not found"):
        link_to(5025, host="no-such-host.invalid").open(1.0)


def test_small_writes_are_not_held_back_and_dead_peers_are_noticed(link_to, echo):
    link = link_to(echo.port)
    link.open(1.0)
    assert link._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert link._socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def test_a_device_that_hangs_up_is_noticed_while_reading(link_to, echo):
    link = link_to(echo.port)
    link.open(1.0)
    caller = Caller(lambda: link.receive(30.0))
    echo.close()
    assert isinstance(caller.end(), LinkDown)


def test_cancel_ends_a_wait_and_all_later_ones(link_to, echo):
    link = link_to(echo.port)
    link.open(1.0)
    caller = Caller(lambda: link.receive(30.0))
    link.cancel()
    assert caller.end() is None
    assert link.receive(30.0) == b""


def test_what_has_not_arrived_when_a_link_is_closed_never_will():
    """The kernel would go on delivering it for minutes: a command would be carried out long after it was given up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        link = TcpLink(TcpAddress("127.0.0.1", listener.getsockname()[1]))
        link.open(2.0)
        device, _ = listener.accept()
        with device:
            device.settimeout(2.0)
            link.close()
            with pytest.raises(ConnectionResetError):
                device.recv(100)
