"""The pytest plug-in: runs each conformance test on every wire that its class names, on a bench of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hardware.conformance.bench import LINE, NO_WIRE

pytest.register_assert_rewrite(
    "hardware.conformance.actuator",
    "hardware.conformance.gauge",
    "hardware.conformance.heating",
    "hardware.conformance.temperature",
    "actors.conformance",
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes a `bench` once per wire of its class; of a device without one, once."""
    wires = getattr(metafunc.cls, "wires", None)
    if wires is not None and "wire" in metafunc.fixturenames:
        more = (LINE,) if "pty" in wires and hasattr(metafunc.function, "also_on_a_line") else ()
        tried = wires[:1] if hasattr(metafunc.function, "on_one_wire") else (*wires, *more)
        metafunc.parametrize("wire", tried or (NO_WIRE,))


@pytest.fixture
def bench(request: pytest.FixtureRequest, wire: str, tmp_path: Path) -> Iterator[Any]:
    """Give the driver of the test's class on a wire to its simulator. Any: a class may make a bench of its own."""
    made: Any = request.cls().make_bench(wire, tmp_path)
    yield made
    made.close()
