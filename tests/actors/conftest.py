"""A house to start actors in, and its log lines."""

import pytest

from tests.actors.house import House, Logs


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
