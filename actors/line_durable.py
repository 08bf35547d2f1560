"""What the line may answer only when it is on disk, and only when nothing moves any more that it forbids."""

import time
from collections.abc import Callable
from functools import partial

from actors.facts import Fact, Keep, Kept
from actors.fence import Fence
from actors.flights import Flights
from actors.ledger import Ledger
from actors.messages import Kind, Reason, Refusal, Request
from actors.promise import Nobody
from actors.rules import unknown_name
from actors.table import Row

AGAIN_S = 5.0  # between attempts to have on disk what has to get there


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
        self._insisted: dict[tuple[Fact, str], str] = {}
        self._again_at = 0.0

    @property
    def moving(self) -> bool:
        """Whether any valve moves."""
        return len(self._flights) > 0

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

    def insist(self, fact: Fact, subject: str, value: str) -> bool:
        """As `note`, and again until it is on disk; the last that was insisted on counts."""
        self._insisted[fact, subject] = value
        self._again_at = time.monotonic() + AGAIN_S
        return self.note(fact, subject, value)

    def give_up(self, fact: Fact, subject: str) -> None:
        """Insist no longer."""
        self._insisted.pop((fact, subject), None)

    def kept(self, kept: Kept) -> None:
        """Take note of what is on disk."""
        key = (kept.keep.fact, kept.keep.subject)
        if self._insisted and not kept.error and self._insisted.get(key) == kept.keep.value:
            del self._insisted[key]

    def again(self, now: float | None = None) -> None:
        """Try again what has to be on disk and is not: at once, or with the time (monotonic seconds) now and then."""
        if self._insisted and (now is None or now >= self._again_at):
            self._again_at = time.monotonic() + AGAIN_S
            for (fact, subject), value in self._insisted.items():
                self.note(fact, subject, value)

    def settle(self, kept: Kept, text: str) -> None:
        """Answer what is on disk, after having taken back what it forbids: when nothing moves any more.

        No valve moves after what forbids it was answered.
        """
        valve = kept.keep.subject
        flight = self._flights.get(valve)
        if flight is not None:
            self._fence.forget(flight.order)  # it is looked at once more, by what holds now
        self._changed()
        answer = partial(self.ledger.answer, kept.request, kept.verb, valve, Kind.DONE, text, None)
        if flight is not None and (flight.behind or self._fence.objection(self._fence.epoch, flight.order)):
            flight.behind = (*flight.behind, answer)
        else:
            answer()

    def not_kept(self, kept: Kept) -> bool:
        """Answer a wish that is not on disk, or may not be; False: it is."""
        if not kept.error:
            return False
        kind = Kind.UNKNOWN if kept.unsure else Kind.REFUSED
        valve = kept.keep.subject
        self.ledger.answer(kept.request, kept.verb, valve, kind, _about(valve, kept.error), Reason.INTERNAL)
        return True

    def refuse(self, request: Request, verb: str, valve: str, reason: Reason, text: str) -> None:
        """Answer a wish that was not fulfilled."""
        self.ledger.answer(request, verb, valve, Kind.REFUSED, _about(valve, text), reason)

    def refused(self, refusal: Refusal, request: Request, verb: str, valve: str) -> None:
        """Answer a wish that a rule refuses."""
        self.ledger.answer(request, verb, valve, Kind.REFUSED, refusal.text, refusal.reason)


def _about(valve: str, text: str) -> str:
    return text if not valve or valve in text.split() else f"{valve}: {text}"


def late(request: Request) -> bool:
    """Whether a request's deadline has passed."""
    return request.deadline is not None and time.monotonic() > request.deadline


def stamp(by: str) -> str:
    """Return who did something, and when, for a person."""
    return f"{by or 'somebody'} at {time.strftime('%Y-%m-%d %H:%M:%S')}"
