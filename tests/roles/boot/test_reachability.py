"""What can never be opened: compared with every state that the line's own rules let a small table reach."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from actors.messages import State
from actors.rules import Verdict, decide
from actors.table import Row, ValveSpec
from roles.boot.interlocks import impossible, symmetric

NOW = 1000.0
OPEN, CLOSED = State.OPEN, State.CLOSED
NAMES = "ABCD"
Table = Mapping[str, ValveSpec]
Standing = tuple[State, ...]  # of the valves, in the order of the table


def table(*valves: ValveSpec) -> dict[str, ValveSpec]:
    return symmetric({valve.name: valve for valve in valves})


def needs(name: str, *others: str, **more: object) -> ValveSpec:
    return ValveSpec(name, name, positive_interlocks=others, **more)  # type: ignore[arg-type]


# --- every state, by the rules that the line runs -------------------------------------------------------------


def moves_of(valves: Table, name: str, target: State) -> dict[str, State]:
    moves = {name: target}
    for child, spec in valves.items():
        if spec.parent == name:
            other = CLOSED if target is OPEN else OPEN
            moves |= moves_of(valves, child, other if spec.parent_inverted else target)
    return moves


def after(valves: Table, standing: Standing, name: str, target: State) -> Standing | None:
    """Return where all stand after a request: all rules, all marks, then the moves; None where it is refused."""
    rows = {valve: Row(spec, state, learned=NOW) for (valve, spec), state in zip(valves.items(), standing, strict=True)}
    moves = {valve: to for valve, to in moves_of(valves, name, target).items() if rows[valve].state is not to}
    if name not in moves:
        return None
    for valve, to in moves.items():
        marked = {
            other: replace(row, moving=moves[other]) if other in moves and other != valve else row
            for other, row in rows.items()
        }
        if decide(marked, valve, to, NOW) is not Verdict.PERMIT:
            return None
    return tuple(moves.get(valve, row.state) for valve, row in rows.items())


def sound(valves: Table) -> bool:
    """Whether every valve can be opened, and every parent closed, in some state that legal requests lead to."""
    done: set[tuple[str, State]] = set()
    seen = {(CLOSED,) * len(valves)}
    waiting = list(seen)
    for standing in waiting:
        for name in valves:
            for target in (OPEN, CLOSED):
                then = after(valves, standing, name, target)
                if then is not None:
                    done.add((name, target))
                    if then not in seen:
                        seen.add(then)
                        waiting.append(then)
    parents = {spec.parent for spec in valves.values()} & valves.keys()
    itself = any(name in (*spec.interlocks, *spec.close_interlocks) for name, spec in valves.items())
    wanted = {(name, OPEN) for name in valves} | {(name, CLOSED) for name in parents}
    return not itself and wanted <= done


several = st.lists(st.sampled_from(NAMES), max_size=2, unique=True).map(tuple)
some = st.one_of(st.just(()), st.just(()), several)


@st.composite
def tables(draw: st.DrawFn, *, families: bool = False) -> dict[str, ValveSpec]:
    count = draw(st.integers(2, len(NAMES)))
    valves: dict[str, ValveSpec] = {}
    for place, name in enumerate(NAMES[:count]):
        lists = [tuple(other for other in draw(some) if other in NAMES[:count]) for _ in range(3)]
        spec = ValveSpec(name, name, "", interlocks=lists[0], positive_interlocks=lists[1], close_interlocks=lists[2])
        if families and place and draw(st.booleans()):
            spec = replace(spec, parent=draw(st.sampled_from(NAMES[:place])), parent_inverted=draw(st.booleans()))
        valves[name] = spec
    return symmetric(valves) if draw(st.booleans()) else valves


@settings(max_examples=400, deadline=None)
@given(tables())
def test_a_table_is_refused_exactly_where_the_rules_let_a_valve_never_open(valves):
    assert (not impossible(valves)) == sound(valves)


@settings(max_examples=400, deadline=None)
@given(tables(families=True))
@example(table(ValveSpec("A", interlocks=("B",)), ValveSpec("B", parent="A")))
@example(table(ValveSpec("A", interlocks=("B",)), ValveSpec("B", parent="A", parent_inverted=True)))
@example(table(ValveSpec("A"), ValveSpec("B", parent="A", positive_interlocks=("A",))))
def test_so_it_is_where_valves_follow_each_other(valves):
    assert (not impossible(valves)) == sound(valves)


@given(tables(families=True))
def test_every_finding_names_a_valve_and_a_key_of_the_table(valves):
    keys = {"interlock", "positive_interlock", "close_interlock", "parent", "name"}
    assert all(name in valves and key in keys and text for name, key, text in impossible(valves))


# --- what is said of it ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("valves", "wrong"),
    [
        (table(ValveSpec("A"), needs("B", "A"), needs("C", "A", "B")), []),
        (
            table(ValveSpec("A", close_interlocks=("A",))),
            [("A", "close_interlock", "a valve cannot keep itself open")],
        ),
        (
            table(needs("A", "B"), ValveSpec("B", parent="A")),
            [],
        ),
        (
            table(ValveSpec("A"), needs("B", "A", parent="A")),
            [("B", "parent", "can never be satisfied: each waits for the next: A -> B -> A")],
        ),
        (
            table(ValveSpec("A", interlocks=("B",)), ValveSpec("B", parent="A")),
            [("B", "parent", "A and B open together when A moves, and an interlock forbids it")],
        ),
        (
            table(ValveSpec("A", interlocks=("B",)), ValveSpec("B", parent="A", parent_inverted=True)),
            [("B", "parent", "A and B change places when A moves, and an interlock forbids it")],
        ),
        (
            table(ValveSpec("A", parent="B"), ValveSpec("B", parent="C"), ValveSpec("C", parent="A")),
            [("A", "parent", "each follows the next: A -> B -> C -> A")],
        ),
        (  # D would have to close again before A, and B holds it open
            table(
                needs("A", "B", interlocks=("D",)),
                needs("B", "D"),
                ValveSpec("D", close_interlocks=("B",)),
            ),
            [
                (
                    "A",
                    "positive_interlock",
                    "can never be satisfied: no order of moves opens A with what it needs: B",
                )
            ],
        ),
    ],
)
def test_what_can_never_be_is_said_with_its_reason(valves, wrong):
    assert impossible(valves) == wrong


def test_a_valve_that_needs_an_impossible_one_is_not_blamed_for_it():
    valves = table(needs("A", "B"), needs("B", "C"), needs("C", "B"))
    assert [name for name, _, _ in impossible(valves)] == ["B"]


def test_a_knot_that_is_too_large_to_search_is_not_refused():
    names = [f"V{number}" for number in range(40)]
    tied = [ValveSpec(name, interlocks=(names[place - 1],)) for place, name in enumerate(names) if place % 2]
    free = [ValveSpec(name) for name in names[::2]]
    goal = needs("A", *names[::2])
    assert impossible(table(goal, *free, *tied)) == []
