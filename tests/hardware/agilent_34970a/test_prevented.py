"""`AgilentGPActuator`: a command that is prevented, or cut off from the device, does not go out."""

import pytest

from hardware.errors import LinkDown, NotSent
from hardware.simulation import serve_pty, serve_tcp
from tests.hardware.fakes import Caller, Listener


def test_a_guard_prevents_the_write(rig):
    rig.driver.read("101")

    def too_late():
        raise TimeoutError

    with pytest.raises(TimeoutError), rig.exchange.guarded(too_late):
        rig.driver.set("101", True)
    assert "ROUT:CLOS (@101)" not in rig.far_end.lines
    assert rig.far_end.moves == 0


def test_a_guard_whose_time_runs_out_during_the_greeting_prevents_the_write(rig):
    checks = []

    def in_time_twice():
        checks.append(True)
        if len(checks) > 2:
            raise TimeoutError

    with pytest.raises(TimeoutError), rig.exchange.guarded(in_time_twice):
        rig.driver.set("101", True)
    assert rig.far_end.moves == 0
    rig.driver.set("101", True)  # greeted anew and in full
    assert rig.far_end.moves == 1


@pytest.mark.parametrize("wire", [serve_tcp, serve_pty])
def test_revoking_under_a_hanging_read_returns_promptly_and_ends_all_writing(rigs, wire):
    listener = Listener()
    rig = rigs(wire, listener, timeout_s=30.0)
    caller = Caller(lambda: rig.driver.read("101"))
    assert listener.heard.wait(5)
    rig.handle.revoke("it hung")
    assert isinstance(caller.end(), NotSent)  # the question itself was not: it hung in the greeting
    with pytest.raises(NotSent, match="it hung"):
        rig.driver.set("101", True)
    assert b"ROUT" not in listener.data


def test_revoking_under_a_hanging_command_leaves_its_outcome_unknown(rigs, serve):
    rig = rigs(serve, timeout_s=30.0)
    rig.driver.read("101")
    rig.far_end.faults.slow_s = 60.0
    rig.far_end.acted.clear()
    caller = Caller(lambda: rig.driver.set("101", True))
    assert rig.far_end.acted.wait(5)
    rig.handle.revoke("it hung")
    assert isinstance(caller.end(), LinkDown)
    with pytest.raises(NotSent, match="it hung"):
        rig.driver.set("101", False)
    assert rig.far_end.relays["101"]
