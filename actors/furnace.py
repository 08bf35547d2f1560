"""A furnace on this node: set-point and temperature, asked for by command and told as news once a second."""

import json
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from actors.actor import Context
from actors.actuation import Settled
from actors.guard import Guard, Overtaken, check_deadline, guarding
from actors.messages import Kind, News, Outcome, Query, Reason, State, Tick
from actors.placement import ThreadActor
from hardware.errors import DeviceError, DeviceRefused, NotSent
from hardware.temperature import TemperatureController

POLL_S = 1.0


class Furnace(ThreadActor):
    """The actor `furnace`; it blocks on its controller, on its own thread.

    Args:
        controller: the temperature controller's driver.
        name: of the furnace, in events.
        highest_c: the highest set-point that is accepted, degrees Celsius.
        guard: its exchange, or None where there is no wire.
    """

    def __init__(
        self,
        context: Context,
        path: str,
        controller: TemperatureController,
        name: str,
        highest_c: float,
        guard: Guard | None = None,
    ) -> None:
        super().__init__(context, path)
        self._guard = guard
        self._controller = controller
        self._name = name
        self._highest_c = highest_c
        self._said = "not read yet"
        self._down = False
        self._questions: dict[str, Callable[[], float]] = {
            "GetTemperature": controller.read_temperature_c,
            "GetProcessValue": controller.read_temperature_c,
            "GetSetpoint": controller.read_setpoint_c,
            "GetPercentOutput": controller.read_output_percent,
        }

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {Query: self._query, Tick: self._poll}

    def begin(self) -> None:
        """Look at the controller on the first tick."""
        self.actor_ref.tell(Tick("poll"))

    def detail(self) -> str:
        """See `Actor.detail`."""
        return self._said

    def _query(self, query: Query) -> None:
        request = query.request
        deadline = request.deadline
        try:
            if deadline is not None and time.monotonic() > deadline:
                outcome = self._refusal(query, Reason.EXPIRED, "its deadline passed before the furnace could be asked")
            elif query.what == "SetSetpoint":
                outcome = self._set(query)
            elif query.what == "GetFurnaceSummary":
                outcome = self._done(query, json.dumps(self._summary()))
            elif query.what in self._questions:
                outcome = self._done(query, f"{self._questions[query.what]():g}")
            else:
                outcome = self._refusal(query, Reason.UNKNOWN_VERB, f"the furnace knows no {query.what}")
        except Overtaken as late:
            outcome = self._refusal(query, late.reason, str(late))
        except NotSent as error:
            outcome = self._refusal(query, Reason.NOT_CONNECTED, str(error))
        except DeviceRefused as error:
            outcome = self._refusal(query, Reason.FAILED, str(error))
        except DeviceError as error:
            outcome = Outcome(query.what, self._name, Kind.UNKNOWN, reason=Reason.NO_ANSWER, text=str(error))
        request.reply_to.answer(outcome)
        if query.what == "SetSetpoint":
            self.tell_path("chronicle", Settled(request, outcome, State.UNKNOWN, time.time()))

    def _set(self, query: Query) -> Outcome:
        try:
            setpoint_c = float(query.args[0])
        except (IndexError, ValueError):
            return self._refusal(
                query, Reason.BAD_ARGUMENTS, f"SetSetpoint takes degrees Celsius, not {','.join(query.args)!r}"
            )
        if not 0.0 <= setpoint_c <= self._highest_c:
            text = f"set-point {setpoint_c:g} C is outside 0 to {self._highest_c:g} C"
            return self._refusal(query, Reason.BAD_ARGUMENTS, text)
        try:
            with guarding(self._guard, partial(check_deadline, query.request.deadline)):
                self._controller.set_setpoint_c(setpoint_c)
        except ValueError as error:  # outside the controller's own range
            return self._refusal(query, Reason.BAD_ARGUMENTS, str(error))
        return self._done(query, f"{setpoint_c:g}")

    def _summary(self) -> dict[str, float]:
        controller = self._controller
        return {
            "setpoint": controller.read_setpoint_c(),
            "response": controller.read_temperature_c(),
            "output": controller.read_output_percent(),
        }

    def _poll(self, _tick: Tick) -> None:
        self.later(POLL_S, Tick("poll"))
        try:
            summary = self._summary()
        except DeviceError as error:
            if not self._down:
                self.log.error("device.lost", why=str(error))
                self.tell_path("chronicle", News(f"furnace.{self._name}", None, quality="unknown", units="C"))
            self._down, self._said = True, f"down: {error}"
            return
        if self._down:
            self.log.info("device.back")
        self._down = False
        self._said = f"{summary['response']:.1f} C, set-point {summary['setpoint']:g} C"
        extra = {"setpoint": summary["setpoint"], "output": summary["output"]}
        self.tell_path("chronicle", News(f"furnace.{self._name}", summary["response"], units="C", extra=extra))

    def _done(self, query: Query, text: str) -> Outcome:
        took_ms = (time.monotonic() - query.request.received) * 1000
        return Outcome(query.what, self._name, Kind.DONE, text=text, took_ms=took_ms)

    def _refusal(self, query: Query, reason: Reason, text: str) -> Outcome:
        return Outcome(query.what, self._name, Kind.REFUSED, reason=reason, text=text)
