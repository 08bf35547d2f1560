"""Instruments on wires, closed at the end."""

import pytest

from tests.actors.instrument.rig import Rig


@pytest.fixture
def rig_of(house, request):
    def make(*args, **more):
        made = Rig(house, *args, **more)
        request.addfinalizer(made.close)
        return made

    return make
