"""A command's way through the line: decided, begun, ended, answered; and what waits behind it."""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from actors.actuation import HurryUp, Switched
from actors.facts import Fact, Kept
from actors.flights import Family, Flight, Flights
from actors.growth import Newcomers
from actors.ledger import Ledger
from actors.line_durable import Durable
from actors.line_families import Families
from actors.line_orders import Orders
from actors.line_outcomes import Outcomes, commit
from actors.line_pipettes import Pipettes
from actors.line_sightings import Sightings
from actors.line_terms import Terms
from actors.messages import Kind, Move, Reason, Refusal, Request, Source, State
from actors.promise import Nobody
from actors.rules import Verdict, unsure_to_close
from actors.table import Row

NOBODY = "-"  # who asked is not remembered
_PERMIT: Final = Verdict.PERMIT  # looked up once: it takes 80 ns
_MOVED = Kind.MOVED
ANEW_LIMIT_S = 5.0  # in which a move is decided anew, as often as something changes before it is written


class Moves:
    """A part of the extraction line."""

    def __init__(
        self,
        ledger: Ledger,
        flights: Flights,
        orders: Orders,
        terms: Terms,
        sightings: Sightings,
        newcomers: Newcomers,
        pipettes: Pipettes,
        durable: Durable,
        families: Families,
        doubt: Callable[[Row, str, float | None], None],
    ) -> None:
        self._ledger, self._flights, self._orders, self._terms = ledger, flights, orders, terms
        self._sightings, self._newcomers, self._pipettes, self._durable = sightings, newcomers, pipettes, durable
        self._table = ledger.table
        self._outcomes = Outcomes(ledger)
        self._families = families
        self._doubt = doubt

    def take(self, move: Move, *, unread: bool = False) -> None:
        """Carry a move out if the rules permit it; every asker gets one answer. `unread`: it has been looked for."""
        now = time.monotonic()
        deadline = move.request.deadline
        if deadline is not None and now > deadline:
            late = f"{move.valve}: it came {now - deadline:.1f} s after its deadline"
            self._outcomes.refuse(move, Refusal(Reason.EXPIRED, late))
            return
        verdict = self._terms.decide(self._table, move, now, unread=unread)
        if verdict is _PERMIT or verdict is Verdict.FORWARD:
            self._permit(move, self._table[move.valve], now)
        elif verdict is Verdict.ALREADY:
            self._already(move, self._table[move.valve], now)
        elif verdict is Verdict.JOIN:
            self._join(self._flights[move.valve], move)
        elif verdict is Verdict.QUEUE:
            self._queue(self._flights[move.valve], move, now)
        elif verdict is Verdict.READ_FIRST:
            self._sightings.read_first(move)
        else:
            self._outcomes.refuse(move, self._newcomers.missing(move.valve) or verdict)

    def _permit(self, move: Move, row: Row, now: float) -> None:
        if row.spec.close_interlocks and move.target is State.CLOSED:
            for why in unsure_to_close(self._table, move.valve, now):
                self._ledger.log.warning("interlock.unknown", valve=move.valve, closes_although=why)
        if self._pipettes.store_trouble and (refusal := self._pipettes.objection(move.valve, move.target)):
            self._outcomes.refuse(move, refusal)
        elif row.spec.by_hand:
            self._by_hand(move, row, now)
        elif move.valve in self._families:
            self._refuse_if(move, self._families.begin(move, row, now))
        else:
            self._launch(move, row, now)

    def _already(self, move: Move, row: Row, now: float) -> None:
        """Answer a valve that stands as asked; its followers may not."""
        if move.valve in self._families and not self._families.all_so(move, now):
            refusal = self._families.begin(move, row, now, leader_moves=False)
            self._refuse_if(move, refusal)
            if refusal is None and move.valve in self._flights:
                flight = self._flights[move.valve]
                stands = Switched(move.valve, Kind.ALREADY, row.state, row.source, order=flight.order)
                self.ended(replace(stands, read_at=row.learned))  # nobody has looked at it now
        else:
            self._outcomes.settle(move, Switched(move.valve, Kind.ALREADY, row.state, row.source), row.state, row)

    def _refuse_if(self, move: Move, refusal: Refusal | None) -> None:
        if refusal is not None:
            self._outcomes.refuse(move, refusal)

    def _join(self, flight: Flight, move: Move) -> None:
        if flight.queued:  # it opens now, and closes then: to be told that it opened would not be the whole truth
            self._outcomes.refuse(
                move, Refusal(Reason.BUSY, f"{move.valve} is about to close; open it when it has closed")
            )
        else:
            flight.joined = (*flight.joined, move)

    def _queue(self, flight: Flight, move: Move, now: float) -> None:
        """Let a Close wait for the opening, which hurries; another node's valve waits there."""
        row = self._table[move.valve]
        if row.spec.remote:
            self._launch(move, row, now)
        else:
            flight.queued = (*flight.queued, move)
            self._ledger.tell(self._orders.valve_path(move.valve), HurryUp())

    def _launch(self, move: Move, row: Row, now: float) -> None:
        knowing = self._sightings.knowing(row.spec.actuator)
        if knowing is None and not row.spec.remote:
            self._refuse_if(move, self._sightings.first_word(move, row.spec.actuator, now))
            return
        flight = self._orders.fly(row, move, now)
        if not self._orders.send(flight, knowing):
            self.end_flight(flight, Kind.REFUSED, Reason.BUSY, f"{move.valve}: its actor is being restarted")

    def _by_hand(self, move: Move, row: Row, now: float) -> None:
        """Have it remembered that a person turns a valve; what is remembered is its state."""
        flight = self._orders.fly(row, move, now)
        if not self._durable.note(Fact.MANUAL, move.valve, str(move.target)):
            text = f"{move.valve}: the store is not running: where it was turned could not be remembered"
            self.end_flight(flight, Kind.REFUSED, Reason.INTERNAL, text)

    def turned(self, kept: Kept) -> None:
        """End the move of a manual valve: it is on disk, or cannot be."""
        flight = self._flights.get(kept.keep.subject)
        if flight is None or str(flight.move.target) != kept.keep.value:
            if kept.error:
                self._ledger.log.error(
                    "store.not_kept", fact=str(kept.keep.fact), valve=kept.keep.subject, why=kept.error
                )
            return
        valve, target = flight.move.valve, flight.move.target
        if kept.error:
            self.end_flight(flight, Kind.REFUSED, Reason.INTERNAL, f"{valve}: {kept.error}")
        else:
            self.ended(Switched(valve, Kind.MOVED, target, Source.MEMORY, order=flight.order))

    def cut_short(self, valve: str, target: State) -> None:
        """Journal a move that an earlier life of the process had begun, and did not see the end of."""
        request = Request(Nobody(), by=NOBODY, received=time.monotonic())
        verb, text = "open" if target is State.OPEN else "close", f"{valve}: the node ended before its move did"
        self._ledger.answer(request, verb, valve, Kind.UNKNOWN, text, Reason.INTERNAL)

    # --- ends -----------------------------------------------------------------------------------------------

    def ended(self, result: Switched) -> None:
        """Take a move's end: table first, then the replies, then whatever waited behind it."""
        row = self._table.get(result.valve)
        if row is not None and (overtaken := self._flights.end_overtaken(result.order)) is not None:
            commit(row, result, time.monotonic())  # it moves on: the Close behind it is in flight
            for move in overtaken.everyone():
                self._outcomes.settle(move, result, State.UNKNOWN, row)
            return
        flight = self._flights.get(result.valve)
        if flight is None or row is None or flight.order != result.order:
            self._ledger.log.warning("valve.late_end", valve=result.valve, kind=str(result.kind), why=result.text)
            return
        if flight.family is not None:
            end = self._families.goes_on(flight, result, row)
            if end is None:
                self._let_go(flight.family)
                return
            result = end
        self._flights.end(result.valve, result.order)
        self._land(flight, result, row)
        self._sightings.overheard(row)

    def _land(self, flight: Flight, result: Switched, row: Row) -> None:
        now = time.monotonic()
        still = self._flights.seat_again(result.valve)
        row.moving = still.move.target if still is not None else None
        self._ledger.revision += 1
        before = row.known(now)
        if flight.family is not None and flight.family.parent == result.valve and flight.family.before is not None:
            before = flight.family.before
        commit(row, result, now)
        self._sightings.landed()
        if result.kind is _MOVED:
            self._sightings.doubts.clear(result.valve)
        elif result.kind is Kind.UNKNOWN and result.reason is not Reason.FAILED:
            self._doubt(row, result.text, self._orders.timeout_s(row.spec) + row.spec.check_delay_s)
            self._sightings.look_when_due()
            if row.spec.pipette and flight.move.target is State.OPEN:
                self._pipettes.unsure(result.valve)
        if flight.told and result.kind is Kind.REFUSED and still is None:
            self._ledger.tell_again(row)
        if row.spec.pipette:  # what it has changed is on disk first
            answer = partial(self._answer, flight, result, before, row)
            if self._pipettes.noticed(row, before, answer):
                return
        self._answer(flight, result, before, row)

    def _answer(self, flight: Flight, result: Switched, before: State, row: Row) -> None:
        """Answer whoever waited for a move's end, and let go on what waited behind it."""
        family = flight.family
        for move in (flight.move, *flight.joined):
            if family is not None and family.parent != move.valve and move is flight.move:
                if result.stale and self._families.anew(family, move):
                    continue
                self._outcomes.settle(move, result, before, row)
            elif result.stale and time.monotonic() - move.request.received < ANEW_LIMIT_S:
                self.take(move)  # what permitted it is not so any more
            else:
                self._outcomes.settle(move, result, before, row)
        for answer in flight.behind:
            answer()
        for move in flight.queued:
            self.take(move)
        if family is not None:
            self._let_go(family)
        if family is not None and (whole := self._families.member_ended(family, flight, result)) is not None:
            self.ended(whole)

    def _let_go(self, family: Family) -> None:
        """Decide anew about whatever waited for followers that nothing was told to."""
        while family.dropped:
            dropped = family.dropped.pop()
            for answer in dropped.behind:
                answer()
            for move in (*dropped.joined, *dropped.queued):
                self.take(move)

    def end_flight(self, flight: Flight, kind: Kind, reason: Reason, text: str) -> None:
        """End a move whose valve has not: nothing is known of it but why."""
        valve, order = flight.move.valve, flight.order
        self.ended(Switched(valve, kind, State.UNKNOWN, Source.NONE, reason, text, order=order))
