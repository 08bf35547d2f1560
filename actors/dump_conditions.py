"""What has to be so for each step of a dump: pure. What nobody knows is not so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from actors.messages import State


class Do(StrEnum):
    """A step, as a person is told it."""

    LOWER = "lowering"
    ON = "energising"
    WAIT = "energised"
    OFF = "de-energising"
    HALT = "stopping the funnel"
    RAISE = "raising"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `magnet`: the valve that is switched, or, of `WAIT`, that has to be energised."""

    do: Do
    magnet: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look found.

    Attributes:
        valves: state of each valve that is known; one that is missing is not known.
        temperature_c: of the furnace; None: not known.
        funnel: "down", "up", "between", or "": not known.
        moving: drives that move, or of which that is not known; stalled: those that have stalled.
        whys: why something is not known, by its name ("furnace", a valve, a drive).
    """

    valves: Mapping[str, State] = field(default_factory=dict)
    temperature_c: float | None = None
    funnel: str = ""
    moving: tuple[str, ...] = ()
    stalled: tuple[str, ...] = ()
    whys: Mapping[str, str] = field(default_factory=dict)

    def why(self, name: str) -> str:
        """Return why something is not known, for a person."""
        return f" ({self.whys[name]})" if self.whys.get(name) else ""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What has to be so.

    Attributes:
        closed, opened: valves, and where they have to be.
        hottest_c: the highest temperature of the furnace, degrees Celsius.
        magnets: the valves that are the magnets; funnel: name of the funnel's drive, "" where it is a valve.
    """

    closed: tuple[str, ...]
    opened: tuple[str, ...]
    hottest_c: float
    magnets: tuple[str, ...]
    funnel: str = ""

    def forbid(self, step: Step, seen: Seen, *, begun: bool) -> str:
        """Return why a step may not be taken, or, if it has `begun`, may not go on; "": it may."""
        if step.do is Do.HALT or step.do is Do.OFF:
            return ""
        if step.do is Do.RAISE:
            return self._magnets_on(seen) or self._drives(seen, begun=begun, others=False)
        why = self._valves(seen) or self._furnace(seen) or self._drives(seen, begun=begun and step.do is Do.LOWER)
        if step.do is Do.LOWER:
            lost = "" if seen.funnel or begun else f"where the funnel is, is not known{seen.why(self.funnel)}"
            return why or lost or self._magnets_on(seen)
        if why or seen.funnel != "down":
            return why or f"the funnel is not down: {_place(seen)}{seen.why(self.funnel)}"
        energised = seen.valves.get(step.magnet, State.UNKNOWN)
        if step.do is Do.WAIT and energised is not State.OPEN:
            return f"{step.magnet} is {energised}{seen.why(step.magnet)}, and has to be open"
        return ""

    def arrived(self, step: Step, seen: Seen) -> bool:
        """Whether the funnel stands where a step has sent it."""
        wanted = {Do.LOWER: "down", Do.RAISE: "up"}.get(step.do)
        return wanted is not None and seen.funnel == wanted and self.funnel not in seen.moving

    def _valves(self, seen: Seen) -> str:
        for names, wanted in ((self.closed, State.CLOSED), (self.opened, State.OPEN)):
            for name in names:
                state = seen.valves.get(name, State.UNKNOWN)
                if state is not wanted:
                    return f"{name} is {state}{seen.why(name)}, and has to be {wanted}"
        return ""

    def _furnace(self, seen: Seen) -> str:
        if seen.temperature_c is None:
            return f"the temperature of the furnace is not known{seen.why('furnace')}"
        if not seen.temperature_c <= self.hottest_c:
            return f"the furnace is at {seen.temperature_c:g} C, over {self.hottest_c:g} C"
        return ""

    def _drives(self, seen: Seen, *, begun: bool, others: bool = True) -> str:
        """Return what is wrong with a drive; `begun`: the funnel's may move; `others`: they count, too."""
        for name in seen.stalled:
            if others or name == self.funnel:
                return f"{name} has stalled"
        for name in seen.moving:
            known = name not in seen.whys
            if name == self.funnel and begun and known:
                continue
            if others or name == self.funnel:
                return f"{name} is moving" if known else f"whether {name} moves is not known{seen.why(name)}"
        return ""

    def _magnets_on(self, seen: Seen) -> str:
        for name in self.magnets:
            if seen.valves.get(name, State.UNKNOWN) is not State.CLOSED:
                return f"magnet {name} is not known to be de-energised{seen.why(name)}"
        return ""


def _place(seen: Seen) -> str:
    return seen.funnel or "nobody knows where it is"
