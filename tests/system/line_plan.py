"""The site of the models: which valves there are, what forbids what, who follows whom, where an emergency ends."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.system.nodes import starter_site

OPEN, CLOSED, NEITHER = "open", "closed", "?"
MARKS = {OPEN: "1", CLOSED: "0", NEITHER: "?"}
TARGETS = {"Open": OPEN, "Close": CLOSED}

VALVES = """
- {name: A, address: 101, interlock: [B, H]}
- {name: B, address: 102, interlock: [A], settling_time: 0.02}
- {name: C, address: 103}
- {name: D, address: 104}
- {name: E, address: 105, positive_interlock: [F]}
- {name: F, address: 106, close_interlock: [E], check_actuation_delay: 0.02}
- {name: G, address: 107}
- {name: H, address: 108}
- {name: P, address: 109}
- {name: Q, address: 110, parent: {name: P}, interlock: [G]}
- {name: R, address: 111, parent: {name: P, inverted: true}}
- {name: W, kind: double_actuation_valve, address: "112,113", open_delay: 0.02, close_delay: 0.02, interlock: [B]}
- {kind: pipette, name: Air, inner: C, outer: D}
"""
PREFERENCES = """
safe_state: {E: closed, F: closed, A: closed, W: closed, H: open, C: closed, G: hold, D: closed}
extraction_line: {lease: 3600}
"""
DEVICE = """
name: switch_controller
klass: AgilentGPActuator
port: tcp://192.168.1.60:5025
timeout: 0.4
poll: 0.5
valve_opens_when: relay_closed
"""


@dataclass(frozen=True)
class Plan:
    """The valves of a site.

    Attributes:
        channels: valve -> its relay, or the primary and the secondary one.
        excludes: pairs that are never opened together.
        needs: valve -> one that must be open before it opens; stays: valve -> one that must be closed before it closes.
        follows: valve -> (the one that it follows, whether the other way round).
        safe: where the steps of the safe state lead, in their order; those that are held are not in it.
        inner, outer: the valves of the pipette.
    """

    channels: dict[str, tuple[str, ...]]
    excludes: tuple[tuple[str, str], ...]
    needs: dict[str, str] = field(default_factory=dict)
    stays: dict[str, str] = field(default_factory=dict)
    follows: dict[str, tuple[str, bool]] = field(default_factory=dict)
    safe: dict[str, str] = field(default_factory=dict)
    inner: str = ""
    outer: str = ""

    def partners(self, valve: str) -> list[str]:
        return [other for pair in self.excludes if valve in pair for other in pair if other != valve]

    def moved_by(self, verb: str, valve: str) -> Iterator[tuple[str, str]]:
        """Yield the valves that a command may move, and where to."""
        if verb == "SafeState":
            yield from self.safe.items() if not valve else ()
        elif verb in TARGETS:
            yield valve, TARGETS[verb]
            for child, (parent, inverted) in self.follows.items():
                if parent == valve:
                    yield child, opposite(TARGETS[verb]) if inverted else TARGETS[verb]

    def stands(self, relays: tuple[bool, ...]) -> str:
        """Return where a valve with such relays (closed or not) stands."""
        if len(relays) == 1:
            return OPEN if relays[0] else CLOSED
        return NEITHER if relays[0] == relays[1] else OPEN if relays[0] else CLOSED

    def act(self, valve: str, channel: str, closed: bool) -> tuple[str, int]:
        """Return what a write to one of a valve's relays means: where it is to go, and which step of that it is."""
        channels = self.channels[valve]
        if len(channels) == 1:
            return (OPEN if closed else CLOSED), 0
        return (OPEN if closed == (channel == channels[0]) else CLOSED), 0 if closed else 1


PLAN = Plan(
    {
        **{valve: (str(channel),) for channel, valve in enumerate("ABCDEFGHPQR", 101)},
        "W": ("112", "113"),
    },
    excludes=(("A", "B"), ("A", "H"), ("C", "D"), ("G", "Q"), ("B", "W")),
    needs={"E": "F"},
    stays={"F": "E"},
    follows={"Q": ("P", False), "R": ("P", True)},
    safe={"E": CLOSED, "F": CLOSED, "A": CLOSED, "W": CLOSED, "H": OPEN, "C": CLOSED, "D": CLOSED},
    inner="C",
    outer="D",
)


def opposite(state: str) -> str:
    return CLOSED if state == OPEN else OPEN


def plan_site(root: Path) -> Path:
    """Write the site of these valves to `root`."""
    starter_site("valve_controller", root)
    (root / "setupfiles/extractionline/valves.yaml").write_text(VALVES, encoding="utf-8")
    (root / "setupfiles/devices/switch_controller.yaml").write_text(DEVICE, encoding="utf-8")
    (root / "preferences.yaml").write_text(PREFERENCES, encoding="utf-8")
    return root
