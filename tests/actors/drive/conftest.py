"""Drives that are looked at as in life, or again and again."""

import pytest

from actors import drive as drive_module
from tests.actors.drive.rig import Rig


@pytest.fixture
def rig(house):
    return Rig(house)


@pytest.fixture
def often(house, monkeypatch):
    monkeypatch.setattr(drive_module, "MOVING_POLL_S", 0.02)
    return Rig(house, poll=0.05)
