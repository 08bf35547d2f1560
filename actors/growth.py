"""How a line takes in the valves that another node describes."""

import dataclasses
from typing import Any

from actors.messages import Described
from actors.table import Row, ValveSpec

_COMPARED = ("description", "interlocks", "positive_interlocks")


def adopt(table: dict[str, Row], described: Described, log: Any) -> tuple[ValveSpec, ...]:
    """Bring the table in line with a node's description; return the specs of valves that need an actor first.

    A valve that this site describes itself, and otherwise than the node does, is put out of service with the reason; a
    valve that the node no longer has, likewise. A name that another origin has already is refused, with a log line.
    """
    fresh: list[ValveSpec] = []
    named = {spec.name for spec in described.specs}
    for here in table.values():
        if here.spec.actuator == described.origin and here.spec.name not in named:
            _disable(here, f"{described.origin} does not have it", log)
    for spec in described.specs:
        row = table.get(spec.name)
        if row is None:
            fresh.append(spec)
        elif row.spec.actuator != described.origin:
            log.error("valve.twice", valve=spec.name, here=row.spec.actuator, also=described.origin)
        elif row.spec.described:
            row.spec = spec
        elif differences := _differences(row.spec, spec):
            _disable(row, f"described otherwise by {described.origin}: {differences}", log)
        elif not spec.enabled:
            _disable(row, spec.disabled_why, log)
    return tuple(fresh)


def _differences(ours: ValveSpec, theirs: ValveSpec) -> str:
    """Name what this site says of a valve and the node says otherwise; what this site leaves out is no difference."""
    told = [
        f"{key} {getattr(ours, key)!r} here, {getattr(theirs, key)!r} there"
        for key in _COMPARED
        if getattr(ours, key) and getattr(ours, key) != getattr(theirs, key)
    ]
    if ours.address and theirs.address and ours.address != theirs.address:
        told.append(f"address {ours.address} here, {theirs.address} there")
    return "; ".join(told)


def _disable(row: Row, why: str, log: Any) -> None:
    if row.spec.enabled:
        log.error("valve.disabled", valve=row.spec.name, why=why)
        row.spec = dataclasses.replace(row.spec, enabled=False, disabled_why=why)
