"""The rules, in their order: small tables exhaustively, others generated."""

import copy
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.messages import Reason, Refusal, Source, State
from actors.rules import Verdict, decide, nearest, unsure_to_close, violations
from actors.table import MANUAL, Row, ValveSpec

NOW = 1000.0
OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
STATES = (OPEN, CLOSED, UNKNOWN)
MOVING = (None, OPEN, CLOSED)


def product(*lists):
    return list(itertools.product(*lists))


def row(name, state=CLOSED, *, moving=None, locked="", age_s=1.0, **spec):
    return Row(ValveSpec(name, **spec), state, learned=NOW - age_s, moving=moving, locked=locked)


def table(*rows):
    return {each.spec.name: each for each in rows}


def reason(verdict):
    return verdict.reason if isinstance(verdict, Refusal) else verdict


def test_a_name_that_is_not_there_is_refused_with_the_nearest():
    verdict = decide(table(row("Minibone"), row("B")), "minbone", OPEN, NOW)
    assert verdict == Refusal(
        Reason.UNKNOWN_VALVE, "minbone is not a registered valve name (did you mean Minibone?)", "name"
    )


def test_nearest_says_nothing_where_nothing_is_near():
    assert nearest("Q", ["A", "B"]) == ""


def test_disabled_comes_before_the_lock():
    verdict = decide(table(row("A", locked="jan", enabled=False, disabled_why="leaks")), "A", OPEN, NOW)
    assert verdict == Refusal(Reason.DISABLED, "A is out of service: leaks", "enabled")


@pytest.mark.parametrize(("state", "moving", "target"), product(STATES, MOVING, (OPEN, CLOSED)))
def test_a_locked_valve_never_moves_whatever_else_is_so(state, moving, target):
    assert reason(decide(table(row("A", state, moving=moving, locked="jan")), "A", target, NOW)) is Reason.LOCKED


def test_another_nodes_valve_opens_no_more_either_while_the_safe_state_is_latched_here():
    """It may have been down when it was called."""
    valves = table(row("A", remote=True), row("B", OPEN, remote=True))
    assert reason(decide(valves, "A", OPEN, NOW, latched="jan at noon")) is Reason.LATCHED
    assert decide(valves, "B", CLOSED, NOW, latched="jan at noon") is Verdict.FORWARD


def test_whoever_is_kept_out_by_a_session_that_has_gone_is_told_for_how_long():
    valve = row("A")
    valve.owner, valve.owner_until = "jan@acq/1", NOW + 42.0
    gone = " (its session has gone: for 42 s more, or until it is released)"
    assert decide({"A": valve}, "A", OPEN, NOW, by="eva").text == f"A is owned by jan@acq/1{gone}; you are eva"
    valve.owner_until = None
    assert decide({"A": valve}, "A", OPEN, NOW, by="eva").text == "A is owned by jan@acq/1; you are eva"


@pytest.mark.parametrize(("state", "moving"), product(STATES, MOVING))
def test_nothing_opens_while_the_safe_state_is_latched(state, moving):
    valves = table(row("A", state, moving=moving))
    assert reason(decide(valves, "A", OPEN, NOW, latched="jan at noon")) is Reason.LATCHED
    assert decide(valves, "A", CLOSED, NOW, latched="jan at noon") == decide(valves, "A", CLOSED, NOW)
    assert decide(valves, "A", OPEN, NOW, latched="jan at noon", members=["A"]) == decide(valves, "A", OPEN, NOW)


def owned(state=CLOSED, *, until=None, **more):
    made = row("A", state, **more)
    made.owner, made.owner_until = "eva", until
    return table(made)


@pytest.mark.parametrize(("state", "moving", "target"), product(STATES, MOVING, (OPEN, CLOSED)))
def test_a_valve_that_another_owns_is_not_moved_whatever_else_is_so(state, moving, target):
    verdict = decide(owned(state, moving=moving), "A", target, NOW, by="jan")
    assert verdict == Refusal(Reason.OWNED, "A is owned by eva; you are jan", "owner")


@pytest.mark.parametrize("by", ["eva", None])
def test_its_owner_moves_it_and_so_does_whoever_need_not_ask(by):
    assert decide(owned(), "A", OPEN, NOW, by=by) is Verdict.PERMIT


@pytest.mark.parametrize(("until", "expected"), [(NOW - 0.1, Verdict.PERMIT), (NOW + 0.1, Reason.OWNED)])
def test_a_lease_counts_as_long_as_it_lives(until, expected):
    assert reason(decide(owned(until=until), "A", OPEN, NOW, by="jan")) is expected


@pytest.mark.parametrize(
    ("setting", "rule"),
    [
        ({}, "enabled"),
        ({"enabled": True}, "safe latch"),
        ({"enabled": True, "latched": ""}, "lock"),
        ({"enabled": True, "latched": "", "locked": ""}, "owner"),
        ({"enabled": True, "latched": "", "locked": "", "by": "eva"}, "in flight"),
        ({"enabled": True, "latched": "", "locked": "", "by": "eva", "moving": None}, "interlock"),
        (
            {"enabled": True, "latched": "", "locked": "", "by": "eva", "moving": None, "interlocks": ()},
            "positive interlock",
        ),
    ],
)
def test_the_first_rule_that_refuses_names_itself(setting, rule):
    told = {"enabled": False, "latched": "jan", "locked": "jan", "by": "jan", "moving": CLOSED, "interlocks": ("B",)}
    told |= setting
    valves = table(
        *owned(
            moving=told["moving"], locked=told["locked"], enabled=told["enabled"], interlocks=told["interlocks"],
            positive_interlocks=("C",),
        ).values(),
        row("B", OPEN),
        row("C", CLOSED),
    )  # fmt: skip
    verdict = decide(valves, "A", OPEN, NOW, by=told["by"], latched=told["latched"])
    assert isinstance(verdict, Refusal)
    assert verdict.rule == rule


def test_between_members_of_the_safe_state_no_close_interlock_holds():
    valves = table(row("A", OPEN, close_interlocks=("B",)), row("B", OPEN))
    assert reason(decide(valves, "A", CLOSED, NOW)) is Reason.INTERLOCKED
    assert decide(valves, "A", CLOSED, NOW, members=["A", "B"]) is Verdict.PERMIT
    assert reason(decide(valves, "A", CLOSED, NOW, members=["A"])) is Reason.INTERLOCKED


def test_an_assumed_state_satisfies_a_rule_for_an_hour():
    partner = row("B", CLOSED, age_s=3599)
    partner.source = Source.ASSUMED
    valves = table(row("A", interlocks=("B",)), partner)
    assert decide(valves, "A", OPEN, NOW) is Verdict.PERMIT
    partner.learned -= 2
    assert reason(decide(valves, "A", OPEN, NOW)) is Reason.INTERLOCKED


@pytest.mark.parametrize(
    ("moving", "target", "expected"),
    [
        (OPEN, OPEN, Verdict.JOIN),
        (CLOSED, CLOSED, Verdict.JOIN),
        (OPEN, CLOSED, Verdict.QUEUE),
        (CLOSED, OPEN, Reason.BUSY),
    ],
)
@pytest.mark.parametrize("state", STATES)
def test_a_valve_in_flight(state, moving, target, expected):
    assert reason(decide(table(row("A", state, moving=moving)), "A", target, NOW)) is expected


@pytest.mark.parametrize(("state", "target"), product(STATES, (OPEN, CLOSED)))
def test_a_valve_of_another_node_is_forwarded_and_its_lock_is_that_nodes(state, target):
    assert decide(table(row("A", state, remote=True, locked="there")), "A", target, NOW) is Verdict.FORWARD


@pytest.mark.parametrize("target", [OPEN, CLOSED])
@pytest.mark.parametrize(("age_s", "expected"), [(9.9, Verdict.ALREADY), (10.1, Verdict.READ_FIRST)])
def test_already_so_only_while_it_is_confirmed(target, age_s, expected):
    assert decide(table(row("A", target, age_s=age_s)), "A", target, NOW) is expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [({}, Verdict.READ_FIRST), ({"query_state": False}, Verdict.PERMIT), ({"kind": MANUAL}, Verdict.ALREADY)],
)
def test_what_is_assumed_so_for_longer_than_that_is_looked_at_or_done_again(spec, expected):
    valves = table(row("A", OPEN, age_s=60, **spec))
    valves["A"].source = Source.ASSUMED
    assert decide(valves, "A", OPEN, NOW) is expected


def test_already_so_comes_before_the_interlock():
    valves = table(row("A", OPEN, interlocks=("B",)), row("B", OPEN))
    assert decide(valves, "A", OPEN, NOW) is Verdict.ALREADY


@pytest.mark.parametrize(("state", "moving", "locked", "age_s"), product(STATES, MOVING, ("", "jan"), (1.0, 11.0)))
def test_an_interlock_holds_unless_its_partner_is_known_closed_and_still(state, moving, locked, age_s):
    partner = row("B", state, moving=moving, locked=locked, age_s=age_s)
    verdict = decide(table(row("A", interlocks=("B",)), partner), "A", OPEN, NOW)
    free = state is CLOSED and moving is None and age_s < 10
    assert reason(verdict) is (Verdict.PERMIT if free else Reason.INTERLOCKED)


@pytest.mark.parametrize(("state", "moving", "age_s"), product(STATES, MOVING, (1.0, 11.0)))
def test_a_positive_interlock_holds_unless_its_partner_is_known_open_and_still(state, moving, age_s):
    partner = row("B", state, moving=moving, age_s=age_s)
    verdict = decide(table(row("A", positive_interlocks=("B",)), partner), "A", OPEN, NOW)
    free = state is OPEN and moving is None and age_s < 10
    assert reason(verdict) is (Verdict.PERMIT if free else Reason.INTERLOCKED)


@pytest.mark.parametrize(("state", "moving", "age_s"), product(STATES, MOVING, (1.0, 11.0)))
def test_a_close_is_stopped_only_by_a_close_interlock_known_open_or_in_flight(state, moving, age_s):
    partner = row("B", state, moving=moving, age_s=age_s)
    valves = table(row("A", OPEN, interlocks=("B",), close_interlocks=("B",)), partner)
    held = moving is not None or (state is OPEN and age_s < 10)
    assert reason(decide(valves, "A", CLOSED, NOW)) is (Reason.INTERLOCKED if held else Verdict.PERMIT)


@pytest.mark.parametrize(("state", "moving"), product(STATES, MOVING))
def test_a_plain_interlock_never_stops_a_close(state, moving):
    partner = row("B", state, moving=moving)
    valves = table(row("A", OPEN, interlocks=("B",), positive_interlocks=("B",)), partner)
    assert decide(valves, "A", CLOSED, NOW) is Verdict.PERMIT


@pytest.mark.parametrize(
    ("partner", "text"),
    [
        (row("B", OPEN), "A may not open while B is open"),
        (row("B", CLOSED, moving=OPEN), "A may not open while B is moving"),
        (row("B", OPEN, age_s=12.0), "A may not open while B is unknown (nothing heard of it for 12.0 s)"),
        (row("B", UNKNOWN), "A may not open while B is unknown (not read yet)"),
    ],
)
def test_the_refusal_names_the_valve_that_forbids_it_and_how_it_stands(partner, text):
    verdict = decide(table(row("A", interlocks=("B",)), partner), "A", OPEN, NOW)
    assert verdict == Refusal(Reason.INTERLOCKED, text, "interlock")


def test_the_interlock_speaks_before_the_positive_interlock():
    valves = table(row("A", interlocks=("B",), positive_interlocks=("C",)), row("B", OPEN), row("C", CLOSED))
    assert decide(valves, "A", OPEN, NOW) == Refusal(Reason.INTERLOCKED, "A may not open while B is open", "interlock")


def test_a_violation_is_named_once_though_both_list_it():
    valves = table(row("A", OPEN, interlocks=("B",)), row("B", OPEN, interlocks=("A",)), row("C", interlocks=("A",)))
    assert violations(valves) == [("A", "B")]


NAMES = ("A", "B", "C", "D")
some_names = st.lists(st.sampled_from(NAMES), unique=True, max_size=3).map(tuple)


@st.composite
def rows(draw, name):
    others = {key: draw(some_names) for key in ("interlocks", "positive_interlocks", "close_interlocks")}
    spec = ValveSpec(
        name,
        enabled=draw(st.sampled_from((True, True, True, False))),
        **{key: tuple(other for other in names if other != name) for key, names in others.items()},
    )
    return Row(
        spec,
        draw(st.sampled_from(STATES)),
        learned=NOW - draw(st.sampled_from((0.0, 5.0, 10.5))),
        moving=draw(st.sampled_from((None, None, None, OPEN, CLOSED))),
        locked=draw(st.sampled_from(("", "", "", "jan"))),
    )


tables = st.tuples(*(rows(name) for name in NAMES)).map(lambda made: table(*made))
targets = st.sampled_from((OPEN, CLOSED))
names = st.sampled_from(NAMES)


@given(tables, names)
def test_an_open_is_permitted_only_past_every_interlock(valves, name):
    if decide(valves, name, OPEN, NOW) is not Verdict.PERMIT:
        return
    asked = valves[name]
    assert asked.spec.enabled
    assert not asked.locked
    assert asked.moving is None
    for others, wanted in ((asked.spec.interlocks, CLOSED), (asked.spec.positive_interlocks, OPEN)):
        for other in others:
            assert (valves[other].known(NOW), valves[other].moving) == (wanted, None)


@given(tables, names, targets)
def test_deciding_changes_nothing_and_is_the_same_again(valves, name, target):
    before = copy.deepcopy(valves)
    assert decide(valves, name, target, NOW) == decide(valves, name, target, NOW)
    assert valves == before


@given(tables, names, targets)
def test_silence_never_permits_what_knowledge_refuses(valves, name, target):
    """Make one valve after the other unknown: no refusal of an Open turns into a permission."""
    if target is CLOSED or not isinstance(decide(valves, name, target, NOW), Refusal):
        return
    for other in valves.values():
        if other.spec.name != name:
            other.state = UNKNOWN
            assert isinstance(decide(valves, name, target, NOW), Refusal)


requests = st.lists(st.tuples(names, targets), min_size=2, max_size=6)


@settings(max_examples=300)
@given(tables, requests)
def test_what_would_be_refused_one_after_the_other_is_never_in_flight_together(valves, asked):
    """PERMITs are marked as moving in any order; each must also have been permitted had the earlier ones ended."""
    ended = copy.deepcopy(valves)
    for name, target in asked:
        if decide(valves, name, target, NOW) is Verdict.READ_FIRST:
            valves[name].state = ended[name].state = UNKNOWN  # as the line does
        if decide(valves, name, target, NOW) is not Verdict.PERMIT:
            continue
        one_by_one = decide(ended, name, target, NOW)
        assert not isinstance(one_by_one, Refusal), f"{name} to {target}: {one_by_one}"
        valves[name].moving = target
        ended[name].state, ended[name].learned = target, NOW


@given(tables, names, names)
def test_two_valves_that_exclude_each_other_never_open_together(valves, first, second):
    if first == second or second not in valves[first].spec.interlocks or first not in valves[second].spec.interlocks:
        return
    if decide(valves, first, OPEN, NOW) is Verdict.PERMIT:
        valves[first].moving = OPEN
        assert decide(valves, second, OPEN, NOW) is not Verdict.PERMIT


@pytest.mark.parametrize(("state", "moving"), [(OPEN, None), (UNKNOWN, None), (CLOSED, OPEN)])
def test_an_interlock_between_valves_of_two_nodes_is_decided_here(state, moving):
    """Neither node knows the other's valve: nobody else can."""
    ours = row("A", actuator="node.one", remote=True, interlocks=("B",))
    theirs = row("B", state, moving=moving, actuator="node.two", remote=True)
    assert reason(decide(table(ours, theirs), "A", OPEN, NOW)) is Reason.INTERLOCKED
    local = row("B", state, moving=moving, actuator="actuator.relays")
    assert reason(decide(table(ours, local), "A", OPEN, NOW)) is Reason.INTERLOCKED


def test_an_interlock_between_valves_of_one_other_node_is_that_nodes():
    ours = row("A", actuator="node.one", remote=True, interlocks=("B",))
    theirs = row("B", OPEN, actuator="node.one", remote=True)
    assert decide(table(ours, theirs), "A", OPEN, NOW) is Verdict.FORWARD


def test_an_interlock_with_a_valve_that_no_node_has_told_of_yet_refuses():
    ours = row("A", actuator="node.one", remote=True, interlocks=("B",))
    assert reason(decide(table(ours), "A", OPEN, NOW)) is Reason.INTERLOCKED


def test_what_a_close_interlock_would_forbid_if_it_were_open_and_nobody_knows_is_named():
    unknown, shut = row("B", State.UNKNOWN), row("C", CLOSED)
    valves = table(row("A", OPEN, close_interlocks=("B", "C")), unknown, shut)
    assert decide(valves, "A", CLOSED, NOW) is Verdict.PERMIT
    assert unsure_to_close(valves, "A", NOW) == ["B is unknown (not read yet)"]
