"""A plant on a wire, with what a test needs."""

import pytest

from actors import extraction_line
from tests.actors.on_a_wire.plant import Plant


@pytest.fixture
def plant_of(house, monkeypatch):
    monkeypatch.setattr(extraction_line, "TICK_S", 0.02)
    plants = []

    def make(**more):
        plants.append(Plant(house, **more))
        return plants[-1]

    yield make
    for made in plants:
        made.unplug()


@pytest.fixture
def plant(plant_of):
    return plant_of()
