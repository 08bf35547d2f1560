"""What only a device can judge of a site is judged when the site is read."""

from importlib import resources

import pytest

from roles.boot.findings import SiteError
from roles.boot.site import load_site
from roles.boot.starter import write_starter
from roles.catalog import check_addresses, vocabulary


def test_an_address_that_the_device_cannot_have_stops_the_start(tmp_path):
    write_starter(resources.files("roles.defaults") / "valve_controller", tmp_path)
    valves = tmp_path / "setupfiles/extractionline/valves.yaml"
    valves.write_text(valves.read_text().replace("address: 102", "address: 999"))
    site = load_site(tmp_path, vocabulary=vocabulary("valve_controller"))
    with pytest.raises(SiteError, match=r"valves.yaml: B.address: channel '999': expected slot 1-3"):
        check_addresses(site)


def test_a_setting_that_nothing_uses_yet_is_said(tmp_path):
    write_starter(resources.files("roles.defaults") / "acquisition", tmp_path)
    settings = {"status_monitor.timeout": "5", "devices.Furnace.framing": "plain"}
    warned = load_site(tmp_path, vocabulary=vocabulary("acquisition"), overrides=settings).warnings
    assert "flag: status_monitor.timeout: has no effect yet" in warned
    assert "flag: devices.Furnace.framing: has no effect yet" in warned
    assert not [line for line in warned if "state_freq" in line]
