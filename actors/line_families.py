"""Valves that others follow: a parent and its children are one request, all rules, all marks, then the moves."""

import time
from collections.abc import Callable
from dataclasses import replace

from actors.actuation import Switched
from actors.flights import Family, Flight, Flights
from actors.line_orders import Orders
from actors.line_sightings import Sightings
from actors.line_terms import Terms
from actors.messages import Kind, Move, Reason, Refusal, Request, State
from actors.promise import Nobody
from actors.rules import Verdict
from actors.table import Row, Table

FOLLOWED_S = 10.0  # in which a follower is decided anew, as often as something changes before it is written


class Families:
    """A part of the extraction line. A valve is in it if another one of this node follows it.

    `uncountable`: why an opening that would change a pipette's count has to wait, or None.
    """

    def __init__(
        self,
        table: Table,
        flights: Flights,
        orders: Orders,
        sightings: Sightings,
        terms: Terms,
        uncountable: Callable[[str, State], Refusal | None],
    ) -> None:
        self._table, self._flights, self._orders = table, flights, orders
        self._sightings, self._terms, self._uncountable = sightings, terms, uncountable
        self._children: dict[str, list[tuple[str, bool]]] = {}
        for name, row in table.items():
            if row.spec.parent and not row.spec.remote:
                self._children.setdefault(row.spec.parent, []).append((name, row.spec.parent_inverted))

    def __contains__(self, valve: object) -> bool:
        return valve in self._children

    def all_so(self, move: Move, now: float) -> bool:
        """Whether every follower stands as a move of its parent would bring it."""
        return all(
            self._table[follower.valve].moving is None and self._table[follower.valve].known(now) is follower.target
            for follower in self._followers(move)
        )

    def objection(self, move: Move, now: float) -> Refusal | None:
        """Return why a move's followers could not follow, or None."""
        found = self._permitted(move, now)
        return found if isinstance(found, Refusal) else None

    def _permitted(self, move: Move, now: float) -> list[Move] | Refusal:
        """Return the followers that are to move; or the refusal of the first that may not."""
        followers: list[Move] = []
        for follower in self._followers(move):
            verdict = self._terms.decide(self._table, follower, now, unread=True)
            if verdict is Verdict.PERMIT:
                verdict = self._objection_to_count(move, follower) or verdict
            if isinstance(verdict, Refusal):
                return replace(verdict, text=f"{follower.valve} follows {move.valve}: {verdict.text}")
            if verdict is Verdict.PERMIT:
                followers.append(follower)
            elif verdict is not Verdict.ALREADY:
                return Refusal(Reason.BUSY, f"{follower.valve}, which follows {move.valve}, is moving", "in flight")
        return followers

    def _objection_to_count(self, leader: Move, follower: Move) -> Refusal | None:
        """Return why a follower's opening has to wait; a Close waits for no shot, nor does the safe state."""
        if leader.safe or leader.target is State.CLOSED:
            return None
        return self._uncountable(follower.valve, follower.target)

    def begin(self, move: Move, row: Row, now: float, *, leader_moves: bool = True) -> Refusal | None:
        """Mark all that are to move, and tell the parent; return why nothing is begun, or None."""
        followers = self._permitted(move, now)
        if isinstance(followers, Refusal):
            return followers
        moving = [move, *followers] if leader_moves else followers
        for actuator in {self._table[one.valve].spec.actuator for one in moving}:
            if self._sightings.knowing(actuator) is None:
                return self._sightings.first_word(move, actuator, now)  # None: it waits, and is decided again
        family = Family(move.valve, waiting={follower.valve for follower in followers})
        flight = self._orders.fly(row, move, now, family)
        extra_s = flight.ends_by - now
        for follower in followers:
            followed = self._orders.fly(self._table[follower.valve], follower, now, family, extra_s)
            flight.ends_by = max(flight.ends_by, followed.ends_by)
        if leader_moves and not self._orders.send(flight, self._sightings.knowing(row.spec.actuator)):
            self._release(family)
            self._flights.end(move.valve, flight.order)
            row.moving = None
            return Refusal(Reason.BUSY, f"{move.valve}: its actor is being restarted")
        return None

    def goes_on(self, flight: Flight, result: Switched, row: Row) -> Switched | None:
        """Take the end of a parent's own move; return how it ends, or None: its followers move first."""
        family = flight.family
        assert family is not None
        if family.parent != flight.move.valve or family.result is not None:
            return result
        if result.kind not in (Kind.MOVED, Kind.ALREADY):
            self._release(family)
            return result
        family.result, family.before = result, row.known(time.monotonic())
        row.state, row.learned = result.state, result.read_at or time.monotonic()
        if result.kind is Kind.MOVED:
            row.source, row.seen = result.source, row.learned
        for valve in list(family.waiting):
            if not self._send(family, valve):
                family.waiting.discard(valve)
                family.failed.append(f"{valve}: its actor is being restarted")
        if family.waiting:
            return None
        return self._whole(family, flight) if family.failed else result

    def anew(self, family: Family, follower: Move) -> bool:
        """Decide once more about a follower of which nothing was written; True: it is on its way again."""
        now = time.monotonic()
        if now - follower.request.received > FOLLOWED_S:
            return False
        leader = self._flights.get(family.parent)
        if leader is None or self._objection_to_count(leader.move, follower) is not None:
            return False
        if self._terms.decide(self._table, follower, now, unread=True) is not Verdict.PERMIT:
            return False
        self._orders.fly(self._table[follower.valve], follower, now, family)
        return self._send(family, follower.valve)

    def member_ended(self, family: Family, flight: Flight, result: Switched) -> Switched | None:
        """Take the end of a follower's move; return the whole request's end if it was the last, else None."""
        valve = flight.move.valve
        if valve == family.parent or valve in self._flights or valve not in family.waiting:
            return None
        family.waiting.discard(valve)
        if result.kind not in (Kind.MOVED, Kind.ALREADY):
            family.failed.append(f"{valve}: {result.text or result.reason or result.kind}")
        leader = self._flights.get(family.parent)
        if family.waiting or family.result is None or leader is None or leader.family is not family:
            return None
        return self._whole(family, leader)

    def _whole(self, family: Family, leader: Flight) -> Switched:
        own = family.result
        assert own is not None
        if not family.failed:
            return replace(own, kind=Kind.MOVED, order=leader.order)
        text = f"{family.parent} is {own.state}, but not all that follow it did: {'; '.join(family.failed)}"
        return replace(own, kind=Kind.UNKNOWN, reason=Reason.FAILED, text=text, order=leader.order)

    def _send(self, family: Family, valve: str) -> bool:
        flight = self._flights[valve]
        if self._orders.send(flight, self._sightings.knowing(self._table[valve].spec.actuator)):
            return True
        self._drop(family, flight)
        return False

    def _release(self, family: Family) -> None:
        """Let followers be whose parent did not move: nothing was told to them."""
        for valve in family.waiting:
            flight = self._flights.get(valve)
            if flight is not None and flight.family is family:
                self._drop(family, flight)
        family.waiting.clear()

    def _drop(self, family: Family, flight: Flight) -> None:
        valve = flight.move.valve
        self._flights.end(valve, flight.order)
        self._table[valve].moving = None
        family.dropped.append(flight)

    def _followers(self, move: Move) -> list[Move]:
        """Return the moves of all that follow, and of what follows those: no ring, the site was checked for that."""
        found: list[Move] = []
        for child, inverted in self._children.get(move.valve, ()):
            target = _other(move.target) if inverted else move.target
            request = Request(
                Nobody(), move.request.by, move.request.trace, None, move.request.received, origin=move.request.origin
            )
            follower = Move(child, target, request, move.safe)
            found += [follower, *self._followers(follower)]
        return found


def _other(state: State) -> State:
    return State.CLOSED if state is State.OPEN else State.OPEN
