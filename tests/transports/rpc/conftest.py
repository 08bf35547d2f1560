"""A house, as the actors' tests have it; and a desk of a command server in it."""

import pytest

from tests.actors.conftest import house, logs
from tests.transports.rpc.serving import Desk

__all__ = ["house", "logs"]


@pytest.fixture
def open_desk(house):
    desks = []

    def make(**settings):
        desks.append(Desk(house, **settings))
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()


@pytest.fixture
def desk(open_desk):
    return open_desk()
