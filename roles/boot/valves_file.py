"""valves.yaml -> the line's table: every valve typed, every name known, every interlock possible."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from actors.table import ValveSpec
from roles.boot import interlocks
from roles.boot.document import Document, Path
from roles.boot.findings import Finding, nearest
from roles.boot.model_check import check_model, salvage
from roles.boot.valve_keys import KINDS_NOT_YET, PipetteKeys, ValveKeys
from roles.boot.wording import said

KINDS = ("valve", "switch", "pipette")
NO_EFFECT_YET = ("query_state", "track", "ignore_lock_warning")
NAME_KEYS = ("interlock", "positive_interlock", "close_interlock")


ChannelProblem = Callable[[str], str]  # a channel as written -> what is wrong with it, or ""


@dataclass(frozen=True, slots=True)
class ActuatorNames:
    """What a valve's `actuator` may name.

    Attributes:
        local: devices of this computer; nodes: remote extraction lines.
        other: device files that exist but move no valves, with what they are; "": the file itself is wrong.
        judges: what is wrong with a channel of a local device, by its name, where it can be told.
    """

    local: frozenset[str] = frozenset()
    nodes: frozenset[str] = frozenset()
    other: Mapping[str, str] = field(default_factory=dict)
    judges: Mapping[str, ChannelProblem] = field(default_factory=dict)

    def known(self) -> list[str]:
        """Return every name that a valve may give."""
        return sorted(self.local | self.nodes)


@dataclass(slots=True)
class ValveTable:
    """The valves in the order of the file, and what is worth saying about them."""

    valves: tuple[ValveSpec, ...] = ()
    warnings: list[str] = field(default_factory=list)


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
        return ValveTable()
    before = len(findings)
    reading = _Reading(document, actuators, findings)
    reading.entries()
    reading.references()
    listed = interlocks.with_pipettes(reading.valves, reading.pairs)
    even = listed if mode == "as_listed" else interlocks.symmetric(listed)
    for name, key, text in interlocks.impossible(even):
        reading.find(name, key, text)
    if len(findings) > before:
        return ValveTable()
    warnings = [*reading.warnings, *_warnings(listed, even, document.file, mode)]
    return ValveTable(tuple(even.values()), warnings)


class _Reading:
    """Goes over the entries once, and over their references once all names are known."""

    def __init__(self, document: Document, actuators: ActuatorNames, findings: list[Finding]) -> None:
        self.valves: dict[str, ValveSpec] = {}
        self.pairs: list[tuple[str, str]] = []
        self.warnings: list[str] = []
        self._document = document
        self._actuators = actuators
        self._findings = findings
        self._at: dict[str, int] = {}
        self._pipettes: dict[int, PipetteKeys] = {}
        self._named: set[str] = set()  # every name that was written, also where the entry is wrong

    def find(self, name: str, key: str, text: str) -> None:
        """Add a finding about a key of a valve, under the spelling that the file uses."""
        at = self._at[name]
        entry = self._document.at((at,))
        key = key if not isinstance(entry, Mapping) or key in entry else key + "s"
        self._add((at, key), text)

    def entries(self) -> None:
        """Read every entry by itself, then what must be unique."""
        for at, entry in enumerate(self._document.data):
            if not isinstance(entry, Mapping):
                self._add((at,), f"expected a mapping with name and address, got {said(entry)}")
                continue
            kind = entry.get("kind") or "valve"
            if isinstance(name := entry.get("name"), str) and kind != "pipette":
                self._named.add(name)
            self._entry(at, kind if isinstance(kind, str) else said(kind))
        self._unique("name")
        self._unique("description")
        self._channels()

    def _entry(self, at: int, kind: str) -> None:
        if kind in KINDS_NOT_YET:
            self._add((at, "kind"), f"{kind} is not supported yet")
        elif kind == "pipette":
            pipette = check_model(self._document, PipetteKeys, self._findings, (at,))
            if pipette:
                self._pipettes[at] = pipette
        elif kind in KINDS:
            valve = check_model(self._document, ValveKeys, self._findings, (at,)) or salvage(
                self._document, ValveKeys, (at,), needed=("name", "address", "actuator")
            )
            self._idle(at)
            if valve and valve.name not in self.valves:
                self.valves[valve.name] = self._spec(at, valve)
                self._at[valve.name] = at
        else:
            hint = nearest(kind, (*KINDS, *KINDS_NOT_YET)) or f", expected one of {', '.join(KINDS)}"
            self._add((at, "kind"), f"unknown kind {kind!r}{hint}")

    def _idle(self, at: int) -> None:
        for key in NO_EFFECT_YET:
            if key in self._document.data[at]:
                self.warnings.append(f"{self._document.place((at, key))}: {key}: has no effect yet")

    def _spec(self, at: int, keys: ValveKeys) -> ValveSpec:
        place = self._document.place((at, "enabled"))
        return ValveSpec(
            name=keys.name,
            address=keys.address.strip(),
            actuator=self._actuator(at, keys),
            description=keys.description,
            kind=keys.kind,
            interlocks=_once(keys.interlock, keys.interlocks),
            positive_interlocks=_once(keys.positive_interlock, keys.positive_interlocks),
            close_interlocks=_once(keys.close_interlock, keys.close_interlocks),
            enabled=keys.enabled,
            disabled_why="" if keys.enabled else f"enabled: false ({place})",
            inverted_logic=keys.inverted_logic,
            query_state=keys.query_state,
            check=keys.check_actuation_enabled,
            check_delay_s=keys.check_actuation_delay,
            settling_time_s=keys.settling_time,
            stale_after_s=keys.stale_after,
            remote=keys.actuator in self._actuators.nodes,
        )

    def _actuator(self, at: int, keys: ValveKeys) -> str:
        """Return the path of the actor that moves the valve, "" with a finding where there is none."""
        name = keys.actuator
        if name in self._actuators.nodes:
            return f"node.{name}"
        if name in self._actuators.local:
            if not keys.address.strip():
                self._add((at, "address"), f"missing, expected the channel of {name} that moves {keys.name}")
            elif name in self._actuators.judges and (why := self._actuators.judges[name](keys.address.strip())):
                self._add((at, "address"), why)
            return f"actuator.{name}"
        if name not in self._actuators.other:
            known = self._actuators.known()
            hint = nearest(name, known) or f", expected one of {', '.join(known) or 'none: no device file'}"
            self._add((at, "actuator"), f"no device file is named {name!r}{hint}")
        elif what := self._actuators.other[name]:
            self._add((at, "actuator"), f"{name} is a {what}: it moves no valves")
        return ""

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

    def _channels(self) -> None:
        taken: dict[tuple[str, str], str] = {}
        for name, valve in self.valves.items():
            channel = (valve.actuator, valve.address)
            if valve.remote or not all(channel):
                continue
            other = taken.setdefault(channel, name)
            if other != name:
                device = valve.actuator.removeprefix("actuator.")
                text = f"channel {valve.address} of {device} already moves {other}"
                self.find(name, "address", text)

    def references(self) -> None:
        """Check every valve that another entry names."""
        for name, valve in self.valves.items():
            lists = (valve.interlocks, valve.positive_interlocks, valve.close_interlocks)
            for key, others in zip(NAME_KEYS, lists, strict=True):
                for other in others:
                    if other not in self._named:
                        self.find(name, key, f"unknown valve {other!r}{nearest(other, self._named)}")
        taken: dict[str, str] = {}
        for at, pipette in self._pipettes.items():
            for key, member in (("inner", pipette.inner), ("outer", pipette.outer)):
                self._member(at, pipette, key, member, taken)
            if pipette.inner == pipette.outer:
                self._add((at, "outer"), f"inner and outer are the same valve {pipette.inner}")
            elif pipette.inner in self.valves and pipette.outer in self.valves:
                self.pairs.append((pipette.inner, pipette.outer))

    def _member(self, at: int, pipette: PipetteKeys, key: str, member: str, taken: dict[str, str]) -> None:
        if member not in self._named:
            self._add((at, key), f"unknown valve {member!r}{nearest(member, self._named)}")
        elif member in self.valves:
            other = taken.setdefault(member, pipette.name)
            if other != pipette.name:
                self._add((at, key), f"valve {member} already belongs to pipette {other}")
            self.valves[member] = replace(self.valves[member], pipette=other)

    def _add(self, path: Path, text: str) -> None:
        self._findings.append(self._document.finding(path, text))


def _once(*lists: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in lists for name in names))


def _warnings(listed: Mapping[str, ValveSpec], even: Mapping[str, ValveSpec], file: str, mode: str) -> list[str]:
    warnings = []
    if pairs := interlocks.one_sided(listed):
        what = "kept as listed" if mode == "as_listed" else "made to hold both ways"
        named = ", ".join(f"{name} lists {other}" for name, other in pairs)
        warnings.append(f"{file}: one-sided interlocks, {what}: {named}")
    if pairs := interlocks.unheld(even):
        named = ", ".join(f"{other} while {name} is open" for name, other in pairs)
        warnings.append(f"{file}: a positive interlock holds nothing open (close_interlock does): {named}")
    return warnings
