"""`furnace.water`: a gauge of this node that is looked at often enough."""

import pytest

from tests.roles.boot.test_lines import Devices, site  # noqa: F401 - a fixture

FURNACE = "furnace: {{water: {{gauge: {gauge}}}, blind: {blind}}}\n"
INPUTS = "klass: T4Inputs\nport: tcp://192.168.1.62:502\non_when: low\ngauges: {{water: CIO0}}\npoll: {poll}"


@pytest.mark.parametrize(
    ("gauge", "poll", "blind", "text"),
    [
        ("wather", 2, 10, "no device of this computer has a gauge 'wather', did you mean water?"),
        ("water", 0, 10, "water is never looked at: its poll is 0"),
        ("water", 6, 10, "water is looked at every 6 s: expected at least twice in blind, which is 10 s"),
    ],
)
def test_water_that_cannot_be_watched_is_a_finding(site: Devices, gauge: str, poll: int, blind: int, text: str):  # noqa: F811
    site.device("daq", INPUTS.format(poll=poll))
    site.write("preferences.yaml", FURNACE.format(gauge=gauge, blind=blind))
    assert site.findings() == [f"preferences.yaml:1: furnace.water.gauge: {text}"]


def test_water_that_can_be_watched_is_none(site: Devices):  # noqa: F811
    site.device("daq", INPUTS.format(poll=5))
    site.write("preferences.yaml", FURNACE.format(gauge="water", blind=10))
    water = site.load().preferences.furnace.water
    assert water is not None
    assert (water.gauge, water.at_least) == ("water", 0.5)
