"""What is true of a simulated instrument's relays, and what a controller may know of it; breaches of rules are kept.

A relay that a hand moves, or whose readback lies, is not what it was told to be: a controller cannot know that before
it has been told otherwise. So a rule counts as broken by what was *told*: reported to the controller, or commanded.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.system.line_clients import Asked


@dataclass
class Plan:
    """The valves of a site. `channels`: valve -> relay; `excludes`: pairs; `needs`: valve -> one that must be open."""

    channels: dict[str, str]
    excludes: tuple[tuple[str, str], ...]
    needs: dict[str, str] = field(default_factory=dict)

    def partners(self, valve: str) -> list[str]:
        return [other for pair in self.excludes if valve in pair for other in pair if other != valve]


class Truth(dict):
    """The relays of the simulator (channel -> closed): it is put in the place of its own dictionary.

    Attributes:
        told: valve -> whether it is open, as the controller was told last.
        writes: valve -> how often a command moved its relay, or tried to.
        breaches: what must never happen, in words.
    """

    def __init__(self, relays: dict[str, bool], plan: Plan) -> None:
        super().__init__(relays)
        self.plan = plan
        self.valve_of = {channel: valve for valve, channel in plan.channels.items()}
        self.lock = threading.RLock()
        self.told = dict.fromkeys(plan.channels, False)
        self.writes = dict.fromkeys(plan.channels, 0)
        self.history: dict[str, list[tuple[float, bool]]] = {valve: [(0.0, False)] for valve in plan.channels}
        self.lies: dict[str, list[float]] = {valve: [] for valve in plan.channels}
        self.locked: set[str] = set()
        self.owners: dict[str, str] = {}
        self.flying: list[Asked] = []
        self.breaches: list[str] = []

    def commanded(self, channel: str, closed: bool, moves: bool) -> None:
        """Take note of a command that the instrument carries out; `moves`: the relay is not stuck."""
        with self.lock:
            valve = self.valve_of.get(channel)
            if valve is None:
                return
            self.writes[valve] += 1
            self._judge(valve, closed)
            self.told[valve] = closed
            if moves:
                self.put(channel, closed)

    def _judge(self, valve: str, opens: bool) -> None:
        if valve in self.locked:
            self.breaches.append(f"{valve} was moved while it was locked")
        owner = self.owners.get(valve)
        if owner is not None and not any(a.valve == valve and a.client == owner for a in self.flying):
            self.breaches.append(f"{valve} was moved while {owner} owned it and had asked for nothing")
        if not opens:
            return
        for other in self.plan.partners(valve):
            if self.told[other]:
                self.breaches.append(f"{valve} was opened while {other} was open")
        needed = self.plan.needs.get(valve)
        if needed is not None and not self.told[needed]:
            self.breaches.append(f"{valve} was opened while {needed} was closed")

    def reported(self, channel: str, closed: bool) -> None:
        """Take note of what the instrument tells of a relay."""
        with self.lock:
            valve = self.valve_of.get(channel)
            if valve is not None:
                self.told[valve] = closed

    def put(self, channel: str, closed: bool) -> None:
        """Move a relay, whoever does."""
        with self.lock:
            self[channel] = closed
            valve = self.valve_of.get(channel)
            if valve is not None:
                self.history[valve].append((time.monotonic(), closed))

    def lied(self, channel: str) -> None:
        """Take note that a relay's readback begins or ends to lie."""
        with self.lock:
            self.lies[self.valve_of[channel]].append(time.monotonic())

    def was(self, valve: str, opened: bool, since: float, until: float) -> bool:
        """Whether a valve stood so at some time between the two."""
        with self.lock:
            history = self.history[valve]
            ends = [at for at, _ in history[1:]] + [float("inf")]
            return any(
                state is opened and at <= until and end >= since for (at, state), end in zip(history, ends, strict=True)
            )

    def lied_between(self, valve: str, since: float, until: float, now_lying: Iterable[str]) -> bool:
        """Whether its readback was not to be trusted at some time between the two."""
        with self.lock:
            turns = self.lies[valve]
            return self.plan.channels[valve] in now_lying or any(since - 5.0 <= at <= until for at in turns)

    def is_open(self, valve: str) -> bool:
        with self.lock:
            return bool(self[self.plan.channels[valve]])


def watch(simulator: object, plan: Plan) -> Truth:
    """Put the truth into a simulated instrument, so that all that it does and says is noted."""
    truth = Truth(simulator.relays, plan)  # type: ignore[attr-defined]
    simulator.relays = truth  # type: ignore[attr-defined]
    faults = simulator.faults  # type: ignore[attr-defined]

    def move(channels: list[str], closed: bool) -> None:
        for channel in channels:
            truth.commanded(channel, closed, channel not in faults.stuck)

    def seen_closed(channel: str) -> bool:
        with truth.lock:
            seen = truth[channel] != (channel in faults.lie)
            truth.reported(channel, seen)
            return bool(seen)

    simulator.move = move  # type: ignore[attr-defined]
    simulator.seen_closed = seen_closed  # type: ignore[attr-defined]
    return truth
