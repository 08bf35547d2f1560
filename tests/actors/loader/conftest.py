"""Loaders with a line, drives and a furnace that do as they are told."""

import pytest

from actors import loader_errands
from tests.actors.loader.bench import SETUP, Rig


@pytest.fixture
def rig(house, monkeypatch):
    monkeypatch.setattr(loader_errands, "LOOK_WITHIN_S", 0.2)
    return Rig(house)


@pytest.fixture
def rigs(house, monkeypatch):
    monkeypatch.setattr(loader_errands, "LOOK_WITHIN_S", 0.2)
    return lambda setup=SETUP, **more: Rig(house, setup, **more)
