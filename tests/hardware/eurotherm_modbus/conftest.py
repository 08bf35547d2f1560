"""An `EurothermModbus` on a wire: to the simulated controller as a rig, or to a far end that answers by a table."""

from functools import partial

import pytest

from hardware.eurotherm_modbus.simulator import EurothermModbusSimulator
from tests.hardware.scripted import Scripted


@pytest.fixture
def on(on):
    return partial(on, "EurothermModbus")


@pytest.fixture
def rigs(on):
    def make(serve, has_decimals=1, **keys):
        return on(EurothermModbusSimulator(lambda: 0.0, decimals=has_decimals), serve, **keys)

    return make


@pytest.fixture
def rig(rigs, serve):
    return rigs(serve)


@pytest.fixture
def scripted(on):
    """Over a gateway that hands the bytes of a serial line on, as unit 2."""
    return lambda answers, **keys: on(Scripted(answers), framing="rtu", unit=2, **keys)
