"""Two devices on one line: what is a bus, what is one instrument used in two ways, and what is a slip."""

from pathlib import Path

import pytest

from roles.boot.findings import SiteError
from roles.boot.site import Site, load_site
from roles.catalog import vocabulary
from tests.roles.boot.conftest import Written

BUS = "port: serial:///dev/serial/by-id/bus?baud=9600"
SCOPE = "port: tcp://192.168.1.60:5025"
ADDRESSED = [
    "klass: Eurotherm\ngroup: 0\nunit: {}",
    "klass: EurothermModbus\nunit: {}",
    "klass: WatlowEZZone\nunit: {}",
    "klass: PLC2000GPActuator\nbase: 1\nvalve_opens_when: relay_closed\nunit: {}",
    "klass: GPMicroIon\ngauges: {{G{1}: CG1}}\naddress: {0}",
    "klass: MDrive\nlowest: 0\nhighest: 1\naddress: '{}'",
    "klass: MKS937\ngauges: {{G{1}: '1'}}\naddress: {0}",
]
SWITCH = "klass: AgilentGPActuator\nvalve_opens_when: relay_closed\n" + SCOPE
MULTIPLEXER = "klass: AgilentMultiplexer\n" + SCOPE
VALVE = "- {name: A, address: '101', actuator: one}\n"


class Devices(Written):
    """A site of these devices, of which each klass is a real one."""

    def device(self, name: str, keys: str) -> None:
        self.write(f"setupfiles/devices/{name}.yaml", f"name: {name}\n{keys}\n")

    def load(self, _settings: object = None) -> Site:
        return load_site(self.root, vocabulary=vocabulary("valve_controller"))


@pytest.fixture
def site(tmp_path: Path) -> Devices:
    made = Devices(tmp_path / "site")
    (made.root / "setupfiles/devices/switch_controller.yaml").unlink()
    return made


@pytest.mark.parametrize("keys", ADDRESSED)
def test_devices_with_addresses_share_a_line(site: Devices, keys: str):
    site.device("one", f"{keys.format(1, 1)}\n{BUS}")
    site.device("two", f"{keys.format(2, 2)}\n{BUS}")
    assert site.load().on_line("/dev/serial/by-id/bus") == ["one", "two"]


@pytest.mark.parametrize("keys", ADDRESSED)
def test_two_files_for_one_address_are_a_slip(site: Devices, keys: str):
    site.device("one", f"{keys.format(1, 1)}\n{BUS}")
    site.device("two", f"{keys.format(1, 2)}\n{BUS}")
    (found,) = site.findings()
    assert "two.yaml:" in found
    assert "port: one on the same line has" in found
    assert found.endswith("1 (one): two devices cannot share it; one is in setupfiles/devices/one.yaml")


def test_a_line_is_set_up_in_one_way(site: Devices):
    site.device("one", f"{ADDRESSED[1].format(1)}\n{BUS}")
    site.device("two", f"{ADDRESSED[1].format(2)}\n{BUS.replace('9600', '19200')}")
    (found,) = site.findings()
    assert "one has /dev/serial/by-id/bus as well, with serial:///dev/serial/by-id/bus?baud=9600" in found


def test_a_device_without_an_address_has_its_port_for_itself(site: Devices):
    site.device("one", f"klass: ArduinoGPActuator\nvalve_opens_when: relay_closed\n{BUS}")
    site.device("two", f"{ADDRESSED[1].format(2)}\n{BUS}")
    (found,) = site.findings()
    assert "one has this port as well, and one, a ArduinoGPActuator, needs it for itself" in found


def test_what_is_simulated_is_on_no_line(site: Devices):
    for name in ("one", "two"):
        site.device(name, f"klass: ArduinoGPActuator\nvalve_opens_when: relay_closed\nsimulate: true\n{BUS}")
    assert site.load().on_line("/dev/serial/by-id/bus") == []


def test_one_instrument_may_switch_and_scan_with_different_cards(site: Devices):
    site.device("one", SWITCH)
    site.device("two", f"{MULTIPLEXER}\ngauges: {{T: '201'}}\nmeasure: {{'201': 'TC,K'}}\nrelay_slots: [1]")
    site.write("setupfiles/extractionline/valves.yaml", VALVE)
    assert site.load().on_line("tcp://192.168.1.60:5025") == ["one", "two"]


def test_a_card_that_is_scanned_has_no_valves(site: Devices):
    site.device("one", SWITCH)
    site.device("two", f"{MULTIPLEXER}\ngauges: {{T: '105'}}\nmeasure: {{'105': 'TC,K'}}")
    site.write("setupfiles/extractionline/valves.yaml", VALVE)
    (found,) = site.findings()
    assert "one on the same line has slot 1 (relays): two devices cannot share it" in found


@pytest.mark.parametrize(("klass", "channel"), [("AgilentGPActuator", "101"), ("T4Actuator", "EIO4")])
def test_one_channel_in_two_files_is_a_slip(site: Devices, klass: str, channel: str):
    for name in ("one", "two"):
        site.device(name, f"klass: {klass}\nvalve_opens_when: relay_closed\nport: tcp://192.168.1.60:502")
    valves = f"- {{name: A, address: '{channel}', actuator: one}}\n- {{name: B, address: '{channel}', actuator: two}}\n"
    site.write("setupfiles/extractionline/valves.yaml", valves)
    (found,) = site.findings()
    text = f"one on the same line has channel {channel}: two devices cannot share it"
    assert found.endswith(f"two.yaml:4: port: {text}; one is in setupfiles/devices/one.yaml")


def test_two_files_may_have_different_relays_of_one_card(site: Devices):
    for name in ("one", "two"):
        site.device(name, SWITCH)
    site.write("setupfiles/extractionline/valves.yaml", VALVE + VALVE.replace("A", "B").replace("101", "102"))
    assert site.load().on_line("tcp://192.168.1.60:5025") == ["one", "two"]


def test_a_channel_at_another_address_is_another_one(site: Devices):
    for name, unit in (("one", 1), ("two", 2)):
        site.device(name, f"{ADDRESSED[3].format(unit)}\n{BUS}")
    valves = "- {name: A, address: '1', actuator: one}\n- {name: B, address: '1', actuator: two}\n"
    site.write("setupfiles/extractionline/valves.yaml", valves)
    assert site.load().on_line("/dev/serial/by-id/bus") == ["one", "two"]


def test_what_speaks_differently_shares_no_line(site: Devices):
    port = "port: tcp://192.168.1.60:502"
    site.device("one", f"{ADDRESSED[4].format(1, 1)}\n{port}")
    site.device("two", f"klass: T4Inputs\ngauges: {{water: FIO4}}\non_when: low\n{port}")
    (found,) = site.findings()
    text = "one has this port as well: a T4Inputs and a GPMicroIon do not speak one language"
    assert found == f"setupfiles/devices/two.yaml:5: port: {text}; one is in setupfiles/devices/one.yaml"


@pytest.mark.parametrize("other", [ADDRESSED[2], ADDRESSED[3]])
def test_what_speaks_modbus_shares_a_line(site: Devices, other: str):
    site.device("one", f"{ADDRESSED[1].format(1)}\n{BUS}")
    site.device("two", f"{other.format(2)}\n{BUS}")
    assert site.load().on_line("/dev/serial/by-id/bus") == ["one", "two"]


def test_a_name_that_depends_on_the_socket_is_told(site: Devices):
    site.device("one", f"{ADDRESSED[0].format(1)}\nport: serial:///dev/ttyUSB0?baud=9600")
    text = "/dev/ttyUSB0 may be another adapter after the next start: /dev/serial/by-id has names that stay"
    assert f"setupfiles/devices/one.yaml:5: port: {text}" in site.load().warnings


def test_more_than_two_are_each_told_once(site: Devices):
    for name in ("one", "three", "two"):
        site.device(name, f"{ADDRESSED[1].format(1)}\n{BUS}")
    with pytest.raises(SiteError) as caught:
        site.load()
    assert [finding.file for finding in caught.value.findings] == [
        "setupfiles/devices/three.yaml",
        "setupfiles/devices/two.yaml",
    ]
