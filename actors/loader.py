"""The sample loader of a furnace: its funnel, its magnets, and the dump, which is a run of steps (`actors.dump`).

It moves nothing itself: valves are moved by the extraction line, drives by their own actors, in the name of whoever
asked. It waits for nobody: what it asks is answered by messages, and what is not answered in time is not known.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from actors.actor import Context
from actors.actuation import Settled
from actors.dump import Dump, Order, Phase
from actors.dump_conditions import Do, Seen, Step
from actors.guard import TOO_LATE, Overtaken, check_deadline
from actors.loader_errands import Errands, Heard
from actors.loader_leftovers import LEFTOVERS, Leftovers
from actors.loader_look import FURNACE, LINE, LoaderSetup, energised, stands
from actors.loader_runs import DUMP, ENERGISE, LOADER, LOWER, RAISE, Record, period_s, plan_of
from actors.messages import Kind, News, Outcome, Query, Reason, Request, State, Tick
from actors.placement import LoopActor
from actors.promise import Nobody

TICK_S = 0.1
OK, FALSE = "OK", "False"
_ENDS = frozenset({"StopDump", "DenergizeMagnets"})  # what is done however late it is
_STARTS = {"DumpSample": DUMP, "LowerFunnel": LOWER, "RaiseFunnel": RAISE, "EnergizeMagnets": ENERGISE}


class Loader(LoopActor):
    """The actor `loader`. Its alarms are `alarm.loader`; how far it is, is told as `loader.run`."""

    def __init__(self, context: Context, path: str, setup: LoaderSetup) -> None:
        super().__init__(context, path)
        self._setup = setup
        self._record: Record = context.facts.setdefault(LOADER, Record())
        self._dump = Dump(setup.conditions, plan_of(DUMP, setup, setup.magnets_s))
        self._errands = Errands(setup, self.tell_path, self.take, self.later)
        self._leftovers = Leftovers(setup, self._record, self._errands, self.tell_path, self.later)
        self._waiting: list[Query] = []  # who asked for the run that is under way, and has no answer yet
        self._deadline: float | None = None  # of the asker: by then the first step has been begun, or none ever is
        self._ticking = False
        self._asks: dict[str, Callable[[Query], None]] = {
            "GetDump": lambda query: self._answer(query, self._record.said()),
            "DumpComplete": self._is_complete,
            "InUpPosition": lambda query: self._look(query, partial(stands, setup, "up")),
            "InDownPosition": lambda query: self._look(query, partial(stands, setup, "down")),
            "IsEnergized": lambda query: self._look(query, partial(energised, setup)),
            "RotaryDumperMoving": lambda query: self._refuse(query, Reason.NOT_AVAILABLE, "there is no rotary dumper"),
        }
        self._tells: dict[str, Callable[[Query], None]] = {
            **dict.fromkeys(_STARTS, self._begin_run),
            "StopDump": self._stop_run,
            "DenergizeMagnets": self._de_energise,
            "Feed": self._feed,
        }

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {Query: self._query, Heard: self._heard, Tick: self._tick}

    def begin(self) -> None:
        """End what an earlier life of this actor has begun."""
        record = self._record
        if record.active:
            self._dump = Dump(self._setup.conditions, plan_of(record.goal, self._setup, self._setup.magnets_s))
            self.log.error("loader.recovers", goal=record.goal, phase=record.phase)
            why = record.why or f"the loader was restarted while it was {record.phase}"
            self._dump.recover(why, time.monotonic(), touched=record.phase != Phase.CHECKING)
            self._work()
        self._leftovers.look()

    def make_safe(self) -> None:
        """De-energise what a run has energised, as nobody may be there to do so; and answer who waits."""
        if self._dump.active and self._dump.touched and self._record.goal in (DUMP, ENERGISE):
            for magnet in self._setup.magnets:
                self._errands.send(Step(Do.OFF, magnet), self._request(Nobody()))
        for query in self._waiting:
            text = f"the loader stopped while it was {self._dump.phase}"
            outcome = Outcome(query.what, LOADER, Kind.UNKNOWN, reason=Reason.INTERNAL, text=text)
            self._record.answered(outcome)
            query.request.reply_to.answer(outcome)
        self._errands.let_go()

    def detail(self) -> str:
        """See `Actor.detail`."""
        return self._record.said()

    # --- words --------------------------------------------------------------------------------------------

    def _query(self, query: Query) -> None:
        do = self._asks.get(query.what) or self._tells.get(query.what)
        if do is None:
            self._refuse(query, Reason.UNKNOWN_VERB, f"the loader knows no {query.what}")
            return
        try:
            if query.what in self._tells and query.what not in _ENDS:
                check_deadline(query.request.deadline)
            do(query)
        except Overtaken as late:
            self._refuse(query, late.reason, str(late))
        except ValueError as error:
            self._refuse(query, Reason.BAD_ARGUMENTS, str(error))

    def _begin_run(self, query: Query) -> None:
        """Begin a run; answered when its first step has been carried out, or it has failed."""
        goal, request = _STARTS[query.what], query.request
        hold_s = period_s(query.args, self._setup) if goal == ENERGISE else self._setup.magnets_s
        if self._record.knows(query):
            self._asked_again(query)
        elif self._dump.active:
            self._refuse(query, Reason.BUSY, f"the loader is at work: {self._record.said()}")
        else:
            self._dump = Dump(self._setup.conditions, plan_of(goal, self._setup, hold_s))
            self._record.begin(goal, query)
            self._waiting, self._deadline = [query], request.deadline
            self.tell_path("chronicle", News("alarm.loader", "", extra={"text": f"a new run: {goal}"}))
            self._dump.begin(time.monotonic())
            self._work()

    def _asked_again(self, query: Query) -> None:
        """Answer what was asked for before by the same id: nothing is begun twice."""
        known = self._record.answer_to(query)
        if known is None:
            self._waiting.append(query)
        else:
            query.request.reply_to.answer(known)

    def _stop_run(self, query: Query) -> None:
        """End a run; its end is told by `GetDump`."""
        if not self._dump.active:
            self._answer(query, "nothing is under way")
            return
        self._dump.stop(f"stopped by {query.request.by}", time.monotonic())
        self._work()
        self._answer(query, self._record.said())

    def _de_energise(self, query: Query) -> None:
        """Switch every magnet off, and end what has energised them; answered when all are off."""
        if self._record.goal in (DUMP, ENERGISE):
            self._dump.stop(f"de-energised by {query.request.by}", time.monotonic())
            self._work()
        steps = [Step(Do.OFF, magnet) for magnet in self._setup.magnets]
        self._errands.send_all(steps, query.request, lambda why: self._all_off(query, why))

    def _all_off(self, query: Query, why: str) -> None:
        if why:
            outcome = Outcome(query.what, LOADER, Kind.UNKNOWN, reason=Reason.FAILED, text=why)
            self._settle(query, outcome)
        else:
            self._answer(query, OK)

    def _feed(self, query: Query) -> None:
        """Bring the feeder to one of its places."""
        feeder, positions = self._setup.feeder, self._setup.positions
        place = query.args[0] if query.args else ""
        if not feeder or place not in positions:
            known = ", ".join(positions) or "none"
            raise ValueError(f"the feeder has no place {place!r}: it has {known}")
        if self._dump.active:
            self._refuse(query, Reason.BUSY, f"the loader is at work: {self._record.said()}")
            return
        wanted = Query("MoveAbsolute", (f"{positions[place]:g}",), query.request)
        if not self.tell_path(f"device.{feeder}", wanted):
            self._refuse(query, Reason.BUSY, f"{feeder} is being restarted; nothing was begun")

    def _is_complete(self, query: Query) -> None:
        """Answer whether the last dump has ended well; with the reason where it has not."""
        record = self._record
        if record.dumped == "failed":
            self._refuse(query, Reason.FAILED, f"the dump failed: {record.dump_why}")
        else:
            self._answer(query, OK if record.dumped == "done" else FALSE)

    # --- looks --------------------------------------------------------------------------------------------

    def _look(self, query: Query, say: Callable[[Seen], tuple[str, str]]) -> None:
        """Look at the funnel and the magnets, and answer what `say` makes of that: a value, or why there is none."""

        def then(seen: Seen) -> None:
            text, why = say(seen)
            if why:
                self._refuse(query, Reason.NOT_AVAILABLE, why)
            else:
                self._answer(query, text)

        self._errands.look((LINE, *self._setup.drives), query.request, then)

    # --- the run ------------------------------------------------------------------------------------------

    def _heard(self, heard: Heard) -> None:
        self._errands.heard(heard)

    def _tick(self, tick: Tick) -> None:
        if tick.what == LEFTOVERS:
            self._leftovers.look()
            return
        if tick.what != "run":
            self._errands.late(tick.what)
            return
        self._ticking = False
        self._dump.tick(time.monotonic())
        self._work()

    def _work(self) -> None:
        """Do what the run orders, and tell how far it is."""
        dump = self._dump
        for order in dump.take():
            self._carry_out(dump, order)
        record = self._record
        if (dump.phase, dump.why, dump.active) != (record.phase, record.why, record.active):
            self._tell(dump)
        if self._waiting and (dump.begun or not dump.active or dump.ends):
            self._answer_starters(dump)
        if dump.active and not self._ticking:
            self._ticking = True
            self.later(TICK_S, Tick("run"))

    def _carry_out(self, dump: Dump, order: Order) -> None:
        number, step = order.number, order.step
        request = self._request(Nobody())
        if step is None:
            asked = (LINE, FURNACE, *self._setup.drives)
            self._errands.look(
                asked, request, lambda seen: self._go_on(dump, partial(self._take_in, dump, number, seen))
            )
        else:
            then = lambda why: self._go_on(dump, lambda now: dump.ended(number, why, now))  # noqa: E731 - as above
            self._errands.send_all([step], request, then)

    def _take_in(self, dump: Dump, number: int, seen: Seen, now: float) -> None:
        """Tell a run what a look has found; one that has touched nothing yet is not begun too late."""
        if not dump.touched and self._deadline is not None and now > self._deadline:
            dump.stop(TOO_LATE.text, now)
        dump.seen(number, seen, now)

    def _go_on(self, dump: Dump, told: Callable[[float], None]) -> None:
        if dump is self._dump:
            told(time.monotonic())
            self._work()

    def _request(self, reply_to: Any) -> Request:
        """Return a request in the name of whoever asked for the run. `Any`: a `ReplyTo`."""
        record, now = self._record, time.monotonic()
        return Request(
            reply_to, record.by, record.trace, now + self._setup.step_s, now, origin=record.origin,
            session=record.session,
        )  # fmt: skip

    def _tell(self, dump: Dump) -> None:
        record = self._record
        was_failing, was_active = bool(record.why), record.active
        record.note(dump.phase, dump.why, active=dump.active)
        self.log.info("loader.run", goal=record.goal, phase=record.phase, why=record.why)
        extra = {"goal": record.goal, "why": record.why, "by": record.by}
        self.tell_path("chronicle", News("loader.run", record.phase, trace=record.trace, extra=extra))
        if dump.why and (not was_failing or was_active is not dump.active):
            self.log.error("loader.failed", goal=record.goal, why=dump.why, ended=not dump.active)
            text = f"{record.goal}: {dump.why}"
            self.tell_path("chronicle", News("alarm.loader", "failed", trace=record.trace, extra={"text": text}))
        if not dump.active:
            kind, reason = (Kind.UNKNOWN, Reason.FAILED) if dump.why else (Kind.DONE, None)
            outcome = Outcome(f"{record.goal} ended", LOADER, kind, reason=reason, text=dump.why or dump.phase)
            self.tell_path("chronicle", Settled(self._request(Nobody()), outcome, State.UNKNOWN, time.time()))

    def _answer_starters(self, dump: Dump) -> None:
        waiting, self._waiting = self._waiting, []
        if not dump.ends:
            outcome = Outcome(waiting[0].what, LOADER, Kind.DONE, text=dump.phase)
        elif dump.touched:
            outcome = Outcome(waiting[0].what, LOADER, Kind.UNKNOWN, reason=Reason.FAILED, text=dump.why)
        else:
            reason = TOO_LATE.reason if dump.why == TOO_LATE.text else Reason.INTERLOCKED
            outcome = Outcome(waiting[0].what, LOADER, Kind.REFUSED, reason=reason, text=dump.why)
        self._record.answered(outcome)
        for query in waiting:
            self._settle(query, outcome)

    # --- answers ------------------------------------------------------------------------------------------

    def _answer(self, query: Query, text: str) -> None:
        took_ms = (time.monotonic() - query.request.received) * 1000
        self._settle(query, Outcome(query.what, LOADER, Kind.DONE, text=text, took_ms=took_ms))

    def _refuse(self, query: Query, reason: Reason, text: str) -> None:
        self._settle(query, Outcome(query.what, LOADER, Kind.REFUSED, reason=reason, text=text))

    def _settle(self, query: Query, outcome: Outcome) -> None:
        query.request.reply_to.answer(outcome)
        if query.what in self._tells:
            self.tell_path("chronicle", Settled(query.request, outcome, State.UNKNOWN, time.time()))
