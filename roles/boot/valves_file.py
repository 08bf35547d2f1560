"""The valves file -> the line's table: every valve typed, every name known, every interlock possible."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from actors.table import PipetteSpec, ValveSpec
from roles.boot import interlocks
from roles.boot.actuator_names import ActuatorNames
from roles.boot.document import Document, Path
from roles.boot.findings import Finding, nearest
from roles.boot.model_check import check_model, salvage
from roles.boot.valve_channels import shared
from roles.boot.valve_entry import EntryReader
from roles.boot.valve_keys import KINDS, NAMED, PIPETTE, PipetteKeys, ValveKeys
from roles.boot.valve_polarity import contradicted, nobody_says, unsaid
from roles.boot.valve_warnings import warnings
from roles.boot.wording import said

NAME_KEYS = ("interlock", "positive_interlock", "close_interlock")
SPELLINGS = {**{key: (key, key + "s") for key in NAME_KEYS}, "state_address": ("state_address", "state_device")}


@dataclass(slots=True)
class ValveTable:
    """The valves in the order of the file, and what is worth saying about them.

    Attributes:
        pipettes: those whose valves are this node's; another node counts the shots of its own.
        named: every name that was written, also where its entry is wrong.
        sound: nothing was found wrong; otherwise there are no valves.
    """

    valves: tuple[ValveSpec, ...] = ()
    pipettes: tuple[PipetteSpec, ...] = ()
    warnings: list[str] = field(default_factory=list)
    named: frozenset[str] = frozenset()
    sound: bool = True


def read_valves(
    document: Document,
    actuators: ActuatorNames,
    mode: Literal["symmetric", "as_listed"],
    findings: list[Finding],
) -> ValveTable:
    """Return the table; whatever is wrong is appended to `findings`, all of it."""
    if document.data is None:
        return ValveTable()
    if not isinstance(document.data, list):
        findings.append(document.finding((), f"expected a list of valves, got {said(document.data)}"))
        return ValveTable(sound=False)
    before = len(findings)
    reading = _Reading(document, actuators, findings)
    reading.entries()
    reading.references()
    listed = interlocks.with_pipettes(reading.valves, [(pipette.inner, pipette.outer) for pipette in reading.pipettes])
    even = listed if mode == "as_listed" else interlocks.symmetric(listed)
    for name, key, text in interlocks.impossible(even):
        reading.find(name, key, text)
    named = frozenset(reading.named)
    if len(findings) > before:
        return ValveTable(named=named, sound=False)
    pipettes = tuple(pipette for pipette in reading.pipettes if not even[pipette.inner].remote)
    told = warnings(document.file, listed, even, reading.idle, mode)
    return ValveTable(tuple(even.values()), pipettes, told, named)


class _Reading:
    """Goes over the entries once, and over their references once all names are known."""

    def __init__(self, document: Document, actuators: ActuatorNames, findings: list[Finding]) -> None:
        self.valves: dict[str, ValveSpec] = {}
        self.pipettes: list[PipetteSpec] = []
        self.named: set[str] = set()
        self._document = document
        self._actuators = actuators
        self._findings = findings
        self._at: dict[str, int] = {}
        self._pipette_keys: dict[int, PipetteKeys] = {}
        self._entries = EntryReader(document, actuators, lambda at, key, text: self._add((at, key), text))
        self.idle = self._entries.idle

    def find(self, name: str, key: str, text: str) -> None:
        """Add a finding about a key of a valve, under the spelling that the file uses."""
        at = self._at[name]
        written = [spelling for spelling in SPELLINGS.get(key, ()) if spelling in self._document.data[at]]
        self._add((at, *(written[:1] or [key])), text)

    def entries(self) -> None:
        """Read every entry by itself, then what must be unique."""
        for at, entry in enumerate(self._document.data):
            if not isinstance(entry, Mapping):
                self._add((at,), f"expected a mapping with name and address, got {said(entry)}")
                continue
            kind = entry.get("kind") or "valve"
            if isinstance(name := entry.get("name"), str) and kind != PIPETTE:
                self.named.add(name)
            self._entry(at, kind if isinstance(kind, str) else said(kind))
        self._unique("name")
        self._unique("description")
        for name, key, text in shared(self.valves):
            self.find(name, key, text)
        self._polarity()

    def _entry(self, at: int, kind: str) -> None:
        if kind == PIPETTE:
            pipette = check_model(self._document, PipetteKeys, self._findings, (at,))
            if pipette:
                self._pipette_keys[at] = pipette
        elif kind in KINDS:
            self._name_alone(at)
            valve = check_model(self._document, ValveKeys, self._findings, (at,)) or salvage(
                self._document, ValveKeys, (at,), needed=("name", "address", "actuator", "kind")
            )
            if valve and valve.name not in self.valves:
                self.valves[valve.name] = self._entries.spec(at, valve)
                self._at[valve.name] = at
        else:
            hint = nearest(kind, KINDS) or f", expected one of {', '.join(KINDS)}"
            self._add((at, "kind"), f"unknown kind {kind!r}{hint}")

    def _name_alone(self, at: int) -> None:
        """A name alone stands for a mapping that has only a name."""
        entry = self._document.data[at]
        for key in NAMED:
            if isinstance(entry.get(key), str):
                entry[key] = {"name": entry[key]}

    def _unique(self, key: str) -> None:
        first: dict[str, int] = {}
        for at, entry in enumerate(self._document.data):
            written = entry.get(key) if isinstance(entry, Mapping) else None
            if not isinstance(written, str) or not written:
                continue
            same = written.strip().casefold() if key == "description" else written
            if same in first:
                line = self._document.place((first[same], key)).line
                self._add((at, key), f"{key} {written!r} is given twice, first in line {line}")
            first.setdefault(same, at)

    def _polarity(self) -> None:
        for device, missing in self._actuators.undecided.items():
            if nobody_says(self.valves, device):
                self._findings.append(missing)
                continue
            for name, key, text in unsaid(self.valves, device):
                if key not in self._document.data[self._at[name]] or key == "state_address":
                    self.find(name, key, text)
        for name, key, text in contradicted(self.valves, self._actuators):
            self.find(name, key, text)

    def references(self) -> None:
        """Check every valve that another entry names."""
        for name, valve in self.valves.items():
            lists = (valve.interlocks, valve.positive_interlocks, valve.close_interlocks)
            for key, others in zip(NAME_KEYS, lists, strict=True):
                for other in others:
                    if other not in self.named:
                        self.find(name, key, f"unknown valve {other!r}{nearest(other, self.named)}")
            if valve.parent:
                self._parent(name, valve)
        taken: dict[str, str] = {}
        for at, pipette in self._pipette_keys.items():
            self._pipette(at, pipette, taken)

    def _parent(self, name: str, valve: ValveSpec) -> None:
        parent = self.valves.get(valve.parent)
        if valve.parent not in self.named:
            self.find(name, "parent", f"unknown valve {valve.parent!r}{nearest(valve.parent, self.named)}")
        elif valve.parent == name:
            self.find(name, "parent", "a valve cannot follow itself")
        elif parent and _node(parent) != _node(valve):
            text = f"{parent.name} is {_node(parent)}'s and {name} {_node(valve)}'s: they cannot move in one go"
            self.find(name, "parent", text)

    def _pipette(self, at: int, keys: PipetteKeys, taken: dict[str, str]) -> None:
        for part, member in (("inner", keys.inner), ("outer", keys.outer)):
            if member not in self.named:
                self._add((at, part), f"unknown valve {member!r}{nearest(member, self.named)}")
            elif member in self.valves:
                other = taken.setdefault(member, keys.name)
                if other != keys.name:
                    self._add((at, part), f"valve {member} already belongs to pipette {other}")
                self.valves[member] = replace(self.valves[member], pipette=other, pipette_part=part)
        inner, outer = self.valves.get(keys.inner), self.valves.get(keys.outer)
        if keys.inner == keys.outer:
            self._add((at, "outer"), f"inner and outer are the same valve {keys.inner}")
        elif inner and outer:
            self.pipettes.append(PipetteSpec(keys.name, keys.inner, keys.outer))
            if _node(inner) != _node(outer):
                whose = f"{outer.name} is {_node(outer)}'s and {inner.name} {_node(inner)}'s"
                self._add((at, "outer"), f"{whose}: nobody could count its shots")

    def _add(self, path: Path, text: str) -> None:
        self._findings.append(self._document.finding(path, text))


def _node(valve: ValveSpec) -> str:
    return valve.actuator.removeprefix("node.") if valve.remote else "this node"
