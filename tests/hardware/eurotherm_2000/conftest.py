"""A `Eurotherm` on a wire: to the simulated controller as a rig, or to a far end that answers by a table."""

from functools import partial

import pytest

from hardware.eurotherm_2000.simulator import EurothermSimulator
from tests.hardware.scripted import Scripted


@pytest.fixture
def on(on):
    return partial(on, "Eurotherm")


@pytest.fixture
def rigs(on):
    return lambda serve, timeout_s=2.0, **keys: on(EurothermSimulator(lambda: 0.0), serve, timeout_s=timeout_s, **keys)


@pytest.fixture
def rig(rigs, serve):
    return rigs(serve)


@pytest.fixture
def scripted(on):
    return lambda answers, **keys: on(Scripted(answers), **keys)
