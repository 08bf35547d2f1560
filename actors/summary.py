"""What a line knows of one node's valves, as the node's checksum is over it. Pure."""

from actors.messages import State
from actors.table import Table

Summary = tuple[tuple[str, str, bool, bool], ...]  # name, kind, is open, is locked


def summary_of(table: Table, node: str, now: float) -> Summary:
    """Return a node's valves as of `now` (monotonic seconds), in the order in which Pychron's clients name them.

    That is the order of Python strings. Empty: there is no valve, or one of them moves or is unknown, and a checksum
    has no room for that.
    """
    found = []
    for name, row in sorted(table.items()):
        if row.spec.actuator == node:
            state = row.known(now)
            if state is State.UNKNOWN or row.moving is not None:
                return ()
            found.append((name, row.spec.kind, state is State.OPEN, bool(row.locked)))
    return tuple(found)
