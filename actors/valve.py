"""One valve: intent, actuation, readback, settling; its end told to the line once.

intent -> actuator -> check delay -> readback -> (one more look) -> settling time -> the line. A valve of another node
is only passed on: that node's own valve does all this, and orders may overtake each other on the way there.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from actors.actor import Context
from actors.actuation import Actuate, GiveUp, HurryUp, Look, Switch, Switched
from actors.intents import IntentLog
from actors.messages import Kind, Reason, Source, State
from actors.placement import LoopActor
from actors.table import Table, ValveSpec

SECOND_LOOK_S = 0.05  # before the second look at a readback that disagrees, where no check delay is set


@dataclass(slots=True, eq=False)
class _Job:
    """One order on its way. `hurried`: its settling time need not be waited out."""

    order: Actuate
    hurried: bool = False
    first_look: Switched | None = None
    settling: Switched | None = None


@dataclass(frozen=True, slots=True)
class _Due:
    """A delay of a job is over: it is time to look, or it has settled."""

    job: _Job
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
        self._job: _Job | None = None

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {
            Actuate: self._actuate,
            Switched: self._switched,
            HurryUp: self._hurry,
            GiveUp: self._give_up,
            _Due: self._due,
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
        self._job = _Job(order)
        self._intents.begin(spec.name, move.target)
        if not self.tell_path(spec.actuator, self._switch(order)):
            self._fail(Kind.REFUSED, Reason.NOT_CONNECTED, self._absent())

    def _absent(self) -> str:
        return f"{self.spec.actuator} is not running"

    def _switch(self, order: Actuate) -> Switch:
        spec, move = self.spec, order.move
        return Switch(
            self.path,
            spec.name,
            spec.address,
            move.target,
            spec.inverted_logic,
            spec.check and not spec.check_delay_s,
            order.epoch,
            move.request,
            order.order,
            order.void_after,
            order.knowing,
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
        if result.final or result.kind is Kind.REFUSED or result.kind is Kind.UNKNOWN:
            self._end(result)
        elif result.source is Source.ASSUMED and self.spec.check and self.spec.check_delay_s:
            self.later(self.spec.check_delay_s, _Due(job, "look"))
        elif result.state is job.order.move.target:
            self._agree(job, result)
        elif job.first_look is None:
            job.first_look = result
            self.later(self.spec.check_delay_s or SECOND_LOOK_S, _Due(job, "look"))
        else:
            self._disagree(job, result)

    def _agree(self, job: _Job, result: Switched) -> None:
        if job.first_look is not None:
            self._fail(
                Kind.UNKNOWN, Reason.NO_ANSWER, f"two looks differ ({job.first_look.state}, then {result.state})"
            )
        elif self.spec.settling_time_s and not job.hurried:
            job.settling = result
            self.later(self.spec.settling_time_s, _Due(job, "settled"))
        else:
            self._end(result)

    def _disagree(self, job: _Job, result: Switched) -> None:
        verb = "open" if job.order.move.target is State.OPEN else "close"
        text = f"Valve {self.spec.name} failed to actuate {verb}: it reads {result.state}, twice"
        self._job = None
        self._intents.end(self.spec.name)
        self._tell_line(Kind.UNKNOWN, result.state, result.source, result.order, Reason.FAILED, text)

    def _due(self, due: _Due) -> None:
        if due.job is not self._job:
            return
        if due.what == "settled" and due.job.settling is not None:
            self._end(due.job.settling)
        elif due.what == "look":
            spec = self.spec
            look = Look(self.path, spec.name, spec.address, spec.inverted_logic, due.job.order.order)
            if not self.tell_path(spec.actuator, look):
                self._fail(Kind.UNKNOWN, Reason.NO_ANSWER, f"{spec.actuator} stopped before the valve was read back")

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
        if result.kind is not Kind.UNKNOWN:  # then the line ends it, when two looks have agreed
            self._intents.end(self.spec.name)
        self.tell_path(self._line, result)

    def _tell_line(self, kind: Kind, state: State, source: Source, order: int, reason: Reason, text: str) -> None:
        self.tell_path(self._line, Switched(self.spec.name, kind, state, source, reason, text, order=order))
