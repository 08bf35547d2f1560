"""What was remembered against what is seen: at the first look at each valve after a start. The hardware is believed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from actors.messages import State
from actors.table import state_of


@dataclass(frozen=True, slots=True)
class Difference:
    """One valve that stands otherwise than was remembered."""

    valve: str
    remembered: State
    seen: State


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one look has shown.

    Attributes:
        differences: one per valve, in the order of the look.
        compared: all valves that have been compared by now: their memory has served its turn.
    """

    differences: tuple[Difference, ...]
    compared: frozenset[str]


def reconcile(remembered: Mapping[str, str], seen: Mapping[str, State], compared: Collection[str]) -> Reconciled:
    """Compare a look with what is remembered of each valve that has not been compared before.

    Args:
        remembered: valve -> the store's word for its state; one that is no state is nothing to compare with.
        seen: what the look says; a valve that it could not tell waits for a look that can.
        compared: valves of which an earlier look has told.
    """
    fresh = {valve: state for valve, state in seen.items() if state is not State.UNKNOWN and valve not in compared}
    believed = {valve: state_of(remembered.get(valve)) for valve in fresh}
    differences = tuple(
        Difference(valve, believed[valve], state)
        for valve, state in fresh.items()
        if believed[valve] not in (state, State.UNKNOWN)
    )
    return Reconciled(differences, frozenset(compared) | fresh.keys())
