"""A valve controller's site, written from the valves that another node's site expects it to have."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from actors.table import ValveSpec
from roles.boot.valve_entry import channels_of
from roles.boot.valve_keys import DOUBLE, MANUAL

DEVICES = Path("setupfiles/devices")
VALVES = Path("setupfiles/extractionline/valves.yaml")
PREFERENCES = Path("preferences.yaml")
CARD = [f"1{relay:02d}" for relay in range(1, 21)]  # of the simulated switch unit: one 34903A in slot 1


def write_line(root: Path, specs: Sequence[ValveSpec]) -> Mapping[str, str]:
    """Write the valves and what switches them over a starter site; return the devices to simulate: name -> klass.

    Addresses that the simulated switch unit can have are switched by it, on a wire; any others by relays in memory.
    """
    switched = [spec for spec in specs if spec.kind != MANUAL]
    given = [channel for spec in switched for channel in channels_of(spec)]
    count = sum(_relays(spec) for spec in switched)
    on_a_card = count <= len(CARD) and set(given) <= set(CARD) and len(set(given)) == len(given)
    channels = CARD if on_a_card else [f"relay{number}" for number in range(1, count + 1)]
    entries = [*_entries(specs, [channel for channel in channels if channel not in given]), *_pipettes(specs)]
    _write(root / VALVES, "".join(f"- {json.dumps(entry, ensure_ascii=False)}\n" for entry in entries) or "[]\n")
    # both ends of an interlock were named where the valves were read
    _write(root / PREFERENCES, "extraction_line: {interlocks: as_listed}\n")
    if on_a_card:
        return {"switch_controller": "AgilentGPActuator"}
    for name in {entry["actuator"] for entry in entries if "actuator" in entry}:
        _write(root / DEVICES / f"{name}.yaml", f"name: {name}\nklass: DummyGPActuator\n")
    return {}


def _relays(spec: ValveSpec) -> int:
    return 2 if spec.kind == DOUBLE else 1


def _entries(specs: Sequence[ValveSpec], free: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield one entry of the valves file per valve; two valves of one channel are moved by two devices."""
    names = {spec.name for spec in specs}
    spare = iter(free)
    moved_by: dict[str, int] = {}
    for spec in specs:
        entry = {
            "name": spec.name,
            "kind": spec.kind,
            "description": spec.description,
            "interlock": _known(spec.interlocks, names),
            "positive_interlock": _known(spec.positive_interlocks, names),
            "close_interlock": _known(spec.close_interlocks, names),
            "enabled": spec.enabled,
        }
        if spec.kind != MANUAL:
            channels = channels_of(spec) or tuple(next(spare) for _ in range(_relays(spec)))
            count = 1 + max(moved_by.get(channel, 0) for channel in channels)
            moved_by.update(dict.fromkeys(channels, count))
            entry |= {
                "address": ",".join(channels),
                "actuator": "switch_controller" if count == 1 else f"switch_controller_{count}",
                "check_actuation_enabled": spec.check,
                "check_actuation_delay": spec.check_delay_s,
                "settling_time": spec.settling_time_s,
                "inverted_logic": spec.inverted_logic,
                "query_state": spec.query_state,
            }
        if spec.kind == DOUBLE:
            entry |= {"open_delay": spec.open_delay_s, "close_delay": spec.close_delay_s}
        if spec.parent in names:
            entry["parent"] = {"name": spec.parent, "inverted": spec.parent_inverted}
        yield entry


def _pipettes(specs: Sequence[ValveSpec]) -> Iterator[dict[str, Any]]:
    members = {(spec.pipette, spec.pipette_part): spec.name for spec in specs if spec.pipette}
    for name in dict.fromkeys(pipette for pipette, _ in members):
        inner, outer = members.get((name, "inner")), members.get((name, "outer"))
        if inner and outer:
            yield {"kind": "pipette", "name": name, "inner": inner, "outer": outer}


def _known(names: Sequence[str], there: set[str]) -> list[str]:
    """Return the valves of the same node: those of others are no business of it."""
    return [name for name in names if name in there]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
