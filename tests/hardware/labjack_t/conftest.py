"""LabJack drivers on wires, closed at the end."""

import pytest

from tests.hardware.labjack_t.rig import Bench


@pytest.fixture
def benches():
    made = []

    def make(model="T4", channels=("FIO4", "EIO0", "CIO0"), **keys):
        made.append(Bench(model, channels, **keys))
        return made[-1]

    yield make
    for each in made:
        each.close()
