"""A resistance furnace and the loop that holds it at its set-point, for simulators of temperature controllers. Pure.

Heat comes from an element that lags behind its power, and leaves by radiation and conduction; a thermocouple lags
behind the heat. So it heats, overshoots and cools as a furnace does, and the same calls give the same numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

AMBIENT_C = 22.0
STEP_S = 0.5  # of the furnace's own time
LONGEST_S = 12 * 3600.0  # of the furnace's own time between two looks: after it nothing changes any more
KELVIN = 273.15
STEFAN_BOLTZMANN = 5.670374e-8  # W m-2 K-4

Mode = Literal["auto", "manual", "off"]


@dataclass(frozen=True, slots=True)
class Build:
    """How a furnace is made; as given it holds 800 C with 27 % of its power, and gets to 1430 C with all of it.

    Attributes:
        power_w: the heater's, at 100 %.
        heat_j_k: what one kelvin costs.
        conduction_w_k: lost to the room for each kelvin of difference.
        radiating_m2: area times emissivity.
        element_s: the time constant of the element behind its power.
        sensor_s: of the thermocouple behind the temperature.
    """

    power_w: float = 2600.0
    heat_j_k: float = 2000.0
    conduction_w_k: float = 0.5
    radiating_m2: float = 0.004
    element_s: float = 25.0
    sensor_s: float = 8.0


@dataclass(slots=True)
class Tuning:
    """The three terms: proportional band in kelvins, integral and derivative time in seconds (0: without)."""

    band_k: float = 40.0
    integral_s: float = 100.0
    derivative_s: float = 15.0


@dataclass(slots=True)
class FurnaceFaults:
    """What is broken at the furnace; may be changed at any time, from any thread.

    Attributes:
        broken_sensor: the thermocouple is open: the controller measures nothing, and gives no output by itself.
        open_heater: no heat, whatever the output says.
        stuck_output_percent: what the power stage gives, whatever the output says; None: it does as it is told.
        stuck_setpoint: the controller takes another set-point, and keeps the one that it had.
        hung_output_percent: what the controller asks of the heater, whatever its loop says; None: it follows its loop.
    """

    broken_sensor: bool = False
    open_heater: bool = False
    stuck_output_percent: float | None = None
    stuck_setpoint: bool = False
    hung_output_percent: float | None = None


@dataclass(slots=True)
class _Heat:
    """The temperatures, in degrees Celsius, and the heater's share as it reaches the furnace, in percent."""

    furnace_c: float = AMBIENT_C
    sensor_c: float = AMBIENT_C
    element_percent: float = 0.0

    def step(self, build: Build, power_percent: float) -> None:
        self.element_percent += (power_percent - self.element_percent) * STEP_S / build.element_s
        kelvins, room = self.furnace_c + KELVIN, AMBIENT_C + KELVIN
        lost_w = build.conduction_w_k * (kelvins - room)
        lost_w += STEFAN_BOLTZMANN * build.radiating_m2 * (kelvins**4 - room**4)
        gained_w = build.power_w * self.element_percent / 100.0
        self.furnace_c += (gained_w - lost_w) * STEP_S / build.heat_j_k
        self.sensor_c += (self.furnace_c - self.sensor_c) * STEP_S / build.sensor_s


@dataclass
class Furnace:
    """A furnace with its controller: what a simulator of the controller shows, and what it is told.

    Attributes:
        clock: seconds; `speed` seconds of the furnace go by in each of them, 0: its time stands still.
        mode: "auto": the loop drives the heater; "manual": `manual_percent` does; "off": nothing does.
        tuning: of the loop.
        faults: what is broken.
    """

    clock: Callable[[], float]
    speed: float = 10.0
    build: Build = field(default_factory=Build)
    tuning: Tuning = field(default_factory=Tuning)
    faults: FurnaceFaults = field(default_factory=FurnaceFaults)
    mode: Mode = "auto"
    manual_percent: float = 0.0

    def __post_init__(self) -> None:
        self._heat = _Heat()
        self._setpoint_c = AMBIENT_C
        self._integral_percent = 0.0
        self._sensor_before_c = AMBIENT_C
        self._left_s = 0.0
        self._at = self.clock()

    @property
    def temperature_c(self) -> float:
        """How hot it is. To set it puts all of it at that temperature at once."""
        return self._heat.furnace_c

    @temperature_c.setter
    def temperature_c(self, value: float) -> None:
        self._heat.furnace_c = self._heat.sensor_c = self._sensor_before_c = value

    @property
    def setpoint_c(self) -> float:
        """Where the loop wants it, degrees Celsius."""
        return self._setpoint_c

    @setpoint_c.setter
    def setpoint_c(self, value: float) -> None:
        if not self.faults.stuck_setpoint:
            self._setpoint_c = value

    @property
    def measured_c(self) -> float | None:
        """What the thermocouple gives; None: it is broken."""
        return None if self.faults.broken_sensor else self._heat.sensor_c

    @property
    def output_percent(self) -> float:
        """What the controller asks of the heater now, 0 to 100."""
        if self.faults.hung_output_percent is not None:
            return self.faults.hung_output_percent
        if self.mode == "manual":
            return self.manual_percent
        if self.mode == "off" or self.faults.broken_sensor:
            return 0.0
        return min(100.0, max(0.0, self._wanted_percent()))

    def catch_up(self) -> None:
        """Let the time pass that the clock has gone on since it was last looked at."""
        now = self.clock()
        elapsed_s, self._at = now - self._at, now
        self.advance(elapsed_s * self.speed)

    def advance(self, seconds: float) -> None:
        """Let seconds of the furnace's own time pass, in steps of `STEP_S`; what is left over is kept."""
        self._left_s += min(seconds, LONGEST_S)
        while self._left_s >= STEP_S:
            self._left_s -= STEP_S
            self._step()

    def _step(self) -> None:
        power_percent = self.output_percent
        if self.mode == "auto" and not self.faults.broken_sensor:
            self._integrate()
        self._sensor_before_c = self._heat.sensor_c
        if self.faults.stuck_output_percent is not None:
            power_percent = self.faults.stuck_output_percent
        self._heat.step(self.build, 0.0 if self.faults.open_heater else power_percent)

    def _wanted_percent(self) -> float:
        gain = 100.0 / self.tuning.band_k
        rise_k_s = (self._heat.sensor_c - self._sensor_before_c) / STEP_S
        error_k = self.setpoint_c - self._heat.sensor_c
        return gain * (error_k - self.tuning.derivative_s * rise_k_s) + self._integral_percent

    def _integrate(self) -> None:
        """Add up the error, but not further beyond where the output cannot follow."""
        if not self.tuning.integral_s:
            return
        error_k = self.setpoint_c - self._heat.sensor_c
        wanted = self._wanted_percent()
        if (wanted >= 100.0 and error_k > 0) or (wanted <= 0.0 and error_k < 0):  # noqa: PLR2004 - all of it
            return
        self._integral_percent += 100.0 / self.tuning.band_k * error_k * STEP_S / self.tuning.integral_s
        self._integral_percent = min(100.0, max(-100.0, self._integral_percent))
