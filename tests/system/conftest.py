"""A controller on a simulated instrument that lives in the test process, where its relays can be seen."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hardware.simulation import Served, serve_tcp, simulator_for
from tests.system.nodes import ANY_LISTENER, Console, RoleProcess, settings, starter_site
from tests.system.wire import WireClient, wait_until_known

ACQUISITION_DEVICE = """name: ExtractionLine
klass: RemoteExtractionLineManager
host: 127.0.0.1
port: {port}
timeout: 2
notify_port: {notify_port}
reply_port: {reply_port}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def instrument() -> Iterator[Served]:
    served = serve_tcp(simulator_for("AgilentGPActuator"))
    yield served
    served.close()


@dataclass
class Controller:
    """A valve controller's process, and the truth about its relays."""

    root: Path
    role: RoleProcess
    instrument: Served
    told: dict[str, Any]

    @property
    def port(self) -> int:
        return int(self.told["port"])

    @property
    def moves(self) -> int:
        return int(self.instrument.simulator.moves)  # type: ignore[attr-defined]

    @property
    def relays(self) -> dict[str, bool]:
        return dict(self.instrument.simulator.relays)  # type: ignore[attr-defined]

    def client(self) -> WireClient:
        return WireClient(self.port)


def controller_flags(root: Path, instrument: Served, *more: str) -> list[str]:
    here = settings(*ANY_LISTENER, f"devices.switch_controller.port={instrument.address}")
    return ["--root", str(root), "--headless", "--log", "json", *here, *more]


def start_controller(root: Path, instrument: Served, home: Path) -> Controller:
    """Start a controller on an existing site; it is ready, and has read its valves."""
    role = RoleProcess("valve_controller", *controller_flags(root, instrument), home=home)
    try:
        controller = Controller(root, role, instrument, role.ready())
        wait_until_known(controller.port, *"ABCDEFG")
    except BaseException:
        with role:
            raise
    return controller


@pytest.fixture(scope="module")
def controller(instrument: Served, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    root = starter_site("valve_controller", tmp_path_factory.mktemp("site") / "valve")
    started = start_controller(root, instrument, home)
    with started.role:
        yield started


@pytest.fixture
def client(controller: Controller) -> Iterator[WireClient]:
    with controller.client() as connected:
        yield connected


@pytest.fixture
def everything_closed(client: WireClient) -> None:
    """Put every valve back where a test expects it."""
    for valve in "ABCDEFG":
        assert client.command(f"Unlock {valve}") == "OK"
        assert client.command(f"Close {valve}") in ("OK", "ok")


AcquisitionStarter = Callable[[Controller], Console]


def acquisition_site(root: Path, told: dict[str, Any]) -> Path:
    """Write an acquisition site that knows one controller."""
    starter_site("acquisition", root)
    devices = root / "setupfiles" / "devices"
    (devices / "furnace.yaml").unlink()
    (devices / "extraction_line.yaml").write_text(ACQUISITION_DEVICE.format(**told), encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def acquisition_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AcquisitionStarter]:
    """Start acquisition consoles for a controller; they end with the module."""
    with ExitStack() as consoles:

        def start(controller: Controller) -> Console:
            folder = tmp_path_factory.mktemp("acquisition")
            root = acquisition_site(folder / "site", controller.told)
            flags = ("--root", str(root), *settings(*ANY_LISTENER[:2]))
            console = Console("acquisition", *flags, home=folder / "home")
            consoles.enter_context(console)
            console.ready()
            return console

        yield start
