"""Sites that are checked, and ports that are taken or silent."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hardware.simulation import serve_tcp, simulator_for
from roles import acquisition, valve_controller
from tests.roles.checking.checked import Checked


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    return lambda: capsys.readouterr().out


@pytest.fixture
def lab(tmp_path: Path, show: Callable[[], str]) -> Checked:
    return Checked(acquisition.ROLE, tmp_path / "site", show)


@pytest.fixture
def line(tmp_path: Path, show: Callable[[], str]) -> Iterator[Checked]:
    served = serve_tcp(simulator_for("AgilentGPActuator"))
    checked = Checked(valve_controller.ROLE, tmp_path / "site", show)
    checked.settings["devices.switch_controller.port"] = served.address
    yield checked
    served.close()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Hold a port that nobody listens on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as held:
        yield held.getsockname()[1]
