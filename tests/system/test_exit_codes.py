"""How a role ends, and the one clear line that says why."""

import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.simulation import Served, serve_tcp, simulator_for
from tests.system.conftest import acquisition_site, controller_flags
from tests.system.nodes import ANY_LISTENER, ANY_PORTS, RoleProcess, eventually, run_role, settings, starter_site
from tests.system.wire import WireClient, wait_until_known

STOP_LIMIT_S = 5.0


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return starter_site("valve_controller", tmp_path / "valve")


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port where nobody listens, nor can begin to."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def traceless(process: RoleProcess) -> bool:
    return not any("Traceback" in line for line in process.err.all)


# --- what cannot be had: 3 --------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["server.port", "notifier.port", "notifier.reply_port"])
def test_a_taken_port_ends_with_3_and_one_line_that_names_it(
    key: str, taken: int, site: Path, instrument: Served, home: Path
):
    ended = run_role("valve_controller", *controller_flags(site, instrument, *settings(f"{key}={taken}")), home=home)
    assert ended.process.returncode == 3
    assert len(ended.complaints()) == 1
    assert f"127.0.0.1:{taken}" in ended.complaints()[0]
    assert "address already in use" in ended.complaints()[0].lower()
    assert ended.records("role.ready") == []
    assert traceless(ended)


def test_a_site_that_runs_already_ends_with_3_and_the_pid(site: Path, instrument: Served, home: Path):
    with RoleProcess("valve_controller", *controller_flags(site, instrument), home=home) as first:
        first.ready()
        second = run_role("valve_controller", *controller_flags(site, instrument), home=home)
        assert second.process.returncode == 3
        assert len(second.err.all) == 1
        assert re.search(rf"\b{first.pid}\b", second.err.all[0])
        assert first.stop() == 0
    third = RoleProcess("valve_controller", *controller_flags(site, instrument), home=home)
    with third:
        third.ready()


def test_a_log_that_cannot_be_written_ends_with_3(site: Path, instrument: Served, home: Path):
    (site / "logs").write_text("a file where the folder should be")
    ended = run_role("valve_controller", *controller_flags(site, instrument), home=home)
    assert ended.process.returncode == 3
    (complaint,) = ended.complaints()
    assert f"the log cannot be written to {site / 'logs'}" in complaint
    assert traceless(ended)


def test_a_store_of_another_program_ends_with_3(site: Path, instrument: Served, home: Path):
    (site / "state").mkdir()
    (site / "state" / "store.sqlite").mkdir()
    ended = run_role("valve_controller", *controller_flags(site, instrument), home=home)
    assert ended.process.returncode == 3
    assert len(ended.complaints()) == 1
    assert "store" in ended.complaints()[0]


# --- what is merely missing is no reason to stop --------------------------------------------------------------


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{nobody}", "serial:///dev/there-is-no-such-port?baud=57600"])
def test_a_missing_device_is_one_line_and_the_node_runs(address: str, nobody: int, site: Path, home: Path):
    where = f"devices.switch_controller.port={address.format(nobody=nobody)}"
    flags = ("--root", str(site), "--headless", "--log", "json", *settings(*ANY_LISTENER, where))
    with RoleProcess("valve_controller", *flags, home=home) as role:
        port = role.ready()["port"]
        lost = role.wait_event("device.lost")
        assert lost["why"]
        with WireClient(port) as client:
            assert client.command("GetValveState A").startswith("ERROR 010 : ")
            refused = client.command("Open E")
            assert refused.startswith("ERROR 008 : ")
            assert "switch_controller" in refused
            assert client.command("GetValveStates") == "ffff"
        assert role.stop() == 0
        assert len(role.records("device.lost")) == 1
        assert traceless(role)


def test_a_device_that_comes_later_is_used_then(site: Path, home: Path):
    with socket.create_server(("127.0.0.1", 0)) as held:
        later = held.getsockname()[1]
    where = f"devices.switch_controller.port=tcp://127.0.0.1:{later}"
    flags = ("--root", str(site), "--headless", "--log", "json", *settings(*ANY_LISTENER, where))
    with RoleProcess("valve_controller", *flags, home=home) as role:
        port = role.ready()["port"]
        role.wait_event("device.lost")
        served = serve_tcp(simulator_for("AgilentGPActuator"), port=later)
        try:
            role.wait_event("device.back")
            wait_until_known(port, "A")
            with WireClient(port) as client:
                assert client.command("Open A") == "OK"
        finally:
            served.close()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, home: Path) -> RoleProcess:
    """An acquisition node whose controller is not there: shows its nodes, then opens a valve."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        nobody = bound.getsockname()[1]
        told = {"port": nobody, "notify_port": nobody, "reply_port": nobody}
        flags = ("--root", str(acquisition_site(tmp_path_factory.mktemp("alone"), told)), *settings(*ANY_PORTS))
        return run_role("acquisition", *flags, "--log", "json", "-c", "print(nodes)\nopen('A')", home=home)


def test_an_unreachable_controller_is_down_with_its_reason(alone: RoleProcess):
    shown = [line for line in alone.out.all if line.startswith("ExtractionLine")]
    assert len(shown) == 1
    assert " down " in shown[0]
    assert "connection refused" in shown[0]
    assert len(alone.records("node.lost", peer="ExtractionLine")) == 1


def test_a_valve_of_an_unreachable_controller_is_refused_with_the_reason(alone: RoleProcess):
    assert alone.process.returncode == 1
    assert len(alone.complaints()) == 1
    assert "ExtractionLine" in alone.complaints()[0]
    assert "connection refused" in alone.complaints()[0]


# --- a wrong site or wrong arguments: 2 -----------------------------------------------------------------------


def test_a_wrong_site_ends_with_2_and_every_finding(site: Path, home: Path):
    (site / "preferences.yaml").write_text("# ours\nnotifier: {port: 70000}\nsupervison: {}\n")
    device = site / "setupfiles" / "devices" / "switch_controller.yaml"
    device.write_text(device.read_text().replace("timeout: 1.0", "timeout: soon\npol: 3"))
    valves = site / "setupfiles" / "extractionline" / "valves.yaml"
    valves.write_text(valves.read_text() + "- {name: H, address: 108, description: Bone to Turbo, interlock: [Z]}\n")
    plugins = site / "setupfiles" / "initialization.xml"
    plugins.write_text(plugins.read_text().replace("RemoteCommandServer", "RemoteComandServer"))
    flags = ("--root", str(site), "--headless", "--log", "json")
    ended = run_role("valve_controller", *flags, home=home)
    assert ended.process.returncode == 2
    findings = "\n".join(ended.err.all)
    assert all(re.match(r"[\w./-]+:\d+: .+", line) for line in ended.err.all), findings
    for expected in (
        r"preferences\.yaml:2: notifier\.port: ",
        r"preferences\.yaml:3: supervison: .*did you mean supervision",
        r"switch_controller\.yaml:\d+: .*pol.*",
        r"switch_controller\.yaml:\d+: .*timeout.*soon",
        r"valves\.yaml:19: .*Bone to Turbo.*twice",
        r"valves\.yaml:19: .*Z",
        r"initialization\.xml:6: .*RemoteComandServer.*did you mean RemoteCommandServer",
    ):
        assert re.search(expected, findings), f"{expected} not in\n{findings}"
    assert not (site / "state").exists()


@pytest.mark.parametrize(
    "flags",
    [("--root", "/there/is/no/such/site"), ("--headles",), ("--set", "notifier.port"), ("--set", "notifier.prot=1")],
)
def test_wrong_arguments_end_with_2_and_one_line(flags: tuple[str, ...], home: Path):
    ended = run_role("acquisition", *flags, home=home)
    assert ended.process.returncode == 2
    lines = [line for line in ended.err.all if "running the simulated lab" not in line]
    assert len(lines) == 1
    assert ended.out.all == []


def test_a_service_whose_site_is_missing_does_not_run_the_lab_instead(home: Path):
    ended = run_role("acquisition", "--headless", home=home)
    assert ended.process.returncode == 2
    assert ended.records("role.ready") == []


# --- statements: 0 and 1 --------------------------------------------------------------------------------------


def test_an_unknown_valve_ends_the_lab_with_1_and_one_line(home: Path):
    ended = run_role("acquisition", "--log", "json", "-c", "open('Q')", home=home)
    assert ended.process.returncode == 1
    _running_the_lab, *lines = ended.complaints()
    assert len(lines) == 1
    assert lines[0].startswith("refused: Q is not a registered valve name")
    assert traceless(ended)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("open('A')\nopen('B')\nprint('not reached')", "refused: "),
        ("open(", "SyntaxError"),
        ("opne('A')", "NameError: name 'opne' is not defined (did you mean open?)"),
    ],
)
def test_a_failed_statement_ends_with_1_and_says_why(code: str, said: str, site: Path, instrument: Served, home: Path):
    where = f"devices.switch_controller.port={instrument.address}"
    flags = ("--root", str(site), "--log", "json", *settings(*ANY_LISTENER, where))
    ended = run_role("valve_controller", *flags, "-c", code, home=home)
    assert ended.process.returncode == 1
    assert ended.complaints()[0].startswith(said)
    assert "not reached" not in "".join(ended.out.all)
    assert traceless(ended)


def test_statements_that_succeed_end_with_0(home: Path):
    ended = run_role("acquisition", "-c", "open('A')\nclose('A')\n1 + 1", home=home)
    assert ended.process.returncode == 0
    assert [line.split("  ")[:2] for line in ended.out.all[:2]] == [["A", "open"], ["A", "closed"]]
    assert all("SIMULATED" in line for line in ended.out.all[:2])
    assert ended.out.all[2:] == ["2"]


# --- orderly stops ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_in_reverse_order_within_5_s(number: signal.Signals, site: Path, instrument: Served, home: Path):
    with RoleProcess("valve_controller", *controller_flags(site, instrument), home=home) as role:
        role.ready()
        began = time.monotonic()
        os.kill(role.pid, number)
        assert role.ended() == 0
        assert time.monotonic() - began < STOP_LIMIT_S
        started = [record["child"] for record in role.records("tree.started") if "/" not in record["child"]]
        stopped = [record["child"] for record in role.records("tree.stopped")]
    assert started
    assert [child for child in stopped if child in started] == started[::-1]


def test_a_device_that_never_answers_does_not_hold_the_stop(site: Path, instrument: Served, home: Path):
    faults = instrument.simulator.faults
    with RoleProcess("valve_controller", *controller_flags(site, instrument), home=home) as role:
        port = role.ready()["port"]
        faults.mute = True
        try:
            with WireClient(port) as client:
                client.send(b"Open A\r")
                eventually(lambda: instrument.simulator.relays["101"], "the relay has moved, and says nothing")  # type: ignore[attr-defined]
                began = time.monotonic()
                assert role.stop() == 0
                assert time.monotonic() - began < STOP_LIMIT_S + 0.5
        finally:
            faults.mute = False


def test_clients_see_the_end_of_a_node_that_stops(site: Path, instrument: Served, home: Path):
    role = RoleProcess("valve_controller", *controller_flags(site, instrument), home=home)
    with role, WireClient(role.ready()["port"]) as idle:
        assert role.stop() == 0
        assert idle.all_until_closed() == b""


# --- --check ----------------------------------------------------------------------------------------------------


def test_check_prints_the_tree_and_the_ports(site: Path, instrument: Served, home: Path):
    flags = ("--root", str(site), *settings(*ANY_LISTENER, f"devices.switch_controller.port={instrument.address}"))
    ended = run_role("valve_controller", *flags, "--check", home=home)
    told = "\n".join(ended.out.all)
    assert ended.process.returncode == 0, told + "\n".join(ended.err.all)
    for word in ("store", "notifier", "actuator.switch_controller", "extraction_line", "remote_command_server"):
        assert word in told
    assert str(instrument.port) in told
    assert traceless(ended)


def test_check_finds_what_cannot_be_reached_and_ends_with_1(nobody: int, site: Path, home: Path):
    where = f"devices.switch_controller.port=tcp://127.0.0.1:{nobody}"
    ended = run_role("valve_controller", "--root", str(site), *settings(*ANY_LISTENER, where), "--check", home=home)
    told = "\n".join([*ended.out.all, *ended.err.all])
    assert ended.process.returncode == 1, told
    assert str(nobody) in told
    assert "refused" in told
    assert traceless(ended)


def test_a_second_controller_touches_no_device_before_it_finds_the_port_taken(
    site: Path, instrument: Served, home: Path, tmp_path: Path
):
    with RoleProcess("valve_controller", *controller_flags(site, instrument), home=home) as first:
        port = first.ready()["port"]
        other = starter_site("valve_controller", tmp_path / "other")
        flags = controller_flags(other, instrument, "--set", f"server.port={port}")
        second = run_role("valve_controller", *flags, home=home)
        assert second.process.returncode == 3
        assert f"cannot listen on 127.0.0.1:{port}: address already in use" in second.complaints()[0]
        assert second.records("link.opened") == []
        assert second.records("tree.started") == []


def test_a_lab_that_is_asked_to_stop_while_it_starts_leaves_nothing_and_ends_with_0(tmp_path: Path):
    lab = RoleProcess("lab", "--headless", home=tmp_path / "home")
    eventually(lambda: list((tmp_path / "home").glob("valvetree-lab-*")), "it has made its folder")
    assert lab.stop() == 0
    assert list((tmp_path / "home").glob("valvetree-*")) == []


def test_the_lab_writes_no_site(home: Path):
    ended = run_role("lab", "--init", home=home)
    assert ended.process.returncode == 2
    assert "the lab has no site of its own" in ended.complaints()[0]


def test_a_node_that_only_watches_runs_no_scripts(home: Path):
    ended = run_role("data_reduction", "--script", "x.py", home=home)
    assert ended.process.returncode == 2
    assert ended.complaints() == ["data_reduction runs no scripts: it only watches"]
