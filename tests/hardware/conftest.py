"""Drivers on wires, and what the tests of most devices call them: a rig is one driver, on each kind of wire."""

import pytest

from hardware.conformance.bench import Bench
from hardware.simulation import serve_pty, serve_tcp
from tests.hardware.bench import On, maker

pytest.register_assert_rewrite("tests.hardware.heaters")


@pytest.fixture(params=[serve_tcp, serve_pty], ids=["tcp", "serial"])
def serve(request):
    return request.param


@pytest.fixture
def on(request):
    return maker(request, On)


@pytest.fixture
def gauge_rigs(request, tmp_path):
    def build(klass, gauges, wire="tcp", **keys):
        return Bench(klass, wire, {"gauges": gauges, **keys}, (), tmp_path)

    return maker(request, build)


@pytest.fixture(params=["tcp", "pty"])
def rig(rigs, request):
    """One of a folder's `rigs`, on each wire."""
    return rigs(request.param)
