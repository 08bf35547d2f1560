"""A bench of fakes for each test."""

import pytest

from tests.roles.console.fake_node import bench as make_bench


@pytest.fixture
def bench():
    with make_bench() as made:
        yield made
