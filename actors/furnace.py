"""A furnace on this node: commanded in its own words, looked at and told as news once a second, switched off by itself.

What switches it off: over-temperature, a broken thermocouple, no reading while it may be heating, heating that is too
fast, full output without effect, no cooling water, a ramp that cannot go on, nobody heard of who looks after it. The
heater is off then, and stays so until a person resets the trip: whenever a look finds that it may heat again, or the
controller did not take it, it is told once more. These trips die with the process: an independent over-temperature
cut-out is required.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from actors import furnace_bakeout
from actors.actor import Context
from actors.actuation import Settled
from actors.furnace_answers import Answers
from actors.furnace_duty import Duty, DutyFile
from actors.furnace_inputs import GaugeSeen, Inputs
from actors.furnace_look import Look, look_at, number
from actors.furnace_news import FurnaceNews
from actors.furnace_setup import FurnaceSetup
from actors.furnace_trips import Trips
from actors.furnace_words import OK, Words
from actors.guard import Guard, Overtaken, check_deadline, guarding
from actors.messages import Kind, Outcome, Query, Reason, SafeState, State, Tick
from actors.placement import ThreadActor
from hardware.errors import DeviceError, DeviceRefused, NotSent
from hardware.temperature import TemperatureController

POLL_S = 1.0
OFF_LOOKS = 10  # that find it off, one after the other, before it is taken for off
STOP = "Stop"  # of the node; no word on the wire
STOPPING = "stopping"  # in the facts of a node: nothing is begun any more
DUTY = "furnace_duty"  # in the facts of a node: path -> `Duty`; it outlives a restart of the actor
RESET = "ResetTrip"

Do = Callable[[tuple[str, ...]], str]


class Furnace(ThreadActor):
    """The actor `furnace`, and `furnace.<name>` for each further oven; it blocks on its controller, on its own thread.

    Args:
        controller: the temperature controller's driver.
        setup: how it is used.
        guard: its exchange, or None where there is no wire.
        file: where its duty is kept; None: nowhere.
    """

    def __init__(
        self,
        context: Context,
        path: str,
        controller: TemperatureController,
        setup: FurnaceSetup,
        guard: Guard | None = None,
        file: DutyFile | None = None,
    ) -> None:
        super().__init__(context, path)
        self._controller, self._guard, self._setup = controller, guard, setup
        self._file = file or DutyFile(None)
        duties: dict[str, Duty] = context.facts.setdefault(DUTY, {})
        if path not in duties:
            duties[path] = self._file.read()
        self._duty = duties[path]
        self._inputs = Inputs(setup.water, setup.limits.blind_s, time.monotonic())
        self._words = Words(controller, setup.range_c, self._inputs, self._duty)
        self._trips = Trips(setup.limits, time.monotonic())
        self._off_looks = 0
        self._answers = Answers(setup.name)
        self._news = FurnaceNews(setup.name, path, self.log, partial(self.tell_path, "chronicle"))

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`. A safe state is told by the dead-man."""
        return {Query: self._query, Tick: self._poll, SafeState: self._safe_state, GaugeSeen: self._inputs.take}

    def begin(self) -> None:
        """Look at the controller on the first tick."""
        if self._duty.tripped:
            self.log.warning("furnace.still_tripped", why=self._duty.tripped)
            self._news.alarm("tripped", self._duty.tripped)
        self.actor_ref.tell(Tick("poll"))

    def make_safe(self) -> None:
        """Say that nobody looks at it now."""
        self._news.unknown("nobody looks at it")

    def detail(self) -> str:
        """See `Actor.detail`."""
        ramp = self._duty.ramp
        tripped = f"TRIPPED: {self._duty.tripped}; " if self._duty.tripped else ""
        return tripped + self._news.said + (f", {ramp.said(time.monotonic())}" if ramp is not None else "")

    def is_down(self) -> bool:
        """Whether its controller could not be read when it was last looked at, or was not looked at yet. Any thread."""
        return self._news.is_down

    # --- words --------------------------------------------------------------------------------------------

    def _query(self, query: Query) -> None:
        if furnace_bakeout.is_of_another(query):
            try:
                furnace_bakeout.pass_on(query, self.tell_path, self.context.facts[DUTY])
            except (LookupError, ValueError) as error:
                query.request.reply_to.answer(self._failed(query, error, acted=False))
            return
        outcome = self._outcome(query)
        self._file.write(self._duty)
        query.request.reply_to.answer(outcome)
        if query.what in self._words.tells or query.what == RESET:
            self.tell_path("chronicle", Settled(query.request, outcome, State.UNKNOWN, time.time()))

    def _outcome(self, query: Query) -> Outcome:
        words = self._words
        own: dict[str, Do] = {
            "GetTrip": lambda _: self._duty.tripped or "none", RESET: self._reset, STOP: self._node_stops,
            "HeaterOff": lambda _: self._heater_off(query),
        }  # fmt: skip
        do = own.get(query.what) or words.asks.get(query.what) or words.tells.get(query.what)
        if do is None:
            return self._answers.refused(query, Reason.UNKNOWN_VERB, f"the furnace knows no {query.what}")
        if query.what in words.heats and (refusal := self._may_not_heat(query)) is not None:
            return refusal
        deadline = None if query.what in {*words.ends, STOP} else query.request.deadline
        try:
            check_deadline(deadline)
        except Overtaken as late:
            return self._answers.refused(query, late.reason, str(late))
        before = self._duty.ramp, self._duty.written_c, self._duty.may_heat
        if query.what in words.heats:
            self._duty.may_heat = True
            self._file.write(self._duty)  # before it is true
        try:
            with guarding(self._guard, partial(check_deadline, deadline)):
                return self._answers.done(query, do(query.args))
        except (Overtaken, DeviceError, LookupError, ValueError) as error:
            acted = self._acted(error)
            if not acted and query.what not in words.ends:  # nothing was begun
                self._duty.ramp, self._duty.written_c, self._duty.may_heat = before
            return self._failed(query, error, acted=acted)
        except Exception as error:
            self.log.exception("driver.failed", word=query.what)
            return self._answers.unknown(query, f"its driver failed: {type(error).__name__}: {error}")

    def _may_not_heat(self, query: Query) -> Outcome | None:
        if self.context.facts.get(STOPPING):
            return self._answers.refused(query, Reason.BUSY, "the node stops")
        if self._duty.tripped:
            name = "" if self.path == "furnace" else f" {self._setup.name}"
            text = f"the furnace has tripped: {self._duty.tripped}; {RESET}{name} ends that"
            return self._answers.refused(query, Reason.LATCHED, text)
        if self._duty.owed:
            text = f"the heater has not been seen to be off yet: {self._duty.owed}"
            return self._answers.refused(query, Reason.LATCHED, text)
        dry = self._inputs.forbids(time.monotonic())
        return self._answers.refused(query, Reason.NOT_AVAILABLE, dry) if dry else None

    def _acted(self, error: Exception) -> bool:
        """Whether something may have been written; without a wire, whether the error leaves that open."""
        if self._guard is not None:
            return self._guard.let_through
        return isinstance(error, DeviceError) and not isinstance(error, NotSent)

    def _failed(self, query: Query, error: Exception, *, acted: bool) -> Outcome:
        if query.what in ("HeaterOff", STOP):
            return self._answers.unknown(query, f"{error}; it is told again with each look, until it is off")
        left_at = self._left_at(query) if acted and isinstance(error, DeviceRefused) else ""
        return self._answers.failed(query, error, acted=acted, left_at=left_at)

    def _left_at(self, query: Query) -> str:
        """Return at which set-point a refusal has left it: that may have been written before."""
        if query.what not in self._words.heats:
            return ""
        try:
            return f"; its set-point is {number(self._controller.read_setpoint_c):g} C"
        except DeviceError:
            return "; what its set-point is cannot be read"

    def _reset(self, _args: tuple[str, ...]) -> str:
        """End a trip: only when the heater is off, and what it was for is over. It heats when it is told to.

        Raises:
            DeviceRefused: it is still too hot; or as the controller does.
        """
        self._off()
        look = look_at(self._controller)
        if look.temperature_c is not None:
            why = Trips(self._setup.limits, time.monotonic()).seen(look.temperature_c, time.monotonic())
            if why:
                raise DeviceRefused(f"still so: {why}", self._setup.name)
        if self._duty.tripped:
            self.log.warning("furnace.reset", was=self._duty.tripped)
            self._news.alarm("", "the trip has been reset")
        self._duty.tripped = ""
        self._trips = Trips(self._setup.limits, time.monotonic())
        return OK

    def _heater_off(self, query: Query) -> str:
        """Switch it off; what becomes of that, it is owed from now on until it is done."""
        duty = self._duty
        duty.ramp = None
        duty.owed = duty.owed or f"{query.request.by} told it to switch the heater off"
        self._file.write(duty)
        self._off()
        return OK

    def _node_stops(self, _args: tuple[str, ...]) -> str:
        """Switch it off as the node stops, if it may be heating."""
        duty = self._duty
        if duty.may_heat or duty.ramp is not None or duty.owed:
            duty.owed = duty.owed or "the node stops"
            self._off()
        return OK

    def _off(self) -> None:
        """Switch the heater off; where that was owed, say that it is done. Raises as the controller does."""
        why = self._duty.owed
        self._words.off()
        if why:
            self._news.heater_is_off(why)

    def _safe_state(self, wish: SafeState) -> None:
        """Switch it off, as nobody is heard any more who looks after it; one that is off stays as it is."""
        duty = self._duty
        if not wish.clear and (duty.may_heat or duty.ramp is not None or duty.owed):
            self._trip(f"nobody who looks after it is heard ({wish.request.by})")
        text = f"{self._setup.name}: the heater could not be switched off yet" if duty.owed else ""
        kind = Kind.UNKNOWN if text else Kind.DONE
        wish.request.reply_to.answer(
            Outcome("safe state", self._setup.name, kind, reason=Reason.NO_ANSWER if text else None, text=text)
        )

    # --- looks --------------------------------------------------------------------------------------------

    def _poll(self, _tick: Tick) -> None:
        self.later(POLL_S, Tick("poll"))
        look, now = look_at(self._controller), time.monotonic()
        self._news.show(look)
        why = self._judged(look, now)
        if why and not self._duty.tripped:
            self._trip(why)
        elif self._duty.owed or (self._duty.tripped and look.heats):
            self._switch_off()
        elif look.temperature_c is not None:
            self._follow(now)
        self._file.write(self._duty)

    def _judged(self, look: Look, now: float) -> str:
        """Return why it has to be off, or ""."""
        duty = self._duty
        if look.heats:
            duty.may_heat, self._off_looks = True, 0
        elif look.is_off:
            self._off_looks += 1
            duty.may_heat = duty.may_heat and self._off_looks < OFF_LOOKS
        why = ""
        if look.temperature_c is not None:
            why = self._trips.seen(
                look.temperature_c, now, setpoint_c=look.setpoint_c, output_percent=look.output_percent
            )
        elif duty.may_heat or look.sensor_broken:
            why = self._trips.blind(str(look.error), now, broken=look.sensor_broken)
        return why or (self._inputs.trips(now) if duty.may_heat else "")

    def _follow(self, now: float) -> None:
        try:
            self._words.follow_ramp(now, self._setup.step_c)
        except DeviceError as error:
            if isinstance(error, DeviceRefused):
                self._trip(f"the ramp cannot go on: {error}")
            else:
                self.log.warning("furnace.ramp_late", why=str(error))  # it goes on with the next look
        except Exception as error:
            self.log.exception("driver.failed", driver="set_setpoint_c")
            self._trip(f"the ramp cannot go on: {type(error).__name__}: {error}")

    def _trip(self, why: str) -> None:
        """Switch the heater off, and latch it off."""
        duty = self._duty
        duty.owed = duty.owed or why
        if not duty.tripped:
            duty.tripped = why
            self.log.error("furnace.tripped", why=why)
            self._news.alarm("tripped", why)
        self._switch_off()

    def _switch_off(self) -> None:
        duty = self._duty
        if not duty.owed:
            duty.owed = duty.tripped
            self.log.error("furnace.on_again", why=f"it has tripped, and may heat again: {duty.tripped}")
        try:
            self._off()
        except Exception as error:  # noqa: BLE001 - whatever a driver raises: it is told again with the next look
            said = str(error) if isinstance(error, DeviceError) else f"{type(error).__name__}: {error}"
            self._news.heater_stays_on(said, POLL_S)
