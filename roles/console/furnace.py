"""The console's `furnace`: all there is to know when shown; its methods command it, wherever it is."""

import math

from actors.errors import CommandError, OutcomeUnknown
from actors.messages import Kind, Outcome, Reason
from roles.console import rendering
from roles.console.commanded import commanded
from roles.console.operator import Operator
from roles.console.results import Celsius, Misused, Result, Text

PLAIN = "plain"  # how a node is spoken to that has Pychron's vocabulary only


@commanded("furnace")
class Furnace:
    """The furnace: `furnace.setpoint(800)`, `furnace.temperature()`; all there is to know when shown."""

    def __init__(self, operator: Operator, path: str) -> None:
        self._operator = operator
        self._path = path

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_"):
            raise Misused(f"the furnace is not assigned to: furnace.setpoint({value!r}) sets its temperature")
        super().__setattr__(name, value)

    def setpoint(self, setpoint_c: float | None = None) -> Result | Celsius:
        """Set the temperature to reach, in degrees Celsius; without a number, return the one that is set.

        Raises:
            CommandError: the furnace is down, or takes no such temperature.
        """
        if setpoint_c is None:
            return self._read("GetSetpoint")
        if not _is_number(setpoint_c):
            text = f"a setpoint is a number of degrees Celsius, not {setpoint_c!r}"
            self._operator.refuse("setpoint", self._path, Reason.BAD_ARGUMENTS, text)
        wanted = f"{float(setpoint_c):.10g}"
        return self._operator.query("SetSetpoint", self._path, (wanted,), shown=f"setpoint {wanted} °C")

    def ramp(self, celsius: float, per_minute: float, soak_s: float | None = None, then: float = 0.0) -> Result:
        """Ramp from where it is to a temperature, degrees Celsius a minute; after the soak go to `then`.

        Without `soak_s` (seconds) it stays there. Raises `CommandError` as `setpoint` does.
        """
        more = [] if soak_s is None else [soak_s, then]
        for given in (celsius, per_minute, *more):
            if not _is_number(given):
                text = f"a ramp is given in numbers, not {given!r}"
                self._operator.refuse("ramp", self._path, Reason.BAD_ARGUMENTS, text)
        args = [f"{float(given):.10g}" for given in (celsius, per_minute, *more)]
        return self._operator.query("StartRamp", self._path, args, shown=f"ramp to {args[0]} °C, {args[1]} °C a minute")

    def stop_ramp(self) -> Result:
        """Hold the set-point that a ramp has come to."""
        return self._operator.query("StopRamp", self._path, shown="the ramp is over")

    def pid(self, *terms: float) -> Result | Text:
        """Return the three terms in use; with three numbers set them (proportional, integral s, derivative s)."""
        if not terms:
            return Text(self._operator.query("GetPID", self._path).outcome.text)
        args = [f"{float(term):.10g}" for term in terms if _is_number(term)]
        if len(args) != 3:  # noqa: PLR2004 - three terms
            self._operator.refuse("pid", self._path, Reason.BAD_ARGUMENTS, f"three numbers are expected, not {terms!r}")
        return self._operator.query("SetPID", self._path, args, shown=f"PID {', '.join(args)}")

    def off(self) -> Result:
        """Stop heating, and end what was to come."""
        return self._operator.query("HeaterOff", self._path, shown="the heater is off")

    def tripped(self) -> Text:
        """Return why it has switched itself off, or none."""
        return Text(self._operator.query("GetTrip", self._path).outcome.text)

    def reset(self) -> Result:
        """End a trip, when the heater is off; it heats when it is told to."""
        return self._operator.query("ResetTrip", self._path, shown="the trip is over")

    def temperature(self) -> Celsius:
        """Return the measured temperature in degrees Celsius."""
        return self._read("GetTemperature")

    def output_percent(self) -> float:
        """Return the heating power, 0-100 % of what the controller can give."""
        return float(self._read("GetPercentOutput"))

    def __repr__(self) -> str:
        try:
            temperature_c, setpoint_c = float(self.temperature()), float(self._read("GetSetpoint"))
            output = self.output_percent()
        except CommandError as error:
            return rendering.command_error(error)
        facts = f"(setpoint {setpoint_c:.1f} °C, output {output:.0f} %)"
        told = f"{self._name}  {temperature_c:.1f} °C  {facts}  {self._operator.label}".rstrip()
        return "  ".join([told, *(() if self._is_plain() else self._more())])

    def _more(self) -> list[str]:
        """Return whether it has tripped, and how far a ramp is; nothing of either where there is none."""
        said = (self._said("GetTrip", "TRIPPED: {}; furnace.reset()"), self._said("GetRamp", "{}"))
        return [text for text in said if text]

    @property
    def _name(self) -> str:
        return self._path.removeprefix("node.")

    def _is_plain(self) -> bool:
        """Whether its node is one of Pychron's, which hangs up when it does not know a word."""
        try:
            views = self._operator.nodes()
        except CommandError:
            return False
        return any(view.name == self._name and view.detail.startswith(PLAIN) for view in views)

    def _said(self, what: str, shown: str) -> str:
        """Return what is said to a question, in the words `shown`; "" where it is none, or not known there."""
        try:
            said = self._operator.query(what, self._path).outcome.text
        except CommandError as error:
            return "" if error.outcome.reason is Reason.UNKNOWN_VERB else rendering.command_error(error)
        return "" if said == "none" else shown.format(said)

    def _read(self, what: str) -> Celsius:
        outcome = self._operator.query(what, self._path).outcome
        try:
            return Celsius(float(outcome.text), self._operator.label)
        except ValueError:
            text = f"{outcome.subject} answered {outcome.text!r}, which is no number"
            wrong = Outcome(what, outcome.subject, Kind.UNKNOWN, reason=Reason.NO_ANSWER, text=text)
            raise OutcomeUnknown(wrong) from None


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
