"""The table's own logic, checked before anything starts: interlocks made symmetric, and what can never be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from actors.messages import State
from actors.table import ValveSpec
from roles.boot.families import Families, rings
from roles.boot.reachability import Reachability

Wrong = tuple[str, str, str]  # valve, key, text
NEVER = "can never be satisfied"


def with_pipettes(valves: Mapping[str, ValveSpec], pairs: Sequence[tuple[str, str]]) -> dict[str, ValveSpec]:
    """Return the table with inner and outer of every pipette interlocking each other."""
    table = dict(valves)
    for inner, outer in pairs:
        for name, other in ((inner, outer), (outer, inner)):
            if other not in table[name].interlocks:
                table[name] = replace(table[name], interlocks=(*table[name].interlocks, other))
    return table


def one_sided(valves: Mapping[str, ValveSpec]) -> list[tuple[str, str]]:
    """Return every pair (A, B) where A lists B and B does not list A."""
    return [
        (name, other)
        for name, valve in valves.items()
        for other in valve.interlocks
        if other in valves and other != name and name not in valves[other].interlocks
    ]


def symmetric(valves: Mapping[str, ValveSpec]) -> dict[str, ValveSpec]:
    """Return the table with every interlock holding both ways."""
    return with_pipettes(valves, one_sided(valves))


def unheld(valves: Mapping[str, ValveSpec]) -> list[tuple[str, str]]:
    """Return every (A, B) where A needs B open to open, and nothing keeps B open while A is."""
    return [
        (name, other)
        for name, valve in valves.items()
        for other in valve.positive_interlocks
        if other in valves and name not in valves[other].close_interlocks
    ]


def stuck_open(valves: Mapping[str, ValveSpec]) -> list[tuple[str, ...]]:
    """Return every ring of valves of which, once all are open, none may ever close."""
    return rings({name: valve.close_interlocks for name, valve in valves.items()})


def impossible(valves: Mapping[str, ValveSpec]) -> list[Wrong]:
    """Return what can never be: the valve, the key, and why.

    What has a plain reason is told with it; for the rest, the moves that the rules allow are searched.
    """
    circles = rings({name: (valve.parent,) for name, valve in valves.items() if valve.parent})
    wrong = [*_by_itself(valves), *_exclusive(valves)]
    wrong += [(ring[0], "parent", f"each follows the next: {_written(ring)}") for ring in circles]
    return wrong if circles else [*wrong, *_never(valves, {name for name, _, _ in wrong})]


def clashes(valves: Mapping[str, ValveSpec], parent: str) -> Iterator[tuple[str, str, str]]:
    """Yield every two valves that move with a parent and forbid each other to, and in what way."""
    moves = Families(valves).following(parent, State.OPEN)
    told: set[frozenset[str]] = set()
    for name, target in moves.items():
        for other in valves[name].interlocks:
            pair = frozenset((name, other))
            if other == name or other not in moves or pair in told:
                continue
            told.add(pair)
            how = "open together" if target is moves[other] else "change places"
            yield name, other, f"{name} and {other} {how} when {parent} moves, and an interlock forbids it"


def _by_itself(valves: Mapping[str, ValveSpec]) -> Iterator[Wrong]:
    for name, valve in valves.items():
        if name in valve.interlocks:
            yield name, "interlock", "a valve cannot interlock itself"
        if name in valve.close_interlocks:
            yield name, "close_interlock", "a valve cannot keep itself open"
        if name in valve.positive_interlocks:
            yield name, "positive_interlock", f"{NEVER}: it would have to be open before it opens"
        for other in valve.positive_interlocks:
            if other in valve.interlocks and other != name:
                yield name, "positive_interlock", f"{NEVER}: {other} is an interlock of {name} too"


def _exclusive(valves: Mapping[str, ValveSpec]) -> Iterator[Wrong]:
    """Yield every two needs of a valve that are never open together."""
    for name, valve in valves.items():
        needs = [need for need in valve.positive_interlocks if need in valves]
        for place, first in enumerate(needs):
            for second in needs[place + 1 :]:
                if second in valves[first].interlocks and first in valves[second].interlocks:
                    yield name, "positive_interlock", f"{NEVER}: {first} and {second} interlock each other"


def _never(valves: Mapping[str, ValveSpec], blamed: set[str]) -> Iterator[Wrong]:
    """Yield why a valve can never be opened, or a parent never closed again, where that is not said yet."""
    reach = Reachability(valves)
    for ring in rings({name: reach.needed(name) for name in valves}):
        waits = ring[1] in valves[ring[0]].positive_interlocks
        blamed.update(ring)
        text = f"{NEVER}: each waits for the next: {_written(ring)}"
        yield ring[0] if waits else ring[1], "positive_interlock" if waits else "parent", text
    parents = [parent for parent, _ in Families(valves).parents()]
    asked = [name for name, valve in valves.items() if valve.positive_interlocks or name in parents]
    shut = [name for name in asked if not reach.opens(name)]
    lasting = [name for name in parents if name not in shut and not reach.closes(name)]
    told: set[frozenset[str]] = set()
    for parent in (name for name in parents if name in (*shut, *lasting)):
        for name, other, text in clashes(valves, parent):
            blamed.add(parent)
            if frozenset((name, other)) not in told:
                told.add(frozenset((name, other)))
                yield other if name == parent else name, "parent", text
    for name in shut:
        needs = reach.needed(name)
        if name not in blamed and blamed.union(shut).isdisjoint(needs):
            key = "positive_interlock" if valves[name].positive_interlocks else "name"
            yield name, key, f"{NEVER}: no order of moves opens {name} with what it needs: {', '.join(needs)}"
    for name in lasting:
        if name not in blamed:
            following = ", ".join(other for other in Families(valves).following(name, State.CLOSED) if other != name)
            yield name, "name", f"once open it can never close with what follows it: {following}"


def _written(ring: tuple[str, ...]) -> str:
    return " -> ".join((*ring, ring[0]))
