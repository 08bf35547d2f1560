"""Delays of a test's length."""

import pytest

from actors import valve as valve_module


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(valve_module, "SECOND_LOOK_S", 0.01)
