"""Pychron servers, and node connections that have met them."""

import pytest

from tests.transports.rpc.plain.meeting import met
from tests.transports.rpc.pychron_server import PychronServer
from transports.rpc import client as client_module
from transports.rpc import standing as standing_module


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(standing_module, "RETRY_FIRST_S", 0.02)
    monkeypatch.setattr(client_module, "KEEPALIVE_S", 60.0)


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
