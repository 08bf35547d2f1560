"""`AgilentGPActuator` on a wire to the simulated instrument: over TCP as a 34972A and over RS-232 as a 34970A."""

import pytest

from hardware.simulation import serve_pty, serve_tcp
from tests.hardware.agilent_34970a.heard import Heard


@pytest.fixture(params=[serve_tcp, serve_pty], ids=["tcp", "rs232"])
def serve(request):
    return request.param


@pytest.fixture
def rigs(on):
    def make(serve, simulator=None, channels=("101", "102", "103"), timeout_s=2.0, **more):
        keys = {"name": "relay-1", "valve_opens_when": "relay_closed", **more}
        return on("AgilentGPActuator", simulator or Heard(), serve, channels, timeout_s=timeout_s, **keys)

    return make


@pytest.fixture
def rig(rigs, serve):
    return rigs(serve)


@pytest.fixture
def impatient(rigs, serve):
    """A rig that waits 50 ms for an answer, opened and greeted."""
    rig = rigs(serve, timeout_s=0.05)
    rig.driver.read("101")
    return rig
