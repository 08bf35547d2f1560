"""The table's own logic, checked before anything starts: interlocks made symmetric, and what can never be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from actors.table import ValveSpec

Wrong = tuple[str, str, str]  # valve, key, text


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


def impossible(valves: Mapping[str, ValveSpec]) -> Iterator[Wrong]:
    """Yield what can never be satisfied: the valve, the key, and why."""
    for name, valve in valves.items():
        needs = valve.positive_interlocks
        if name in valve.interlocks:
            yield name, "interlock", "a valve cannot interlock itself"
        if name in needs:
            yield name, "positive_interlock", "can never be satisfied: it would have to be open before it opens"
        for other in needs:
            if other in valve.interlocks and other != name:
                text = f"can never be satisfied: {other} is an interlock of {name} too"
                yield name, "positive_interlock", text
        for first, second in _exclusive(valves, needs):
            text = f"can never be satisfied: {first} and {second} interlock each other"
            yield name, "positive_interlock", text
    for ring in _rings(valves):
        text = f"can never be satisfied: each waits for the next: {' -> '.join((*ring, ring[0]))}"
        yield ring[0], "positive_interlock", text


def unheld(valves: Mapping[str, ValveSpec]) -> list[tuple[str, str]]:
    """Return every (A, B) where A needs B open to open, and nothing keeps B open while A is."""
    return [
        (name, other)
        for name, valve in valves.items()
        for other in valve.positive_interlocks
        if other in valves and name not in valves[other].close_interlocks
    ]


def _exclusive(valves: Mapping[str, ValveSpec], needs: Sequence[str]) -> Iterator[tuple[str, str]]:
    for place, first in enumerate(needs):
        for second in needs[place + 1 :]:
            pair = valves.get(first), valves.get(second)
            if pair[0] and pair[1] and second in pair[0].interlocks and first in pair[1].interlocks:
                yield first, second


def _rings(valves: Mapping[str, ValveSpec]) -> list[tuple[str, ...]]:
    """Return every ring of positive interlocks once, longer than one valve; at least one per knot."""
    rings: dict[frozenset[str], tuple[str, ...]] = {}
    done: set[str] = set()
    for start in valves:
        way: list[str] = []
        steps = [iter((start,))]
        while steps:
            name = next(steps[-1], None)
            if name is None:
                steps.pop()
                if way:
                    done.add(way.pop())
            elif name in way:
                ring = tuple(way[way.index(name) :])
                if len(ring) > 1:
                    rings.setdefault(frozenset(ring), ring)
            elif name in valves and name not in done:
                way.append(name)
                steps.append(iter(valves[name].positive_interlocks))
    return list(rings.values())
