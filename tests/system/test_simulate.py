"""A real site, simulated: its nodes are child processes on loopback, its valves are those that it lists."""

import json
from pathlib import Path

import pytest

from tests.system.nodes import LIMIT_S, Console, alive, eventually, run_role, settings, starter_site

VALVES = """
- {name: Inlet, actuator: ExtractionLine, address: 105, description: Bottle to Bone, interlock: [Outlet]}
- {name: Outlet, actuator: ExtractionLine}
- {name: Odd, actuator: Second, address: FIO4}
"""
NODE = "name: {0}\nklass: {1}\nhost: 192.0.2.1\ntimeout: 2\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Write a site whose nodes are on addresses that nobody has."""
    root = starter_site("acquisition", tmp_path / "site")
    folder = root / "setupfiles" / "devices"
    for name, klass in (("extraction_line", "ExtractionLine"), ("second", "Second")):
        text = NODE.format(klass, "RemoteExtractionLineManager")
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folder / "furnace.yaml").write_text(NODE.format("Furnace", "RemoteFurnaceManager"), encoding="utf-8")
    (root / "setupfiles" / "extractionline").mkdir()
    (root / "setupfiles" / "extractionline" / "valves.yaml").write_text(VALVES, encoding="utf-8")
    return root


def test_a_site_is_played_by_child_processes_and_keeps_nothing_of_it(site: Path, tmp_path: Path):
    before = sorted(site.rglob("*"))
    flags = ("--root", str(site), "--simulate", *settings("notifier.port=0"))
    with Console("acquisition", *flags, home=tmp_path / "home") as console:
        own = console.ready()
        nodes = [console.wait_event("role.ready", node=name) for name in ("ExtractionLine", "Second", "Furnace")]
        moved = eventually(lambda: _moved(console.say("open('Inlet')")), "Inlet is open", LIMIT_S)
        refused = console.say("open('Outlet')")
        odd = console.say("open('Odd')")
        furnace = console.say("furnace.setpoint(300)")
        assert console.leave() == 0
    assert "SIMULATED" in moved
    assert refused.startswith("RAISED Interlocked")
    assert odd.startswith("Odd  open  (moved")
    assert "setpoint 300" in furnace
    assert {node["host"] for node in nodes} == {"127.0.0.1"}
    assert not any(alive(node["pid"]) for node in nodes)
    assert own["notify_port"]
    assert sorted(site.rglob("*")) == before
    assert list((tmp_path / "home").glob("valvetree-*")) == []


def _moved(said: str) -> str:
    """Return an outcome once the node has told its state; until then a move is refused."""
    return said if said.startswith("Inlet  open") else ""


def test_check_of_a_site_with_dead_nodes_names_each_and_ends_with_1(site: Path, tmp_path: Path):
    devices = settings(*(f"devices.{name}.host=127.0.0.1" for name in ("ExtractionLine", "Second", "Furnace")))
    ports = settings(*(f"devices.{name}.port=1" for name in ("ExtractionLine", "Second", "Furnace")))
    checked = run_role("acquisition", "--root", str(site), "--check", *devices, *ports, home=tmp_path / "home")
    assert checked.process.returncode == 1
    findings = [line for line in checked.out.all if line.startswith("finding: node ")]
    refused = "127.0.0.1:1 refused: connection refused"
    assert findings == [f"finding: node {name}: {refused}" for name in ("ExtractionLine", "Furnace", "Second")]
    assert not (site / "state").exists()


def test_check_of_the_embedded_lab_finds_nothing(tmp_path: Path):
    checked = run_role("acquisition", "--check", home=tmp_path / "home")
    assert checked.process.returncode == 0, json.dumps(checked.out.all)
    assert any("process.valve_controller" in line for line in checked.out.all)
    assert list((tmp_path / "home").glob("valvetree-*")) == []
