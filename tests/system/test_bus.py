"""Two relay boxes and a temperature controller on one RS-485 line of a real controller, each with its own actor."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.far_end import Bus
from hardware.links.address import SerialAddress, parse_address
from hardware.plc_modbus.simulator import PlcSimulator
from hardware.simulation import Served, serve_pty
from tests.system.nodes import ANY_LISTENER, RoleProcess, run_role, settings, starter_site
from tests.system.wire import WireClient

DEVICE = "name: {name}\nklass: PLC2000GPActuator\nport: {port}\nunit: {unit}\nbase: 1\nvalve_opens_when: relay_closed\n"
QUICK = "timeout: 0.3\npoll: 0.2\n"
VALVES = "- {name: A, address: '1', actuator: first}\n- {name: B, address: '1', actuator: second}\n"


@pytest.fixture
def boxes() -> list[PlcSimulator]:
    return [PlcSimulator(unit=1), PlcSimulator(unit=2)]


@pytest.fixture
def served(boxes: list[PlcSimulator]) -> Iterator[Served]:
    made = serve_pty(Bus(*boxes))
    yield made
    made.close()


@pytest.fixture
def port(tmp_path: Path, served: Served) -> Path:
    """Where the adapter is, by a name that stays the same: as `/dev/serial/by-id` has them."""
    made = tmp_path / "usb-adapter"
    made.symlink_to(device_of(served))
    return made


def device_of(served: Served) -> str:
    address = parse_address(served.address)
    assert isinstance(address, SerialAddress)
    return address.device


@pytest.fixture
def site(tmp_path: Path, port: Path) -> Path:
    root = starter_site("valve_controller", tmp_path / "site")
    for old in (root / "setupfiles/devices").iterdir():
        old.unlink()
    for unit, name in enumerate(("first", "second"), start=1):
        write(root, name, DEVICE.format(name=name, port=f"serial://{port}", unit=unit) + QUICK)
    (root / "setupfiles/extractionline/valves.yaml").write_text(VALVES, encoding="utf-8")
    return root


def write(site: Path, name: str, text: str) -> None:
    (site / f"setupfiles/devices/{name}.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def role(site: Path, tmp_path: Path) -> Iterator[RoleProcess]:
    flags = ["--root", str(site), "--headless", "--log", "json", *settings(*ANY_LISTENER)]
    with RoleProcess("valve_controller", *flags, home=tmp_path) as made:
        yield made


@pytest.fixture
def client(role: RoleProcess) -> Iterator[WireClient]:
    with WireClient(role.ready()["port"]) as made:
        made.hello("acq")
        yield made


def test_each_valve_moves_on_its_own_box(client: WireClient, boxes: list[PlcSimulator]) -> None:
    assert client.command("Open A") == "OK"
    assert ["1" in on(box) for box in boxes] == [True, False]
    assert client.command("Open B") == "OK"
    assert client.command("Close A") == "OK"
    assert ["1" in on(box) for box in boxes] == [False, True]


def test_a_box_that_is_silent_leaves_the_other_one_at_work(
    client: WireClient, boxes: list[PlcSimulator], role: RoleProcess
) -> None:
    assert client.command("Open B") == "OK"
    boxes[0].faults.mute = True
    role.wait_event("device.lost", actor="actuator.first")
    for _ in range(3):
        assert client.command("Close B") == "OK"
        assert client.command("Open B") == "OK"
    assert client.command("GetValveState B") == "True"
    assert "the state of A is unknown: first: no answer" in client.command("GetValveState A")
    boxes[0].faults.mute = False
    role.wait_event("device.back", actor="actuator.first")
    assert client.command("Open A") == "OK"


def test_an_adapter_that_is_plugged_in_again_serves_all_its_devices(
    client: WireClient, boxes: list[PlcSimulator], role: RoleProcess, served: Served, port: Path
) -> None:
    assert client.command("Open A") == "OK"
    served.close()
    for path in ("actuator.first", "actuator.second"):
        role.wait_event("device.lost", actor=path)
    assert "ERROR" in client.command("Open B")
    again = serve_pty(Bus(*boxes))
    port.unlink()
    port.symlink_to(device_of(again))
    for path in ("actuator.first", "actuator.second"):
        role.wait_event("device.back", actor=path)
    assert client.command("GetIndicatorState A") == "True"
    assert client.command("Open B") == "OK"
    assert [on(box) for box in boxes] == [["1"], ["1"]]
    again.close()


def test_one_port_in_two_device_files_is_a_finding_unless_they_are_on_a_bus(site: Path, tmp_path: Path) -> None:
    port = "serial:///dev/ttyUSB0?baud=9600"
    write(site, "second", DEVICE.format(name="second", port=port, unit=1))
    write(site, "first", DEVICE.format(name="first", port=port, unit=1))
    ended = run_role("valve_controller", "--root", str(site), "--check", home=tmp_path)
    assert ended.process.returncode == 2
    told = "\n".join(ended.err.all)
    assert "second.yaml:3: port: first on the same line has unit 1 (first): two devices cannot share it" in told


def on(box: PlcSimulator) -> list[str]:
    return [coil for coil, energised in box.relays.items() if energised]


def test_a_furnaces_clients_are_answered_in_their_words(client: WireClient) -> None:
    assert client.command("Open A") == "OK"
    assert client.command("GetIndicatorState A,open") == "open"
    assert client.command("GetIndicatorState B,open") == "closed"
    assert (client.command("GetChannelState A"), client.command("GetChannelState B")) == ("OK", "False")
