"""What was permitted, and would not be any more: taken back, if no device has been told of it yet."""

from dataclasses import replace

from actors.fence import Fence
from actors.flights import Flight, Flights
from actors.line_terms import Terms
from actors.messages import Refusal
from actors.table import Table


def take_back(table: Table, flights: Flights, fence: Fence, terms: Terms, now: float) -> None:
    """Void the orders of this node's valves that the rules would refuse by what is known now (monotonic seconds).

    An order may wait at a slow device while another one tells what forbids it. What is written already is not undone.
    """
    for flight in flights.all():
        row = table[flight.move.valve]
        if row.spec.remote:
            continue  # its node does so itself
        moving, row.moving = row.moving, None  # its own move forbids it nothing
        verdict = terms.decide(table, flight.move, now)
        row.moving = moving
        if isinstance(verdict, Refusal):
            fence.void(flight.order, verdict)
            _void_parent(flights, flight, fence, verdict)


def _void_parent(flights: Flights, flight: Flight, fence: Fence, why: Refusal) -> None:
    """Void the parent's order too, where that has no end yet: it and what follows it are one request."""
    family, valve = flight.family, flight.move.valve
    if family is None or family.parent == valve or family.result is not None:
        return
    leader = flights.get(family.parent)
    if leader is not None and leader.family is family and not fence.objection(leader.epoch, leader.order):
        fence.void(leader.order, replace(why, text=f"{valve} follows {family.parent}: {why.text}"))
