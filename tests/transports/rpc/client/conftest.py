"""Far ends of node connections, and pairs that are up."""

import pytest

from tests.transports.rpc.client.pair import Pair, far_clock_ms
from tests.transports.rpc.desk import Far
from tests.transports.rpc.quick import quick

__all__ = ["quick"]


@pytest.fixture
def new_far():
    made = []

    def make(clock_ms=far_clock_ms, **more):
        made.append(Far(clock_ms, **more))
        return made[-1]

    yield make
    for far in made:
        far.close()


@pytest.fixture
def far(new_far):
    return new_far()


@pytest.fixture
def pair(house, far):
    return Pair(house, far)


@pytest.fixture
def impatient(house, far):
    return Pair(house, far, timeout_s=0.3)
