"""One valve: intent, actuation, readback, settling; its end told to the line once.

intent -> actuator -> check delay -> readback -> (one more look) -> settling time -> the line. A valve of another node
is only passed on: that node's own valve does all this, and orders may overtake each other on the way there.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from actors.actor import Context
from actors.actuation import Actuate, GiveUp, HurryUp, Look, LookAt, Switch, Switched
from actors.far_look import ask_far
from actors.intents import IntentLog
from actors.messages import Kind, Outcome, Reason, Source, State
from actors.placement import LoopActor
from actors.table import MANUAL, Table, ValveSpec

_NOT_DONE = (Kind.REFUSED, Kind.UNKNOWN)
_UNKNOWN = Kind.UNKNOWN
SECOND_LOOK_S = 0.05  # before the second look at a readback that disagrees, where no check delay is set


@dataclass(slots=True, eq=False)
class Job:
    """One order on its way. `hurried`: its settling time need not be waited out. `step`: see `Switch`."""

    order: Actuate
    step: int = 0
    hurried: bool = False
    first_look: Switched | None = None
    settling: Switched | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A delay of a job is over: it is time to look, or it has settled."""

    job: Job
    what: str


class Valve(LoopActor):
    """A valve actor.

    Args:
        spec: what the site says of it.
        line: path of the extraction line, which is told how every move ended.
        intents: where a move is recorded before the device is written.
    """

    BUSY_TEXT: ClassVar[str] = "its last move has not ended: the actuator has not answered yet"

    def __init__(self, context: Context, path: str, spec: ValveSpec, line: str, intents: IntentLog) -> None:
        super().__init__(context, path)
        self.spec = spec
        self._line = line
        self._intents = intents
        self._job: Job | None = None
        looked_at = spec.check and spec.query_state and not spec.remote
        self._reader = spec.origin
        self._read_elsewhere = looked_at and self._reader != spec.actuator
        self._look_after = looked_at and (bool(spec.check_delay_s) or self._read_elsewhere)
        self._look_at_once = looked_at and not self._look_after  # by the actuator itself, with the move

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {
            Actuate: self._actuate,
            Switched: self._switched,
            HurryUp: self._hurry,
            GiveUp: self._give_up,
            LookAt: self._look_at,
            Due: self._due,
        }

    def detail(self) -> str:
        """See `Actor.detail`: what the line's table says of it."""
        table: Table = self.context.facts.get("table", {})
        row = table.get(self.spec.name)
        return row.said(time.monotonic()) if row is not None else ""

    def _actuate(self, order: Actuate) -> None:
        spec, move = self.spec, order.move
        if spec.remote:
            if not self.tell_path(spec.actuator, self._switch(order)):
                self._tell_line(
                    Kind.REFUSED, State.UNKNOWN, Source.NONE, order.order, Reason.NOT_CONNECTED, self._absent()
                )
            return
        if self._job is not None:
            text = f"{spec.name}: {self.BUSY_TEXT}"
            self._tell_line(Kind.REFUSED, State.UNKNOWN, Source.NONE, order.order, Reason.BUSY, text)
            return
        self._job = Job(order)
        self._intents.begin(spec.name, move.target)
        if not self.tell_path(spec.actuator, self._switch(order)):
            self._fail(Kind.REFUSED, Reason.NOT_CONNECTED, self._absent())

    def _absent(self) -> str:
        return f"{self.spec.actuator or 'its actuator'} is not running"

    def _switch(self, order: Actuate, step: int = 0) -> Switch:
        move = order.move
        return Switch(
            self.path,
            self.spec.name,
            move.target,
            self._look_at_once,
            order.epoch,
            move.request,
            order.order,
            order.void_after,
            order.knowing,
            step,
        )

    def _switched(self, result: Switched) -> None:
        if self.spec.remote:
            self.tell_path(self._line, result)
            return
        job = self._job
        if job is None or result.order != job.order.order or job.settling is not None:
            # the end of an order that was given up, or of an earlier line's: the next look tells what it did
            self.log.warning("valve.late_end", valve=self.spec.name, kind=str(result.kind), state=str(result.state))
            return
        if result.final or result.kind in _NOT_DONE:
            self._end(result)
        elif self._look_after and result.source is Source.ASSUMED and (self._read_elsewhere or not result.unread):
            self.after(self.spec.check_delay_s, Due(job, "look"))
        elif job.first_look is not None and job.first_look.state is not result.state:
            why = f"two looks differ ({job.first_look.state}, then {result.state})"
            self._fail(Kind.UNKNOWN, Reason.NO_ANSWER, why)
        elif result.state is job.order.move.target:
            self._agree(job, result)
        elif job.first_look is None:
            job.first_look = result
            self.later(self.spec.check_delay_s or SECOND_LOOK_S, Due(job, "look"))
        else:
            self._disagree(job, result)

    def _agree(self, job: Job, result: Switched) -> None:
        if self.spec.settling_time_s and not job.hurried:
            job.settling = result
            self.later(self.spec.settling_time_s, Due(job, "settled"))
        else:
            self._end(result)

    def _disagree(self, job: Job, result: Switched) -> None:
        verb = "open" if job.order.move.target is State.OPEN else "close"
        reads = "neither open nor closed" if result.state is State.UNKNOWN else str(result.state)
        text = f"Valve {self.spec.name} failed to actuate {verb}: it reads {reads}, twice"
        self._job = None
        self._intents.end(self.spec.name)
        self._tell_line(Kind.UNKNOWN, result.state, result.source, result.order, Reason.FAILED, text)

    def _due(self, due: Due) -> None:
        if due.job is not self._job:
            return
        if due.what == "settled" and due.job.settling is not None:
            self._end(due.job.settling)
        elif due.what == "look":
            self._read_back(due.job)

    def _read_back(self, job: Job) -> None:
        if not self.tell_path(self._reader, Look(self.path, self.spec.name, job.order.order)):
            self._fail(Kind.UNKNOWN, Reason.NO_ANSWER, f"{self._reader} stopped before the valve was read back")

    def after(self, delay_s: float, due: Due) -> None:
        """Go on with a job after so many seconds; at once where there are none."""
        if delay_s:
            self.later(delay_s, due)
        else:
            self._due(due)

    def _look_at(self, wish: LookAt) -> None:
        spec, request = self.spec, wish.request
        if spec.remote:
            told, why = self.tell_path(spec.actuator, ask_far(spec.name, request)), self._absent()
        elif spec.kind == MANUAL or not spec.query_state:
            told, why = False, "a person turns it" if spec.kind == MANUAL else "its site says not to (query_state)"
            why = f"nothing reads it: {why}"
        else:
            told = self.tell_path(self._reader, Look(self.path, spec.name, request=request))
            why = f"{self._reader} is not running"
        if not told:
            text = f"{spec.name}: {why}"
            request.reply_to.answer(Outcome("look", spec.name, Kind.UNKNOWN, reason=Reason.NO_ANSWER, text=text))

    def _hurry(self, _message: HurryUp) -> None:
        if self._job is not None:
            self._job.hurried = True
            if self._job.settling is not None:
                self._end(self._job.settling)

    def _give_up(self, wish: GiveUp) -> None:
        if self._job is not None and self._job.order.order == wish.order:
            self._job = None  # its intent stays: until two looks agree nobody knows what became of it

    def _fail(self, kind: Kind, reason: Reason, why: str) -> None:
        assert self._job is not None
        order, self._job = self._job.order.order, None
        if kind is Kind.REFUSED:
            self._intents.end(self.spec.name)
        self._tell_line(kind, State.UNKNOWN, Source.NONE, order, reason, f"{self.spec.name}: {why}")

    def _end(self, result: Switched) -> None:
        self._job = None
        if result.kind is not _UNKNOWN:  # then the line ends it, when two looks have agreed
            self._intents.end(self.spec.name)
        self.tell_path(self._line, result)

    def _tell_line(self, kind: Kind, state: State, source: Source, order: int, reason: Reason, text: str) -> None:
        self.tell_path(self._line, Switched(self.spec.name, kind, state, source, reason, text, order=order))
