"""`loader`: what it names is there, is this node's own, and can do what it is to do."""

import pytest

from roles.plugins.loader import setup_of
from tests.roles.boot.test_lines import Devices, site  # noqa: F401 - a fixture

PLUGINS = """<root><plugins><general>
  <plugin enabled="true">ExtractionLine</plugin>
  <plugin enabled="true">Furnace</plugin>
</general></plugins></root>
"""
RELAYS = "klass: AgilentGPActuator\nvalve_opens_when: relay_closed\nport: tcp://192.168.1.60:5025"
OVEN = "klass: Eurotherm\nport: tcp://192.168.1.61:5026"
FUNNEL = "klass: MDrive\nport: tcp://192.168.1.62:503\nlowest: 0\nhighest: 130\ntolerance: 0.5\nunits: mm"
FEEDER = "klass: MDrive\nport: tcp://192.168.1.63:503\nlowest: -10\nhighest: 10"
VALVES = """- {name: G, address: '101'}
- {name: M, address: '102'}
- {name: N, address: '103'}
- {name: F, address: '104'}
- {name: T, kind: manual_valve}
"""
DRIVEN = "funnel: {drive: funnel_drive, up: 0, down: 120}"
LOADER = "loader: {{{funnel}, magnets: {magnets}{more}}}\n"


@pytest.fixture
def furnace(site: Devices) -> Devices:  # noqa: F811
    site.write("setupfiles/initialization.xml", PLUGINS)
    site.write("setupfiles/extractionline/valves.yaml", VALVES)
    for name, keys in (("switch_controller", RELAYS), ("oven", OVEN), ("funnel_drive", FUNNEL), ("feeder", FEEDER)):
        site.device(name, keys)
    return site


def write(furnace: Devices, funnel: str = DRIVEN, magnets: str = "{valve: M}", more: str = "") -> None:
    furnace.write("preferences.yaml", LOADER.format(funnel=funnel, magnets=magnets, more=more))


def test_what_it_is_made_of(furnace: Devices):
    write(furnace, more=", feeder: {drive: feeder, positions: {A: 1.5}}, dump: {closed: [G], magnets_s: 2}")
    setup = setup_of(furnace.load())
    assert setup is not None
    assert (setup.funnel_drive, setup.up, setup.down, setup.tolerance) == ("funnel_drive", 0.0, 120.0, 0.5)
    assert (setup.magnets, setup.feeder, setup.positions) == (("M",), "feeder", {"A": 1.5})
    assert (setup.closed, setup.opened, setup.hottest_c, setup.magnets_s, setup.step_s) == (
        ("G",),
        (),
        200.0,
        2.0,
        30.0,
    )


def test_a_pneumatic_funnel_and_several_magnets(furnace: Devices):
    write(furnace, "funnel: {valve: F}", "{valves: [N, M]}")
    setup = setup_of(furnace.load())
    assert setup is not None
    assert (setup.funnel_valve, setup.funnel_drive, setup.magnets) == ("F", "", ("N", "M"))


def test_without_one_there_is_none(furnace: Devices):
    assert setup_of(furnace.load()) is None


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"magnets": "{valve: X}"}, "magnets.valve: unknown valve 'X'"),
        ({"magnets": "{valve: T}"}, "magnets.valve: T is not switched by this node"),
        ({"magnets": "{valves: [M, X]}"}, "magnets.valves[1]: unknown valve 'X'"),
        ({"funnel": "funnel: {valve: X}"}, "funnel.valve: unknown valve 'X'"),
        ({"funnel": "funnel: {valve: M}"}, "funnel.valve: M is named twice"),
        ({"more": ", dump: {closed: [X]}"}, "dump.closed[0]: unknown valve 'X'"),
        ({"more": ", dump: {open: [X]}"}, "dump.open[0]: unknown valve 'X'"),
        ({"more": ", dump: {closed: [M]}"}, "dump.closed[0]: M is what the loader moves itself"),
        ({"more": ", dump: {closed: [G], open: [G]}"}, "dump.open[0]: G is named twice"),
        (
            {"funnel": "funnel: {drive: funnel_drife, up: 0, down: 120}"},
            "funnel.drive: no device of this computer is a drive 'funnel_drife', did you mean funnel_drive?",
        ),
        (
            {"funnel": "funnel: {drive: oven, up: 0, down: 120}"},
            "funnel.drive: no device of this computer is a drive 'oven'",
        ),
        (
            {"funnel": "funnel: {drive: funnel_drive, up: -1, down: 120}"},
            "funnel.up: -1 is beyond funnel_drive: expected 0 to 130 mm",
        ),
        (
            {"funnel": "funnel: {drive: funnel_drive, up: 0, down: 131}"},
            "funnel.down: 131 is beyond funnel_drive: expected 0 to 130 mm",
        ),
        (
            {"funnel": "funnel: {drive: funnel_drive, up: 0, down: 1}"},
            "funnel.down: up and down are not further apart than twice the tolerance, 0.5",
        ),
        (
            {"funnel": "funnel: {drive: funnel_drive, up: 0, down: 120, tolerance: 0.4}"},
            "funnel.tolerance: less than that of funnel_drive itself, 0.5",
        ),
        ({"more": ", feeder: {drive: funnel_drive}"}, "feeder.drive: funnel_drive is the funnel"),
        ({"more": ", feeder: {drive: feede}"}, "feeder.drive: no device of this computer is a drive 'feede', did you"),
        (
            {"more": ", feeder: {drive: feeder, positions: {A: 11}}"},
            "feeder.positions.A: 11 is beyond feeder: expected -10 to 10 steps",
        ),
    ],
)
def test_what_could_not_work_is_a_finding(furnace: Devices, given: dict[str, str], text: str):
    write(furnace, **given)
    (found,) = furnace.findings()
    assert found.startswith(f"preferences.yaml:1: loader.{text}")


@pytest.mark.parametrize(
    "given",
    [
        {"funnel": "funnel: {}"},
        {"funnel": "funnel: {valve: F, drive: funnel_drive, up: 0, down: 120}"},
        {"funnel": "funnel: {valve: F, up: 0}"},
        {"funnel": "funnel: {drive: funnel_drive, up: 0}"},
        {"magnets": "{}"},
        {"magnets": "{valve: M, valves: [N]}"},
        {"magnets": "{valves: [N, N]}"},
    ],
)
def test_a_funnel_and_magnets_are_one_thing_each(furnace: Devices, given: dict[str, str]):
    write(furnace, **given)
    assert len(furnace.findings()) == 1


def test_without_a_furnace_and_a_line_nothing_could_be_dumped(furnace: Devices):
    write(furnace)
    furnace.write("setupfiles/initialization.xml", "<root><plugins><general></general></plugins></root>\n")
    assert [found.partition("loader: ")[2][:40] for found in furnace.findings()] == [
        "no furnace on this node: how hot it is w",
        "the plug-in ExtractionLine is not enable",
    ]
