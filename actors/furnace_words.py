"""What a furnace can be asked and told: each word does one thing with the controller, and returns a text."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from actors.furnace_inputs import ON, Inputs
from actors.furnace_ramp import Ramp
from hardware.temperature import Pid, TemperatureController

FASTEST_C_PER_MIN = 1000.0
VERSION = "2.0"  # of the firmware's vocabulary; Pychron's clients take any number with a point

OK = "OK"
Args = tuple[str, ...]


@dataclass
class Wish:
    """What the furnace is to do, between two looks.

    Attributes:
        ramp: the ramp or soak that is under way, or None.
        began: wall-clock seconds at which the node began.
    """

    ramp: Ramp | None = None
    began: float = field(default_factory=time.time)


class Words:
    """The vocabulary. Raises what the controller raises, and `ValueError` for an argument that is none.

    `LookupError` is for what no gauge of this node has shown.

    Args:
        controller: the temperature controller's driver.
        highest_c: the highest set-point that is taken, degrees Celsius.
        inputs: what the gauges of this node showed last.

    Attributes:
        asks, tells: name -> what does it; what `heats` names is refused while the furnace has tripped.
    """

    heats = frozenset({"SetSetpoint", "StartRamp", "HeaterOn"})

    def __init__(self, controller: TemperatureController, highest_c: float, inputs: Inputs) -> None:
        self._controller, self._highest_c, self._inputs = controller, highest_c, inputs
        self.wish = Wish()
        self.asks: dict[str, Callable[[Args], str]] = {
            "GetTemperature": lambda _: f"{controller.read_temperature_c():g}",
            "GetProcessValue": lambda _: f"{controller.read_temperature_c():g}",
            "GetSetpoint": lambda _: f"{controller.read_setpoint_c():g}",
            "GetPercentOutput": lambda _: f"{controller.read_output_percent():g}",
            "GetFurnaceSummary": self._whole_summary,
            "GetDIState": lambda args: OK if self._is_on(args[0]) else "False",
            "GetLabTemperature": lambda _: f"{inputs.value('lab_temperature', time.monotonic()):g}",
            "GetLabHumidity": lambda _: f"{inputs.value('lab_humidity', time.monotonic()):g}",
            "GetPID": lambda _: self._pid(),
            "GetRamp": lambda _: self.wish.ramp.said(time.monotonic()) if self.wish.ramp else "none",
            "GetVersion": lambda _: VERSION,
            "GetHeartBeat": lambda _: f"{time.time():.2f},{self.wish.began:.2f}",
        }
        self.tells: dict[str, Callable[[Args], str]] = {
            "SetSetpoint": self._set_setpoint,
            "StartRamp": self._start_ramp,
            "StopRamp": self._stop_ramp,
            "SetPID": self._set_pid,
            "HeaterOff": self._heater_off,
            "HeaterOn": self._heater_on,
        }

    def summary(self) -> dict[str, float]:
        """Read set-point, temperature (degrees Celsius) and output (percent)."""
        controller = self._controller
        return {
            "setpoint": controller.read_setpoint_c(),
            "response": controller.read_temperature_c(),
            "output": controller.read_output_percent(),
        }

    def _whole_summary(self, args: Args) -> str:
        """Return it as JSON; with the name or channel of an input beside it, its state as `h2o_state`."""
        state = {"h2o_state": self._is_on(args[0])} if args else {}
        return json.dumps(state | self.summary())

    def _is_on(self, name: str) -> bool:
        return self._inputs.value(name, time.monotonic()) >= ON

    def follow_ramp(self, now: float) -> None:
        """Write the set-point that a ramp has come to; nothing where there is none, or it stands there."""
        ramp = self.wish.ramp
        if ramp is None:
            return
        setpoint_c = round(ramp.setpoint_c(now), 1)
        if setpoint_c != round(self._controller.read_setpoint_c(), 1):
            self._controller.set_setpoint_c(setpoint_c)
        if ramp.is_over(now):
            self.wish.ramp = None

    def off(self) -> None:
        """Stop heating, whatever was to come."""
        self.wish.ramp = None
        self._controller.heater_off()

    def _set_setpoint(self, args: Args) -> str:
        setpoint_c = self._celsius(args[0] if args else "", "SetSetpoint takes degrees Celsius")
        self._controller.set_setpoint_c(setpoint_c)
        self._controller.heater_on()
        self.wish.ramp = None
        return f"{setpoint_c:g}"

    def _start_ramp(self, args: Args) -> str:
        expected = "StartRamp takes degrees Celsius, degrees per minute, and may be: seconds of soak, degrees after it"
        to_c = self._celsius(args[0] if args else "", expected)
        c_per_min = _number(args[1] if len(args) > 1 else "", expected)
        if not 0.0 < c_per_min <= FASTEST_C_PER_MIN:
            raise ValueError(f"a ramp of {c_per_min:g} C a minute: expected over 0, at most {FASTEST_C_PER_MIN:g}")
        soak_s = _number(args[2], expected) if len(args) > 2 else None  # noqa: PLR2004 - the third, if it is there
        if soak_s is not None and not soak_s >= 0.0:  # no number is not
            raise ValueError(f"a soak of {soak_s:g} s: expected 0 or more")
        then_c = self._celsius(args[3], expected) if len(args) > 3 else 0.0  # noqa: PLR2004 - likewise the fourth
        now = time.monotonic()
        from_c = self._controller.read_temperature_c()  # not from a set-point that it has not come to
        self.wish.ramp = Ramp(min(from_c, self._highest_c), to_c, c_per_min, now, soak_s, then_c)
        self.follow_ramp(now)
        self._controller.heater_on()
        return self.wish.ramp.said(now) if self.wish.ramp else "none"

    def _stop_ramp(self, _args: Args) -> str:
        self.wish.ramp = None
        return f"{self._controller.read_setpoint_c():g}"

    def _pid(self) -> str:
        pid = self._controller.read_pid()
        return f"{pid.proportional:g},{pid.integral_s:g},{pid.derivative_s:g}"

    def _set_pid(self, args: Args) -> str:
        expected = "SetPID takes three numbers: proportional, integral seconds, derivative seconds"
        if len(args) != 3:  # noqa: PLR2004 - three terms
            raise ValueError(f"{expected}, not {','.join(args)!r}")
        self._controller.set_pid(Pid(*(_number(arg, expected) for arg in args)))
        return self._pid()

    def _heater_off(self, _args: Args) -> str:
        self.off()
        return f"{self._controller.read_setpoint_c():g}"

    def _heater_on(self, _args: Args) -> str:
        self._controller.heater_on()
        return f"{self._controller.read_setpoint_c():g}"

    def _celsius(self, text: str, expected: str) -> float:
        setpoint_c = _number(text, expected)
        if not 0.0 <= setpoint_c <= self._highest_c:
            raise ValueError(f"set-point {setpoint_c:g} C is outside 0 to {self._highest_c:g} C")
        return setpoint_c


def _number(text: str, expected: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{expected}, not {text!r}") from None
