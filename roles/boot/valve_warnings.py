"""What is worth saying about a table that is sound: nothing of it stops the start."""

from collections.abc import Iterator, Mapping

from actors.table import ValveSpec
from roles.boot import interlocks
from roles.boot.families import Families
from roles.boot.valve_channels import told_twice

Idle = Mapping[tuple[str, str], list[str]]  # (key, why it changes nothing) -> valves


def warnings(
    file: str, listed: Mapping[str, ValveSpec], even: Mapping[str, ValveSpec], idle: Idle, mode: str
) -> list[str]:
    """Return one line per thing. `listed`: the table as written; `even`: as it will be used."""
    return [f"{file}: {text}" for text in (*_interlocks(listed, even, mode), *_wiring(even), *_idle(idle))]


def _interlocks(listed: Mapping[str, ValveSpec], even: Mapping[str, ValveSpec], mode: str) -> Iterator[str]:
    if pairs := interlocks.one_sided(listed):
        what = "kept as listed" if mode == "as_listed" else "made to hold both ways"
        named = ", ".join(f"{name} lists {other}" for name, other in pairs)
        yield f"one-sided interlocks, {what}: {named}"
    if pairs := interlocks.unheld(even):
        named = ", ".join(f"{other} while {name} is open" for name, other in pairs)
        yield f"a positive interlock holds nothing open (close_interlock does): {named}"
    for ring in interlocks.stuck_open(even):
        yield f"once all are open none of them may close (close_interlock): {', '.join(ring)}"
    for name, valve in even.items():
        if out := [other for other in valve.positive_interlocks if not even[other].enabled]:
            yield f"{name} needs valves open that are out of service: {', '.join(out)}"
    told: set[str] = set()
    for parent, _ in Families(even).parents():
        for _, _, text in interlocks.clashes(even, parent):
            if text not in told:
                told.add(text)
                yield f"{text} until one of them is moved by itself"


def _wiring(even: Mapping[str, ValveSpec]) -> Iterator[str]:
    for first, second, channel in told_twice(even):
        yield f"{channel} tells the state of {first} and of {second}"


def _idle(idle: Idle) -> Iterator[str]:
    for (key, why), valves in idle.items():
        yield f"{key} has no effect ({', '.join(valves)}): {why}"
