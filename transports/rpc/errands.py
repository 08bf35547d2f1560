"""What is asked of a node that says HELLO, for others: each is answered once, whatever becomes of it."""

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol
from uuid import uuid4

from actors.actuation import Settled, Switch, Switched
from actors.line_durable import stamp
from actors.messages import (
    Claim,
    Kind,
    Outcome,
    Reason,
    Release,
    Request,
    SafeState,
    SetLock,
    SetService,
    Source,
    State,
)
from actors.remote import AskWord, LocksSeen, OwnersSeen, ServiceSeen
from transports.rpc import forward
from transports.rpc.lane import Lane, Then
from transports.rpc.word import Word

SAFE_STATE_S = 600.0  # a safe state is answered when every valve of its order has been brought there, or given up


class Carrier(Protocol):
    """The connection to the far end, as its errands see it."""

    path: str

    def tell_path(self, path: str, message: Any) -> bool:
        """Tell whoever has a path."""

    def ready(self, lane: Lane) -> bool:
        """Whether a request can be sent on a lane now."""

    def unready(self) -> str:
        """Why not, for a person."""

    def send(self, lane: Lane, text: str, told: Mapping[str, str], then: Then, extra_s: float = 0.0) -> None:
        """Send a request; `then` is called once. `extra_s`: beyond the node's timeout.

        Raises:
            ValueError: it cannot be framed, and nothing was sent; `then` is not called.
        """


class Terms(Protocol):
    """What is agreed for a node."""

    @property
    def line(self) -> str:
        """Path of the line that its valves belong to, or ""."""

    @property
    def timeout_s(self) -> float:
        """Seconds without an answer after which nobody knows how a move ended."""


class Errands:
    """The requests of one node connection.

    Args:
        carrier: the connection.
        acts, asks: its two lanes.
        terms: the path of the line whose valves the node has, and the node's timeout.
        delay_s: seconds that a valve's own delays may add.
    """

    def __init__(self, carrier: Carrier, acts: Lane, asks: Lane, terms: Terms, delay_s: Callable[[str], float]) -> None:
        self._carrier, self._acts, self._asks = carrier, acts, asks
        self._line = terms.line
        self._timeout_s = terms.timeout_s
        self._delay_s = delay_s
        life = uuid4().hex[:12]  # the far end remembers ids for longer than this connection may live
        self._ids = (f"{life}-{number}" for number in itertools.count(1))

    def take(self, message: Any) -> None:
        """Carry out one errand."""
        if isinstance(message, Switch):
            self._switch(message)
        elif isinstance(message, AskWord):
            self._word(message)
        else:
            self._order(message)

    def _switch(self, switch: Switch) -> None:
        """Forward a move."""

        def then(text: str | None, told: Mapping[str, str]) -> None:
            if text is None:
                self._end(switch, Kind.UNKNOWN, Reason.NO_ANSWER, f"{switch.valve}: {told.get('why', '')}")
            else:
                result = forward.switched_of(switch.valve, switch.target, text, told)
                self._carrier.tell_path(switch.valve_path, replace(result, order=switch.order))

        if not self._carrier.ready(self._acts):
            self._end(switch, Kind.REFUSED, Reason.NOT_CONNECTED, self._carrier.unready())
            return
        told, extra_s = self._told(self._acts, switch.request, acts=True), self._delay_s(switch.valve)
        try:
            self._carrier.send(self._acts, forward.act_text(switch), told, then, extra_s)
        except ValueError as error:
            self._end(switch, Kind.REFUSED, Reason.BAD_ARGUMENTS, f"{switch.valve}: {error}")

    def _end(self, switch: Switch, kind: Kind, reason: Reason, text: str) -> None:
        result = Switched(switch.valve, kind, State.UNKNOWN, Source.NONE, reason, text, final=True, order=switch.order)
        self._carrier.tell_path(switch.valve_path, result)

    def _word(self, ask: AskWord) -> None:
        """Ask for one of the words of the whole line."""
        word = Word(ask, time.monotonic())

        def then(text: str | None, told: Mapping[str, str]) -> None:
            heard = word.failed(told.get("why", "no answer")) if text is None else word.heard(text, time.monotonic())
            self._carrier.tell_path(ask.reply_path, heard)

        if not self._carrier.ready(self._asks):
            self._carrier.tell_path(ask.reply_path, word.failed(self._carrier.unready()))
            return
        try:
            self._carrier.send(self._asks, word.question, {}, then)
        except ValueError as error:
            self._carrier.tell_path(ask.reply_path, word.failed(str(error)))

    def _order(self, order: forward.Order) -> None:
        """Forward whatever is no move; a safe state goes with the questions, so that it overtakes acts.

        But it waits for no connection that is being made again.
        """
        request = order.request
        command = forward.command_of(order, self._carrier.path.removeprefix("node."))
        overtakes = isinstance(order, SafeState)
        lane = self._acts if command.acts and not overtakes else self._asks
        if overtakes and not self._carrier.ready(lane):
            lane = self._acts
        sent_at = time.monotonic()

        def then(reply: str | None, told: Mapping[str, str]) -> None:
            took_ms = (time.monotonic() - sent_at) * 1000
            if reply is None:
                end(Kind.UNKNOWN, Reason.NO_ANSWER, told.get("why", ""), took_ms)
            else:
                self._answer(order, command, forward.outcome_of(command, reply, told, took_ms))

        def end(kind: Kind, reason: Reason, text: str, took_ms: float = 0.0) -> None:
            outcome = Outcome(command.name, command.subject, kind, reason=reason, text=text, took_ms=took_ms)
            self._answer(order, command, outcome)

        if not self._carrier.ready(lane):
            end(Kind.REFUSED, Reason.NOT_CONNECTED, self._carrier.unready())
            return
        told = self._told(lane, request, acts=command.acts)
        try:
            self._carrier.send(lane, command.text, told, then, SAFE_STATE_S if overtakes else 0.0)
        except ValueError as error:
            end(Kind.REFUSED, Reason.BAD_ARGUMENTS, str(error))

    def _answer(self, order: forward.Order, command: forward.Command, outcome: Outcome) -> None:
        """Answer whoever asked; the line here hears first of what it did, the chronicle afterwards."""
        if outcome.ok and (seen := self._seen(order)) is not None:
            self._carrier.tell_path(self._line, seen)
        order.request.reply_to.answer(outcome)
        if command.acts:
            if outcome.ok and (detail := forward.detail_of(order)):
                outcome = replace(outcome, text=detail)
            self._carrier.tell_path("chronicle", Settled(order.request, outcome, outcome.state, time.time()))

    def _seen(self, order: forward.Order) -> LocksSeen | OwnersSeen | ServiceSeen | None:
        path = self._carrier.path
        if isinstance(order, SetLock):
            who = stamp(order.request.by, order.why) if order.locked else ""
            return LocksSeen(path, {order.valve: who})
        if isinstance(order, Claim | Release):
            return OwnersSeen(path, {order.valve: order.request.by if isinstance(order, Claim) else ""})
        if isinstance(order, SetService):
            return ServiceSeen(path, order.valve, "" if order.in_service else order.why)
        return None

    def _told(self, lane: Lane, request: Request, *, acts: bool) -> dict[str, str]:
        """Return the fields of a command; the deadline of an act is one that the far end can check by its own clock.

        The id is ours, never the asker's: to the far end all who ask here are one client.
        """
        told = {"id": next(self._ids), "by": request.by, "trace": request.trace}
        if acts:
            ends_by = time.monotonic() + self._timeout_s
            deadline = ends_by if request.deadline is None else min(ends_by, request.deadline)
            told["deadline"] = str(max(0, int(deadline * 1000 + (lane.offset_ms or 0.0))))
        return told
