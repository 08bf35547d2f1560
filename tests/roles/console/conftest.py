"""A bench of fakes for each test; real lines for those of the words that only a line can answer."""

import pytest

from tests.actors.conftest import box, house, line_of, logs, store_file
from tests.roles.console.fake_node import bench as make_bench

__all__ = ["box", "house", "line_of", "logs", "store_file"]


@pytest.fixture
def bench():
    with make_bench() as made:
        yield made
