"""`--check`: the tree, the ports, the devices of this computer; it starts, moves and writes nothing."""

import resource
import socket

import pytest

from hardware import catalog
from hardware.agilent_34970a.driver import AgilentGPActuator
from hardware.catalog import Shelved
from hardware.simulation import serve_tcp, simulator_for
from roles import furnace_controller
from roles.boot.lock import SiteLock
from roles.checking.plan import OwnPort, check_ports
from tests.roles.checking.checked import Checked, controller


def test_a_controller_in_order_shows_its_tree_its_device_and_its_ports(line):
    assert line.run() == 0
    assert line.findings == []
    assert line.says("  │  ├─ valve.A", "actuator.switch_controller 101", "Bone to Minibone")
    assert line.says("├─ actuator.switch_controller", "AgilentGPActuator", "tcp://127.0.0.1:")
    assert line.says("└─ remote_command_server")
    assert line.says("identity", "34972A,SIMULATED")
    assert line.says("notifier.port", "flag", "the system chooses one")


def test_the_line_is_shown_as_it_was_understood(line):
    line.valves("- {name: A, address: 101}\n- {name: B, address: 102, parent: A}\n- {name: M, kind: manual_valve}\n")
    assert line.run() == 0
    assert line.says("valve.M", "by hand")
    assert line.says("switch_controller  valves open when the relay is closed")
    assert line.says("A  moved along: B")


def test_checking_writes_nothing_into_the_site(line):
    before = sorted(line.root.rglob("*"))
    line.run()
    assert sorted(line.root.rglob("*")) == before


def test_a_taken_port_is_a_finding_that_says_where_it_was_set(line, taken_port):
    del line.settings["server.port"]
    file = line.root / "setupfiles" / "servers" / "remote_command_server.yaml"
    file.write_text(f"host: 127.0.0.1\nport: {taken_port}\n", encoding="utf-8")
    assert line.run() == 1
    place = "setupfiles/servers/remote_command_server.yaml:2"
    assert line.findings == [
        f"server.port: 127.0.0.1:{taken_port}: cannot be listened on: address already in use  ({place})"
    ]


def test_every_listener_is_shown_with_its_port(line, taken_port):
    file = line.root / "setupfiles" / "servers" / "display.yaml"
    file.write_text(f"read_only: true\nport: {taken_port}\n", encoding="utf-8")
    assert line.run() == 1
    assert line.says("└─ remote_command_server.display", f"127.0.0.1:{taken_port}")
    assert line.says("  server.port", "flag")
    place = "setupfiles/servers/display.yaml:2"
    assert line.findings == [
        f"servers.display.port: 127.0.0.1:{taken_port}: cannot be listened on: address already in use  ({place})"
    ]


def test_more_connections_than_files_are_a_finding(line):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if not 0 < hard < 60_000:
        pytest.skip("this system lets a process have more files than a listener can have connections")
    line.settings["server.max_connections"] = str(hard)
    assert line.run() == 1
    assert line.findings[0].startswith(f"servers: max_connections {hard}: this process may have {hard} files open")


def test_a_port_that_nobody_configured_gives_way_and_is_no_finding(taken_port):
    report = check_ports([OwnPort("notifier.port", "127.0.0.1", taken_port, "default", gives_way=True)], None)
    assert report.findings == []
    assert len(report.warnings) == 1
    assert "a free port would be chosen" in report.warnings[0]


def test_one_port_for_two_purposes_is_a_finding():
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    report = check_ports([OwnPort(key, "127.0.0.1", port, "flag") for key in ("notifier.port", "server.port")], None)
    assert report.findings == [f"server.port: 127.0.0.1:{port}: cannot be listened on: address already in use  (flag)"]


def test_a_host_of_another_computer_cannot_be_listened_on():
    report = check_ports([OwnPort("server.port", "192.0.2.1", 1061, "flag")], None)
    assert report.findings == [
        "server.port: 192.0.2.1:1061: cannot be listened on: 192.0.2.1 is not an address of this computer  (flag)"
    ]


def test_a_missing_device_is_a_finding_with_its_address(line, silent_port):
    line.settings["devices.switch_controller.port"] = f"tcp://127.0.0.1:{silent_port}"
    assert line.run() == 1
    assert line.findings == [f"device switch_controller: tcp://127.0.0.1:{silent_port}: Connection refused"]


class Disturbed(AgilentGPActuator):
    disturbs_on_open = True

    def identify(self) -> str:
        raise AssertionError("it was asked")


def test_a_device_that_opening_would_disturb_is_never_opened(line, monkeypatch):
    monkeypatch.setitem(catalog.BUILT_IN, "AgilentGPActuator", Shelved(f"{__name__}:Disturbed"))
    assert line.run() == 0
    assert line.says("not asked: opening its link may move something")


def test_a_temperature_controller_says_how_warm_it_is(tmp_path, show):
    served = serve_tcp(simulator_for("Eurotherm"))
    furnace = Checked(furnace_controller.ROLE, tmp_path / "site", show)
    furnace.settings["devices.furnace_controller.port"] = served.address
    try:
        assert furnace.run() == 0
    finally:
        served.close()
    assert furnace.says("identity", " C")


def test_a_running_site_keeps_its_ports_and_devices_to_itself(line, taken_port, silent_port):
    line.settings |= {
        "server.port": str(taken_port),
        "devices.switch_controller.port": f"tcp://127.0.0.1:{silent_port}",
    }
    with SiteLock(line.root):
        assert line.run() == 0
    assert line.findings == []
    assert line.says("running now as process")
    assert line.says("not asked: process")


def test_warnings_of_the_site_and_plug_ins_that_are_not_built_are_listed(line):
    xml = line.root / "setupfiles" / "initialization.xml"
    text = xml.read_text().replace("</general>", '<plugin enabled="true">Laser</plugin></general>')
    xml.write_text(text)
    assert line.run() == 0
    assert line.warnings == ["setupfiles/initialization.xml: plug-ins that are known but not built yet: Laser"]


def test_a_simulated_site_asks_no_node_and_shows_who_would_play_it(lab):
    with controller({}) as node:
        lab.node("ExtractionLine", node.port)
        assert lab.run(simulate=True) == 0
    assert node.asked == []
    assert lab.says("process.ExtractionLine", "a child process, simulated")


def test_a_simulated_device_is_not_opened(line, silent_port):
    line.settings["devices.switch_controller.port"] = f"tcp://127.0.0.1:{silent_port}"
    assert line.run(simulate=True) == 0
    assert line.says("simulated: nothing is opened")
