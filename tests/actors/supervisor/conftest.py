"""A supervisor and its children."""

import pytest

from tests.actors.supervisor.rig import Rig


@pytest.fixture
def rig(house):
    made = Rig(house)
    yield made
    made.subject.gate.set()
    made.stop(4.0)
