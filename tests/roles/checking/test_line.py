"""What `--check` says of a line as it was understood."""

from importlib import resources
from pathlib import Path

from roles.boot.site import Site, load_site
from roles.boot.starter import write_starter
from roles.catalog import vocabulary
from roles.checking.line import line_report

VALVES = """\
- {name: A, address: 101}
- {name: B, address: 102, valve_opens_when: relay_open, inverted_logic: true}
- {name: C, address: '103,104', kind: double_actuation_valve, open_delay: 0.5, close_delay: 1}
- {name: D, address: 105, parent: A, state_address: 110, state_invert: true}
- {name: E, address: 106, parent: {name: A, inverted: true}}
- {name: F, kind: manual_valve}
- {kind: pipette, name: Air, inner: B, outer: C}
"""


def site(root: Path, valves: str, preferences: str = "") -> Site:
    write_starter(resources.files("roles.defaults") / "valve_controller", root)
    (root / "setupfiles/extractionline/valves.yaml").write_text(valves)
    (root / "preferences.yaml").write_text(preferences)
    return load_site(root, vocabulary=vocabulary("valve_controller"))


def said(loaded: Site) -> list[str]:
    return [line for report in line_report(loaded) for line in report.lines]


def test_everything_that_a_line_has_is_shown_in_its_order(tmp_path: Path):
    preferences = """\
safe_state: {B: closed, A: closed, C: hold}
safe_state_on_stop: true
dead_man: {after: 60, action: safe_state}
"""
    assert said(site(tmp_path, VALVES, preferences)) == [
        "wiring:",
        "  switch_controller  valves open when the relay is closed",
        "    B  opens when the relay is open; the other way round: inverted_logic",
        "    C  103, 0.5 s, 104 to open; back in 1 s",
        "    D  read from channel 110 of actuator.switch_controller, inverted",
        "  by hand  F",
        "pipettes:",
        "  Air  inner B, outer C",
        "parents:",
        "  A  moved along: D, E (the other way)",
        "safe state:",
        "  1  B closed",
        "  2  A closed, D closed, E open",
        "  3  C held as it is",
        "  not named, and left as they are: F",
        "  at an orderly stop, within 10 s",
        "  when nobody has been heard of for 60 s",
    ]


def test_what_a_line_does_not_have_is_not_shown(tmp_path: Path):
    assert said(site(tmp_path, "- {name: A, address: 101}\n")) == [
        "wiring:",
        "  switch_controller  valves open when the relay is closed",
    ]


def test_without_valves_nothing_is_shown(tmp_path: Path):
    assert said(site(tmp_path, "[]\n")) == []
