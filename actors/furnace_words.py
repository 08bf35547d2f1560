"""What a furnace can be asked and told: each word does one thing with the controller, and returns a text."""

import json
import time
from collections.abc import Callable
from dataclasses import replace

from actors.furnace_duty import Duty
from actors.furnace_inputs import ON, Inputs
from actors.furnace_look import number
from actors.furnace_ramp import Ramp
from hardware.errors import DeviceError
from hardware.numerals import argument
from hardware.temperature import Pid, TemperatureController

FASTEST_C_PER_MIN = 1000.0
STALL_S = 5.0  # without a look: a ramp does not make up for it
VERSION = "2.0"  # of the firmware's vocabulary; Pychron's clients take any number with a point
OK = "OK"

Args = tuple[str, ...]


class Words:
    """The vocabulary. Raises what the controller raises, and `ValueError` for an argument that is none.

    `LookupError` is for what no gauge of this node has shown.

    Args:
        controller: the temperature controller's driver.
        range_c: the lowest and the highest set-point that is taken, degrees Celsius.
        inputs: what the gauges of this node showed last.
        duty: what it has to do: the ramp that is under way, whether it may be heating.

    Attributes:
        asks, tells: name -> what does it; what `heats` names is refused while the furnace has tripped, and only what
            `ends` names is done however late it is.
    """

    heats = frozenset({"SetSetpoint", "StartRamp", "HeaterOn"})
    ends = frozenset({"HeaterOff", "StopRamp"})

    def __init__(
        self, controller: TemperatureController, range_c: tuple[float, float], inputs: Inputs, duty: Duty
    ) -> None:
        self._controller, self._inputs, self._duty = controller, inputs, duty
        self._lowest_c, self._highest_c = range_c
        self._followed_at = 0.0  # monotonic seconds of the last look at the ramp
        self.asks: dict[str, Callable[[Args], str]] = {
            "GetTemperature": lambda _: f"{number(controller.read_temperature_c):g}",
            "GetProcessValue": lambda _: f"{number(controller.read_temperature_c):g}",
            "GetSetpoint": lambda _: f"{number(controller.read_setpoint_c):g}",
            "GetPercentOutput": lambda _: f"{number(controller.read_output_percent):g}",
            "GetTempPower": lambda _: self._temp_power(),
            "GetFurnaceSummary": self._summary,
            "GetFullSummary": self._full_summary,
            "GetDIState": lambda args: OK if self._is_on(args[0]) else "False",
            "GetLabTemperature": lambda _: f"{inputs.value('lab_temperature', time.monotonic()):g}",
            "GetLabHumidity": lambda _: f"{inputs.value('lab_humidity', time.monotonic()):g}",
            "GetPID": lambda _: self._pid(),
            "GetRamp": lambda _: self._ramp_said(),
            "GetVersion": lambda _: VERSION,
            "GetHeartBeat": lambda _: f"{time.time():.2f},{duty.began:.2f}",
        }
        self.tells: dict[str, Callable[[Args], str]] = {
            "SetSetpoint": self._set_setpoint,
            "StartRamp": self._start_ramp,
            "StopRamp": self._stop_ramp,
            "SetPID": self._set_pid,
            "HeaterOff": self._heater_off,
            "HeaterOn": self._heater_on,
        }

    def follow_ramp(self, now: float, step_c: float) -> None:
        """Write the set-point that a ramp has come to, where it differs by a step from the last, or is an end."""
        duty = self._duty
        ramp = duty.ramp
        if ramp is None:
            return
        if now - self._followed_at > STALL_S and 0.0 < self._followed_at < ramp.began + ramp.ramp_s:
            ramp = duty.ramp = replace(ramp, began=ramp.began + now - self._followed_at)  # it goes on where it was
        self._followed_at = now
        wanted_c = round(ramp.setpoint_c(now), 1)
        before_c = duty.written_c
        is_end = wanted_c in (round(ramp.to_c, 1), round(ramp.then_c, 1)) or ramp.is_over(now)
        if before_c is None or (wanted_c != before_c if is_end else abs(wanted_c - before_c) >= step_c):
            self._controller.set_setpoint_c(wanted_c)
            duty.written_c = wanted_c
        if ramp.is_over(now):
            duty.ramp = None

    def off(self) -> None:
        """Stop heating, whatever was to come. Returns when the controller's driver has seen that its output is off."""
        duty = self._duty
        duty.ramp = None
        self._controller.heater_off()
        duty.owed, duty.may_heat = "", False

    def _set_setpoint(self, args: Args) -> str:
        expected = "SetSetpoint takes degrees Celsius"
        setpoint_c = self._celsius(args[0] if len(args) == 1 else ",".join(args), expected)
        self._duty.ramp = None
        self._heat(setpoint_c)
        return f"{setpoint_c:g}"

    def _start_ramp(self, args: Args) -> str:
        ramp = self._ramp(args)
        self._duty.ramp = None
        first_c = round(ramp.setpoint_c(ramp.began), 1)
        self._heat(first_c)
        self._duty.ramp, self._duty.written_c = ramp, first_c  # only now: whatever was refused goes on nowhere
        self._followed_at = ramp.began
        return ramp.said(time.monotonic())

    def _ramp(self, args: Args) -> Ramp:
        expected = "StartRamp takes degrees Celsius, degrees per minute, and may be: seconds of soak, degrees after it"
        to_c = self._celsius(args[0] if args else "", expected)
        c_per_min = argument(args[1] if len(args) > 1 else "", expected)
        if not 0.0 < c_per_min <= FASTEST_C_PER_MIN:
            raise ValueError(f"a ramp of {c_per_min:g} C a minute: expected over 0, at most {FASTEST_C_PER_MIN:g}")
        soak_s = argument(args[2], expected) if len(args) > 2 else None  # noqa: PLR2004 - the third, if it is there
        if soak_s is not None and soak_s < 0.0:
            raise ValueError(f"a soak of {soak_s:g} s: expected 0 or more")
        then_c = self._celsius(args[3], expected) if len(args) > 3 else self._lowest_c  # noqa: PLR2004 - the fourth
        now_c = number(self._controller.read_temperature_c)  # not from a set-point that it has not come to
        from_c = max(self._lowest_c, min(now_c, self._highest_c))
        return Ramp(from_c, to_c, c_per_min, time.monotonic(), soak_s, then_c)

    def _heat(self, setpoint_c: float) -> None:
        self._duty.may_heat = True
        self._controller.set_setpoint_c(setpoint_c)
        self._controller.heater_on()

    def _stop_ramp(self, _args: Args) -> str:
        self._duty.ramp = None
        try:
            return f"{number(self._controller.read_setpoint_c):g}"
        except DeviceError as error:
            return f"the ramp is over; its set-point could not be read: {error}"

    def _pid(self) -> str:
        pid = self._controller.read_pid()
        return f"{pid.proportional:g},{pid.integral_s:g},{pid.derivative_s:g}"

    def _set_pid(self, args: Args) -> str:
        expected = "SetPID takes three numbers: proportional, integral seconds, derivative seconds"
        if len(args) != 3:  # noqa: PLR2004 - three terms
            raise ValueError(f"{expected}, not {','.join(args)!r}")
        self._controller.set_pid(Pid(*(argument(arg, expected) for arg in args)))
        return self._pid()

    def _heater_off(self, _args: Args) -> str:
        self.off()
        return OK

    def _heater_on(self, _args: Args) -> str:
        self._duty.may_heat = True
        self._controller.heater_on()
        return f"{number(self._controller.read_setpoint_c):g}"

    def _summary(self, args: Args) -> str:
        """Return it as JSON; with the name or channel of an input beside it, its state as `h2o_state`."""
        state = {"h2o_state": self._is_on(args[0])} if args else {}
        return json.dumps(state | self._numbers())

    def _full_summary(self, _args: Args) -> str:
        inputs = self._inputs.all(time.monotonic())
        said = {"version": VERSION, "ramp": self._ramp_said(), "trip": self._duty.tripped, "inputs": inputs}
        return json.dumps(self._numbers() | said)

    def _temp_power(self) -> str:
        controller = self._controller
        return f"{number(controller.read_temperature_c):g},{number(controller.read_output_percent):g}"

    def _numbers(self) -> dict[str, float]:
        controller = self._controller
        return {
            "setpoint": number(controller.read_setpoint_c),
            "response": number(controller.read_temperature_c),
            "output": number(controller.read_output_percent),
        }

    def _ramp_said(self) -> str:
        ramp = self._duty.ramp
        return ramp.said(time.monotonic()) if ramp is not None else "none"

    def _is_on(self, name: str) -> bool:
        return self._inputs.value(name, time.monotonic()) >= ON

    def _celsius(self, text: str, expected: str) -> float:
        setpoint_c = argument(text, expected)
        if not self._lowest_c <= setpoint_c <= self._highest_c:
            raise ValueError(f"set-point {setpoint_c:g} C is outside {self._lowest_c:g} to {self._highest_c:g} C")
        return setpoint_c
