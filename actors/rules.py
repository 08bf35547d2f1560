"""The rules: may this valve make this move now? A pure function of (table, request), in the order of the list.

name -> enabled -> safe latch -> lock -> owner -> in flight -> already so -> interlock -> positive interlock -> close
interlock. The first that refuses names itself. A valve in flight counts as open and as closed, and what is not known
counts as unsafe, so two requests can never pass together what one after the other would be refused.
"""

import difflib
from collections.abc import Collection, Iterable
from enum import Enum
from functools import lru_cache

from actors.messages import Reason, Refusal, State
from actors.table import Row, Table, ValveSpec


class Verdict(Enum):
    """What the line does with a request that no rule refuses."""

    PERMIT = "permit"
    ALREADY = "already so"
    READ_FIRST = "read first"  # in the asked state when last heard of, too long ago to say so
    JOIN = "join"  # the same move is in flight: wait for its outcome
    QUEUE = "queue"  # a Close while opening: runs as soon as the relay has moved
    FORWARD = "forward"  # the rules for it are another node's


_PERMIT, _OPEN = Verdict.PERMIT, State.OPEN  # looked up once: it takes 80 ns


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean X?)` for the nearest of the known words, or nothing."""
    return _nearest(word, tuple(known))


@lru_cache(maxsize=256)  # a client with a wrong name asks for it all day, and among a thousand it takes 15 ms to look
def _nearest(word: str, known: tuple[str, ...]) -> str:
    by_fold = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.5)
    return f" (did you mean {by_fold[found[0]]}?)" if found else ""


def unknown_name(table: Table, valve: str) -> Refusal:
    """Return the refusal of a name that is not in the table, with the nearest that is."""
    return Refusal(Reason.UNKNOWN_VALVE, f"{valve} is not a registered valve name{nearest(valve, table)}", "name")


def decide(
    table: Table,
    valve: str,
    target: State,
    now: float,
    *,
    by: str | None = None,
    latched: str = "",
    members: Collection[str] = (),
    unread: bool = False,
) -> Verdict | Refusal:
    """Return what to do with a request to bring `valve` to `target`; `now` is monotonic seconds.

    Args:
        table: what is known of all valves.
        valve: its name.
        target: open or closed.
        now: monotonic seconds.
        by: who asks; None: whoever owns the valve does not matter.
        latched: by whom and when the safe state was called, or "".
        members: this is a step to the safe state, and these are the valves that it is about.
        unread: answer for a state that is too old as if it had been looked at in vain.
    """
    row = table.get(valve)
    if row is None:
        return unknown_name(table, valve)
    spec = row.spec
    if refusal := _forbidden(row, target, now, by, "" if members else latched):
        return refusal
    if row.moving is not None:
        return _in_flight(row, target)
    if spec.remote:
        return _rules(table, row, target, now) or Verdict.FORWARD
    if row.state is target:
        if row.confirmed(now):
            return Verdict.ALREADY
        if spec.query_state and not unread:
            return Verdict.READ_FIRST
    return _rules(table, row, target, now, members) or _PERMIT


def _forbidden(row: Row, target: State, now: float, by: str | None, latched: str) -> Refusal | None:
    """Return why a valve may not be moved wherever it and the others stand, or None."""
    spec = row.spec
    if not spec.enabled:
        text = f"{spec.name} is out of service: {spec.disabled_why or 'disabled in the valves file'}"
        return Refusal(Reason.DISABLED, text, "enabled")
    if latched and target is State.OPEN:  # of another node's too: it may have been down when it was called
        text = f"{spec.name} may not open: the safe state was called ({latched}); safe(clear=True) ends that"
        return Refusal(Reason.LATCHED, text, "safe latch")
    if spec.remote:
        return None  # the rest is its own node's to say
    if row.locked:
        return Refusal(Reason.LOCKED, f"Valve {spec.name} is software locked ({row.locked})", "lock")
    if row.owner and by is not None and row.owner != by and (owner := row.owned(now)):
        return Refusal(Reason.OWNED, f"{spec.name} is owned by {owner}{row.owned_for(now)}; you are {by}", "owner")
    return None


def _rules(table: Table, row: Row, target: State, now: float, members: Collection[str] = ()) -> Refusal | None:
    return _open_rules(table, row, now) if target is _OPEN else _close_rules(table, row, now, members)


def _partners(table: Table, row: Row, names: tuple[str, ...]) -> Iterable[tuple[str, Row]]:
    """Yield the partners that the rules here are about.

    Between two valves of one other node that node decides, with authority. Only this one sees both where they belong
    to two; and a partner that this site names and nobody has described yet stands for unknown.
    """
    for name in names:
        other = table.get(name)
        if other is None:
            if not row.spec.described:
                yield name, Row(ValveSpec(name), why="no node has told of it yet")
        elif not row.spec.remote or other.spec.actuator != row.spec.actuator:
            yield name, other


def _in_flight(row: Row, target: State) -> Verdict | Refusal:
    if row.moving is target:
        return Verdict.JOIN
    if target is State.CLOSED:
        return Verdict.QUEUE
    return Refusal(Reason.BUSY, f"{row.spec.name} is closing; open it when it has closed", "in flight")


def _open_rules(table: Table, row: Row, now: float) -> Refusal | None:
    name = row.spec.name
    for other_name, other in _partners(table, row, row.spec.interlocks):
        if other.moving is not None or other.known(now) is not State.CLOSED:
            text = f"{name} may not open while {other_name} is {_standing(other, now)}"
            return Refusal(Reason.INTERLOCKED, text, "interlock")
    for other_name, other in _partners(table, row, row.spec.positive_interlocks):
        if other.moving is not None or other.known(now) is not State.OPEN:
            text = f"{name} may open only while {other_name} is open; it is {_standing(other, now)}"
            return Refusal(Reason.INTERLOCKED, text, "positive interlock")
    return None


def _close_rules(table: Table, row: Row, now: float, members: Collection[str]) -> Refusal | None:
    """Closing is the safe direction: only what is listed for it, and known to forbid it, stops it.

    Between two valves of the safe state its own order says which closes first.
    """
    for other_name, other in _partners(table, row, row.spec.close_interlocks):
        if other_name in members:
            continue
        if other.moving is not None or other.known(now) is State.OPEN:
            text = f"{row.spec.name} may not close while {other_name} is {_standing(other, now)}"
            return Refusal(Reason.INTERLOCKED, text, "close interlock")
    return None


def unsure_to_close(table: Table, valve: str, now: float) -> list[str]:
    """Return, each with why, the valves that would keep this one open if they were open, and of which nobody knows.

    They permit it all the same; `now`: monotonic seconds.
    """
    row = table[valve]
    partners = _partners(table, row, row.spec.close_interlocks)
    unknown = ((name, other) for name, other in partners if other.known(now) is State.UNKNOWN)
    return [f"{name} is {_standing(other, now)}" for name, other in unknown]


def _standing(row: Row, now: float) -> str:
    if row.moving is not None:
        return "moving"
    state = row.known(now)
    return f"unknown ({row.doubt(now)})" if state is State.UNKNOWN else str(state)


def violations(table: Table) -> list[tuple[str, str]]:
    """Return the pairs of valves that stand open together although one's interlock forbids it."""
    found: list[tuple[str, str]] = []
    for name, row in table.items():
        if row.state is State.OPEN:
            found += [
                (name, other)
                for other in row.spec.interlocks
                if other in table and table[other].state is State.OPEN and (other, name) not in found
            ]
    return found
