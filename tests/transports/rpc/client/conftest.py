"""Far ends of node connections, and pairs that are up."""

import pytest

from tests.transports.rpc.client.pair import Pair, far_clock_ms
from tests.transports.rpc.desk import Far
from transports.rpc import client as client_module
from transports.rpc import standing as standing_module


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(standing_module, "RETRY_FIRST_S", 0.02)
    monkeypatch.setattr(client_module, "KEEPALIVE_S", 60.0)


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
