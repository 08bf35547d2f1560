"""What is true of a simulated instrument's relays, what a controller was told of them, and which rules that breaks.

A relay that a hand moves, or whose readback lies, is not what it was told to be: a controller cannot know that before
it has been told otherwise. So a rule counts as broken by what was *told*: reported to the controller, or commanded.
A person's word for a valve is told, too; about when the controller took it in nothing is known for a while.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.system.line_clients import Asked
from tests.system.line_holds import Register
from tests.system.line_plan import CLOSED, NEITHER, OPEN, Plan

VAGUE_S = 1.0  # after a person's word: a look that began before it may still be told
LAG_S = 2.0  # in which what an instrument has told, or failed to tell, is taken in


@dataclass(frozen=True)
class Write:
    """A command that the instrument carried out. `owner`: who alone may have given it; "": anybody.

    Attributes:
        target, step: where the valve is to go, and which act of that it is.
        latched: only the safe state itself may open a valve now.
    """

    at: float
    valve: str
    target: str
    step: int
    owner: str
    latched: bool


@dataclass
class Holds:
    """What keeps valves from moving, as far as answers tell. `latch`: of the safe state."""

    locks: dict[str, Register]
    owners: dict[str, Register]
    services: dict[str, Register]
    latch: Register = field(default_factory=Register)

    @classmethod
    def of(cls, plan: Plan) -> "Holds":
        return cls(*({valve: Register() for valve in plan.channels} for _ in range(3)))


class History:
    """A value that changes. `at(since, until)`: which values it had between the two."""

    def __init__(self, value: str) -> None:
        self._turns = [(-math.inf, value)]

    @property
    def now(self) -> str:
        return self._turns[-1][1]

    def turn(self, value: str) -> None:
        if value != self.now:
            self._turns.append((time.monotonic(), value))

    def between(self, since: float, until: float) -> set[str]:
        ends = [at for at, _ in self._turns[1:]] + [math.inf]
        return {value for (at, value), end in zip(self._turns, ends, strict=True) if at <= until and end >= since}


class Truth(dict):
    """The relays of the simulator (channel -> closed): it is put in the place of its own dictionary.

    Attributes:
        told: valve -> where it stands, as the controller was told last; stood: where it stands.
        writes: what commands moved, or tried to.
        breaches: what must never happen, in words.
        shots: of the pipette, at most.
        note: keeps a line of what happened.
    """

    def __init__(self, relays: dict[str, bool], plan: Plan, faults: object, note: Callable[..., None]) -> None:
        super().__init__(relays)
        self.plan = plan
        self.faults = faults
        self.note = note
        self.lock = threading.RLock()
        for channels in plan.channels.values():
            self.update(dict.fromkeys(channels[1:], True))  # the secondary relay of a valve that is closed
        self._valve_of = {channel: valve for valve, channels in plan.channels.items() for channel in channels}
        self._told_relays = dict(self)
        self.told = {valve: History(CLOSED) for valve in plan.channels}
        self.stood = {valve: History(CLOSED) for valve in plan.channels}
        self._lies = {valve: History("") for valve in plan.channels}
        self._words: dict[str, list[Asked]] = {valve: [] for valve in plan.channels}  # a person's, not overtaken yet
        self._overtaken = dict.fromkeys(plan.channels, -math.inf)
        self.holds = Holds.of(plan)
        self.writes: list[Write] = []
        self.asked: list[Asked] = []
        self.breaches: list[str] = []
        self._armed, self.shots = False, 0

    def breach(self, text: str) -> None:
        with self.lock:
            self.breaches.append(text)
            self.note("BREACH", text)

    # --- what the instrument does -------------------------------------------------------------------------------

    def commanded(self, channel: str, closed: bool) -> None:
        """Take note of a command that the instrument carries out."""
        with self.lock:
            valve = self._valve_of.get(channel)
            if valve is None:
                self.breach(f"channel {channel} was written, which is no valve's")
                return
            target, step = self.plan.act(valve, channel, closed)
            self.note("write", valve, target, step)
            self._judge(valve, target, step)
            self._hear(valve, channel, closed)
            if channel not in self.faults.stuck:
                self.put(channel, closed)

    def reported(self, channel: str) -> bool:
        """Return what the instrument tells of a relay."""
        with self.lock:
            seen = bool(self[channel]) != (channel in self.faults.lie)
            valve = self._valve_of.get(channel)
            if valve is not None:
                self._hear(valve, channel, seen)
            return seen

    def put(self, channel: str, closed: bool) -> None:
        """Move a relay, whoever does."""
        with self.lock:
            self[channel] = closed
            valve = self._valve_of.get(channel)
            if valve is not None:
                relays = tuple(self[one] for one in self.plan.channels[valve])
                self.stood[valve].turn(self.plan.stands(relays))

    def lie(self, channel: str, on: bool) -> None:
        """Let a relay's readback begin or end to lie."""
        with self.lock:
            (self.faults.lie.add if on else self.faults.lie.discard)(channel)
            self._lies[self._valve_of[channel]].turn("lies" if on else "")

    def _hear(self, valve: str, channel: str, closed: bool) -> None:
        self._told_relays[channel] = closed
        relays = tuple(self._told_relays[one] for one in self.plan.channels[valve])
        state = self.plan.stands(relays)
        self.told[valve].turn(state)
        now = time.monotonic()
        if state != NEITHER and self._words[valve] and now > VAGUE_S + max(one.ends_by for one in self._words[valve]):
            self._words[valve].clear()
            self._overtaken[valve] = now
        if state == OPEN and valve == self.plan.inner:
            self._armed = True
        elif state == OPEN and valve == self.plan.outer and self._armed:
            self._armed, self.shots = False, self.shots + 1

    # --- the rules ----------------------------------------------------------------------------------------------

    def _judge(self, valve: str, target: str, step: int) -> None:
        now, holds, plan = time.monotonic(), self.holds, self.plan
        if holds.locks[valve].certain(now, now):
            self.breach(f"{valve} was moved while it was locked")
        if holds.services[valve].certain(now, now):
            self.breach(f"{valve} was moved while it was out of service")
        latched = bool(holds.latch.certain(now, now)) and target == OPEN
        if latched and plan.safe.get(valve) != OPEN:
            self.breach(f"{valve} was opened in the safe state")
        self.writes.append(Write(now, valve, target, step, holds.owners[valve].certain(now, now) or "", latched))
        if step:
            return  # it follows its first act whatever has changed
        if target == OPEN:
            for other in plan.partners(valve):
                if self.believed(other) not in (CLOSED, None):
                    self.breach(f"{valve} was opened while {other} was {self.believed(other)}")
            needed = plan.needs.get(valve)
            if needed and self.believed(needed) not in (OPEN, None):
                self.breach(f"{valve} was opened while {needed} was {self.believed(needed)}")
        elif valve in plan.stays and self.believed(plan.stays[valve]) == OPEN and not self._between_members(valve):
            self.breach(f"{valve} was closed while {plan.stays[valve]} was open")

    def _between_members(self, valve: str) -> bool:
        now = time.monotonic()
        called = any(one.verb == "SafeState" and not one.valve and one.ends_by >= now for one in self.asked)
        return called and valve in self.plan.safe and self.plan.stays[valve] in self.plan.safe

    def believed(self, valve: str) -> str | None:
        """Return where a controller must take a valve to stand; None: a person's word may count instead."""
        return None if self._words[valve] else self.told[valve].now

    def assuming(self, asked: Asked) -> None:
        """Take note that a person gives a word for a valve: it counts until a look that begins later."""
        with self.lock:
            self._words[asked.valve].append(asked)
            if asked.valve in (self.plan.inner, self.plan.outer) and asked.more.startswith(f",{OPEN}"):
                self.shots += 1  # such a word may arm the pipette, or count as a shot

    # --- what may be answered -----------------------------------------------------------------------------------

    def may_be_said(self, valve: str, state: str, since: float, until: float) -> bool:
        """Whether a controller may have known at some time between the two that a valve stood so."""
        with self.lock:
            assumed = bool(self._words[valve]) or self._overtaken[valve] >= since - LAG_S
            return assumed or state in self.told[valve].between(since, until)

    def stood_so(self, valve: str, state: str, since: float, until: float) -> bool:
        """Whether a valve stood so at some time between the two, or its readback was not to be trusted."""
        with self.lock:
            lied = "lies" in self._lies[valve].between(since - LAG_S, until)
            return lied or state in self.stood[valve].between(since, until)

    def stands(self) -> dict[str, str]:
        with self.lock:
            return {valve: history.now for valve, history in self.stood.items()}


def watch(simulator: object, plan: Plan, note: Callable[..., None]) -> Truth:
    """Put the truth into a simulated instrument, so that all that it does and says is noted."""
    truth = Truth(simulator.relays, plan, simulator.faults, note)  # type: ignore[attr-defined]

    def move(channels: list[str], closed: bool) -> None:
        for channel in channels:
            truth.commanded(channel, closed)

    simulator.relays = truth  # type: ignore[attr-defined]
    simulator.move = move  # type: ignore[attr-defined]
    simulator.seen_closed = truth.reported  # type: ignore[attr-defined]
    return truth
