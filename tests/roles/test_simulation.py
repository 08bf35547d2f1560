"""`--simulate`: the sites that child processes play, and nothing that reaches beyond this computer."""

from pathlib import Path

import pytest

from actors.table import PipetteSpec, ValveSpec
from roles.boot.site import Site, load_site
from roles.catalog import vocabulary
from roles.simulated_line import write_line
from roles.simulation import on_loopback, player, simulated
from tests.transports.rpc.certificates import Authority

CONTROLLER = (
    '<root><plugins><general><plugin enabled="true">ExtractionLine</plugin>'
    '<plugin enabled="true">RemoteCommandServer</plugin></general></plugins></root>'
)
NODE = "name: {0}\nklass: RemoteExtractionLineManager\nhost: 192.0.2.1\nnotify_port: 5555\n"


def remote(name: str, address: str = "", **said: object) -> ValveSpec:
    return ValveSpec(name, address, "node.Line", remote=True, **said)  # type: ignore[arg-type]


@pytest.fixture
def controller(tmp_path: Path) -> Path:
    played = player("valve_controller", tmp_path / "controller", "process.Line", "Line")
    return played.root


def load(root: Path, role: str = "valve_controller") -> Site:
    return load_site(root, vocabulary=vocabulary(role))


def acquisition_site(root: Path, nodes: list[str], valves: str = "") -> Site:
    files = {"setupfiles/initialization.xml": CONTROLLER, "setupfiles/extractionline/valves.yaml": valves}
    files |= {f"setupfiles/devices/{name}.yaml": NODE.format(name) for name in nodes}
    files["setupfiles/servers/remote_command_server.yaml"] = "host: 0.0.0.0\nallow: [192.0.2.0/24]\n"
    for file, text in files.items():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return load(root, "acquisition")


def test_listed_valves_are_had_as_they_are_listed_and_get_the_addresses_they_leave_out(controller):
    specs = [
        remote("A", "102", description="Ofen: Ventil", interlocks=("B", "elsewhere"), settling_time_s=0.5),
        remote("B", interlocks=("A",), close_interlocks=("A",), enabled=False, disabled_why="leaks"),
        remote("S", kind="switch"),
    ]
    assert write_line(controller, specs) == {"switch_controller": "AgilentGPActuator"}
    valves = load(controller).valves
    assert [(valve.name, valve.address, valve.kind, valve.enabled) for valve in valves] == [
        ("A", "102", "valve", True),
        ("B", "101", "valve", False),
        ("S", "103", "switch", True),
    ]
    assert (valves[0].description, valves[0].interlocks, valves[0].settling_time_s) == ("Ofen: Ventil", ("B",), 0.5)
    assert valves[1].close_interlocks == ("A",)


def test_kinds_parents_and_pipettes_are_had_as_they_are_listed(controller):
    specs = [
        remote("A", pipette="Air", pipette_part="inner"),
        remote("B", "102,103", kind="double_actuation_valve", open_delay_s=0.5, pipette="Air", pipette_part="outer"),
        remote("C", kind="double_actuation_valve"),
        remote("D", parent="A", parent_inverted=True),
        remote("E", kind="manual_valve"),
    ]
    assert write_line(controller, specs) == {"switch_controller": "AgilentGPActuator"}
    site = load(controller)
    assert [(valve.kind, valve.address) for valve in site.valves] == [
        ("valve", "101"),
        ("double_actuation_valve", "102,103"),
        ("double_actuation_valve", "104,105"),
        ("valve", "106"),
        ("manual_valve", ""),
    ]
    assert (site.valves[1].open_delay_s, site.valves[3].parent, site.valves[3].parent_inverted) == (0.5, "A", True)
    assert site.pipettes == (PipetteSpec("Air", "A", "B"),)


def test_interlocks_stay_as_one_sided_as_they_were_read(controller):
    write_line(controller, [remote("A", interlocks=("B",)), remote("B")])
    assert [valve.interlocks for valve in load(controller).valves] == [("B",), ()]


@pytest.mark.parametrize("addresses", [["FIO4", ""], ["101", "101"], ["relay2", "", "relay2", ""], [""] * 21])
def test_addresses_that_no_card_has_are_relays_in_memory(controller, addresses):
    specs = [remote(f"V{number}", address) for number, address in enumerate(addresses)]
    assert write_line(controller, specs) == {}
    site = load(controller)
    assert {device.klass for device in site.devices.values()} == {"DummyGPActuator"}  # type: ignore[attr-defined]
    kept = [valve.address for valve, address in zip(site.valves, addresses, strict=True) if address]
    assert kept == [address for address in addresses if address]


def test_a_node_without_listed_valves_has_the_starters_and_a_second_one_none(tmp_path):
    site = acquisition_site(tmp_path / "site", ["One", "Two"])
    simulation = simulated(site)
    try:
        nodes = sorted(simulation.home.parent.glob("nodes/*"))
        assert [(node.name, len(load(node).valves)) for node in nodes] == [("One", 7), ("Two", 0)]
    finally:
        simulation.close()


def test_nothing_is_left_behind_and_the_site_is_not_touched(tmp_path):
    site = acquisition_site(tmp_path / "site", ["One"], "- {name: A, actuator: One}\n")
    before = sorted(site.root.rglob("*"))
    simulation = simulated(site)
    simulation.close()
    assert sorted(site.root.rglob("*")) == before
    assert not simulation.home.parent.exists()
    assert site.root not in simulation.home.parents


def test_nothing_of_a_simulated_site_reaches_beyond_loopback(tmp_path):
    root = acquisition_site(tmp_path / "site", ["One"]).root
    (root / "setupfiles" / "servers" / "display.yaml").write_text("port: 0\nhost: 0.0.0.0\n", encoding="utf-8")
    site = on_loopback(load(root, "acquisition"))
    assert site.server is not None
    preferences = site.preferences
    settings = [site.server, preferences.notifier, preferences.dashboard, preferences.acquisition, site.remotes["One"]]
    settings.append(site.listeners["display"])
    assert {part.host for part in settings} == {"127.0.0.1"}  # type: ignore[attr-defined]
    assert site.server.allow == ()


def test_simulated_nodes_are_spoken_to_without_tls(tmp_path):
    """They are child processes on this computer, and have no certificates."""
    root = acquisition_site(tmp_path / "site", ["One"]).root
    (root / "tls").mkdir()
    Authority(root / "tls").files("acq")
    device = root / "setupfiles" / "devices" / "One.yaml"
    tls = "tls: {certificate: tls/acq.pem, key: tls/acq.key, ca: tls/ca.pem}\n"
    device.write_text(device.read_text(encoding="utf-8") + tls, encoding="utf-8")
    site = load(root, "acquisition")
    assert site.remotes["One"].model_dump()["tls"] is not None
    assert on_loopback(site).remotes["One"].model_dump()["tls"] is None
