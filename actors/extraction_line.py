"""The extraction line: the one table of all valves, the rules, and who moves. It decides and never waits.

On the node that has the actuators it decides with authority; for a valve of another node (`spec.remote`) it forwards.
Check and mark are one step of this actor, so no two requests can pass together what one after the other may not.
"""

import itertools
import time
from collections.abc import Callable, Mapping
from typing import Any

from actors import picture
from actors.actor import Context
from actors.actuation import Actuate, GiveUp, HurryUp, OriginBack, OriginLost, Seen, Switched
from actors.doubts import longest_move_s
from actors.flights import Flight, Flights
from actors.growth import Newcomers
from actors.ledger import Ledger
from actors.line_locks import Locks
from actors.line_outcomes import Outcomes, commit, verb_of
from actors.line_setup import LineSetup
from actors.line_sightings import Sightings
from actors.line_take_back import take_back
from actors.messages import (
    Fact,
    Failed,
    Kept,
    Kind,
    Move,
    Outcome,
    Query,
    Reason,
    Refusal,
    SetLock,
    Source,
    State,
    Tick,
)
from actors.placement import LoopActor
from actors.remote import Announce, Described, Grown, LocksSeen
from actors.rules import Verdict, decide
from actors.store import Facts
from actors.table import Row, Table, ValveSpec
from actors.views import GetValves, ValveView

TICK_S = 0.5
MAX_WAIT_S = 2.0
ANEW_LIMIT_S = 5.0  # in which a move is decided anew, as often as something changes before it is written
TOLD_AFTER_S = 0.3  # a move that has not ended by then is told as news: most end sooner, and their end is told
ORDERS_PER_EPOCH = 1 << 40  # so that no two lines of one process ever give the same number


class ExtractionLine(LoopActor):
    """The actor `extraction_line`. `facts`: what the store remembers."""

    def __init__(self, context: Context, path: str, setup: LineSetup, facts: Facts) -> None:
        super().__init__(context, path)
        self._setup = setup
        self._flights = Flights()
        self._epoch = 0
        self._orders = itertools.count()
        before: Table | None = context.facts.get("table")
        self._restarted = before is not None
        revisions: dict[str, int] = context.facts.setdefault("revisions", {})  # those of all lines of this process
        for name, row in (before or {}).items():
            revisions[name] = max(row.revision, revisions.get(name, 0))
        self._ledger = Ledger(setup.specs, facts.get(Fact.LOCK, {}), revisions, self.tell_path, self.log)
        self._table = self._ledger.table
        self._outcomes = Outcomes(self._ledger)
        self._locks = Locks(self._ledger, path, self._flights, setup.fence)
        self._sightings = Sightings(
            self._ledger,
            setup.intents,
            look_later=lambda delay_s: self.later(delay_s, Tick("look")),
            again=self._move,
            changed=lambda: take_back(self._table, self._flights, setup.fence, time.monotonic()),
        )
        self._newcomers = Newcomers(self._ledger, setup.nodes, setup.grow)

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {
            Move: self._move,
            Switched: self._move_ended,
            Query: self._query,
            SetLock: self._locks.wish,
            Kept: self._locks.kept,
            LocksSeen: self._locks.seen,
            Seen: self._sightings.seen,
            OriginBack: self._sightings.back,
            OriginLost: self._origin_lost,
            Described: self._newcomers.described,
            Grown: self._newcomers.grown,
            Failed: self._valve_failed,
            GetValves: self._get_valves,
            Tick: self._tick,
        }

    def begin(self) -> None:
        """Void what an earlier line ordered; doubt what it left moving; have everything read again."""
        self._epoch = self._setup.fence.advance()
        self._orders = itertools.count(self._epoch * ORDERS_PER_EPOCH)
        self.context.facts["table"] = self._table  # looked at, never changed: by `detail()`, and by the next line
        self._doubt_what_was_moving()
        if self._restarted:
            for row in self._table.values():
                self._ledger.tell_unknown(row, row.why)
        self._sightings.look()
        for node in self._setup.nodes:
            self.tell_path(node, Announce())
        self.later(TICK_S, Tick("line"))

    def _doubt_what_was_moving(self) -> None:
        """After the process's start the valves whose move was cut short; after our own failure all, while one moved."""
        cut_short = [self._table[valve] for valve in self._setup.intents.open if valve in self._table]
        restarted = self._restarted
        until = time.monotonic() + max((self._limit_s(row.spec) for row in cut_short), default=0.0)
        for row in self._table.values() if restarted and cut_short else cut_short:
            row.why = (
                "the extraction line restarted while a valve was moving" if restarted else "its move was cut short"
            )
            if not row.spec.remote:
                self._sightings.doubts.add(row.spec.name, until)

    def make_safe(self) -> None:
        """Void what has not been written yet, and tell everybody who waits that nobody knows."""
        self._setup.fence.advance()
        for flight in self._flights.all():
            valve = flight.move.valve
            self._table[valve].revision += 1
            text = f"{valve}: the extraction line stopped before the move's end was seen"
            for move in flight.everyone():
                self._ledger.answer(move.request, verb_of(move), valve, Kind.UNKNOWN, text, Reason.INTERNAL)
            for kept in flight.locks:
                self._locks.answer(kept)
        for move in self._sightings.readers():
            text = f"{move.valve}: the extraction line stopped before it had been looked at; nothing was begun"
            self._ledger.answer(move.request, verb_of(move), move.valve, Kind.REFUSED, text, Reason.BUSY)

    def detail(self) -> str:
        """See `Actor.detail`."""
        return f"{len(self._table)} valves, {len(self._flights)} moving"

    # --- a command's way ----------------------------------------------------------------------------------

    def _move(self, move: Move) -> None:
        now = time.monotonic()
        deadline = move.request.deadline
        if deadline is not None and now > deadline:
            late = f"{move.valve}: it came {now - deadline:.1f} s after its deadline"
            self._outcomes.refuse(move, Refusal(Reason.EXPIRED, late))
            return
        verdict = decide(self._table, move.valve, move.target, now)
        if verdict is Verdict.PERMIT or verdict is Verdict.FORWARD:
            self._launch(move, now)
        elif verdict is Verdict.ALREADY:
            row = self._table[move.valve]
            self._outcomes.settle(move, Switched(move.valve, Kind.ALREADY, row.state, row.source), row.state, row)
        elif verdict is Verdict.JOIN:
            self._join(self._flights[move.valve], move)
        elif verdict is Verdict.QUEUE:
            self._queue(self._flights[move.valve], move, now)
        elif verdict is Verdict.READ_FIRST:
            self._sightings.read_first(move)
        else:
            self._outcomes.refuse(move, self._newcomers.missing(move.valve) or verdict)

    def _join(self, flight: Flight, move: Move) -> None:
        if flight.queued:  # it opens now, and closes then: to be told that it opened would not be the whole truth
            self._outcomes.refuse(
                move, Refusal(Reason.BUSY, f"{move.valve} is about to close; open it when it has closed")
            )
        else:
            flight.joined = (*flight.joined, move)

    def _queue(self, flight: Flight, move: Move, now: float) -> None:
        """Let a Close wait for the opening, which hurries; another node's valve waits there."""
        if self._table[move.valve].spec.remote:
            self._launch(move, now)
        else:
            flight.queued = (*flight.queued, move)
            self.tell_path(self._valve_path(move.valve), HurryUp())

    def _launch(self, move: Move, now: float) -> None:
        row = self._table[move.valve]
        knowing = self._sightings.knowing(row.spec.actuator)
        if knowing is None and not row.spec.remote:
            if refusal := self._sightings.first_word(move, now):
                self._outcomes.refuse(move, refusal)
            return
        row.moving = move.target
        self._ledger.revision += 1
        order, ends_by = next(self._orders), now + self._limit_s(row.spec)
        self._flights.begin(Flight(move, order, now, ends_by))
        if not self.tell_path(self._valve_path(move.valve), Actuate(move, self._epoch, order, ends_by, knowing)):
            text = f"{move.valve}: its actor is being restarted"
            self._end_flight(self._flights[move.valve], Kind.REFUSED, Reason.BUSY, text)

    def _move_ended(self, result: Switched) -> None:
        self._setup.fence.forget(result.order)
        self._switched(result)

    def _switched(self, result: Switched) -> None:
        """Take a move's end: table first, then the replies, then whatever waited behind it."""
        row = self._table.get(result.valve)
        if row is not None and (overtaken := self._flights.end_overtaken(result.order)) is not None:
            commit(row, result, time.monotonic())  # it moves on: the Close behind it is in flight
            for move in overtaken.everyone():
                self._outcomes.settle(move, result, State.UNKNOWN, row)
            return
        flight = self._flights.end(result.valve, result.order) if row is not None else None
        if flight is None or row is None:
            self.log.warning("valve.late_end", valve=result.valve, kind=str(result.kind), why=result.text)
            return
        now = time.monotonic()
        still = self._flights.seat_again(result.valve)
        row.moving = still.move.target if still is not None else None
        self._ledger.revision += 1
        before = row.known(now)
        commit(row, result, now)
        if result.kind is Kind.MOVED:
            self._sightings.doubts.clear(result.valve)
        elif result.kind is Kind.UNKNOWN and result.reason is not Reason.FAILED:
            self._doubt(row, result.text, self._timeout_s(row.spec) + row.spec.check_delay_s)
            self._sightings.look_when_due()
        if flight.told and result.kind is Kind.REFUSED and still is None:
            self._ledger.tell_again(row)
        self._answer(flight, result, before, row)
        self._sightings.overheard(row)

    def _answer(self, flight: Flight, result: Switched, before: State, row: Row) -> None:
        """Answer whoever waited for a move's end, and let go on what waited behind it."""
        for move in (flight.move, *flight.joined):
            if result.stale and time.monotonic() - move.request.received < ANEW_LIMIT_S:
                self._move(move)  # what permitted it is not so any more
            else:
                self._outcomes.settle(move, result, before, row)
        for kept in flight.locks:
            self._locks.answer(kept)
        for move in flight.queued:
            self._move(move)

    def _end_flight(self, flight: Flight, kind: Kind, reason: Reason, text: str) -> None:
        """End a move whose valve has not: nothing is known of it but why."""
        valve, order = flight.move.valve, flight.order
        self._switched(Switched(valve, kind, State.UNKNOWN, Source.NONE, reason, text, order=order))

    # --- questions, time, failure -------------------------------------------------------------------------

    def _query(self, query: Query) -> None:
        if query.what == "picture":
            outcome = Outcome("query", query.what, Kind.DONE, value=self._ledger.paint())
        elif query.what == "describe":
            specs = tuple(row.spec for row in self._table.values() if not row.spec.remote)
            outcome = Outcome("query", query.what, Kind.DONE, value=specs)
        else:
            text = f"the extraction line knows no question {query.what}"
            outcome = Outcome("query", query.what, Kind.REFUSED, reason=Reason.INTERNAL, text=text)
        query.request.reply_to.answer(outcome)

    def _get_valves(self, _message: GetValves) -> tuple[ValveView, ...]:
        return picture.views(self._table, time.monotonic())

    def _origin_lost(self, lost: OriginLost) -> None:
        self._newcomers.lost(lost)
        self._sightings.lost(lost)

    def _tick(self, tick: Tick) -> None:
        if tick.what == "look":
            self._sightings.look()
            return
        self.later(TICK_S, Tick("line"))
        now = time.monotonic()
        for flight in self._flights.overdue(now):
            valve = flight.move.valve
            self.tell_path(self._valve_path(valve), GiveUp(flight.order))
            text = f"{valve}: no end of its move was seen in time"
            self._doubt(self._table[valve], text)
            self._end_flight(flight, Kind.UNKNOWN, Reason.NO_ANSWER, text)
        for flight in self._flights.untold(now - TOLD_AFTER_S):
            self._ledger.tell_unknown(self._table[flight.move.valve], f"it is moving to {flight.move.target}")
        self._sightings.expire(now)

    def _valve_failed(self, failed: Failed) -> None:
        valve = failed.path.rpartition("valve.")[2]
        row, flight = self._table.get(valve), self._flights.get(valve)
        if row is None or flight is None:
            return
        text = f"{valve}: its actor failed ({failed.error})"
        self._setup.fence.void(flight.order, Refusal(Reason.EXPIRED, text))
        self._doubt(row, text)
        self._end_flight(flight, Kind.UNKNOWN, Reason.INTERNAL, text)
        self._sightings.look_when_due()

    def _doubt(self, row: Row, why: str, for_s: float | None = None) -> None:
        """Believe no look at a valve whose move may still be going on: `for_s` seconds, then until two agree."""
        row.why = why
        if not row.spec.remote:  # another node knows best what became of its own, and is asked
            limit_s = self._limit_s(row.spec) if for_s is None else for_s
            self._sightings.doubts.add(row.spec.name, time.monotonic() + limit_s)

    def _limit_s(self, spec: ValveSpec) -> float:
        return longest_move_s(self._timeout_s(spec), spec.check_delay_s, spec.settling_time_s, MAX_WAIT_S)

    def _timeout_s(self, spec: ValveSpec) -> float:
        return self._setup.timeouts_s.get(spec.actuator, 2.0)

    def _valve_path(self, valve: str) -> str:
        return f"{self.path}/valve.{valve}"
