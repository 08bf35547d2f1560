"""A controller with three listeners: its own peers, Pychron's, and a display; the second behind TLS where asked."""

import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.simulation import Served
from tests.system.conftest import Controller, acquisition_site, start_controller
from tests.system.nodes import ANY_LISTENER, Console, run_role, settings, starter_site
from tests.system.wire import WireClient, braced
from tests.transports.rpc.certificates import Authority

TLS = "tls: {certificate: tls/pi.pem, key: tls/pi.key, ca: tls/ca.pem}\n"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = starter_site("valve_controller", tmp_path_factory.mktemp("site") / "valve")
    servers = root / "setupfiles" / "servers"
    (servers / "pychron.yaml").write_text("port: 0\ncompat: pychron\n")
    (servers / "display.yaml").write_text("port: 0\nread_only: true\n")
    (servers / "sealed.yaml").write_text(f"port: 0\n{TLS}")
    (root / "tls").mkdir()
    authority = Authority(root / "tls")
    authority.files("pi")
    authority.files("acq")
    return root


@pytest.fixture(scope="module")
def controller(root: Path, instrument: Served, home: Path) -> Iterator[Controller]:
    started = start_controller(root, instrument, home)
    with started.role:
        yield started


def client_of(controller: Controller, name: str) -> WireClient:
    return WireClient(int(controller.told["listeners"][name].rpartition(":")[2]))


def test_all_listeners_serve_one_line(controller: Controller, client: WireClient):
    assert client.command("Open A") in ("OK", "ok")
    with client_of(controller, "pychron") as pychron, client_of(controller, "display") as display:
        assert pychron.ask(b"GetValveState A\r") == b"OK\r\n"
        assert display.ask(b"GetValveState A\r") == b"True\r\n"
        assert display.ask(b"Close A\r").startswith(b"ERROR 022 : ")
        assert pychron.ask(b"Close A\r") == b"OK\r\n"
        assert display.ask(b"GetValveState A\r") == b"False\r\n"


def test_devices_are_asked_by_name_and_valves_are_not_set_as_devices(client: WireClient):
    assert client.command("Ping switch_controller") == "True"
    assert client.command("Ping nobody").startswith("ERROR 008 : device nobody not connected")
    assert client.command("Set switch_controller 101").startswith("ERROR 022 : switch_controller switches valves A, B")
    assert client.command("Open 101") == "ERROR 022 : 101 is a channel of valve A: use its name"
    assert client.command("GetPressure mic,IG") == "ERROR 016 : mic IG not available"
    assert client.command("GetError") == "OK"


def test_who_has_a_certificate_commands_behind_tls(controller: Controller, root: Path):
    context = ssl.create_default_context(cafile=str(root / "tls" / "ca.pem"))
    context.load_cert_chain(root / "tls" / "pi.pem", root / "tls" / "pi.key")
    with client_of(controller, "sealed") as client:
        client.socket = context.wrap_socket(client.socket, server_hostname="127.0.0.1")
        assert client.ask(braced("GetValveState A")) == b"{000D}False\r\n"


def test_who_has_none_is_refused_and_named_in_the_log(controller: Controller):
    with client_of(controller, "sealed") as client:
        client.send(b"Open A\r\n")
        refused = controller.role.wait_event("connection.closed")
    assert refused["why"].startswith("TLS: ")
    assert refused["peer"].startswith("127.0.0.1:")


def test_an_acquisition_node_commands_behind_tls(controller: Controller, root: Path, tmp_path: Path, home: Path):
    told = {**controller.told, "port": controller.told["listeners"]["sealed"].rpartition(":")[2]}
    site = acquisition_site(tmp_path / "site", told)
    shutil.copytree(root / "tls", site / "tls")
    with (site / "setupfiles" / "devices" / "extraction_line.yaml").open("a") as device:
        device.write("tls: {certificate: tls/acq.pem, key: tls/acq.key, ca: tls/ca.pem}\n")
    flags = ("--root", str(site), *settings(*ANY_LISTENER[:2]))
    with Console("acquisition", *flags, home=home) as console:
        console.ready()
        assert "moved" in console.say("print(open('C'))")
        with controller.client() as client:
            assert client.command("GetValveState C") == "True"
        assert "moved" in console.say("print(close('C'))")
    checked = run_role("acquisition", *flags, "--check", home=home)
    assert any("reachable    yes" in line for line in checked.out.all)
    assert not any(line.startswith("finding: ") for line in checked.out.all), checked.out.all
