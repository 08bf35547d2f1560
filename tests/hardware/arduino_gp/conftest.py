"""`ArduinoGPActuator` on a pseudo-terminal to a simulated board."""

import pytest

from tests.hardware.arduino_gp.board import CHANNELS, QUICK, HeardBench
from tests.hardware.bench import maker


@pytest.fixture
def benches(request, tmp_path):
    def build(*, keys=(), **board):
        given = {**QUICK, **dict(keys)}
        return HeardBench("ArduinoGPActuator", "pty", given, CHANNELS, tmp_path, **board)

    return maker(request, build)
