"""The line's software locks: durable before they are answered; those of another node's valves are its own."""

import time

from actors.fence import Fence
from actors.flights import Flights
from actors.ledger import Ledger
from actors.messages import Fact, Keep, Kept, Kind, News, Reason, Refusal, SetLock
from actors.remote import LocksSeen
from actors.rules import unknown_name
from actors.table import Row


class Locks:
    """A part of the extraction line.

    Args:
        path: the line's, for the store's answer.
        flights: the line's moves in flight, by valve.
        fence: takes back what has not been written.
    """

    def __init__(self, ledger: Ledger, path: str, flights: Flights, fence: Fence) -> None:
        self._ledger = ledger
        self._path = path
        self._flights = flights
        self._fence = fence

    def wish(self, wish: SetLock) -> None:
        """Pass a wish on to who makes it durable: the store here, or the node that has the valve."""
        row = self._ledger.table.get(wish.valve)
        deadline = wish.request.deadline
        if deadline is not None and time.monotonic() > deadline:
            self._refuse(wish, Reason.EXPIRED, f"{wish.valve}: its deadline passed before it could be carried out")
        elif row is None:
            refusal = unknown_name(self._ledger.table, wish.valve)
            self._refuse(wish, refusal.reason, refusal.text)
        elif row.spec.remote:
            if not self._ledger.tell(row.spec.actuator, wish):
                self._refuse(wish, Reason.NOT_CONNECTED, f"{row.spec.actuator} is not running")
        else:
            who = f"{wish.request.by or 'somebody'} at {time.strftime('%Y-%m-%d %H:%M:%S')}" if wish.locked else ""
            if not self._ledger.tell("store", Keep(Fact.LOCK, wish.valve, who, self._path, wish.request)):
                text = "the store is not running: a lock that is not on disk is no lock"
                self._refuse(wish, Reason.INTERNAL, text)

    def kept(self, kept: Kept) -> None:
        """Commit what the store has on disk, and answer; a lock of a valve in flight when nothing moves any more.

        Its move is taken back, if the device has not been written yet: no valve moves after its lock was answered.
        """
        valve, who = kept.keep.subject, kept.keep.value
        if kept.error:
            verb = "lock" if who else "unlock"
            self._ledger.answer(kept.request, verb, valve, Kind.REFUSED, kept.error, Reason.INTERNAL)
            return
        self._note(self._ledger.table[valve], who, kept.request.trace)
        flight = self._flights.get(valve)
        if who and flight is not None:
            self._fence.void(flight.order, Refusal(Reason.LOCKED, f"Valve {valve} is software locked"))
            flight.locks = (*flight.locks, kept)
        elif flight is not None and flight.locks:  # freed again behind a lock that has not been answered yet
            self._fence.forget(flight.order)
            flight.locks = (*flight.locks, kept)
        else:
            self.answer(kept)

    def answer(self, kept: Kept) -> None:
        """Answer a lock that is on disk."""
        who = kept.keep.value
        verb = "lock" if who else "unlock"
        self._ledger.answer(kept.request, verb, kept.keep.subject, Kind.DONE, who or "free", None)

    def seen(self, seen: LocksSeen) -> None:
        """Take in another node's locks."""
        for valve, who in seen.locks.items():
            row = self._ledger.table.get(valve)
            if row is not None and row.spec.actuator == seen.origin and bool(row.locked) is not bool(who):
                self._note(row, who, "")

    def _note(self, row: Row, who: str, trace: str) -> None:
        row.locked = who
        self._ledger.revision += 1
        news = News(f"lock.{row.spec.name}", bool(who), trace=trace, extra={"who": who})
        self._ledger.tell("chronicle", news)

    def _refuse(self, wish: SetLock, reason: Reason, text: str) -> None:
        verb = "lock" if wish.locked else "unlock"
        self._ledger.answer(wish.request, verb, wish.valve, Kind.REFUSED, text, reason)
