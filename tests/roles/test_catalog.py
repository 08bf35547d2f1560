"""What the registry knows of a site: what only a device can judge, and what nothing uses."""

from importlib import resources

import pytest

from roles.boot.findings import SiteError
from roles.boot.site import load_site
from roles.boot.starter import write_starter
from roles.catalog import idle_devices, vocabulary


def findings(site):
    with pytest.raises(SiteError) as wrong:
        load_site(site, vocabulary=vocabulary("valve_controller"))
    return [str(finding) for finding in wrong.value.findings]


def test_an_address_that_the_device_cannot_have_stops_the_start(tmp_path):
    write_starter(resources.files("roles.defaults") / "valve_controller", tmp_path)
    valves = tmp_path / "setupfiles/extractionline/valves.yaml"
    valves.write_text("- {name: A, address: 101}\n- {name: B, address: 999}\n")
    found = findings(tmp_path)
    assert len(found) == 1
    assert found[0].startswith("setupfiles/extractionline/valves.yaml:2: [1].address: channel '999': expected slot 1-3")


def test_what_else_is_wrong_with_an_entry_is_found_in_the_same_go(tmp_path):
    write_starter(resources.files("roles.defaults") / "valve_controller", tmp_path)
    valves = tmp_path / "setupfiles/extractionline/valves.yaml"
    valves.write_text("- {name: A, address: 101}\n- {name: B, address: 101, descripton: x, interlock: [Z]}\n")
    texts = [finding.partition(": ")[2] for finding in findings(tmp_path)]
    assert texts == [
        "[1].address: channel 101 of switch_controller already moves A",
        "[1].descripton: unknown key, did you mean description?",
        "[1].interlock: unknown valve 'Z'",
    ]


def test_a_device_that_nothing_uses_is_said(tmp_path):
    write_starter(resources.files("roles.defaults") / "furnace_controller", tmp_path)
    devices = tmp_path / "setupfiles/devices"
    first = (devices / "furnace_controller.yaml").read_text()
    (devices / "oven2.yaml").write_text(first.replace("furnace_controller", "oven2"))
    (devices / "relays.yaml").write_text("name: relays\nklass: DummyGPActuator\n")
    site = load_site(tmp_path, vocabulary=vocabulary("furnace_controller"))
    lines = [line.partition(": device ")[2] for line in idle_devices(site)]
    assert lines == [
        "oven2 is not started: furnace_controller is the furnace of this node",
        "relays is not started: the plug-in ExtractionLine is not enabled",
    ]
    for file in devices.glob("*.yaml"):
        file.unlink()
    (nothing,) = idle_devices(load_site(tmp_path, vocabulary=vocabulary("furnace_controller")))
    assert nothing == "setupfiles/devices: no temperature controller: the plug-in Furnace starts nothing"


def test_a_setting_that_nothing_uses_yet_is_said(tmp_path):
    write_starter(resources.files("roles.defaults") / "acquisition", tmp_path)
    settings = {"dashboard.port": "8200", "status_monitor.timeout": "5", "devices.Furnace.framing": "plain"}
    warned = load_site(tmp_path, vocabulary=vocabulary("acquisition"), overrides=settings).warnings
    assert [line for line in warned if line.endswith("has no effect yet")] == [
        "flag: dashboard.port: has no effect yet"
    ]
