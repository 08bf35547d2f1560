"""A status monitor with the paces that tests need."""

import pytest

from tests.actors.status_monitor.rig import Rig, Summed


@pytest.fixture
def rig(house):
    return Rig(house)


@pytest.fixture
def slow(house):
    """A monitor whose clock ticks once and then not again."""
    made = Rig(house, update_period_s=60.0)
    made.up()
    made.house.quiet()
    made.node.clear()
    return made


@pytest.fixture
def summed(house):
    return Summed(house)
