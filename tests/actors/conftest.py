"""A house to start actors in, its log lines, and real lines on a box that does as it is told."""

import pytest

from actors import extraction_line, line_orders
from actors.store import Store
from tests.actors.bench import Bench
from tests.actors.house import House, Logs
from tests.actors.line_bench import Relays


@pytest.fixture
def logs():
    made = Logs()
    yield made
    made.close()


@pytest.fixture
def house(logs):  # noqa: ARG001 - the loggers are bound when actors are made
    made = House()
    yield made
    made.close()


@pytest.fixture
def store_file(tmp_path):
    return tmp_path / "state" / "store.sqlite"


@pytest.fixture
def box(house):
    return Relays(house, "ABCD")


@pytest.fixture
def line_of(house, box, store_file, monkeypatch):
    """Make a line of some valves, with a store in a real file; its box has told how they stand."""
    monkeypatch.setattr(line_orders, "MAX_WAIT_S", 0.1)
    monkeypatch.setattr(extraction_line, "TICK_S", 0.02)
    house.start(Store, "store", store_file)

    def make(specs, **setup):
        bench = Bench(house, specs, timeout_s=1.0, **setup).start()
        box.tell()
        house.quiet()
        return bench

    return make
