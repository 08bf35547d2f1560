"""A person's word about a valve: out of service for a reason, or assumed to stand somewhere that nobody can read."""

import dataclasses
import time
from collections.abc import Mapping

from actors.line_durable import Durable, late, stamp
from actors.messages import Assume, Fact, Kept, Kind, News, Outcome, Reason, SetService, Source
from actors.table import Row

IN_FILE = "enabled: false"


class Service:
    """A part of the extraction line."""

    def __init__(self, durable: Durable) -> None:
        self._durable = durable
        self._ledger = durable.ledger
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
        verb = _verb(not why)
        if kept.error:
            self._durable.refuse(kept.request, verb, valve, Reason.INTERNAL, kept.error)
            return
        row = self._ledger.table[valve]
        if why:
            self._take_out(row, why)
        elif valve in self._taken_out:
            self._taken_out.discard(valve)
            row.spec = dataclasses.replace(row.spec, enabled=True, disabled_why="")
        self._ledger.revision += 1
        self._ledger.tell("chronicle", News(f"service.{valve}", not why, trace=kept.request.trace, extra={"why": why}))
        self._durable.settle(kept, verb, why or "in service")

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
        if late(request) or row.moving is not None:
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
            self._ledger.settle(request, outcome, before)


def _verb(in_service: bool) -> str:
    return "in service" if in_service else "out of service"
