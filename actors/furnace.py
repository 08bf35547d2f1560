"""A furnace on this node: commanded in its own words, looked at and told as news once a second, switched off by itself.

What switches it off: over-temperature, a broken thermocouple, no reading while it may be heating, heating that is too
fast, no cooling water, nobody heard of who looks after it. The heater is off then, and stays so until a person resets
the trip; where the controller does not take that, it is told again with every look. These trips die with the process:
an independent over-temperature cut-out is required.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from actors.actor import Context
from actors.actuation import Settled
from actors.furnace_inputs import GaugeSeen, Inputs, WaterLimit
from actors.furnace_trips import TripLimits, Trips
from actors.furnace_words import Words
from actors.guard import Guard, Overtaken, check_deadline, guarding
from actors.messages import Kind, News, Outcome, Query, Reason, SafeState, State, Tick
from actors.placement import ThreadActor
from hardware.errors import DeviceError, DeviceRefused, NotSent, SensorBroken
from hardware.temperature import TemperatureController

POLL_S = 1.0
TRIPPED = "furnace_trip"  # in the facts of a node: why it has tripped; it outlives a restart of the actor
RESET = "ResetTrip"

Do = Callable[[tuple[str, ...]], str]


@dataclass(frozen=True, slots=True)
class FurnaceSetup:
    """How a furnace is used. `name`: in events; `highest_c`: the highest set-point taken, degrees Celsius.

    `water`: what shows the cooling water; None: nobody looks at it.
    """

    name: str
    highest_c: float
    limits: TripLimits
    water: WaterLimit | None = None


class Furnace(ThreadActor):
    """The actor `furnace`; it blocks on its controller, on its own thread.

    Args:
        controller: the temperature controller's driver.
        setup: how it is used.
        guard: its exchange, or None where there is no wire.
    """

    def __init__(
        self,
        context: Context,
        path: str,
        controller: TemperatureController,
        setup: FurnaceSetup,
        guard: Guard | None = None,
    ) -> None:
        super().__init__(context, path)
        self._guard = guard
        self._setup = setup
        self._inputs = Inputs(setup.water, setup.limits.blind_s, time.monotonic())
        self._words = Words(controller, setup.highest_c, self._inputs)
        self._trips = Trips(setup.limits, time.monotonic())
        self._may_heat = False
        self._off_owed = bool(self._tripped)  # the heater has not been seen to be off since it tripped
        self._said, self._down = "not read yet", False

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`. A safe state is told by the dead-man."""
        return {Query: self._query, Tick: self._poll, SafeState: self._safe_state, GaugeSeen: self._inputs.take}

    def begin(self) -> None:
        """Look at the controller on the first tick."""
        self.actor_ref.tell(Tick("poll"))

    def detail(self) -> str:
        """See `Actor.detail`."""
        ramp = self._words.wish.ramp
        tripped = f"TRIPPED: {self._tripped}; " if self._tripped else ""
        return tripped + self._said + (f", {ramp.said(time.monotonic())}" if ramp is not None else "")

    # --- words --------------------------------------------------------------------------------------------

    def _query(self, query: Query) -> None:
        outcome = self._outcome(query)
        query.request.reply_to.answer(outcome)
        if query.what in self._words.tells or query.what == RESET:
            self.tell_path("chronicle", Settled(query.request, outcome, State.UNKNOWN, time.time()))

    def _outcome(self, query: Query) -> Outcome:
        words, deadline = self._words, query.request.deadline
        own: dict[str, Do] = {"GetTrip": lambda _: self._tripped or "none", RESET: self._reset}
        do = own.get(query.what) or words.asks.get(query.what) or words.tells.get(query.what)
        if do is None:
            return self._refusal(query, Reason.UNKNOWN_VERB, f"the furnace knows no {query.what}")
        if query.what in words.heats and (refusal := self._may_not_heat(query)) is not None:
            return refusal
        try:
            check_deadline(deadline)
            with guarding(self._guard, partial(check_deadline, deadline)):
                return self._done(query, do(query.args))
        except Overtaken as late:
            return self._refusal(query, late.reason, str(late))
        except (DeviceError, LookupError, ValueError) as error:
            return self._failed(query, error)

    def _may_not_heat(self, query: Query) -> Outcome | None:
        if self._tripped:
            text = f"the furnace has tripped: {self._tripped}; {RESET} ends that"
            return self._refusal(query, Reason.LATCHED, text)
        dry = self._inputs.forbids(time.monotonic())
        return self._refusal(query, Reason.NOT_AVAILABLE, dry) if dry else None

    def _failed(self, query: Query, error: DeviceError | LookupError | ValueError) -> Outcome:
        if isinstance(error, DeviceError):
            reason = _refused(error)
            if reason is None:
                return Outcome(query.what, self._setup.name, Kind.UNKNOWN, reason=Reason.NO_ANSWER, text=str(error))
            return self._refusal(query, reason, str(error))
        if isinstance(error, LookupError):  # no gauge has shown it
            return self._refusal(query, Reason.NOT_AVAILABLE, str(error.args[0]))
        return self._refusal(query, Reason.BAD_ARGUMENTS, str(error))  # none, or out of the controller's own range

    def _reset(self, _args: tuple[str, ...]) -> str:
        """End a trip: only when the heater has been seen to be off. It heats again when it is told a set-point."""
        if self._off_owed:
            self._words.off()
            self._off_owed = False
        if self._tripped:
            self.log.warning("furnace.reset", was=self._tripped)
            self.tell_path("chronicle", News("alarm.furnace", "", extra={"text": "the trip has been reset"}))
        self.context.facts.pop(TRIPPED, None)
        self._trips = Trips(self._setup.limits, time.monotonic())
        return "OK"

    def _safe_state(self, wish: SafeState) -> None:
        """Switch it off, as nobody is heard any more who looks after it."""
        if not wish.clear:
            self._trip(f"nobody who looks after it is heard ({wish.request.by})")
        text = "" if not self._off_owed else f"{self._setup.name}: the heater could not be switched off yet"
        kind = Kind.UNKNOWN if text else Kind.DONE
        wish.request.reply_to.answer(
            Outcome("safe state", self._setup.name, kind, reason=Reason.NO_ANSWER if text else None, text=text)
        )

    # --- looks --------------------------------------------------------------------------------------------

    def _poll(self, _tick: Tick) -> None:
        self.later(POLL_S, Tick("poll"))
        now = time.monotonic()
        try:
            summary = self._words.summary()
        except DeviceError as error:
            self._lost(error)
            broken = isinstance(error, SensorBroken)
            why = self._trips.blind(str(error), now, broken=broken) if broken or self._may_heat else ""
        else:
            self._show(summary)
            self._may_heat = summary["output"] > 0.0
            why = self._trips.seen(summary["response"], now)
        if self._may_heat:
            why = why or self._inputs.trips(now)
        if why and not self._tripped:
            self._trip(why)
        elif self._off_owed:
            self._switch_off()
        elif not self._down:
            self._follow(now)

    def _follow(self, now: float) -> None:
        try:
            self._words.follow_ramp(now)
        except (DeviceError, ValueError) as error:  # it goes on with the next look
            self.log.warning("furnace.ramp_late", why=str(error))

    def _trip(self, why: str) -> None:
        """Switch the heater off, and latch it off."""
        if not self._tripped:
            self.context.facts[TRIPPED] = why
            self.log.error("furnace.tripped", why=why)
            self.tell_path("chronicle", News("alarm.furnace", "tripped", extra={"text": f"{self._setup.name}: {why}"}))
        self._off_owed = True
        self._switch_off()

    def _switch_off(self) -> None:
        try:
            self._words.off()
        except DeviceError as error:
            self.log.error("furnace.not_off", why=str(error), next_try_s=POLL_S)
            text = f"{self._setup.name} has tripped, and its heater could not be switched off: {error}"
            self.tell_path("chronicle", News("alarm.furnace_heater", "on?", extra={"text": text}))
            return
        self._off_owed = self._may_heat = False
        self.log.warning("furnace.heater_off", why=self._tripped)
        self.tell_path("chronicle", News("alarm.furnace_heater", "", extra={"text": "the heater is off"}))

    def _show(self, summary: Mapping[str, float]) -> None:
        if self._down:
            self.log.info("device.back")
        self._down = False
        self._said = f"{summary['response']:.1f} C, set-point {summary['setpoint']:g} C"
        extra = {"setpoint": summary["setpoint"], "output": summary["output"]}
        news = News(f"furnace.{self._setup.name}", summary["response"], units="C", extra=extra)
        self.tell_path("chronicle", news)

    def _lost(self, error: DeviceError) -> None:
        if not self._down:
            self.log.error("device.lost", why=str(error))
            self.tell_path("chronicle", News(f"furnace.{self._setup.name}", None, quality="unknown", units="C"))
        self._down, self._said = True, f"down: {error}"

    @property
    def _tripped(self) -> str:
        return str(self.context.facts.get(TRIPPED, ""))

    def _done(self, query: Query, text: str) -> Outcome:
        took_ms = (time.monotonic() - query.request.received) * 1000
        return Outcome(query.what, self._setup.name, Kind.DONE, text=text, took_ms=took_ms)

    def _refusal(self, query: Query, reason: Reason, text: str) -> Outcome:
        return Outcome(query.what, self._setup.name, Kind.REFUSED, reason=reason, text=text)


def _refused(error: DeviceError) -> Reason | None:
    """Return why nothing was done, or None: nobody knows what was."""
    if isinstance(error, NotSent):
        return Reason.NOT_CONNECTED
    return Reason.FAILED if isinstance(error, DeviceRefused) else None
