"""A `WatlowEZZone` on a wire: to simulated controllers as a rig, or to a far end that answers by a table."""

from functools import partial

import pytest

from hardware.watlow_ez_zone.simulator import WatlowEZZoneSimulator
from tests.hardware.scripted import Scripted


@pytest.fixture
def on(on):
    return partial(on, "WatlowEZZone")


@pytest.fixture
def rig(on, serve):
    return on(WatlowEZZoneSimulator(lambda: 0.0), serve)


@pytest.fixture
def scripted(on):
    """Over a gateway that hands the bytes of a serial line on."""
    return lambda answers, **keys: on(Scripted(answers), framing="rtu", **keys)
