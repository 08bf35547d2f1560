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


# --- polarity is never guessed --------------------------------------------------------------------------------

DEVICE = "name: switch_controller\nklass: AgilentGPActuator\nport: tcp://192.168.1.60:5025\n"
DEVICE_FILE = "setupfiles/devices/switch_controller.yaml"
VALVES = "setupfiles/extractionline/valves.yaml"


def wired(root, device: str, valves: str):
    write_starter(resources.files("roles.defaults") / "valve_controller", root)
    (root / "setupfiles/devices/switch_controller.yaml").write_text(device)
    (root / VALVES).write_text(valves)
    return root


def test_where_neither_the_device_nor_a_valve_says_it_the_device_is_asked_once(tmp_path):
    site = wired(tmp_path, DEVICE, "- {name: A, address: 101}\n- {name: B, address: 102}\n")
    text = "missing, expected relay_closed or relay_open, here or on each of its valves: it is never guessed"
    assert findings(site) == [f"{DEVICE_FILE}:1: valve_opens_when: {text}"]


def test_where_some_valves_say_it_the_others_are_named(tmp_path):
    valves = "- {name: A, address: 101, valve_opens_when: relay_open}\n- {name: B, address: 102}\n"
    text = "missing, expected relay_closed or relay_open: switch_controller leaves it to each of its valves"
    assert findings(wired(tmp_path, DEVICE, valves)) == [f"{VALVES}:2: [1].valve_opens_when: {text}"]


def test_every_valve_may_say_it_where_the_device_does_not(tmp_path):
    valves = (
        "- {name: A, address: 101, valve_opens_when: relay_open}\n"
        "- {name: B, address: 102, valve_opens_when: relay_closed}\n"
    )
    site = load_site(wired(tmp_path, DEVICE, valves), vocabulary=vocabulary("valve_controller"))
    assert [valve.opens_when for valve in site.valves] == ["relay_open", "relay_closed"]


def test_a_valve_says_it_where_it_is_not_as_its_device_says(tmp_path):
    valves = (
        "- {name: A, address: 101, valve_opens_when: relay_open}\n"
        "- {name: B, address: 102, valve_opens_when: relay_closed}\n- {name: C, address: 103}\n"
    )
    device = f"{DEVICE}valve_opens_when: relay_closed\n"
    site = load_site(wired(tmp_path, device, valves), vocabulary=vocabulary("valve_controller"))
    assert [valve.opens_when for valve in site.valves] == ["relay_open", "", ""]


def test_a_channel_that_only_tells_a_state_is_never_guessed_either(tmp_path):
    valves = "- {name: A, address: 101, valve_opens_when: relay_open, state_address: 110}\n"
    text = "switch_controller does not say valve_opens_when, and a channel that only tells a state is read by it"
    assert findings(wired(tmp_path, DEVICE, valves)) == [f"{VALVES}:1: [0].state_address: {text}"]


# --- devices that move no valves ------------------------------------------------------------------------------


def test_a_multiplexer_moves_no_valves(tmp_path):
    device = DEVICE.replace("AgilentGPActuator", "AgilentMultiplexer")
    site = wired(
        tmp_path,
        f"{device}gauges: {{tc: '103'}}\nmeasure: {{'103': 'TC,K'}}\n",
        "- {name: A, address: 101, actuator: switch_controller}\n",
    )
    text = "switch_controller is a AgilentMultiplexer: it moves no valves"
    assert findings(site) == [f"{VALVES}:1: [0].actuator: {text}"]


def test_a_temperature_controller_moves_no_valves(tmp_path):
    site = wired(tmp_path, f"{DEVICE}valve_opens_when: relay_closed\n", "- {name: A, address: 1, actuator: oven}\n")
    (site / "setupfiles/devices/oven.yaml").write_text("name: oven\nklass: Eurotherm\nport: tcp://192.168.1.61:5026\n")
    assert findings(site) == [f"{VALVES}:1: [0].actuator: oven is a Eurotherm: it moves no valves"]


def test_a_double_actuation_valve_has_two_channels_that_its_device_knows(tmp_path):
    valves = "- {name: A, kind: double_actuation_valve, address: '101,999', state_address: 421}\n"
    found = findings(wired(tmp_path, f"{DEVICE}valve_opens_when: relay_closed\n", valves))
    assert [line.partition(": expected")[0] for line in found] == [
        f"{VALVES}:1: [0].address: channel '999'",
        f"{VALVES}:1: [0].state_address: channel '421'",
    ]


def test_a_device_that_nothing_uses_is_said(tmp_path):
    write_starter(resources.files("roles.defaults") / "furnace_controller", tmp_path)
    devices = tmp_path / "setupfiles/devices"
    first = (devices / "furnace_controller.yaml").read_text()
    (devices / "oven2.yaml").write_text(first.replace("furnace_controller", "oven2") + "unit: 2\n")
    (devices / "relays.yaml").write_text("name: relays\nklass: DummyGPActuator\n")
    site = load_site(tmp_path, vocabulary=vocabulary("furnace_controller"))
    lines = [line.partition(": device ")[2] for line in idle_devices(site)]
    assert lines == [
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
