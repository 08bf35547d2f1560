"""What the system does for a connection; that both ends ask for it."""

import socket

import pytest

from tests.transports.rpc.near import NODE, Near
from transports.rpc import channel, stream
from transports.rpc.keeping import tune


def told(connection):
    tcp = [getattr(socket, name) for name in ("TCP_NODELAY", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT")]
    return [connection.getsockopt(socket.IPPROTO_TCP, option) for option in tcp]


def test_another_computer_that_lost_its_power_is_noticed_in_half_a_minute():
    with socket.socket() as connection:
        tune(connection)
        assert told(connection) == [1, 10, 5, 3]
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1


@pytest.mark.parametrize("end", [stream, channel])
def test_both_ends_ask_for_it(end, house, open_desk, monkeypatch):
    tuned = []
    monkeypatch.setattr(end, "tune", lambda connection: tuned.append(told(connection)))
    desk = open_desk()
    if end is stream:
        assert desk.client().ask(b"Open A\r\n") == b"OK\r\n"
    else:
        Near(house, desk.port).is_up()
        house.stop(NODE)
    assert tuned
