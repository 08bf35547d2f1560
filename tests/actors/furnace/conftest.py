"""Furnaces that are looked at once a second, as in life, or again and again."""

import pytest

from actors import furnace as furnace_module
from actors.furnace_inputs import WaterLimit
from tests.actors.furnace.bench import Controller, Rig


@pytest.fixture
def rig(house):
    return Rig(house, Controller())


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(furnace_module, "POLL_S", 0.02)


@pytest.fixture
def often(house, quick):  # noqa: ARG001 - it is looked at often
    return Rig(house, Controller())


@pytest.fixture
def cooled(house, quick):  # noqa: ARG001 - likewise
    return Rig(house, Controller(), WaterLimit("water"))
