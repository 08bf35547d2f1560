"""Serving simulated devices: clients that come, vanish and come again."""

import socket
from pathlib import Path

import pytest

from hardware.agilent_34970a.simulator import Agilent34970aSimulator
from hardware.links.handle import LinkHandle
from hardware.simulation import serve_pty, serve_tcp, simulator_for
from tests.hardware.fakes import Listener


@pytest.fixture
def served():
    served = serve_tcp(Agilent34970aSimulator())
    yield served
    served.close()


def ask(client, data=b"SYST:ERR?\n"):
    client.sendall(data)
    return client.recv(4096)


def call(served):
    return socket.create_connection(("127.0.0.1", served.port), timeout=5)


def test_several_clients_are_served_at_once_each_with_its_own_line(served):
    with call(served) as first, call(served) as second:
        first.sendall(b"ROUT:CLOS? (@1")
        assert ask(second) == b'+0,"No error"\n'
        assert ask(first, b"01)\n") == b"0\n"


def test_a_device_that_takes_so_many_clients_hangs_up_on_the_next(served):
    served.simulator.most_connections = 2
    with call(served) as first, call(served) as second:
        assert ask(first) == ask(second) == b'+0,"No error"\n'
        with call(served) as third:
            assert third.recv(1) == b""
        assert ask(first) == b'+0,"No error"\n'


def test_clients_that_vanish_leave_the_others_alone(served):
    for _ in range(3):
        with call(served) as client:
            client.sendall(b"ROUT:CLOS (@1")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")  # reset, not goodbye
    with call(served) as client:
        assert ask(client) == b'+0,"No error"\n'


def test_closing_hangs_up_and_may_be_repeated(served):
    with call(served) as client:
        ask(client)
        served.close()
        served.close()
        assert client.recv(1) == b""


def test_a_port_can_be_taken_again_after_closing(served):
    with call(served) as client:
        ask(client)
        served.close()
    again = serve_tcp(served.simulator, port=served.port)
    with call(again) as client:
        assert ask(client) == b'+0,"No error"\n'
    again.close()


def test_slow_answers_come_late_and_do_not_hold_up_closing(served):
    served.simulator.faults.slow_s = 0.05
    with call(served) as client:
        client.settimeout(0.01)
        with pytest.raises(TimeoutError):
            ask(client)
        client.settimeout(5)
        assert client.recv(100) == b'+0,"No error"\n'
        served.simulator.faults.slow_s = 60.0
        client.sendall(b"SYST:ERR?\n")
        served.close()


def test_answers_never_overtake_each_other(served):
    with call(served) as client:
        served.simulator.faults.slow_s = 0.05
        client.settimeout(0.01)
        with pytest.raises(TimeoutError):
            ask(client)
        served.simulator.faults.slow_s = 0.0
        client.settimeout(5)
        assert ask(client, b"ROUT:DONE?\n").startswith(b"+0")


def open_descriptors():
    return len(list(Path("/dev/fd").iterdir()))


@pytest.mark.parametrize("serve", [serve_tcp, serve_pty])
def test_closing_both_ends_frees_every_descriptor(serve):
    def use():
        served = serve(Agilent34970aSimulator())
        handle = LinkHandle(served.address, 1.0)
        handle.open()
        handle.revoke("done")
        served.close()

    use()  # what is opened once and kept, is open from here on
    before = open_descriptors()
    use()
    assert open_descriptors() == before


def test_disconnect_acts_and_hangs_up(served):
    served.simulator.faults.disconnect = True
    with call(served) as client:
        assert ask(client, b"ROUT:CLOS (@101)\n") == b""
    assert served.simulator.relays["101"]


def test_a_session_that_is_over_is_hung_up_on_after_its_answer():
    listener = Listener(answer=b"OK")
    listener.over = True
    served = serve_tcp(listener)
    for slow_s in (0.0, 0.01):
        listener.faults.slow_s = slow_s
        with call(served) as client:
            assert ask(client) == b"OK"
            assert client.recv(1) == b""
    listener.answer = b""
    with call(served) as client:
        assert ask(client) == b""
    served.close()


def test_the_address_is_as_it_stands_in_a_device_file(served):
    assert served.address == f"tcp://127.0.0.1:{served.port}"
    on_pty = serve_pty(Listener())
    assert on_pty.address.startswith("serial:///dev/")
    assert on_pty.port == 0
    on_pty.close()


def test_simulators_are_found_by_klass():
    assert simulator_for("AgilentGPActuator").feed(b"ROUT:DONE?\n") == b"1\n"
    assert simulator_for("Eurotherm").feed(b"\x040011SL\x05").startswith(b"\x02SL")


def test_a_klass_without_simulator_is_named():
    with pytest.raises(ValueError, match="DummyGPActuator has no simulator"):
        simulator_for("DummyGPActuator")
