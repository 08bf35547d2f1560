"""What the gauges of this node showed last, as a furnace is told it: its cooling water, switches, the room. Pure."""

from dataclasses import dataclass

ON = 0.5  # and above: an input shows 1 or 0


@dataclass(frozen=True, slots=True)
class GaugeSeen:
    """What one look at a gauge found; told to whoever has to know.

    Attributes:
        name, channel: the gauge's, and its controller's for it.
        value: the number, or None where there is none.
        said: what there is instead.
        at: monotonic seconds.
    """

    name: str
    channel: str
    value: float | None
    said: str
    at: float


@dataclass(frozen=True, slots=True)
class WaterLimit:
    """The gauge that shows the cooling water, and the least that it has to show."""

    gauge: str
    at_least: float = ON


class Inputs:
    """Keeps the last look at each gauge. Times are monotonic seconds, given by the caller.

    Args:
        water: None: nobody looks at the water.
        stale_s: after so many seconds without a number there is none.
        now: when it begins.
    """

    def __init__(self, water: WaterLimit | None, stale_s: float, now: float) -> None:
        self._water = water
        self._stale_s = stale_s
        self._seen: dict[str, GaugeSeen] = {}
        self._water_at = now  # when it was last a number

    def take(self, seen: GaugeSeen) -> None:
        """Take a look in."""
        self._seen[seen.name] = seen
        if self._water is not None and seen.name == self._water.gauge and seen.value is not None:
            self._water_at = seen.at

    def value(self, name: str, now: float) -> float:
        """Return what a gauge shows, by its name or its channel. Raises `LookupError` with the reason."""
        named = [each for each in self._seen.values() if name in (each.name, each.channel)]
        seen = self._seen.get(name) or (named[0] if len(named) == 1 else None)
        if seen is None and named:
            raise LookupError(f"several gauges have a channel {name}: {', '.join(each.name for each in named)}")
        if seen is None:
            raise LookupError(f"no gauge of this node has shown anything by the name of {name}")
        if seen.value is None or now - seen.at > self._stale_s:
            raise LookupError(f"{seen.name} shows no number: {seen.said or 'it is not looked at any more'}")
        return seen.value

    def all(self, now: float) -> dict[str, float | None]:
        """Return what each gauge shows; None: no number."""
        return {
            name: None if now - seen.at > self._stale_s else seen.value for name, seen in sorted(self._seen.items())
        }

    def water(self, now: float) -> bool | None:
        """Whether there is water; None: nobody knows, or nobody looks."""
        if self._water is None:
            return None
        try:
            return self.value(self._water.gauge, now) >= self._water.at_least
        except LookupError:
            return None

    def forbids(self, now: float) -> str:
        """Return why nothing may be heated now, or ""."""
        if self._water is None:
            return ""
        try:
            shown = self.value(self._water.gauge, now)
        except LookupError as why:
            return f"whether there is cooling water is not known: {why.args[0]}"
        return "" if shown >= self._water.at_least else self._dry(shown)

    def trips(self, now: float) -> str:
        """Return why what is being heated has to be off, or "": a reading may be missing for a while."""
        why = self.forbids(now)
        if not why or self._water is None:
            return ""
        dry = self.water(now) is False
        return why if dry or now - self._water_at > self._stale_s else ""

    def _dry(self, shown: float) -> str:
        assert self._water is not None, "asked for where there is a limit"
        return f"no cooling water: {self._water.gauge} shows {shown:g}, less than {self._water.at_least:g}"
