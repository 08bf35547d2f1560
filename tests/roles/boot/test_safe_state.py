"""The safe state: its steps in order, and whether they lead there from wherever the valves stand."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.messages import State
from actors.table import SafeStep, ValveSpec
from roles.boot.document import Document
from roles.boot.findings import Finding
from roles.boot.interlocks import impossible
from roles.boot.preferences import Preferences
from roles.boot.safe_state import read_safe_state
from roles.boot.valves_file import ValveTable
from tests.roles.boot.conftest import Written
from tests.roles.boot.test_reachability import Standing, after, moves_of, tables

OPEN, CLOSED = State.OPEN, State.CLOSED
FILE = "preferences.yaml"
NODE = "name: Line\nklass: RemoteExtractionLineManager\nhost: 192.168.1.50\n"
VALVES = """\
- {name: A, address: 1, interlock: [B]}
- {name: B, address: 2, interlock: [A]}
- {name: C, address: 3, positive_interlock: A}
- {name: D, address: 4, close_interlock: A}
- {name: E, address: 5, enabled: false}
- {name: F, kind: manual_valve}
- {name: G, actuator: Line}
- {name: P, address: 6}
- {name: Q, address: 7, parent: {name: P, inverted: true}}
- {name: S, address: 8, parent: P, interlock: [T]}
- {name: T, address: 9, interlock: [S]}
- {name: X, address: 10}
- {name: Y, address: 11}
- {kind: pipette, name: Air, inner: X, outer: Y}
"""
NO_VALVES = "this node's site lists no valves, and each node has a safe state of its own"
NOT_BY_THEN = "it may open only while A is open, which it is not by then"
Safe = Callable[[str], Written]


@pytest.fixture
def safe(site: Written) -> Safe:
    def write(text: str) -> Written:
        site.write("setupfiles/devices/line.yaml", NODE)
        site.write("setupfiles/extractionline/valves.yaml", VALVES)
        site.write(FILE, f"safe_state: {{{text}}}\n")
        return site

    return write


def told(written: Written) -> list[str]:
    place = f"{FILE}:1: safe_state."
    return [line.removeprefix(place) for line in written.load().warnings if line.startswith(place)]


# --- what it says ---------------------------------------------------------------------------------------------


def test_of_a_valves_file_that_cannot_be_read_only_that_is_said(safe: Safe):
    written = safe("X: closed, B: closed")
    written.write("setupfiles/extractionline/valves.yaml", "- {name: A, interlock: [B\n")
    assert [finding for finding in written.findings() if "safe_state" in finding] == []


def test_the_steps_keep_the_order_that_they_were_written_in(safe: Safe):
    written = safe("X: closed, B: closed, A: open, D: hold, Y: closed")
    assert written.load().safe_state == (
        SafeStep("X", CLOSED),
        SafeStep("B", CLOSED),
        SafeStep("A", OPEN),
        SafeStep("D", None),
        SafeStep("Y", CLOSED),
    )
    assert told(written) == []


def test_another_order_is_another_site(safe: Safe):
    first = safe("X: closed, Y: closed").load().fingerprint
    assert safe("X: closed, Y: closed").load().fingerprint == first
    assert safe("Y: closed, X: closed").load().fingerprint != first


def test_without_one_there_are_no_steps_and_the_defaults_ask_for_none(site: Written):
    loaded = site.load()
    preferences = loaded.preferences
    assert loaded.safe_state == ()
    assert (preferences.safe_state_on_stop, preferences.safe_state_limit) == (False, 10.0)
    assert (preferences.dead_man.after, preferences.dead_man.action) == (30.0, "hold")
    assert preferences.extraction_line.lease == 60.0


def test_a_flag_sets_a_step(safe: Safe):
    assert safe("X: closed").load({"safe_state.Y": "closed"}).safe_state[-1] == SafeStep("Y", CLOSED)


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("safe_state_on_stop: true\n", [":1: safe_state_on_stop: expected a safe_state to go to"]),
        ("dead_man:\n  action: safe_state\n", [":2: dead_man.action: expected a safe_state to go to"]),
        ("safe_state: [A]\n", [":1: safe_state: expected a mapping, got a list"]),
        ("safe_state: {A: shut}\n", [":1: safe_state.A: expected 'closed', 'open' or 'hold', got 'shut'"]),
        ("dead_man: {after: 0}\n", [":1: dead_man.after: expected 1 to 86400, got '0'"]),
        ("dead_man: {action: open}\n", [":1: dead_man.action: expected 'hold' or 'safe_state', got 'open'"]),
        ("safe_state_limit: 0\n", [":1: safe_state_limit: expected 0.1 to 600, got '0'"]),
        ("extraction_line: {lease: 3601}\n", [":1: extraction_line.lease: expected 1 to 3600, got '3601'"]),
        (
            "safe_state:\n  A: closed\n",
            [f":2: safe_state.A: unknown valve 'A': {NO_VALVES}"],
        ),
    ],
)
def test_what_is_wrong_with_its_keys_is_found(site: Written, text: str, findings: list[str]):
    site.write(FILE, text)
    assert site.findings() == [f"{FILE}{finding}" for finding in findings]


def test_a_wrong_valves_file_is_not_blamed_on_the_safe_state(safe: Safe):
    written = safe("A: closed, Z: closed")
    written.write("setupfiles/extractionline/valves.yaml", "- {name: A, address: 1, interlock: [Q]}\n")
    assert [line.partition(": ")[2] for line in written.findings()] == [
        "safe_state.Z: unknown valve 'Z'",
        "[0].interlock: unknown valve 'Q'",
    ]


def test_what_else_is_wrong_with_the_preferences_hides_nothing_of_it(safe: Safe):
    written = safe("A: closed, Z: closed")
    written.write(FILE, "cpu: many\nsafe_state: {A: closed, Z: closed}\n")
    assert [line.partition(": ")[0] for line in written.findings()] == [f"{FILE}:1", f"{FILE}:2"]
    written.write(FILE, "safe_state: {A: shut}\nsafe_state_on_stop: true\n")
    assert [line.partition(": ")[0] for line in written.findings()] == [f"{FILE}:1"]


# --- what cannot be reached -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("Z: closed", "Z: unknown valve 'Z'"),
        (
            "E: closed",
            "E: expected hold: it is out of service, enabled: false (setupfiles/extractionline/",
        ),
        ("F: open", "F: expected hold: a person turns it"),
        ("G: closed", "G: expected hold: Line has it, and its own safe state"),
        ("B: open, A: open", "A: cannot be reached: it may not open while B is, and B ends open"),
        (
            "A: open, B: closed",
            "A: cannot be reached: it may not open while B is, which is closed only later: close B before",
        ),
        (
            "B: closed, C: open, A: open",
            f"C: cannot be reached: {NOT_BY_THEN}",
        ),
        ("A: closed, C: open", f"C: cannot be reached: {NOT_BY_THEN}"),
        ("B: closed, D: closed, A: open", "D: cannot be reached: it may not close while A is open, and A ends open"),
        ("P: closed, Q: closed", "Q: cannot be reached: it follows P, which brings it to open"),
        ("P: closed, S: hold", "S: cannot be reached: it follows P, which brings it to closed"),
        (
            "P: open, T: closed",
            "P: cannot be reached: S opens with it, and may not open while T is, which is closed only later: close T ",
        ),
        ("Y: closed, X: open, Y2: hold", "Y2: unknown valve 'Y2', did you mean Y?"),
        ("X: open, Y: open", "X: cannot be reached: both valves of pipette Air would be open"),
    ],
)
def test_what_cannot_be_reached_is_found(safe: Safe, text: str, finding: str):
    assert [line for line in safe(text).findings() if line.startswith(f"{FILE}:1: safe_state.{finding}")]


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        ("A: closed, D: closed", []),
        ("D: closed, A: closed", []),  # a close interlock between two of its own: the order says which is first
        ("B: closed, A: open, C: open", []),
        ("T: closed, P: open, S: open", []),
        ("E: hold, F: hold, G: hold", []),
        ("A: open", ["A: may be refused, by where these stand, which it leaves as they are: B"]),
        ("A: hold, C: open", ["C: may be refused, by where these stand, which it leaves as they are: A"]),
        ("A: hold, D: closed", ["D: may be refused, by where these stand, which it leaves as they are: A"]),
        ("P: open", ["P: may be refused, by where these stand, which it leaves as they are: T"]),
    ],
)
def test_what_depends_on_a_valve_that_is_left_alone_is_said(safe: Safe, text: str, warnings: list[str]):
    assert told(safe(text)) == warnings


# --- every order, from every standing -------------------------------------------------------------------------


def leads_there(valves: Mapping[str, ValveSpec], steps: tuple[SafeStep, ...], standing: Standing) -> bool:
    """Whether the line's own rules let every step pass, and all stand at the end as each step says."""
    shut = {step.valve for step in steps if step.target is CLOSED}
    eased = {
        name: replace(spec, close_interlocks=tuple(other for other in spec.close_interlocks if other not in shut))
        if name in shut
        else spec
        for name, spec in valves.items()
    }
    place = {name: at for at, name in enumerate(valves)}
    held = {step.valve: standing[place[step.valve]] for step in steps if step.target is None}
    for step in steps:
        if step.target is not None and standing[place[step.valve]] is not step.target:
            then = after(eased, standing, step.valve, step.target)
            if then is None:
                return False
            standing = then
    meant = [moves_of(valves, step.valve, step.target) for step in steps if step.target is not None]
    return all(standing[place[name]] is target for moves in (held, *meant) for name, target in moves.items())


def judged(valves: Mapping[str, ValveSpec], words: Mapping[str, str]) -> tuple[tuple[SafeStep, ...], int, int]:
    """Return the steps, and how many findings and warnings there are."""
    findings: list[Finding] = []
    warnings: list[str] = []
    table = ValveTable(tuple(valves.values()), named=frozenset(valves))
    preferences = Preferences(safe_state=words)  # type: ignore[arg-type]
    steps = read_safe_state(Document(FILE, {}), preferences, table, findings, warnings)
    return steps, len(findings), len(warnings)


def all_standings(valves: Mapping[str, ValveSpec]) -> list[Standing]:
    return list(itertools.product((OPEN, CLOSED), repeat=len(valves)))


@st.composite
def sites(draw: st.DrawFn, *, families: bool) -> tuple[dict[str, ValveSpec], dict[str, str]]:
    valves = draw(tables(families=families).filter(lambda valves: not impossible(valves)))
    names = draw(st.permutations(sorted(valves)))
    return valves, {name: draw(st.sampled_from(["closed", "closed", "open", "hold"])) for name in names}


@settings(max_examples=300, deadline=None)
@given(sites(families=False))
def test_it_is_accepted_exactly_where_it_leads_there_from_every_standing(given_site):
    valves, words = given_site
    steps, findings, warnings = judged(valves, words)
    always = all(leads_there(valves, steps, standing) for standing in all_standings(valves))
    assert (not findings and not warnings) == always


@settings(max_examples=300, deadline=None)
@given(sites(families=True))
def test_where_valves_follow_each_other_it_leads_there_too(given_site):
    valves, words = given_site
    steps, findings, warnings = judged(valves, words)
    if not findings and not warnings:
        starts = [standing for standing in all_standings(valves) if consistent(valves, standing)]
        assert all(leads_there(valves, steps, standing) for standing in starts)


def consistent(valves: Mapping[str, ValveSpec], standing: Standing) -> bool:
    """Whether every child stands as its parent has it: what else was found is told at the start."""
    states = dict(zip(valves, standing, strict=True))
    return all(
        states[child] is target
        for name, spec in valves.items()
        if spec.parent not in valves
        for child, target in moves_of(valves, name, states[name]).items()
    )
