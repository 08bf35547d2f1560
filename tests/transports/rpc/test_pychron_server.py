"""The double answers as real Pychron servers were measured to: bytes from spec/PYCHRON.md."""

import socket

import pytest

from tests.actors.house import PATIENCE_S
from tests.transports.rpc.pychron_server import PychronServer


@pytest.fixture
def server():
    made = PychronServer("A", "B", "C", "D", "E", "F", interlocks={"B": ("A",)})
    made.valves["F"].locked = True
    yield made
    made.close()


def said(server, *segments, timeout_s=PATIENCE_S):
    """Return all bytes until the end of the connection; None where it stays open without one."""
    with socket.create_connection(("127.0.0.1", server.port), timeout_s) as connection:
        for segment in segments:
            connection.sendall(segment)
        answer = b""
        try:
            while data := connection.recv(65536):
                answer += data
        except TimeoutError:
            return answer or None
        return answer


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        (b"Open A\r", b"OK"),
        (b"  Open A  \r\n", b"OK"),
        (b"Open F", b"ok"),
        (b"Close A\n", b"OK"),
        (b"Open Q\r", b"ERROR 004 : invalid arguments: Open Q"),
        (b"Open\r", b"ERROR 015 : Valve  failed to actuate open"),
        (b"Open A\rOpen B\r", b"ERROR 004 : invalid arguments: Open A\rOpen B"),
        (b"GetValveState A", b"False"),
        (b"GetIndicatorState Q\r", b"ERROR 005 : Q is not a registered valve name"),
        (b"GetValveStates\r", b"A0,B0,C0,D0,E0,F02f85"),
        (b"GetValveLockState F\r", b"OK"),
        (b"GetValveLockState Q\r", b"No Response"),
        (b"GetStateWord\r", b"F:082a1"),
        (b"GetValveOwners\r", b"A,B,C,D,E,Fbd72"),
        (b"GetStateChecksum A,B,C\r", b"3102104833"),
        (b'{"command": "GetValveState", "value": "A"}', b"False"),
        (b"GetTemperature\r", b""),
        (b"open A\r", b""),
        (b"{000E}Open A\r\n", b""),
        (b"{0016}Hello 1 acq -\r\n", b""),
        (b"Hello 1 acq -\r", b""),
        (b"\r", b""),
        (b"\xff\xfe\r", b""),
    ],
)
def test_a_reply_is_bare_and_ends_with_the_connection(server, command, reply):
    assert said(server, command) == reply


def test_states_that_were_measured(server):
    server.valves["A"].is_open = True
    assert said(server, b"GetValveStates\r") == b"A1,B0,C0,D0,E0,F0ee15"


def test_names_with_digits_are_told_whole():
    server = PychronServer("A", "A1", "V2", "S1", "MV")
    server.valves["A1"].is_open = True
    assert said(server, b"GetStateWord\r") == b"A,<A1>,<V2>,<S1>,<MV>:82932"
    assert said(server, b"GetStateChecksum MV\r") == b"0"
    server.close()


def test_owners_are_told_with_what_is_free_first(server):
    server.valves["B"].owner = "10.0.0.7"
    assert said(server, b"GetValveOwners\r") == b"A,C,D,E,F:10.0.0.7-B8143"


def test_an_interlock_is_a_failure_to_actuate(server):
    server.valves["A"].is_open = True
    assert said(server, b"Open B\r") == b"ERROR 015 : Valve B failed to actuate open"
    assert said(server, b"Close B\r") == b"ok"
    assert server.actuations == {}


def test_a_handler_that_fails_answers_nothing_and_leaves_the_connection_open(server):
    assert said(server, b"Open A,B\r", timeout_s=0.1) is None


def test_a_split_command_is_carried_out_piecewise(server):
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE_S) as connection:
        connection.sendall(b"Close A")
        server.wait_for(b"Close A")
    assert server.actuations == {"A": 1}


def test_a_server_that_keeps_the_connection_answers_one_command_after_the_other():
    server = PychronServer("A", closes=False)
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE_S) as connection:
        for _ in range(2):
            connection.sendall(b"GetValveState A\r")
            assert connection.recv(4096) == b"False"
    assert server.received == [[b"GetValveState A\r"] * 2]
    server.close()
