"""What is asked of a node for others: moves, locks, questions, words; each answered once, whatever becomes of it."""

import itertools
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol
from uuid import uuid4

from actors.actuation import Settled, Switch, Switched
from actors.messages import Kind, Outcome, Query, Reason, Request, SetLock, Source, State
from actors.remote import AskWord, LocksSeen, WordHeard
from transports.rpc import forward, words
from transports.rpc.lane import Lane, Then

_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD_VERB = {"states": "GetValveStates", "locks": "GetValveLockStates"}


class Carrier(Protocol):
    """The node connection, as its errands see it."""

    path: str

    def ready(self, lane: Lane) -> bool:
        """Whether a request can be sent on a lane now."""

    def unready(self) -> str:
        """Why not, for a person."""

    def send(self, lane: Lane, text: str, told: Mapping[str, str], then: Then, extra_s: float = 0.0) -> None:
        """Send a request; `then` is called once. `extra_s`: beyond the node's timeout.

        Raises:
            ValueError: it cannot be framed, and nothing was sent; `then` is not called.
        """

    def tell_path(self, path: str, message: Any) -> bool:
        """Tell whoever has a path."""


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

    def switch(self, switch: Switch) -> None:
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
        told, extra_s = self._told(self._acts, switch.request), self._delay_s(switch.valve)
        try:
            self._carrier.send(self._acts, forward.act_text(switch), told, then, extra_s)
        except ValueError as error:
            self._end(switch, Kind.REFUSED, Reason.BAD_ARGUMENTS, f"{switch.valve}: {error}")

    def set_lock(self, wish: SetLock) -> None:
        """Forward a lock; the line here hears of it before whoever asked does."""

        def answer(outcome: Outcome) -> None:
            if outcome.ok:
                who = f"{wish.request.by} at {time.strftime('%Y-%m-%d %H:%M:%S')}" if wish.locked else ""
                self._carrier.tell_path(self._line, LocksSeen(self._carrier.path, {wish.valve: who}))
            self._settle(wish.request, outcome)

        verb = "Lock" if wish.locked else "Unlock"
        self._ask(self._acts, verb, f"{verb} {wish.valve}", wish.valve, wish.request, answer)

    def query(self, query: Query) -> None:
        """Forward a question, or a setting, in the far end's own vocabulary."""
        request, subject = query.request, self._carrier.path.removeprefix("node.")
        text = f"{query.what} {','.join(query.args)}".strip()
        if query.what.startswith("Set"):
            self._ask(self._acts, query.what, text, subject, request, lambda outcome: self._settle(request, outcome))
        else:
            self._ask(self._asks, query.what, text, subject, request, request.reply_to.answer)

    def word(self, ask: AskWord) -> None:
        """Ask for one of the words of the whole line."""
        asked_at = time.monotonic()

        def then(text: str | None, told: Mapping[str, str]) -> None:
            values: Mapping[str, str] = {}
            error = told.get("why", "no answer") if text is None else ""
            if text is not None:
                try:
                    values = words.parse_states(text)
                except words.BadWord as bad:
                    error = str(bad)
            took_ms = (time.monotonic() - asked_at) * 1000
            heard = WordHeard(ask.what, values, asked_at, error, took_ms, len(text or ""))
            self._carrier.tell_path(ask.reply_path, heard)

        if self._carrier.ready(self._asks):
            self._carrier.send(self._asks, _WORD_VERB[ask.what], {}, then)
        else:
            self._carrier.tell_path(ask.reply_path, WordHeard(ask.what, {}, asked_at, self._carrier.unready()))

    def _ask(
        self, lane: Lane, verb: str, text: str, subject: str, request: Request, answer: Callable[[Outcome], None]
    ) -> None:
        name, sent_at = _CAPITAL.sub(" ", verb).lower(), time.monotonic()

        def then(reply: str | None, told: Mapping[str, str]) -> None:
            took_ms = (time.monotonic() - sent_at) * 1000
            if reply is None:
                why = told.get("why", "")
                answer(Outcome(name, subject, Kind.UNKNOWN, reason=Reason.NO_ANSWER, text=why, took_ms=took_ms))
            else:
                answer(forward.outcome_of(name, subject, reply, told, took_ms))

        if not self._carrier.ready(lane):
            why = self._carrier.unready()
            answer(Outcome(name, subject, Kind.REFUSED, reason=Reason.NOT_CONNECTED, text=why))
            return
        try:
            self._carrier.send(lane, text, self._told(lane, request), then)
        except ValueError as error:
            answer(Outcome(name, subject, Kind.REFUSED, reason=Reason.BAD_ARGUMENTS, text=str(error)))

    def _settle(self, request: Request, outcome: Outcome) -> None:
        """Answer whoever asked for what is no move, and then have it logged and journaled here too."""
        request.reply_to.answer(outcome)
        self._carrier.tell_path("chronicle", Settled(request, outcome, outcome.state, time.time()))

    def _end(self, switch: Switch, kind: Kind, reason: Reason, text: str) -> None:
        result = Switched(switch.valve, kind, State.UNKNOWN, Source.NONE, reason, text, final=True, order=switch.order)
        self._carrier.tell_path(switch.valve_path, result)

    def _told(self, lane: Lane, request: Request) -> dict[str, str]:
        """Return the fields of a command; the deadline of an act is one that the far end can check by its own clock.

        The id is ours, never the asker's: to the far end all who ask here are one client.
        """
        told = {"id": next(self._ids), "by": request.by, "trace": request.trace}
        if lane is self._acts:
            ends_by = time.monotonic() + self._timeout_s
            deadline = ends_by if request.deadline is None else min(ends_by, request.deadline)
            told["deadline"] = str(max(0, int(deadline * 1000 + (lane.offset_ms or 0.0))))
        return told
