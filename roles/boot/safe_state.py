"""preferences.yaml's `safe_state` -> its steps, and whether they lead there from wherever the valves stand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from actors.messages import State
from actors.table import SafeStep, ValveSpec
from roles.boot.document import Document
from roles.boot.families import Families
from roles.boot.findings import Finding, nearest
from roles.boot.preferences import Preferences
from roles.boot.valve_keys import MANUAL
from roles.boot.valves_file import ValveTable

KEY = "safe_state"
TARGETS = {"closed": State.CLOSED, "open": State.OPEN, "hold": None}


def read_safe_state(
    document: Document,
    preferences: Preferences,
    table: ValveTable,
    findings: list[Finding],
    warnings: list[str],
) -> tuple[SafeStep, ...]:
    """Return the steps; whatever cannot be reached is appended to `findings`, what depends to `warnings`."""
    steps = tuple(SafeStep(valve, TARGETS[word]) for valve, word in preferences.safe_state.items())
    if not steps and not document.at((KEY,)):
        findings += [document.finding(path, f"expected a {KEY} to go to") for path in _wanted(preferences)]
    found = _unknown(steps, table) if table.named or table.sound else []  # of a file that cannot be read, that is said
    if not found and table.sound:
        checking = _Checking({valve.name: valve for valve in table.valves}, steps)
        found = checking.found()
        warnings += [f"{document.place((KEY, valve))}: {KEY}.{valve}: {text}" for valve, text in checking.depends()]
    findings += [document.finding((KEY, valve), text) for valve, text in found]
    return steps


def _wanted(preferences: Preferences) -> Iterator[tuple[str, ...]]:
    if preferences.safe_state_on_stop:
        yield ("safe_state_on_stop",)
    if preferences.dead_man.action == KEY:
        yield ("dead_man", "action")


def _unknown(steps: tuple[SafeStep, ...], table: ValveTable) -> list[tuple[str, str]]:
    known = table.named
    none = "" if known else ": this node's site lists no valves, and each node has a safe state of its own"
    return [
        (step.valve, f"unknown valve {step.valve!r}{nearest(step.valve, known)}{none}")
        for step in steps
        if step.valve not in known
    ]


@dataclass(frozen=True, slots=True)
class _Moves:
    """A step, with everything that moves in it."""

    valve: str
    opens: tuple[str, ...]
    closes: tuple[str, ...]


class _Checking:
    """Goes through the steps in order, with what is known of the valves after each, wherever they stood before."""

    def __init__(self, valves: Mapping[str, ValveSpec], steps: tuple[SafeStep, ...]) -> None:
        self._valves = valves
        self._steps = steps
        self._families = Families(valves)
        self._targets = {step.valve: step.target for step in steps}
        self._moves = [self._moved(step) for step in steps if step.target is not None]
        self._end: dict[str, State] = {}
        for moves in self._moves:
            self._end.update(_after(moves))
        self._waits: dict[str, list[str]] = {}

    def found(self) -> list[tuple[str, str]]:
        """Return (valve, why) for every step that cannot be taken."""
        standing: dict[str, State] = {}
        found = [each for step in self._steps for each in self._by_itself(step)]
        for moves in self._moves:
            for valve in moves.opens:
                found += self._opening(moves, valve, standing)
            for valve in moves.closes:
                found += self._closing(moves, valve, standing)
            standing.update(_after(moves))
        return found

    def depends(self) -> list[tuple[str, str]]:
        """Return, after `found`, the steps that may be refused by where valves stand that are not brought anywhere."""
        return [
            (valve, f"may be refused, by where these stand, which it leaves as they are: {', '.join(others)}")
            for valve, others in self._waits.items()
        ]

    def _moved(self, step: SafeStep) -> _Moves:
        assert step.target is not None
        moves = self._families.following(step.valve, step.target)
        opens = tuple(name for name, to in moves.items() if to is State.OPEN)
        return _Moves(step.valve, opens, tuple(name for name in moves if name not in opens))

    def _by_itself(self, step: SafeStep) -> Iterator[tuple[str, str]]:
        valve = self._valves[step.valve]
        if step.target is None:
            return
        if valve.remote:
            yield step.valve, f"expected hold: {valve.actuator.removeprefix('node.')} has it, and its own safe state"
        elif valve.kind == MANUAL:
            yield step.valve, "expected hold: a person turns it"
        elif not valve.enabled:
            yield step.valve, f"expected hold: it is out of service, {valve.disabled_why}"
        for child, target in self._families.following(step.valve, step.target).items():
            if child == step.valve:
                continue
            if not self._valves[child].enabled:
                yield step.valve, f"cannot be reached: {child} follows it and is out of service"
            if child in self._targets and self._targets[child] is not target:
                yield child, f"cannot be reached: it follows {step.valve}, which brings it to {target}"

    def _opening(self, moves: _Moves, valve: str, standing: Mapping[str, State]) -> Iterator[tuple[str, str]]:
        if standing.get(valve) is State.OPEN:
            return
        spec = self._valves[valve]
        who = f"{valve} opens with it, and" if valve != moves.valve else "it"
        for other in spec.interlocks:
            if other == valve or standing.get(other) is State.CLOSED:
                continue
            if self._end.get(other) is State.OPEN and spec.pipette and spec.pipette == self._valves[other].pipette:
                yield moves.valve, f"cannot be reached: both valves of pipette {spec.pipette} would be open"
            elif self._end.get(other) is State.OPEN:
                yield moves.valve, f"cannot be reached: {who} may not open while {other} is, and {other} ends open"
            elif other in self._end:
                text = f"{who} may not open while {other} is, which is closed only later: close {other} before"
                yield moves.valve, f"cannot be reached: {text}"
            else:
                self._wait(moves.valve, other)
        for other in spec.positive_interlocks:
            if standing.get(other) is State.OPEN:
                continue
            if other in self._end:
                text = f"{who} may open only while {other} is open, which it is not by then"
                yield moves.valve, f"cannot be reached: {text}"
            else:
                self._wait(moves.valve, other)

    def _closing(self, moves: _Moves, valve: str, standing: Mapping[str, State]) -> Iterator[tuple[str, str]]:
        if standing.get(valve) is State.CLOSED:
            return
        who = f"{valve} closes with it, and" if valve != moves.valve else "it"
        for other in self._valves[valve].close_interlocks:
            if standing.get(other) is State.CLOSED or self._targets.get(other) is State.CLOSED:
                continue  # between two of its own valves the order of the steps is the rule
            if other in self._end:
                when = "ends open" if self._end[other] is State.OPEN else "is closed only later"
                text = f"{who} may not close while {other} is open, and {other} {when}"
                yield moves.valve, f"cannot be reached: {text}"
            else:
                self._wait(moves.valve, other)

    def _wait(self, valve: str, other: str) -> None:
        waits = self._waits.setdefault(valve, [])
        if other not in waits:
            waits.append(other)


def _after(moves: _Moves) -> dict[str, State]:
    return {**dict.fromkeys(moves.closes, State.CLOSED), **dict.fromkeys(moves.opens, State.OPEN)}
