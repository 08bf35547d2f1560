"""What the line may answer only when it is on disk, and only when nothing moves any more that it forbids."""

import time
from collections.abc import Callable
from functools import partial

from actors.fence import Fence
from actors.flights import Flights
from actors.ledger import Ledger
from actors.messages import Fact, Keep, Kept, Kind, Reason, Refusal, Request
from actors.promise import Nobody
from actors.rules import unknown_name
from actors.table import Row


class Durable:
    """A part of the extraction line: what its locks, leases and services have in common.

    Args:
        path: the line's, for the store's answer.
        flights: the line's moves in flight, by valve.
        fence: takes back what has not been written.
        changed: look once more at what was permitted.
    """

    def __init__(self, ledger: Ledger, path: str, flights: Flights, fence: Fence, changed: Callable[[], None]) -> None:
        self.ledger = ledger
        self._path = path
        self._flights = flights
        self._fence = fence
        self._changed = changed

    def row_for(self, verb: str, valve: str, request: Request) -> Row | None:
        """Return the row that a wish is about; None: it was refused, or passed on to the node that has the valve."""
        row = self.ledger.table.get(valve)
        if late(request):
            self.refuse(request, verb, valve, Reason.EXPIRED, "its deadline passed before it could be carried out")
            return None
        if row is None:
            unknown = unknown_name(self.ledger.table, valve)
            self.ledger.answer(request, verb, valve, Kind.REFUSED, unknown.text, unknown.reason)
        return row

    def forward(self, row: Row, verb: str, message: object, request: Request) -> bool:
        """Pass a wish on to the node that has the valve; False: this one has it."""
        if not row.spec.remote:
            return False
        if not self.ledger.tell(row.spec.actuator, message):
            self.refuse(request, verb, row.spec.name, Reason.NOT_CONNECTED, f"{row.spec.actuator} is not running")
        return True

    def keep(self, fact: Fact, subject: str, value: str, request: Request, verb: str) -> bool:
        """Have a fact made durable; False: the wish was refused."""
        if self.ledger.tell("store", Keep(fact, subject, value, self._path, request)):
            return True
        text = f"the store is not running: a {fact} that is not on disk is none"
        self.refuse(request, verb, subject, Reason.INTERNAL, text)
        return False

    def note(self, fact: Fact, subject: str, value: str) -> bool:
        """Have a fact made durable that nobody waits for; False: the store is not running."""
        return self.ledger.tell("store", Keep(fact, subject, value, self._path, Request(Nobody())))

    def settle(self, kept: Kept, verb: str, text: str) -> None:
        """Answer what is on disk, after having taken back what it forbids: when nothing moves any more.

        No valve moves after what forbids it was answered.
        """
        valve = kept.keep.subject
        flight = self._flights.get(valve)
        if flight is not None:
            self._fence.forget(flight.order)  # it is looked at once more, by what holds now
        self._changed()
        answer = partial(self.ledger.answer, kept.request, verb, valve, Kind.DONE, text, None)
        if flight is not None and (flight.behind or self._fence.objection(self._fence.epoch, flight.order)):
            flight.behind = (*flight.behind, answer)
        else:
            answer()

    def refuse(self, request: Request, verb: str, valve: str, reason: Reason, text: str) -> None:
        """Answer a wish that was not fulfilled."""
        said = text if not valve or valve in text.split() else f"{valve}: {text}"
        self.ledger.answer(request, verb, valve, Kind.REFUSED, said, reason)

    def refused(self, refusal: Refusal, request: Request, verb: str, valve: str) -> None:
        """Answer a wish that a rule refuses."""
        self.ledger.answer(request, verb, valve, Kind.REFUSED, refusal.text, refusal.reason)


def late(request: Request) -> bool:
    """Whether a request's deadline has passed."""
    return request.deadline is not None and time.monotonic() > request.deadline


def stamp(by: str) -> str:
    """Return who did something, and when, for a person."""
    return f"{by or 'somebody'} at {time.strftime('%Y-%m-%d %H:%M:%S')}"
