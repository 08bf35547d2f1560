"""A gauge is asked for by its name: no two of a node have the same."""

from pathlib import Path

import pytest

from roles.boot.site import Site, load_site
from roles.catalog import vocabulary
from tests.roles.boot.conftest import Written


class Gauges(Written):
    """A site of two gauge controllers."""

    def two(self, first: str, second: str) -> None:
        for host, name, gauges in ((61, "one", first), (62, "two", second)):
            keys = f"name: {name}\nklass: MKS937\nport: tcp://192.168.1.{host}:4001\ngauges:\n{gauges}"
            self.write(f"setupfiles/devices/{name}.yaml", keys)

    def load(self, _settings: object = None) -> Site:
        return load_site(self.root, vocabulary=vocabulary("valve_controller"))


@pytest.fixture
def site(tmp_path: Path) -> Gauges:
    return Gauges(tmp_path / "site")


def test_two_controllers_with_a_gauge_of_one_name_are_a_finding_with_both_places(site: Gauges):
    site.two("  IG: '1'\n  CG1: '2'\n", "  CG2: '3'\n  IG: '1'\n")
    (found,) = site.findings()
    first = "setupfiles/devices/one.yaml:5"
    assert found == f"setupfiles/devices/two.yaml:6: gauges.IG: a gauge of this name is given already, in {first}"


def test_gauges_of_different_names_are_none(site: Gauges):
    site.two("  IG: '1'\n", "  CG1: '1'\n")
    assert {"one", "two"} <= site.load().devices.keys()
