"""A real furnace controller with its loader: a simulated oven, simulated relays, a simulated drive for the funnel."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hardware.mdrive.simulator import MDriveSimulator
from hardware.simulation import Served, serve_tcp, simulator_for
from tests.system.nodes import ANY_LISTENER, ANY_PORTS, Console, RoleProcess, eventually, settings, starter_site
from tests.system.wire import WireClient, wait_until_known

PLUGINS = """<root><plugins><general>
  <plugin enabled="true">ExtractionLine</plugin>
  <plugin enabled="true">Furnace</plugin>
  <plugin enabled="true">RemoteCommandServer</plugin>
</general></plugins></root>
"""
RELAYS = """name: switch_controller
klass: AgilentGPActuator
port: tcp://127.0.0.1:1
timeout: 0.5
poll: 0.2
valve_opens_when: relay_closed
"""
FUNNEL = """name: funnel_drive
klass: MDrive
port: tcp://127.0.0.1:1
timeout: 0.5
units: mm
steps_per_unit: 100
lowest: 0
highest: 130
tolerance: 0.5
velocity: 100
poll: 0.2
"""
VALVES = "- {name: G, address: '101'}\n- {name: M, address: '102'}\n"
PREFERENCES = """loader:
  funnel: {drive: funnel_drive, up: 0, down: 120, tolerance: 1}
  magnets: {valve: M}
  dump: {magnets_s: 1.0, hottest: 200, closed: [G], step_s: 5}
"""
FURNACE = """name: Furnace
klass: RemoteFurnaceManager
host: 127.0.0.1
port: {port}
notify_port: {notify_port}
reply_port: {reply_port}
"""


@dataclass
class Loader:
    """The process, its instruments, and a client of it."""

    flags: list[str]
    role: RoleProcess
    relays: Any  # the simulator of each device
    drive: MDriveSimulator
    oven: Any
    client: WireClient
    unplug_drive: Callable[[], None]

    def magnets(self) -> bool:
        return bool(self.relays.relays["102"])

    def ended(self) -> str:
        """Wait until the dump has ended; return how."""
        said = eventually(lambda: self._said("done") or self._said("failed"), "the dump has ended")
        assert not self.magnets()
        return said

    def _said(self, phase: str) -> str:
        said = self.client.command("GetDump")
        return said if said.startswith(f"dump: {phase}") else ""


def site(root: Path) -> Path:
    starter_site("furnace_controller", root)
    for file, text in (
        ("setupfiles/initialization.xml", PLUGINS),
        ("setupfiles/devices/switch_controller.yaml", RELAYS),
        ("setupfiles/devices/funnel_drive.yaml", FUNNEL),
        ("setupfiles/extractionline/valves.yaml", VALVES),
        ("preferences.yaml", PREFERENCES),
    ):
        path = root / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def loader(tmp_path: Path) -> Iterator[Loader]:
    with ExitStack() as stack:
        drive = MDriveSimulator(time.monotonic)
        served: dict[str, Served] = {
            "furnace_controller": serve_tcp(simulator_for("Eurotherm")),
            "switch_controller": serve_tcp(simulator_for("AgilentGPActuator")),
            "funnel_drive": serve_tcp(drive),
        }
        for each in served.values():
            stack.callback(each.close)
        ports = [f"devices.{name}.port={each.address}" for name, each in served.items()]
        root = site(tmp_path / "site")
        flags = ["--root", str(root), "--headless", "--log", "json", *settings(*ANY_LISTENER, *ports)]
        role = RoleProcess("furnace_controller", *flags, home=tmp_path)
        stack.enter_context(role)
        port = role.ready()["port"]
        wait_until_known(port, "G", "M")
        client = stack.enter_context(WireClient(port))
        client.hello("acq")
        relays: Any = served["switch_controller"].simulator
        oven: Any = served["furnace_controller"].simulator
        unplug = served["funnel_drive"].close
        eventually(lambda: client.command("Ping funnel_drive") == "True", "the drive answers")
        assert client.command("SetHome funnel_drive") == "OK"
        yield Loader(flags, role, relays, drive, oven, client, unplug)


def test_a_dump_that_succeeds(loader: Loader) -> None:
    client = loader.client
    assert (client.command("InUpPosition"), client.command("IsEnergized")) == ("OK", "False")
    assert client.command("DumpSample") == "OK"
    assert client.command("DumpComplete") == "False"
    assert "ERROR 020" in client.command("DumpSample")
    eventually(loader.magnets, "the magnets are energised")
    assert abs(loader.drive.steps - 12000) <= 100
    assert loader.ended() == "dump: done"
    assert (client.command("DumpComplete"), client.command("InUpPosition")) == ("OK", "OK")
    assert loader.drive.moves == 2


def test_a_dump_is_refused_while_a_valve_is_open(loader: Loader) -> None:
    client = loader.client
    assert client.command("Open G") == "OK"
    assert client.command("DumpSample") == "ERROR 018 : lowering: G is open, and has to be closed"
    assert client.command("DumpComplete").startswith("ERROR 015 : the dump failed: lowering: G is open")
    assert loader.drive.moves == 0
    assert client.command("Close G") == "OK"
    assert client.command("DumpSample") == "OK"
    assert loader.ended() == "dump: done"


def test_nothing_is_dumped_into_a_hot_furnace(loader: Loader) -> None:
    loader.oven.furnace.temperature_c = 800.0
    said = loader.client.command("DumpSample")
    assert said.startswith("ERROR 018 : lowering: the furnace is at ")
    assert said.endswith(" C, over 200 C")
    assert loader.drive.moves == 0


def test_a_drive_that_stalls_in_the_middle_ends_it_safely(loader: Loader) -> None:
    client = loader.client
    loader.drive.stalls_over = 6000
    assert client.command("DumpSample") == "OK"
    assert loader.ended().startswith("dump: failed (lowering: funnel_drive has stalled")
    assert client.command("DumpComplete").startswith("ERROR 015 : the dump failed: lowering: funnel_drive has stalled")
    assert client.command("GetError").startswith("alarm.")
    assert (client.command("InUpPosition"), loader.drive.steps) == ("OK", 0)
    assert loader.role.records("loader.failed")


def test_a_drive_whose_cable_is_pulled_in_the_middle_ends_it_with_what_could_not_be_done(loader: Loader) -> None:
    assert loader.client.command("DumpSample") == "OK"
    eventually(loader.magnets, "the magnets are energised")
    loader.unplug_drive()
    said = loader.ended()
    assert said.startswith("dump: failed (energised M: whether funnel_drive moves is not known (")
    assert "then stopping the funnel: " in said
    assert "then raising: " in said
    assert loader.client.command("GetError").startswith("alarm.loader, ")


def test_it_is_stopped_while_the_magnets_are_energised(loader: Loader) -> None:
    assert loader.client.command("DumpSample") == "OK"
    eventually(loader.magnets, "the magnets are energised")
    assert loader.client.command("StopDump") == "OK"
    assert loader.ended().startswith("dump: failed (stopped by acq")
    assert loader.drive.steps == 0


def test_a_node_that_stops_leaves_no_magnet_energised(loader: Loader) -> None:
    assert loader.client.command("DumpSample") == "OK"
    eventually(loader.magnets, "the magnets are energised")
    loader.role.stop()
    assert not loader.magnets()


def test_after_a_node_was_killed_its_next_life_switches_the_magnets_off(loader: Loader, tmp_path: Path) -> None:
    assert loader.client.command("DumpSample") == "OK"
    eventually(loader.magnets, "the magnets are energised")
    loader.role.kill()
    assert loader.magnets()
    with RoleProcess("furnace_controller", *loader.flags, home=tmp_path) as again:
        told = again.wait_event("loader.leftovers")
        assert told["magnets"] == ["M"]
        eventually(lambda: not loader.magnets(), "they are off")
        with WireClient(again.ready()["port"]) as client:
            assert client.command("InDownPosition") == "OK"
            assert client.command("RaiseFunnel") == "OK"
            eventually(lambda: client.command("InUpPosition") == "OK", "it is up")


def test_the_words_of_a_drive_as_text_and_as_json(loader: Loader) -> None:
    client = loader.client
    assert client.command("MoveAbsolute funnel_drive,10") == "OK"
    eventually(lambda: client.command("Moving funnel_drive") == "False", "it has arrived")
    assert client.command("GetPosition funnel_drive") == "10"
    with WireClient(loader.role.ready()["port"]) as plain:
        drive = {"drive": "funnel_drive", "units": "steps"}
        assert plain.ask(json.dumps({"command": "GetPosition", **drive}).encode() + b"\r\n") == b"1000\r\n"
        moved = json.dumps({"command": "MoveRelative", **drive, "position": 500, "velocity": None})
        assert plain.ask(moved.encode() + b"\r\n") == b"OK\r\n"
    eventually(lambda: client.command("GetPosition funnel_drive") == "15", "it has moved")
    assert client.command("Stalled funnel_drive") == "False"
    assert "expected 0 to 130 mm" in client.command("MoveAbsolute funnel_drive,131")
    assert "no drive feeder on this node" in client.command("GetPosition feeder")


def test_it_is_dumped_from_the_acquisition_computer(loader: Loader, tmp_path: Path) -> None:
    root = starter_site("acquisition", tmp_path / "acquisition")
    (root / "setupfiles/devices/extraction_line.yaml").unlink()
    told = loader.role.ready()
    (root / "setupfiles/devices/furnace.yaml").write_text(FURNACE.format(**told), encoding="utf-8")
    with Console("acquisition", "--root", str(root), *settings(*ANY_PORTS), home=tmp_path / "home") as console:
        console.ready()
        eventually(lambda: "up" in console.say("loader"), "the funnel is up")
        assert "Furnace  dump begun" in console.say("loader.dump()")
        eventually(lambda: "dump: done" in console.say("loader"), "it has ended", 30.0)
        loader.client.command("Open G")
        assert console.say("loader.dump()").startswith("RAISED Interlocked: lowering: G is open")
