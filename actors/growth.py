"""How a line takes in the valves that other nodes describe."""

import dataclasses
from collections.abc import Callable, Iterable

from actors.actuation import OriginLost
from actors.ledger import Ledger
from actors.messages import News, Reason, Refusal
from actors.remote import Announce, Described, Grown, ServiceSeen
from actors.rules import nearest
from actors.table import Row, ValveSpec

Grow = Callable[[tuple[ValveSpec, ...]], None]  # start the actors of these valves; answered with `Grown`


class Newcomers:
    """A part of the extraction line. `nodes`: paths of those that bring valves of their own."""

    def __init__(self, ledger: Ledger, nodes: Iterable[str], grow: Grow) -> None:
        self._ledger = ledger
        self._grow = grow
        self._silent = dict.fromkeys(nodes, "it has not answered yet")
        self._put_out: set[str] = set()  # valves that were put out of service here, and may come back
        self._out_there: set[str] = set()  # those of them that their own node has put out

    def described(self, described: Described) -> None:
        """Bring the table in line with a node's description."""
        self._silent.pop(described.origin, None)
        fresh = self._adopt(described)
        self._ledger.revision += 1
        if fresh:
            self._grow(fresh)

    def service(self, seen: ServiceSeen) -> None:
        """Put a valve out of service as its node has, or back; one that is out for a reason of ours stays so."""
        row = self._ledger.table.get(seen.valve)
        if row is None or row.spec.actuator != seen.origin:
            return
        if seen.why:
            self._put_out_there(row, seen.why)
        elif not row.spec.enabled and (seen.valve in self._out_there or row.spec.described):
            self._enable(row)
        self._ledger.revision += 1

    def grown(self, grown: Grown) -> None:
        """Take in valves whose actors have started, and have their states told."""
        for spec in grown.specs:
            self._ledger.add(spec)
        self._ledger.revision += 1
        for origin in {spec.actuator for spec in grown.specs}:
            self._ledger.tell(origin, Announce())

    def lost(self, lost: OriginLost) -> None:
        """Keep why a node that never described its valves does not."""
        if lost.origin in self._silent:
            self._silent[lost.origin] = lost.why

    def missing(self, valve: str) -> Refusal | None:
        """Return the refusal for a name that may well be a silent node's; None: it is nobody's."""
        if valve in self._ledger.table or not self._silent:
            return None
        node, why = next(iter(self._silent.items()))
        near = nearest(valve, self._ledger.table)
        text = f"{valve} is not known here{near}, and {node} has not told its valves: {why}"
        return Refusal(Reason.NOT_CONNECTED, text)

    def _adopt(self, described: Described) -> tuple[ValveSpec, ...]:
        """Return the specs of valves that need an actor first.

        A valve that this site describes itself, and otherwise than the node does, is put out of service with the
        reason; a valve that the node no longer has, likewise. A name that another origin has is refused, and logged.
        """
        fresh: list[ValveSpec] = []
        named = {spec.name for spec in described.specs}
        for here in self._ledger.table.values():
            if here.spec.actuator == described.origin and here.spec.name not in named:
                self._disable(here, f"{described.origin} does not have it")
        for spec in described.specs:
            row = self._ledger.table.get(spec.name)
            if row is None:
                fresh.append(spec)
            elif row.spec.actuator != described.origin:
                self._ledger.log.error("valve.twice", valve=spec.name, here=row.spec.actuator, also=described.origin)
            elif row.spec.described:
                row.spec = spec
            elif told := _differences(row.spec, spec, named):
                self._disable(row, f"described otherwise by {described.origin}: {told}")
            elif not spec.enabled:
                self._put_out_there(row, spec.disabled_why)
            elif spec.name in self._put_out:
                self._enable(row)
        return tuple(fresh)

    def _put_out_there(self, row: Row, why: str) -> None:
        if row.spec.enabled:
            self._out_there.add(row.spec.name)
            self._disable(row, why)
        elif row.spec.name in self._out_there:  # now it is told who said so, and when
            row.spec = dataclasses.replace(row.spec, disabled_why=why)

    def _enable(self, row: Row) -> None:
        self._put_out.discard(row.spec.name)
        self._out_there.discard(row.spec.name)
        self._ledger.log.info("valve.enabled", valve=row.spec.name)
        self._ledger.tell("chronicle", News(f"service.{row.spec.name}", value=True, extra={"why": ""}))
        row.spec = dataclasses.replace(row.spec, enabled=True, disabled_why="")

    def _disable(self, row: Row, why: str) -> None:
        if row.spec.enabled:
            self._put_out.add(row.spec.name)
            self._ledger.log.error("valve.disabled", valve=row.spec.name, why=why)
            self._ledger.tell("chronicle", News(f"service.{row.spec.name}", value=False, extra={"why": why}))
            row.spec = dataclasses.replace(row.spec, enabled=False, disabled_why=why)


def _differences(ours: ValveSpec, theirs: ValveSpec, named: set[str]) -> str:
    """Name what this site says of a valve and the node says otherwise.

    What this site leaves out is no difference, nor is the order of a list; an interlock with a valve that the node does
    not have (not in `named`) is this site's own business.
    """
    told = []
    for key in ("interlocks", "positive_interlocks"):
        here, there = set(getattr(ours, key)) & named, set(getattr(theirs, key))
        if here and here != there:
            told.append(f"{key} {sorted(here)} here, {sorted(there)} there")
    for key in ("address", "description"):
        here_text, there_text = getattr(ours, key), getattr(theirs, key)
        if here_text and there_text and here_text != there_text:
            told.append(f"{key} {here_text!r} here, {there_text!r} there")
    return "; ".join(told)
