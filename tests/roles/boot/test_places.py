"""Devices without a port: what of this computer they hold, and who else may hold something of it."""

import pytest

from tests.roles.boot import test_lines
from tests.roles.boot.test_lines import Devices

PINS = "klass: RPiGPIO\nenergised_when: low\nvalve_opens_when: relay_closed"
U3 = "klass: U3Actuator\nenergised_when: low\nvalve_opens_when: relay_closed"
VALVES = "- {{name: A, address: '{}', actuator: one}}\n- {{name: B, address: '{}', actuator: two}}\n"

site = test_lines.site


def both(site: Devices, one: str, two: str, *channels: str) -> None:
    site.device("one", one)
    site.device("two", two)
    site.write("setupfiles/extractionline/valves.yaml", VALVES.format(*channels))


@pytest.mark.parametrize("chip", ["", "\nchip: 0"])
def test_one_pin_in_two_files_is_a_slip(site: Devices, chip: str):
    both(site, PINS, PINS + chip, "17", "17")
    (found,) = site.findings()
    text = "klass: one on the pins of this computer has GPIO17 (one): two devices cannot share it"
    text += "; one is in setupfiles/devices/one.yaml"
    assert found == f"setupfiles/devices/two.yaml:2: {text}"


def test_two_files_may_have_different_pins(site: Devices):
    both(site, PINS, PINS, "17", "27")
    assert [valve.name for valve in site.load().valves] == ["A", "B"]


def test_one_u3_in_two_files_is_a_slip(site: Devices):
    both(site, f"{U3}\nserial: 7", f"{U3}\nserial: 7", "FIO4", "FIO5")
    (found,) = site.findings()
    assert "one on the U3 on the USB has serial number 7 (one): two devices cannot share it" in found


def test_the_only_u3_is_no_second_one(site: Devices):
    both(site, U3, f"{U3}\nserial: 7", "FIO4", "FIO5")
    (found,) = site.findings()
    assert "one has the U3 on the USB as well, and one, a U3Actuator, needs it for itself" in found


def test_two_u3_are_told_apart_by_their_serial_numbers(site: Devices):
    both(site, f"{U3}\nserial: 7", f"{U3}\nserial: 8", "FIO4", "FIO4")
    assert [valve.name for valve in site.load().valves] == ["A", "B"]


@pytest.mark.parametrize("keys", [PINS, U3])
def test_what_is_simulated_is_nowhere(site: Devices, keys: str):
    channel = "17" if keys == PINS else "FIO4"
    both(site, f"{keys}\nsimulate: true", f"{keys}\nsimulate: true", channel, channel)
    assert len(site.load().valves) == 2


@pytest.mark.parametrize("keys", [PINS, U3])
def test_a_port_where_there_is_none_is_a_slip(site: Devices, keys: str):
    site.device("one", f"{keys}\nport: tcp://192.168.1.60:502")
    (found,) = site.findings()
    assert found == "setupfiles/devices/one.yaml:5: port: it has no port: leave this key out"
