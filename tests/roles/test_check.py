"""`--check`: what it says of a site, and that it starts, moves and writes nothing."""

import itertools
import json
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from actors.messages import Ping
from actors.store import NodeSeen, Store
from hardware.simulation import serve_tcp, simulator_for
from roles import acquisition, data_reduction, furnace_controller, valve_controller
from roles.boot.arguments import Arguments
from roles.boot.lock import SiteLock
from roles.boot.site import load_site
from roles.boot.starter import write_starter
from roles.catalog import vocabulary
from roles.check import check
from roles.checking.plan import OwnPort, check_ports
from roles.checking.report import Report
from roles.plugins import devices
from roles.role import Role
from roles.simulation import on_loopback, simulated
from tests.actors.house import House
from tests.roles.checking.fake_controller import Answers, FakeController, described, welcome

LIMIT_S = 10.0
ANY_PORTS = {"notifier.host": "127.0.0.1", "notifier.port": "0", "server.host": "127.0.0.1", "server.port": "0"}
NODE = "name: {name}\nklass: {klass}\nhost: 127.0.0.1\nport: {port}\ntimeout: {timeout}\n"
LINE, FURNACE = "RemoteExtractionLineManager", "RemoteFurnaceManager"
A = {"name": "A", "address": "101", "interlocks": ["B"]}
B = {"name": "B", "address": "102", "interlocks": ["A"]}


class Checked:
    """A site of a role and what `--check` says of it."""

    def __init__(self, role: Role, root: Path, show: Callable[[], str]) -> None:
        self.role, self.root = role, root
        self.settings = dict(ANY_PORTS if role is not acquisition.ROLE else list(ANY_PORTS.items())[:2])
        self._show = show
        write_starter(resources.files("roles.defaults") / role.name, root)
        if role is acquisition.ROLE:
            for file in (root / "setupfiles" / "devices").iterdir():
                file.unlink()

    def node(self, name: str, port: int, klass: str = LINE, timeout: float = 5.0) -> None:
        text = NODE.format(name=name, klass=klass, port=port, timeout=timeout)
        (self.root / "setupfiles" / "devices" / f"{name}.yaml").write_text(text, encoding="utf-8")

    def valves(self, text: str) -> None:
        file = self.root / "setupfiles" / "extractionline" / "valves.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def run(self, *, simulate: bool = False) -> int:
        site = load_site(self.root, vocabulary=vocabulary(self.role.name), overrides=self.settings)
        arguments = Arguments(self.role.name, self.root, check=True, simulate=simulate)
        simulation = simulated(site) if simulate else None
        with capture_logs():
            code = check(self.role, on_loopback(site) if simulate else site, arguments, simulation)
        if simulation:
            simulation.close()
        self.said = self._show().splitlines()
        return code

    @property
    def findings(self) -> list[str]:
        return [line.removeprefix("finding: ") for line in self.said if line.startswith("finding: ")]

    @property
    def warnings(self) -> list[str]:
        """Return them, without what a busy computer adds to every round trip."""
        warnings = [line.removeprefix("warning: ") for line in self.said if line.startswith("warning: ")]
        return [warning for warning in warnings if "a round trip took" not in warning]

    def says(self, *words: str) -> bool:
        return any(all(word in line for word in words) for line in self.said)


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


# --- the tree, the ports, the devices of this computer -------------------------------------------------------


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


def test_a_device_that_opening_would_disturb_is_never_opened(line, monkeypatch):
    class Disturbed:
        disturbs_on_open = True

        def identify(self) -> str:
            raise AssertionError("it was asked")

    kind = replace(devices.KINDS["AgilentGPActuator"], build=lambda _settings, _exchange, _channels: Disturbed())
    monkeypatch.setitem(devices.KINDS, "AgilentGPActuator", kind)
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


# --- other nodes ---------------------------------------------------------------------------------------------


def controller(answers: Answers) -> FakeController:
    return FakeController({"Hello": welcome(), "Describe": described(A, B), **answers})


def test_a_node_in_order_is_shown_with_what_it_says_of_itself(lab):
    with controller({}) as node:
        lab.node("ExtractionLine", node.port)
        assert lab.run() == 0
    assert lab.says("address", f"127.0.0.1:{node.port}", "setupfiles/devices/ExtractionLine.yaml:4")
    assert lab.says("node", "valve-pi-1", "boot b00t", "protocol version 1")
    assert lab.says("fingerprint f1nger")
    assert lab.says("valves       2: A B")
    assert lab.says("round trip", "ms")


def test_nothing_that_moves_is_ever_asked_of_a_node(lab):
    with controller({"GetTemperature": "20.0"}) as node:
        lab.node("ExtractionLine", node.port)
        lab.node("Furnace", node.port, FURNACE)
        lab.run()
    assert {text.split(" ")[0] for text in node.asked} == {"Hello", "Health", "Describe", "GetTemperature", "Goodbye"}


def test_a_check_says_goodbye_so_that_its_end_alarms_no_dead_man(lab):
    with controller({"Goodbye": "OK"}) as node:
        lab.node("ExtractionLine", node.port)
        assert lab.run() == 0
    assert node.asked.count("Goodbye") == 1
    assert node.asked[-1] == "Goodbye"


def test_a_closed_port_is_said_as_refused(lab, silent_port):
    lab.node("ExtractionLine", silent_port)
    assert lab.run() == 1
    assert lab.findings == [f"node ExtractionLine: 127.0.0.1:{silent_port} refused: connection refused"]


def test_a_node_that_has_gone_is_said_with_where_it_answered_last(lab, silent_port):
    lab.node("ExtractionLine", silent_port)
    house = House()
    try:
        house.start(Store, "store", lab.root / "state" / "store.sqlite")
        at = time.mktime((2026, 11, 1, 12, 31, 7, 0, 0, -1))
        house.tell("store", NodeSeen("node.ExtractionLine", "192.168.1.50:1061", at))
        house.ask("store", Ping())
    finally:
        house.close()
    assert lab.run() == 1
    (finding,) = lab.findings
    assert finding.endswith("refused: connection refused; it answered at 192.168.1.50:1061 until 2026-11-01 12:31:07")


@pytest.mark.parametrize(("ahead_s", "warnings"), [(0.0, 0), (90.0, 1)])
def test_how_far_a_nodes_clock_is_off_is_said(lab, ahead_s, warnings):
    with controller({"Health": lambda: json.dumps({"time": time.time() + ahead_s})}) as node:
        lab.node("ExtractionLine", node.port)
        assert lab.run() == 0
    assert lab.says("clock", " s")
    assert len([text for text in lab.warnings if "its clock is +90.0 s off" in text]) == warnings


def test_a_node_that_stays_silent_is_given_up_after_its_timeout(lab, taken_port):
    lab.node("ExtractionLine", taken_port, timeout=0.05)
    assert lab.run() == 1
    assert len(lab.findings) == 1
    assert lab.findings[0].endswith("in 0.05 s")


def test_nodes_are_asked_at_the_same_time(lab):
    all_asked = threading.Barrier(3)
    questions = itertools.count()
    met: list[int] = []

    def hello() -> str:
        if next(questions) < 3:  # nobody asks twice before all have asked once
            met.append(all_asked.wait(LIMIT_S))
        return welcome()

    with FakeController({"Hello": hello, "Describe": described()}) as node:
        for name in ("One", "Two", "Three"):
            lab.node(name, node.port, timeout=LIMIT_S)
        assert lab.run() == 0
    assert sorted(met) == [0, 1, 2]


def test_each_difference_between_the_two_tables_is_a_finding(lab):
    lab.valves(
        "- {name: A, actuator: ExtractionLine, address: '111', interlock: [B]}\n"
        "- {name: B, actuator: ExtractionLine, interlock: [A]}\n"
        "- {name: C, actuator: ExtractionLine}\n"
    )
    with controller({"Describe": described(A, B, {"name": "D"})}) as node:
        lab.node("ExtractionLine", node.port)
        assert lab.run() == 1
    assert lab.findings == [
        "node ExtractionLine: valve A: address '111' here, '101' there",
        "node ExtractionLine: valve C: it does not have it",
    ]
    assert lab.warnings == ["node ExtractionLine: valves that this site does not list: D"]


def test_valves_are_asked_for_page_by_page(lab):
    pages = {"Describe valves,0": described(A, total=2), "Describe valves,1": described(B, total=2)}
    with controller(pages) as node:
        lab.node("ExtractionLine", node.port)
        assert lab.run() == 0
    assert lab.says("valves       2: A B")


def test_interlocks_between_two_controllers_are_named_as_this_nodes_own(lab):
    lab.valves(
        "- {name: A, actuator: One, interlock: [X]}\n- {name: X, actuator: Two, interlock: [A]}\n",
    )
    with (
        controller({"Describe": described({"name": "A"})}) as one,
        controller({"Describe": described({"name": "X"})}) as two,
    ):
        lab.node("One", one.port)
        lab.node("Two", two.port)
        assert lab.run() == 0
    assert lab.warnings == ["enforced by the acquisition node only, this one: interlock of A (One) and X (Two)"]


def test_a_valve_that_two_controllers_have_is_a_finding(lab):
    with controller({}) as one, controller({"Describe": described(B)}) as two:
        lab.node("One", one.port)
        lab.node("Two", two.port)
        assert lab.run() == 1
    assert lab.findings == ["valve B: Two has it, and One has one of that name"]


@pytest.mark.parametrize(("took_ms", "warnings"), [(5.0, 0), (5.1, 1)])
def test_a_round_trip_over_5_ms_is_worth_a_warning(took_ms, warnings):
    report = Report()
    report.round_trip("node Line", took_ms)
    assert (len(report.warnings), report.findings) == (warnings, [])


@pytest.mark.parametrize(
    ("answers", "klass", "finding"),
    [
        (
            {"Hello": "None"},
            LINE,
            "it does not speak HELLO, and answers 'ERROR 003 : invalid command' to GetValveStates",
        ),
        ({"Hello": "ERROR 013 : Not an approved ip address"}, LINE, "it turned us away: ERROR 013 : "),
        ({"Hello": "HELLO 1 Far"}, LINE, "its HELLO is malformed: "),
        ({"Hello": welcome(version=3)}, LINE, "valve-pi-1 speaks protocol version 3, this node 1"),
        ({"Describe": "ERROR 003 : invalid command"}, LINE, "it does not tell its valves: ERROR 003"),
        ({"Describe": "[]"}, LINE, "node.Node described its valves as '[]'"),
        ({}, FURNACE, "it does not tell its temperature: ERROR 003"),
    ],
)
def test_a_node_that_is_not_what_the_site_says_is_a_finding(lab, answers, klass, finding):
    with controller(answers) as node:
        lab.node("Node", node.port, klass)
        assert lab.run() == 1
    assert len(lab.findings) == 1
    assert lab.findings[0].startswith(f"node Node: {finding}")


def test_the_next_protocol_version_is_only_a_warning(lab):
    with controller({"Hello": welcome(version=2)}) as node:
        lab.node("ExtractionLine", node.port)
        assert lab.run() == 0
    assert lab.warnings == ["node ExtractionLine: it speaks protocol version 2, this node 1"]


def test_news_that_cannot_be_had_are_a_finding(lab, silent_port):
    with controller({}) as news, controller({"Hello": welcome(notify=str(news.port), reply=str(silent_port))}) as node:
        lab.node("ExtractionLine", node.port)
        assert lab.run() == 1
    assert lab.findings == [f"node ExtractionLine: its news: 127.0.0.1:{silent_port} refused: connection refused"]


def test_data_reduction_says_whether_the_news_can_be_had(tmp_path, show, taken_port, silent_port):
    mirror = Checked(data_reduction.ROLE, tmp_path / "site", show)
    mirror.settings = {"acquisition.port": str(taken_port), "acquisition.reply_port": str(silent_port)}
    assert mirror.run() == 1
    assert mirror.findings == [f"acquisition: its news: 127.0.0.1:{silent_port} refused: connection refused"]


# --- simulated -----------------------------------------------------------------------------------------------


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
