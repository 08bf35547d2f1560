"""When a furnace is switched off by its own node: pure, from one reading to the next.

These trips die with the process. They are no substitute for an over-temperature cut-out that is independent of it.
"""

from collections import deque
from dataclasses import dataclass

WINDOW_S = 10.0  # over which the rate of heating is taken
NOISE_C = 5.0  # so much in a window is no rate: a thermocouple's noise, a step of a coarse reading
FULL_PERCENT = 99.0
NEAR_C = 20.0  # below its set-point a loop gives all it has
FOLLOWS_C = 2.0  # by which it has to become warmer


@dataclass(frozen=True, slots=True)
class TripLimits:
    """What is too much.

    Attributes:
        over_temperature_c: the measured temperature, degrees Celsius.
        fastest_c_per_min: how fast it may rise, degrees Celsius a minute; None: as fast as it will.
        blind_s: seconds without a reading (thermocouple broken, controller silent) while it may be heating.
        loop_break_s: seconds at full output, well below the set-point, in which it has to become warmer; None: for
            ever. A thermocouple that has slipped out, or a heater that is open, looks like that.
    """

    over_temperature_c: float
    fastest_c_per_min: float | None = None
    blind_s: float = 10.0
    loop_break_s: float | None = None


class Trips:
    """Judge readings. Times are monotonic seconds, given by the caller."""

    def __init__(self, limits: TripLimits, now: float) -> None:
        self._limits = limits
        self._seen_at = now
        self._latest: deque[tuple[float, float]] = deque()
        self._full: tuple[float, float] | None = None  # since when it gives all, and how warm it was then

    def seen(
        self, temperature_c: float, now: float, *, setpoint_c: float | None = None, output_percent: float | None = None
    ) -> str:
        """Take a reading in; return why the furnace has to be off, or "". What else was read may be None."""
        limits = self._limits
        self._seen_at = now
        rate = self._fastest(temperature_c, now)
        stuck_s = self._at_full_power(temperature_c, now, setpoint_c, output_percent)
        if temperature_c > limits.over_temperature_c:
            return f"over-temperature: {temperature_c:.1f} C is over {limits.over_temperature_c:g} C"
        if limits.fastest_c_per_min is not None and rate > limits.fastest_c_per_min:
            return f"it heats too fast: {rate:.0f} C a minute is over {limits.fastest_c_per_min:g}"
        if limits.loop_break_s is not None and stuck_s > limits.loop_break_s:
            return f"loop break: {stuck_s:.0f} s at full output, and it does not become warmer"
        return ""

    def blind(self, why: str, now: float, *, broken: bool = False) -> str:
        """Take in that there is no reading; return why the furnace has to be off, or "". `broken`: the sensor is."""
        if broken:
            return f"thermocouple break: {why}"
        blind_s = now - self._seen_at
        return f"no reading for {blind_s:.0f} s: {why}" if blind_s > self._limits.blind_s else ""

    def _fastest(self, temperature_c: float, now: float) -> float:
        """Return the fastest rise up to now, degrees Celsius a minute: over a window, or over a longer gap."""
        latest = self._latest
        latest.append((now, temperature_c))
        while len(latest) > 2 and now - latest[1][0] >= WINDOW_S:  # noqa: PLR2004 - one older than the window stays
            latest.popleft()
        rises = ((temperature_c - then_c, max(WINDOW_S, now - at)) for at, then_c in latest)
        return max(rise_c * 60.0 / span_s if rise_c > NOISE_C else 0.0 for rise_c, span_s in rises)

    def _at_full_power(self, measured_c: float, now: float, setpoint_c: float | None, output: float | None) -> float:
        """Return for how many seconds it has given all it has without becoming warmer."""
        if output is None or setpoint_c is None:
            return now - self._full[0] if self._full is not None else 0.0
        if output < FULL_PERCENT or measured_c > setpoint_c - NEAR_C:
            self._full = None
        elif self._full is None or measured_c >= self._full[1] + FOLLOWS_C:
            self._full = (now, measured_c)
        return now - self._full[0] if self._full is not None else 0.0
