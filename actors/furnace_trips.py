"""When a furnace is switched off by its own node: pure, from one reading to the next.

These trips die with the process. They are no substitute for an over-temperature cut-out that is independent of it.
"""

from collections import deque
from dataclasses import dataclass

WINDOW_S = 10.0  # over which the rate of heating is taken
NOISE_C = 5.0  # so much in a window is no rate: a thermocouple's noise, a step of a coarse reading


@dataclass(frozen=True, slots=True)
class TripLimits:
    """What is too much.

    Attributes:
        over_temperature_c: the measured temperature, degrees Celsius.
        fastest_c_per_min: how fast it may rise, degrees Celsius a minute; None: as fast as it will.
        blind_s: seconds without a reading (thermocouple broken, controller silent) while it may be heating.
    """

    over_temperature_c: float
    fastest_c_per_min: float | None = None
    blind_s: float = 10.0


class Trips:
    """Judge readings. Times are monotonic seconds, given by the caller."""

    def __init__(self, limits: TripLimits, now: float) -> None:
        self._limits = limits
        self._seen_at = now
        self._latest: deque[tuple[float, float]] = deque()

    def seen(self, temperature_c: float, now: float) -> str:
        """Take a reading in; return why the furnace has to be off, or ""."""
        limits = self._limits
        self._seen_at = now
        rose_c = self._rise(temperature_c, now)
        if temperature_c > limits.over_temperature_c:
            return f"over-temperature: {temperature_c:.1f} C is over {limits.over_temperature_c:g} C"
        if limits.fastest_c_per_min is not None and rose_c > max(NOISE_C, limits.fastest_c_per_min * WINDOW_S / 60):
            rate = rose_c * 60 / WINDOW_S
            return f"it heats too fast: {rate:.0f} C a minute is over {limits.fastest_c_per_min:g}"
        return ""

    def blind(self, why: str, now: float, *, broken: bool = False) -> str:
        """Take in that there is no reading; return why the furnace has to be off, or "". `broken`: the sensor is."""
        self._latest.clear()
        if broken:
            return f"thermocouple break: {why}"
        blind_s = now - self._seen_at
        return f"no reading for {blind_s:.0f} s: {why}" if blind_s > self._limits.blind_s else ""

    def _rise(self, temperature_c: float, now: float) -> float:
        """Return how much it has risen in the last window, degrees Celsius."""
        self._latest.append((now, temperature_c))
        while now - self._latest[0][0] > WINDOW_S:
            self._latest.popleft()
        return temperature_c - min(earlier for _, earlier in self._latest)
