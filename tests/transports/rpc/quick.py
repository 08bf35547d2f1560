"""Node connections that are tried again soon, and not kept alive unless a test says so."""

import pytest

from transports.rpc import client as client_module
from transports.rpc import standing as standing_module


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(standing_module, "RETRY_FIRST_S", 0.02)
    monkeypatch.setattr(client_module, "KEEPALIVE_S", 60.0)
