"""The line with its real valves; the actuator is the test, which answers each `Switch` as it likes."""

import pytest

from actors import extraction_line, line_orders
from actors.messages import State
from tests.actors.bench import Bench
from tests.actors.house import RELAYS
from tests.actors.line.valves import specs

CLOSED = State.CLOSED


@pytest.fixture(autouse=True)
def short_times(monkeypatch):
    monkeypatch.setattr(line_orders, "MAX_WAIT_S", 0.1)
    monkeypatch.setattr(extraction_line, "TICK_S", 0.02)


@pytest.fixture
def relays(house):
    return house.recorder(RELAYS)


@pytest.fixture
def bench(house, relays):  # noqa: ARG001 - the actuator comes first
    made = Bench(house, specs(), timeout_s=10.0).start()
    made.see(A=CLOSED, B=CLOSED, C=CLOSED)
    return made
