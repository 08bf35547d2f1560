"""What an open valve's relay does: a driver that knows valves and a valve's own entry may not say two things."""

import pytest

from tests.roles.boot import test_lines
from tests.roles.boot.test_lines import Devices

site = test_lines.site

VALVES = "setupfiles/extractionline/valves.yaml"
ARDUINO = "klass: ArduinoGPActuator\nport: serial:///dev/a?baud=115200\nvalve_opens_when: relay_closed"
WORDS = "klass: {}\nport: tcp://192.168.1.60:1061"
RELAYS = "klass: DummyGPActuator\nvalve_opens_when: {}"
OTHERWISE = [("valve_opens_when: relay_open", "valve_opens_when"), ("inverted_logic: true", "inverted_logic")]


def said(device: str, channel: str = "0", sense: str = "relay_closed", turned: str = "relay_open") -> str:
    text = f"{device} itself has {channel} as {sense} while the valve is open, and this valve as {turned}"
    return f"{text}: open would be taken for closed"


def valve(site: Devices, keys: str) -> None:
    site.write(VALVES, f"- {{name: A, actuator: box, {keys}}}\n")


@pytest.mark.parametrize("device", [ARDUINO, WORDS.format("ASCIIGPActuator"), WORDS.format("PychronGPActuator")])
@pytest.mark.parametrize(("keys", "key"), OTHERWISE)
def test_what_a_driver_knows_of_a_valve_is_not_turned_by_the_valve(site: Devices, device: str, keys: str, key: str):
    site.device("box", device)
    valve(site, f"address: '0', {keys}")
    assert site.findings() == [f"{VALVES}:1: [0].{key}: {said('box')}"]


@pytest.mark.parametrize("device", [ARDUINO, WORDS.format("ASCIIGPActuator")])
@pytest.mark.parametrize(
    "keys", ["", "valve_opens_when: relay_closed", "valve_opens_when: relay_open, inverted_logic: true"]
)
def test_a_valve_that_says_the_same_is_well(site: Devices, device: str, keys: str):
    site.device("box", device)
    valve(site, f"address: '0', {keys}")
    assert [valve.name for valve in site.load().valves] == ["A"]


def test_a_pin_map_and_a_valve_say_the_same(site: Devices):
    pins = "pins:\n  '0': {output: 51, open: 50, closed: 49, opens_when: relay_open}\n  '1': {output: 48}"
    site.device("box", f"{ARDUINO}\n{pins}")
    valve(site, "address: '0'")
    text = said("box", sense="relay_open", turned="relay_closed")
    assert site.findings() == [f"{VALVES}:1: [0].valve_opens_when: {text}"]
    valve(site, "address: '0', valve_opens_when: relay_open")
    assert site.load().valves[0].opens_when == "relay_open"


def test_an_output_without_indicators_is_a_relay_like_any_other(site: Devices):
    site.device("box", f"{ARDUINO}\nindicators: false")
    valve(site, "address: '0', valve_opens_when: relay_open")
    assert site.load().valves[0].opens_when == "relay_open"


def test_a_box_whose_valves_all_open_with_a_released_output_is_well(site: Devices):
    site.device("box", ARDUINO.replace("relay_closed", "relay_open"))
    valve(site, "address: '0'")
    assert site.load().valves[0].opens_when == ""


@pytest.mark.parametrize("keys", ["", ", query_state: false"])
def test_a_double_valve_has_both_of_its_channels_looked_at(site: Devices, keys: str):
    pins = "'1': {output: 48, open: 47, closed: 46, opens_when: relay_open}"
    site.device("box", f"{ARDUINO}\npins:\n  '0': {{output: 51, open: 50, closed: 49}}\n  {pins}")
    valve(site, f"address: '0,1', kind: double_actuation_valve{keys}")
    text = said("box", "1", "relay_open", "relay_closed")
    assert site.findings() == [f"{VALVES}:1: [0].valve_opens_when: {text}"]


@pytest.mark.parametrize("device", [ARDUINO, WORDS.format("ASCIIGPActuator")])
def test_what_a_state_device_knows_is_not_turned_by_the_logic_of_the_valves_actuator(site: Devices, device: str):
    site.device("box", RELAYS.format("relay_open"))
    site.device("eyes", device)
    valve(site, "address: '7', state_device: {name: eyes, address: '0'}, inverted_logic: true")
    assert site.findings() == [f"{VALVES}:1: [0].inverted_logic: {said('eyes')}"]
    valve(site, "address: '7', state_device: {name: eyes, address: '0'}")
    assert site.load().valves[0].state_actuator == "actuator.eyes"


def test_a_channel_that_is_said_to_read_the_other_way_is_believed(site: Devices):
    site.device("box", RELAYS.format("relay_open"))
    site.device("eyes", WORDS.format("ASCIIGPActuator"))
    valve(site, "address: '7', state_device: {name: eyes, address: '0', inverted: true}")
    assert site.load().valves[0].state_inverted


def test_each_valve_is_told_once_and_wrong_addresses_are_told_as_such(site: Devices):
    site.device("box", ARDUINO)
    site.write(
        VALVES,
        "- {name: A, actuator: box, address: '0', inverted_logic: true, state_address: '1'}\n"
        "- {name: B, actuator: box, address: '42', inverted_logic: true}\n"
        "- {name: C, actuator: box, address: '2', kind: double_actuation_valve, inverted_logic: true}\n",
    )
    found = [line.partition(": expected")[0] for line in site.findings()]
    assert found == [
        f"{VALVES}:1: [0].inverted_logic: {said('box')}",
        f"{VALVES}:2: [1].address: channel '42': the pin map has 0, 1, 2, 3, 4, 5, 6, 7, 8, 9",
        f"{VALVES}:3: [2].address",
    ]
