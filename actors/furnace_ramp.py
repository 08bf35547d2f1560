"""A ramp and a soak: what the set-point is at a time. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ramp:
    """From one set-point to another at a rate, then held for a while, then to where it ends.

    Attributes:
        from_c, to_c: degrees Celsius.
        c_per_min: over 0.
        began: monotonic seconds.
        soak_s: seconds at `to_c`; None: for good.
        then_c: the set-point after the soak.
    """

    from_c: float
    to_c: float
    c_per_min: float
    began: float
    soak_s: float | None = None
    then_c: float = 0.0

    @property
    def ramp_s(self) -> float:
        """Return how many seconds the ramp takes."""
        return abs(self.to_c - self.from_c) * 60.0 / self.c_per_min

    def setpoint_c(self, now: float) -> float:
        """Return the set-point at a time."""
        passed_s = now - self.began
        if passed_s < self.ramp_s:
            return self.from_c + (self.to_c - self.from_c) * max(0.0, passed_s) / self.ramp_s
        return self.then_c if self.is_over(now) else self.to_c

    def is_over(self, now: float) -> bool:
        """Whether nothing is left to do: the soak is over."""
        return self.soak_s is not None and now - self.began >= self.ramp_s + self.soak_s

    def said(self, now: float) -> str:
        """Return how far it is, for a person."""
        left_s = self.began + self.ramp_s - now
        if left_s > 0:
            return f"ramp to {self.to_c:g} C, {left_s:.0f} s left"
        if self.soak_s is None:
            return f"soak at {self.to_c:g} C"
        return f"soak at {self.to_c:g} C, {max(0.0, left_s + self.soak_s):.0f} s left"
