"""The extraction line: the one table of all valves, the rules, and who moves. It decides and never waits.

On the node that has the actuators it decides with authority; for a valve of another node (`spec.remote`) it forwards.
Check and mark are one step of this actor, so no two requests can pass together what one after the other may not.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from actors import picture
from actors.actor import Context
from actors.actuation import GiveUp, OriginBack, OriginLost, Seen, Switched
from actors.facts import Fact, Kept, StoreHealth
from actors.flights import Flights
from actors.growth import Newcomers
from actors.ledger import Ledger
from actors.line_durable import Durable
from actors.line_families import Families
from actors.line_latch import Latch
from actors.line_leases import Leases
from actors.line_locks import Locks
from actors.line_moves import Moves
from actors.line_orders import Orders
from actors.line_outcomes import verb_of
from actors.line_pipettes import Pipettes
from actors.line_questions import Questions
from actors.line_safe import Safe
from actors.line_service import Service
from actors.line_setup import LineSetup
from actors.line_sightings import Sightings
from actors.line_take_back import take_back
from actors.line_terms import Terms
from actors.messages import (
    Assume,
    Claim,
    Failed,
    Kind,
    Move,
    Query,
    Reason,
    Refusal,
    Release,
    SafeState,
    SetLock,
    SetService,
    Source,
    State,
    Tick,
)
from actors.placement import LoopActor
from actors.promise import Nobody
from actors.remote import Announce, Described, Grown, LocksSeen, OwnersSeen, ServiceSeen, SessionGone, SessionUp
from actors.safe_run import StepAgain, StepEnded
from actors.store import Facts
from actors.table import Row, Table
from actors.views import GetValves, ValveView

TICK_S = 0.5
TOLD_AFTER_S = 0.3  # a move that has not ended by then is told as news: most end sooner, and their end is told


class ExtractionLine(LoopActor):
    """The actor `extraction_line`.

    Args:
        facts: what the store remembers.
        states: valve -> open or closed, as it was known last in an earlier life: compared with the first look.
        trouble: why the store can keep nothing now, or "".
    """

    def __init__(
        self,
        context: Context,
        path: str,
        setup: LineSetup,
        facts: Facts,
        states: Mapping[str, str] | None = None,
        trouble: str = "",
    ) -> None:
        super().__init__(context, path)
        self._setup = setup
        self._flights = Flights()
        before: Table | None = context.facts.get("table")
        self._restarted = before is not None
        revisions: dict[str, int] = context.facts.setdefault("revisions", {})  # those of all lines of this process
        for name, row in (before or {}).items():
            revisions[name] = max(row.revision, revisions.get(name, 0))
        self._ledger = Ledger(setup.specs, facts.get(Fact.LOCK, {}), revisions, self.tell_path, self.log)
        self._table = self._ledger.table
        self._build(facts)
        self._remember(facts)
        self._pipettes.store_is(StoreHealth(not trouble, trouble))
        if not self._restarted:
            self._sightings.remember(states or {})

    def _build(self, facts: Facts) -> None:
        """Put the line's parts together."""
        ledger, flights, setup, path, shared = self._ledger, self._flights, self._setup, self.path, self.context.facts
        terms = self._terms = Terms(setup.check_owner)
        changed = lambda: take_back(self._table, flights, setup.fence, terms, time.monotonic())  # noqa: E731
        durable = self._durable = Durable(ledger, path, flights, setup.fence, changed)
        self._orders = Orders(ledger, setup, flights, path)
        self._pipettes = Pipettes(durable, setup.pipettes, facts.get(Fact.PIPETTE, {}), shared)
        self._sightings = Sightings(
            ledger,
            setup.intents,
            look_later=lambda delay_s: self.later(delay_s, Tick("look")),
            again=lambda move: self._moves.take(move, unread=True),
            changed=changed,
            opened=self._pipettes.noticed,
        )
        self._newcomers = Newcomers(ledger, setup.nodes, setup.grow)
        families = Families(self._table, flights, self._orders, self._sightings, terms, self._pipettes.objection)
        self._moves = Moves(
            ledger, flights, self._orders, terms, self._sightings, self._newcomers, self._pipettes, durable, families,
            self._doubt,
        )  # fmt: skip
        self._questions = Questions(ledger, terms, self._pipettes, families, self._newcomers, self._orders.valve_path)
        self._locks = Locks(durable)
        sessions = shared.setdefault("leased_sessions", set())
        self._leases = Leases(durable, shared.setdefault("leases", {}), sessions, self._session_lives, setup.lease_s)
        self._service = Service(durable, self._sightings.learned)
        self._latch = Latch(durable, terms, shared)
        self._safety = Safe(
            durable, terms, path, setup.safe_state, setup.nodes,
            move=self._moves.take, void_all=self._orders.void_all, later=self.later, latch=self._latch,
            scripts=lambda: list(shared.get("on_safe_state", ())), shared=shared,
        )  # fmt: skip

    def _session_lives(self, session: str) -> bool:
        """Whether a peer's session has a connection now (see `actors.watchers`); this process's own one lives."""
        return not session or session in self.context.facts.get("sessions", {session})

    def _remember(self, facts: Facts) -> None:
        """Take in what is on disk of an earlier life."""
        self._leases.remember(facts.get(Fact.LEASE, {}), restarted=self._restarted)
        self._service.remember(facts.get(Fact.SERVICE, {}))
        self._latch.remember(facts.get(Fact.SAFE, {}))
        for valve, state in facts.get(Fact.MANUAL, {}).items():
            row = self._table.get(valve)
            if row is not None and row.spec.by_hand:
                row.state, row.source, row.seen = State(state), Source.MEMORY, row.learned

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {
            Move: self._moves.take,
            Switched: self._move_ended,
            Query: self._questions.answer,
            SetLock: self._locks.wish,
            Claim: self._leases.claim,
            Release: self._leases.release,
            SetService: self._service.wish,
            Assume: self._service.assume,
            SafeState: self._safety.wish,
            StepEnded: self._safety.ended,
            StepAgain: self._safety.again,
            Kept: self._kept,
            StoreHealth: self._pipettes.store_is,
            LocksSeen: self._locks.seen,
            OwnersSeen: self._leases.seen,
            SessionUp: self._leases.session_up,
            SessionGone: self._leases.session_gone,
            Seen: self._sightings.seen,
            OriginBack: self._sightings.back,
            OriginLost: self._origin_lost,
            ServiceSeen: self._newcomers.service,
            Described: self._newcomers.described,
            Grown: self._newcomers.grown,
            Failed: self._valve_failed,
            GetValves: self._get_valves,
            Tick: self._tick,
        }

    def begin(self) -> None:
        """Void what an earlier line ordered; doubt what it left moving; have everything read again."""
        self._orders.begin()
        self.context.facts["table"] = self._table  # looked at, never changed: by `detail()`, and by the next line
        self._doubt_what_was_moving()
        self._tell_what_is_remembered()
        self._sightings.look()
        for node in self._setup.nodes:
            self.tell_path(node, Announce())
        self.later(0.0, Tick("resume"))  # its steps are answered by messages, which find a line that has begun
        self.later(TICK_S, Tick("line"))

    def _tell_what_is_remembered(self) -> None:
        """Tell what holds from the start, for whoever knows this node by its news; of valves only what is known."""
        for part in (self._locks, self._leases, self._service, self._latch):
            part.tell()
        self._pipettes.begin()
        for row in self._table.values():
            if row.state is not State.UNKNOWN:
                self._ledger.tell_again(row)
            elif self._restarted:
                self._ledger.tell_unknown(row, row.why)

    def _doubt_what_was_moving(self) -> None:
        """After the process's start the valves whose move was cut short; after our own failure all, while one moved."""
        cut_short = [self._table[valve] for valve in self._setup.intents.open if valve in self._table]
        restarted = self._restarted
        until = time.monotonic() + max((self._orders.limit_s(row.spec) for row in cut_short), default=0.0)
        for row in self._table.values() if restarted and cut_short else cut_short:
            row.why = (
                "the extraction line restarted while a valve was moving" if restarted else "its move was cut short"
            )
            if not row.spec.remote:
                self._sightings.doubts.add(row.spec.name, until)
            if not restarted:
                self._moves.cut_short(row.spec.name, self._setup.intents.open[row.spec.name])

    def make_safe(self) -> None:
        """Void what has not been written yet, and tell everybody who waits that nobody knows."""
        self._setup.fence.advance()
        self._safety.let_go()
        self._pipettes.let_go()
        for flight in self._flights.all():
            valve = flight.move.valve
            self._table[valve].revision += 1
            text = f"{valve}: the extraction line stopped before the move's end was seen"
            for move in flight.everyone():
                self._ledger.answer(move.request, verb_of(move), valve, Kind.UNKNOWN, text, Reason.INTERNAL)
            for answer in flight.behind:
                answer()
        for move in self._sightings.readers():
            text = f"{move.valve}: the extraction line stopped before it had been looked at; nothing was begun"
            self._ledger.answer(move.request, verb_of(move), move.valve, Kind.REFUSED, text, Reason.BUSY)

    def detail(self) -> str:
        """See `Actor.detail`."""
        latched = f", nothing opens: the safe state was called ({self._latch.who})" if self._latch.who else ""
        return f"{len(self._table)} valves, {len(self._flights)} moving{latched}"

    def _move_ended(self, result: Switched) -> None:
        self._setup.fence.forget(result.order)
        self._moves.ended(result)

    def _kept(self, kept: Kept) -> None:
        """Hand on what is on disk now, or why it is not."""
        self._durable.kept(kept)
        fact = kept.keep.fact
        if fact is Fact.PIPETTE:
            self._pipettes.kept(kept)
        elif fact is Fact.MANUAL:
            self._moves.turned(kept)
        elif fact is Fact.SAFE:
            self._safety.kept(kept)
        elif isinstance(kept.request.reply_to, Nobody):
            if kept.error:
                self.log.error("store.not_kept", fact=str(fact), subject=kept.keep.subject, why=kept.error)
        else:
            part = self._locks if fact is Fact.LOCK else self._leases if fact is Fact.LEASE else self._service
            part.kept(kept)

    # --- questions, time, failure -------------------------------------------------------------------------

    def _get_valves(self, _message: GetValves) -> tuple[ValveView, ...]:
        return picture.views(self._table, time.monotonic(), time.time())

    def _origin_lost(self, lost: OriginLost) -> None:
        self._newcomers.lost(lost)
        self._sightings.lost(lost)

    def _tick(self, tick: Tick) -> None:
        if tick.what != "line":
            (self._sightings.look if tick.what == "look" else self._safety.resume)()
            return
        self.later(TICK_S, Tick("line"))
        now = time.monotonic()
        for flight in self._flights.overdue(now):
            valve = flight.move.valve
            self.tell_path(self._orders.valve_path(valve), GiveUp(flight.order))
            text = f"{valve}: no end of its move was seen in time"
            self._doubt(self._table[valve], text)
            self._moves.end_flight(flight, Kind.UNKNOWN, Reason.NO_ANSWER, text)
        for flight in self._flights.untold(now - TOLD_AFTER_S):
            self._ledger.tell_unknown(self._table[flight.move.valve], f"it is moving to {flight.move.target}")
        self._sightings.expire(now)
        self._leases.expire(now)
        self._durable.again(now)

    def _valve_failed(self, failed: Failed) -> None:
        valve = failed.path.rpartition("valve.")[2]
        row, flight = self._table.get(valve), self._flights.get(valve)
        if row is None or flight is None:
            return
        text = f"{valve}: its actor failed ({failed.error})"
        self._setup.fence.void(flight.order, Refusal(Reason.EXPIRED, text))
        self._doubt(row, text)
        self._moves.end_flight(flight, Kind.UNKNOWN, Reason.INTERNAL, text)
        self._sightings.look_when_due()

    def _doubt(self, row: Row, why: str, for_s: float | None = None) -> None:
        """Believe no look at a valve whose move may still be going on: `for_s` seconds, then until two agree."""
        row.why = why
        if not row.spec.remote:  # another node knows best what became of its own, and is asked
            limit_s = self._orders.limit_s(row.spec) if for_s is None else for_s
            self._sightings.doubts.add(row.spec.name, time.monotonic() + limit_s)
