"""Parents and children: what moves when a valve moves, and rings of them."""

from collections.abc import Iterator, Mapping

from actors.messages import State
from actors.table import ValveSpec


class Families:
    """Who follows whom in a table. A parent that is not in it has no children."""

    def __init__(self, valves: Mapping[str, ValveSpec]) -> None:
        self._valves = valves
        self._children: dict[str, list[str]] = {}
        for name, valve in valves.items():
            if valve.parent in valves:
                self._children.setdefault(valve.parent, []).append(name)

    def parents(self) -> Iterator[tuple[str, list[str]]]:
        """Yield every valve that others follow, with those, in the order of the table."""
        yield from ((name, self._children[name]) for name in self._valves if name in self._children)

    def following(self, valve: str, target: State) -> dict[str, State]:
        """Return every valve that a move of `valve` brings somewhere, itself first, and where."""
        moves = {valve: target}
        waiting = [valve]
        for parent in waiting:
            for child in self._children.get(parent, ()):
                if child not in moves:
                    moves[child] = _other(moves[parent]) if self._valves[child].parent_inverted else moves[parent]
                    waiting.append(child)
        return moves


def rings(edges: Mapping[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return every ring of a graph once, longer than one step; at least one per knot."""
    found: dict[frozenset[str], tuple[str, ...]] = {}
    done: set[str] = set()
    for start in edges:
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
                    found.setdefault(frozenset(ring), ring)
            elif name in edges and name not in done:
                way.append(name)
                steps.append(iter(edges[name]))
    return list(found.values())


def _other(target: State) -> State:
    return State.CLOSED if target is State.OPEN else State.OPEN
