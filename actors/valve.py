"""One valve: intent, actuation, readback, settling; its end told to the line once.

intent -> actuator -> check delay -> readback -> (one more look) -> settling time -> the line. The same actor serves a
valve of this node and one of another: what differs is the actuator behind the path in its spec.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from actors.actor import Context, LoopActor
from actors.intents import IntentLog
from actors.messages import (
    Actuate,
    HurryUp,
    Kind,
    Look,
    Reason,
    Source,
    State,
    Switch,
    Switched,
    Tick,
)
from actors.table import Table, ValveSpec

SECOND_LOOK_S = 0.05  # before the second look at a readback that disagrees, where no check delay is set


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
        self._job: Actuate | None = None
        self._first_look: Switched | None = None
        self._settling: Switched | None = None

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {Actuate: self._actuate, Switched: self._switched, HurryUp: self._hurry, Tick: self._tick}

    def detail(self) -> str:
        """See `Actor.detail`: what the line's table says of it."""
        table: Table = self.context.facts.get("table", {})
        row = table.get(self.spec.name)
        return row.said(time.monotonic()) if row is not None else ""

    def _actuate(self, order: Actuate) -> None:
        if self._job is not None:
            text = f"{self.spec.name}: {self.BUSY_TEXT}"
            self._tell_line(Switched(self.spec.name, Kind.REFUSED, State.UNKNOWN, Source.NONE, Reason.BUSY, text))
            return
        spec, move = self.spec, order.move
        self._job = order
        self._intents.begin(spec.name, move.target)
        at_once = spec.check and not spec.check_delay_s
        switch = Switch(
            self.path, spec.name, spec.address, move.target, spec.inverted_logic, at_once, order.epoch, move.request
        )
        if not self.tell_path(spec.actuator, switch):
            text = f"{spec.name}: {spec.actuator} is not running"
            self._end(Switched(spec.name, Kind.REFUSED, State.UNKNOWN, Source.NONE, Reason.NOT_CONNECTED, text))

    def _switched(self, result: Switched) -> None:
        if self._job is None or self._settling is not None:
            return  # an answer to a look that was given up
        if result.final or result.kind is Kind.REFUSED or result.kind is Kind.UNKNOWN:
            self._end(result)
        elif result.source is Source.ASSUMED and self.spec.check and self.spec.check_delay_s:
            self.later(self.spec.check_delay_s, Tick("look"))
        elif result.state is self._job.move.target:
            self._agree(result)
        elif self._first_look is None:
            self._first_look = result
            self.later(self.spec.check_delay_s or SECOND_LOOK_S, Tick("look"))
        else:
            self._disagree(result)

    def _agree(self, result: Switched) -> None:
        if self._first_look is not None:
            text = f"{self.spec.name}: two looks differ ({self._first_look.state}, then {result.state})"
            self._end(Switched(self.spec.name, Kind.UNKNOWN, State.UNKNOWN, result.source, Reason.NO_ANSWER, text))
        elif self.spec.settling_time_s:
            self._settling = result
            self.later(self.spec.settling_time_s, Tick("settled"))
        else:
            self._end(result)

    def _disagree(self, result: Switched) -> None:
        assert self._job is not None
        verb = "open" if self._job.move.target is State.OPEN else "close"
        text = f"Valve {self.spec.name} failed to actuate {verb}: it reads {result.state}, twice"
        self._end(Switched(self.spec.name, Kind.UNKNOWN, result.state, result.source, Reason.FAILED, text))

    def _tick(self, tick: Tick) -> None:
        if self._job is None:
            return
        if tick.what == "settled" and self._settling is not None:
            self._end(self._settling)
        elif tick.what == "look":
            spec = self.spec
            look = Look(self.path, spec.name, spec.address, spec.inverted_logic)
            if not self.tell_path(spec.actuator, look):
                text = f"{spec.name}: {spec.actuator} stopped before the valve was read back"
                self._end(Switched(spec.name, Kind.UNKNOWN, State.UNKNOWN, Source.NONE, Reason.NO_ANSWER, text))

    def _hurry(self, _message: HurryUp) -> None:
        if self._settling is not None:
            self._end(self._settling)

    def _end(self, result: Switched) -> None:
        self._job = self._first_look = self._settling = None
        self._intents.end(self.spec.name)
        self._tell_line(result)

    def _tell_line(self, result: Switched) -> None:
        self.tell_path(self._line, result)
