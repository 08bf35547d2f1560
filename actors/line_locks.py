"""The line's software locks: durable before they are answered; those of another node's valves are its own."""

import time

from actors.facts import Fact, Kept
from actors.line_durable import Durable, stamp
from actors.messages import News, SetLock
from actors.remote import LocksSeen
from actors.table import Row


class Locks:
    """A part of the extraction line."""

    def __init__(self, durable: Durable) -> None:
        self._durable = durable
        self._ledger = durable.ledger
        self._noted: dict[str, float] = {}  # valve -> when (monotonic seconds) its lock changed last

    def wish(self, wish: SetLock) -> None:
        """Pass a wish on to who makes it durable: the store here, or the node that has the valve."""
        verb = "lock" if wish.locked else "unlock"
        row = self._durable.row_for(verb, wish.valve, wish.request)
        if row is not None and not self._durable.forward(row, verb, wish, wish.request):
            who = stamp(wish.request.by) if wish.locked else ""
            self._durable.keep(Fact.LOCK, wish.valve, who, wish.request, verb)

    def kept(self, kept: Kept) -> None:
        """Commit what the store has on disk, and answer; a lock of a valve in flight when nothing moves any more."""
        valve, who = kept.keep.subject, kept.keep.value
        if not self._durable.not_kept(kept):
            self._note(self._ledger.table[valve], who, kept.request.trace)
            self._durable.settle(kept, who or "free")

    def tell(self) -> None:
        """Tell those that an earlier line had."""
        for row in self._ledger.table.values():
            if row.locked:
                self._note(row, row.locked, "")

    def seen(self, seen: LocksSeen) -> None:
        """Take in another node's locks, unless they were asked for before they changed."""
        for valve, who in seen.locks.items():
            row = self._ledger.table.get(valve)
            if seen.asked_at is not None and seen.asked_at < self._noted.get(valve, 0.0):
                continue
            if row is not None and row.spec.actuator == seen.origin and bool(row.locked) is not bool(who):
                self._note(row, who, "")

    def _note(self, row: Row, who: str, trace: str) -> None:
        row.locked = who
        self._noted[row.spec.name] = time.monotonic()
        self._ledger.revision += 1
        news = News(f"lock.{row.spec.name}", bool(who), trace=trace, extra={"who": who})
        self._ledger.tell("chronicle", news)
