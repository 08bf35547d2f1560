"""A valve controller's site, written from the valves that another node's site expects it to have."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from actors.table import ValveSpec

DEVICES = Path("setupfiles/devices")
VALVES = Path("setupfiles/extractionline/valves.yaml")
PREFERENCES = Path("preferences.yaml")
CARD = [f"1{relay:02d}" for relay in range(1, 21)]  # of the simulated switch unit: one 34903A in slot 1


def write_line(root: Path, specs: Sequence[ValveSpec]) -> Mapping[str, str]:
    """Write the valves and what switches them over a starter site; return the devices to simulate: name -> klass.

    Addresses that the simulated switch unit can have are switched by it, on a wire; any others by relays in memory.
    """
    given = [spec.address for spec in specs if spec.address]
    on_a_card = len(specs) <= len(CARD) and set(given) <= set(CARD) and len(set(given)) == len(given)
    entries = list(_entries(specs, CARD if on_a_card else [f"relay{number}" for number in range(1, len(specs) + 1)]))
    _write(root / VALVES, "".join(f"- {json.dumps(entry, ensure_ascii=False)}\n" for entry in entries) or "[]\n")
    # both ends of an interlock were named where the valves were read
    _write(root / PREFERENCES, "extraction_line: {interlocks: as_listed}\n")
    if on_a_card:
        return {"switch_controller": "AgilentGPActuator"}
    for name in {entry["actuator"] for entry in entries}:
        _write(root / DEVICES / f"{name}.yaml", f"name: {name}\nklass: DummyGPActuator\n")
    return {}


def _entries(specs: Sequence[ValveSpec], channels: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield one entry of the valves file per valve; two valves of one address are moved by two devices."""
    given = [spec.address for spec in specs]
    free = (channel for channel in channels if channel not in given)
    names = {spec.name for spec in specs}
    moved_by: dict[str, int] = {}
    for spec in specs:
        address = spec.address or next(free)
        count = moved_by[address] = moved_by.get(address, 0) + 1
        yield {
            "name": spec.name,
            "kind": spec.kind,
            "address": address,
            "actuator": "switch_controller" if count == 1 else f"switch_controller_{count}",
            "description": spec.description,
            "interlock": _known(spec.interlocks, names),
            "positive_interlock": _known(spec.positive_interlocks, names),
            "close_interlock": _known(spec.close_interlocks, names),
            "enabled": spec.enabled,
            "check_actuation_enabled": spec.check,
            "check_actuation_delay": spec.check_delay_s,
            "settling_time": spec.settling_time_s,
            "inverted_logic": spec.inverted_logic,
            "query_state": spec.query_state,
        }


def _known(names: Sequence[str], there: set[str]) -> list[str]:
    """Return the valves of the same node: those of others are no business of it."""
    return [name for name in names if name in there]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
