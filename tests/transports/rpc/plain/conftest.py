"""Pychron servers, and node connections that have met them."""

import pytest

from tests.transports.rpc.plain.meeting import met
from tests.transports.rpc.pychron_server import PychronServer
from tests.transports.rpc.quick import quick

__all__ = ["quick"]


@pytest.fixture
def new_server():
    made = []

    def make(*names, **more):
        made.append(PychronServer(*names, **more))
        return made[-1]

    yield make
    for server in made:
        server.close()


@pytest.fixture
def server(new_server):
    return new_server("A", "B", "C", "D", "E", "F", interlocks={"B": ("A",)})


@pytest.fixture
def near(house, server):
    return met(house, server)


@pytest.fixture
def impatient(house, server):
    return met(house, server, timeout_s=0.2)
