"""The rules, in their order: what forbids a valve to move wherever the others stand."""

import pytest

from actors.messages import Reason, Refusal, Source
from actors.rules import Verdict, decide, nearest
from actors.table import MANUAL
from tests.actors.rules.rows import CLOSED, MOVING, NOW, OPEN, STATES, product, reason, row, table


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
