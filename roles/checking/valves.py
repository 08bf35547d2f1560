"""Whether the valves that a site expects are those that the controllers have. Values in, sentences out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from actors.table import ValveSpec

_LISTS = {
    "interlocks": "interlock",
    "positive_interlocks": "positive_interlock",
    "close_interlocks": "close_interlock",
}


def differences(ours: Sequence[ValveSpec], theirs: Sequence[ValveSpec]) -> list[str]:
    """Name what this site says of a node's valves and the node says otherwise.

    What this site leaves out is no difference, and neither is an interlock with a valve that the node cannot know.
    """
    there = {spec.name: spec for spec in theirs}
    told: list[str] = []
    for spec in ours:
        if spec.name not in there:
            told.append(f"valve {spec.name}: it does not have it")
        else:
            told += [f"valve {spec.name}: {text}" for text in _compared(spec, there[spec.name], there)]
    return told


def _compared(ours: ValveSpec, theirs: ValveSpec, there: Mapping[str, ValveSpec]) -> Iterator[str]:
    for key in ("address", "description"):
        here_said, there_said = getattr(ours, key), getattr(theirs, key)
        if here_said and there_said and here_said != there_said:
            yield f"{key} {here_said!r} here, {there_said!r} there"
    for key, word in _LISTS.items():
        here_set = {name for name in getattr(ours, key) if name in there}
        there_set = set(getattr(theirs, key))
        if here_set and here_set != there_set:
            yield f"{word} {_names(here_set)} here, {_names(there_set)} there"
    if ours.enabled and not theirs.enabled:
        yield f"out of service there: {theirs.disabled_why}"


def twice(ours: Sequence[ValveSpec], described: Mapping[str, Sequence[ValveSpec]]) -> list[str]:
    """Name every valve that two controllers have, or this one and another. `described`: by node."""
    owner = {spec.name: origin_of(spec) for spec in ours}
    told: list[str] = []
    for node, specs in described.items():
        for spec in specs:
            first = owner.setdefault(spec.name, node)
            if first != node:
                told.append(f"valve {spec.name}: {node} has it, and {first} has one of that name")
    return told


def across(specs: Iterable[ValveSpec]) -> list[str]:
    """Name every interlock between valves of two controllers: only this node enforces it."""
    table = {spec.name: spec for spec in specs}
    told: dict[tuple[str, ...], str] = {}
    for spec in table.values():
        for key, word in _LISTS.items():
            for name in getattr(spec, key):
                other = table.get(name)
                if other is None or origin_of(other) == origin_of(spec):
                    continue
                both_ways = key == "interlocks"
                pair = (word, *sorted((spec.name, name))) if both_ways else (word, spec.name, name)
                text = f"{word} of {spec.name} ({origin_of(spec)}) and {name} ({origin_of(other)})"
                told.setdefault(pair, text)
    return list(told.values())


def across_warnings(specs: Iterable[ValveSpec]) -> list[str]:
    """Return a line per interlock that no controller can enforce: only the node that sees both valves does."""
    return [f"enforced by the acquisition node only, this one: {text}" for text in across(specs)]


def origin_of(spec: ValveSpec) -> str:
    """Return the name of the node that has a valve, `this node` for one of our own."""
    return spec.actuator.removeprefix("node.") if spec.remote else "this node"


def _names(names: Iterable[str]) -> str:
    return f"[{', '.join(sorted(names))}]"
