"""One look at everything that a dump depends on: the answers of others, put together. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from actors.drive_motion import DriveSeen
from actors.dump_conditions import Conditions, Seen
from actors.messages import Outcome, State
from actors.picture import Picture
from hardware.numerals import number

LINE, FURNACE = "line", "furnace"


@dataclass(frozen=True, slots=True)
class LoaderSetup:
    """What a loader is made of.

    Attributes:
        magnets: valves of this node that are its magnets: open is energised. In the order of their being energised.
        funnel_valve: the valve that is the funnel: open is down; "": `funnel_drive` is, with its two places.
        up, down: where that is up and down, in its units; tolerance: how near to these it is there.
        feeder: the drive of the feeder, "" where there is none; positions: its places by name.
        closed, opened: valves, and where they have to be for a dump.
        hottest_c: the highest temperature of the furnace for a dump, degrees Celsius.
        magnets_s: how long each magnet is energised; step_s: the longest that another step may take.
    """

    magnets: tuple[str, ...]
    funnel_valve: str = ""
    funnel_drive: str = ""
    up: float = 0.0
    down: float = 0.0
    tolerance: float = 0.0
    feeder: str = ""
    positions: Mapping[str, float] = field(default_factory=dict)
    closed: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    hottest_c: float = 200.0
    magnets_s: float = 3.0
    step_s: float = 30.0

    @property
    def drives(self) -> tuple[str, ...]:
        """Return the names of its drives."""
        return tuple(name for name in (self.funnel_drive, self.feeder) if name)

    @property
    def conditions(self) -> Conditions:
        """Return what has to be so for each step."""
        return Conditions(self.closed, self.opened, self.hottest_c, self.magnets, self.funnel_drive)


class Look:
    """What has been answered so far: by the line, the furnace, drives by name."""

    def __init__(self, setup: LoaderSetup) -> None:
        self._setup = setup
        self._answers: dict[str, Outcome] = {}

    def take(self, who: str, outcome: Outcome) -> None:
        """Take an answer in; the first of each counts."""
        self._answers.setdefault(who, outcome)

    def seen(self) -> Seen:
        """Return what is known now; who has not answered is not known."""
        whys: dict[str, str] = {}
        valves = self._valves(whys)
        drives = {name: self._drive(name, whys) for name in self._setup.drives}
        return Seen(
            valves,
            self._temperature_c(whys),
            self._funnel(valves, drives),
            tuple(name for name, seen in drives.items() if seen is None or seen.reading.moving),
            tuple(name for name, seen in drives.items() if seen is not None and seen.reading.stalled),
            whys,
        )

    def _valves(self, whys: dict[str, str]) -> dict[str, State]:
        outcome = self._answers.get(LINE)
        picture = outcome.value if outcome is not None and outcome.ok else None
        if not isinstance(picture, Picture):
            whys.update(dict.fromkeys(self._names(), _why_not(outcome)))
            return {}
        rows = [picture.by_name[name] for name in self._names() if name in picture.by_name]
        whys.update({row.name: row.doubt for row in rows if row.state is State.UNKNOWN})
        return {row.name: row.state for row in rows}

    def _names(self) -> tuple[str, ...]:
        setup = self._setup
        funnel = (setup.funnel_valve,) if setup.funnel_valve else ()
        return tuple(dict.fromkeys((*setup.magnets, *funnel, *setup.closed, *setup.opened)))

    def _temperature_c(self, whys: dict[str, str]) -> float | None:
        outcome = self._answers.get(FURNACE)
        if outcome is not None and outcome.ok:
            try:
                return number(outcome.text)
            except ValueError:
                pass
        whys[FURNACE] = _why_not(outcome)
        return None

    def _drive(self, name: str, whys: dict[str, str]) -> DriveSeen | None:
        outcome = self._answers.get(name)
        if outcome is not None and outcome.ok and isinstance(outcome.value, DriveSeen):
            return outcome.value
        whys[name] = _why_not(outcome)
        return None

    def _funnel(self, valves: Mapping[str, State], drives: Mapping[str, DriveSeen | None]) -> str:
        setup = self._setup
        if setup.funnel_valve:
            state = valves.get(setup.funnel_valve, State.UNKNOWN)
            return {State.OPEN: "down", State.CLOSED: "up"}.get(state, "")
        seen = drives.get(setup.funnel_drive)
        if seen is None or seen.reading.position is None:
            return ""
        for place, position in (("down", setup.down), ("up", setup.up)):
            if abs(seen.reading.position - position) <= setup.tolerance:
                return place
        return "between"


def stands(setup: LoaderSetup, place: str, seen: Seen) -> tuple[str, str]:
    """Return whether the funnel stands at a place, "OK" or "False"; or, behind it, why nobody knows."""
    if not seen.funnel:
        return "", f"where the funnel is, is not known{seen.why(setup.funnel_drive or setup.funnel_valve)}"
    return "OK" if seen.funnel == place and setup.funnel_drive not in seen.moving else "False", ""


def energised(setup: LoaderSetup, seen: Seen) -> tuple[str, str]:
    """Return whether any magnet is energised, "OK" or "False"; or, behind it, why nobody knows."""
    states = {magnet: seen.valves.get(magnet, State.UNKNOWN) for magnet in setup.magnets}
    if State.OPEN in states.values():
        return "OK", ""
    unknown = next((name for name, state in states.items() if state is State.UNKNOWN), "")
    return "False", f"magnet {unknown} is not known{seen.why(unknown)}" if unknown else ""


def _why_not(outcome: Outcome | None) -> str:
    if outcome is None:
        return "no answer in time"
    return outcome.text if not outcome.ok else f"it answered {outcome.text[:40]!r}"
