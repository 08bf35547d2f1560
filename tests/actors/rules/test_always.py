"""What holds of the rules whatever the table: with generated input."""

import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.messages import Refusal
from actors.rules import Verdict, decide
from actors.table import Row, ValveSpec
from tests.actors.rules.rows import CLOSED, NOW, OPEN, STATES, UNKNOWN, table

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
