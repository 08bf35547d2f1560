"""A person's word about a valve: out of service for a reason, or assumed to stand somewhere that nobody can read."""

import dataclasses
import time
from collections.abc import Callable, Mapping

from actors.facts import Fact, Kept
from actors.line_durable import Durable, stamp
from actors.messages import Assume, Kind, News, Outcome, Reason, SetService, Source, State
from actors.table import MANUAL, Row

IN_FILE = "enabled: false"


class Service:
    """A part of the extraction line. `learned`: look at what follows from a valve's being known to stand elsewhere."""

    def __init__(self, durable: Durable, learned: Callable[[Row, State], None]) -> None:
        self._durable = durable
        self._ledger = durable.ledger
        self._learned = learned
        self._taken_out: set[str] = set()  # at run time; what the valves file disables stays so

    def remember(self, kept: Mapping[str, str]) -> None:
        """Take in what was out of service in an earlier life."""
        for valve, why in kept.items():
            row = self._ledger.table.get(valve)
            if row is not None and not row.spec.remote:
                self._take_out(row, why)

    def wish(self, wish: SetService) -> None:
        """Take a valve out of service, or put it back."""
        verb, valve, request = _verb(wish.in_service), wish.valve, wish.request
        row = self._durable.row_for(verb, valve, request)
        if row is None or self._durable.forward(row, verb, wish, request):
            return
        if not row.spec.enabled and valve not in self._taken_out:
            text = f"{valve} is disabled by the site: {row.spec.disabled_why or IN_FILE}; change it there"
            self._durable.refuse(request, verb, valve, Reason.DISABLED, text)
        elif not wish.in_service and not wish.why.strip():
            self._durable.refuse(request, verb, valve, Reason.BAD_ARGUMENTS, "out of service for what reason?")
        else:
            why = "" if wish.in_service else f"{wish.why.strip()} ({stamp(request.by)})"
            self._durable.keep(Fact.SERVICE, valve, why, request, verb)

    def kept(self, kept: Kept) -> None:
        """Commit what is on disk."""
        valve, why = kept.keep.subject, kept.keep.value
        if self._durable.not_kept(kept):
            return
        row = self._ledger.table[valve]
        if why:
            self._take_out(row, why)
        elif valve in self._taken_out:
            self._taken_out.discard(valve)
            row.spec = dataclasses.replace(row.spec, enabled=True, disabled_why="")
        self._ledger.revision += 1
        self._note(valve, why, kept.request.trace)
        self._durable.settle(kept, why or "in service")

    def tell(self) -> None:
        """Tell of those that are out of service from the start."""
        for row in self._ledger.table.values():
            if not row.spec.enabled:
                self._note(row.spec.name, row.spec.disabled_why or IN_FILE, "")

    def _note(self, valve: str, why: str, trace: str) -> None:
        self._ledger.tell("chronicle", News(f"service.{valve}", not why, trace=trace, extra={"why": why}))

    def _take_out(self, row: Row, why: str) -> None:
        if row.spec.enabled or row.spec.name in self._taken_out:
            self._taken_out.add(row.spec.name)
            row.spec = dataclasses.replace(row.spec, enabled=False, disabled_why=why)

    def assume(self, wish: Assume) -> None:
        """Take a person's word for where a valve stands: until it is read, and for an hour at most."""
        valve, request = wish.valve, wish.request
        row = self._durable.row_for("assume", valve, request)
        if row is None or self._durable.forward(row, "assume", wish, request):
            return
        if row.moving is not None:
            self._durable.refuse(request, "assume", valve, Reason.BUSY, "it is moving")
        elif not wish.why.strip():
            self._durable.refuse(request, "assume", valve, Reason.BAD_ARGUMENTS, "assumed for what reason?")
        else:
            now, before = time.monotonic(), row.known(time.monotonic())
            row.state, row.source, row.learned, row.seen = wish.state, Source.ASSUMED, now, now
            row.vouched_by = stamp(request.by)
            row.why = f"assumed by {row.vouched_by}: {wish.why.strip()}"
            row.revision += 1
            self._ledger.revision += 1
            self._ledger.log.warning("valve.assumed", valve=valve, state=str(wish.state), by=request.by, why=wish.why)
            news = News(f"valve.{valve}", str(wish.state), row.revision, source=str(Source.ASSUMED))
            self._ledger.tell("chronicle", dataclasses.replace(news, extra={"why": row.why, "by": request.by}))
            outcome = Outcome(
                "assume", valve, Kind.DONE, wish.state, text=row.why, source=Source.ASSUMED, revision=row.revision
            )
            if row.spec.kind == MANUAL:
                self._durable.note(Fact.MANUAL, valve, str(wish.state))
            self._learned(row, before)
            self._ledger.settle(request, outcome, before)


def _verb(in_service: bool) -> str:
    return "in service" if in_service else "out of service"
