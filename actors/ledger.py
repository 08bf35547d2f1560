"""The line's ledger: its table with one revision, and how what changed in it is told. Shared by the line's parts."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from actors import picture
from actors.actuation import Settled
from actors.messages import STALE, Kind, News, Outcome, Reason, Request, Source, State
from actors.table import Row, ValveSpec

Tell = Callable[[str, Any], bool]  # path, message -> whether somebody has that path


class Ledger:
    """Only the extraction line and its parts write it, on the line's thread.

    Attributes:
        table: valve name -> row, in the order of the site's file.
        tell: tells whoever has a path.
        revision: grows with every change; words are remembered by it.

    Args:
        specs: the valves; locks: valve -> who; revisions: valve -> where those of earlier lines had come to.
    """

    def __init__(
        self,
        specs: Iterable[ValveSpec],
        locks: Mapping[str, str],
        revisions: Mapping[str, int],
        tell: Tell,
        log: Any,
    ) -> None:
        self._revisions = revisions
        self._locks = locks
        self.table: dict[str, Row] = {}
        for spec in specs:
            self.add(spec)
        self.tell = tell
        self.log = log
        self.revision = 0
        self._picture = picture.Picture(-1)
        self._good_until = 0.0

    def add(self, spec: ValveSpec) -> None:
        """Take in a valve of which nothing is known yet. Its revision goes on where an earlier line's had come to."""
        revision = self._revisions.get(spec.name, 0)
        row = Row(spec, learned=time.monotonic(), revision=revision, locked=self._locks.get(spec.name, ""))
        self.table.setdefault(spec.name, row)

    def known(self, valve: str) -> State:
        """Return a valve's state as it may be used now; unknown while it moves, and for a name that is not there."""
        row = self.table.get(valve)
        return row.known(time.monotonic()) if row is not None and row.moving is None else State.UNKNOWN

    def paint(self) -> picture.Picture:
        """Return the picture of this revision; a state in it that got too old makes a new one."""
        now = time.monotonic()
        if now > self._good_until:
            self.revision += 1
        if self._picture.revision != self.revision:
            self._picture = picture.paint(self.table, self.revision, now)
            self._good_until = picture.good_until(self.table, now)
        return self._picture

    def settle(self, request: Request, outcome: Outcome, before: State, origin_rev: int = 0) -> None:
        """Answer whoever asked, and then tell the chronicle: reply, event, journal and log are one value."""
        request.reply_to.answer(outcome)
        self.tell("chronicle", Settled(request, outcome, before, time.time(), origin_rev))

    def answer(self, request: Request, verb: str, valve: str, kind: Kind, text: str, reason: Reason | None) -> None:
        """Settle a command that changed no state."""
        before = self.known(valve)
        state = State.UNKNOWN if kind is Kind.UNKNOWN else before
        took_ms = (time.monotonic() - request.received) * 1000
        row = self.table.get(valve)
        revision = row.revision if row is not None else 0
        outcome = Outcome(verb, valve, kind, state, reason, text, revision=revision, took_ms=took_ms)
        self.settle(request, outcome, before)

    def tell_changes(self, changes: list[picture.Change], source: Source) -> None:
        """Tell what changed without a command."""
        if changes:
            self.revision += 1
        now = time.monotonic()
        for change in changes:
            self.tell("chronicle", _news(change.row, change.row.known(now), source, now))

    def tell_again(self, row: Row) -> None:
        """Tell what is known of a valve that was told to move, and did not."""
        row.revision += 1
        self.tell_changes([picture.Change(row, State.UNKNOWN, surprise=False)], row.source)

    def tell_age(self, row: Row) -> None:
        """Tell that a valve's state has become stale, or is no longer."""
        now = time.monotonic()
        row.revision += 1
        self.revision += 1
        news = _news(row, row.known(now), row.source, now)
        if row.stale(now):
            age_s = round(now - row.learned, 1)
            told = {"age_s": age_s, "why": f"nothing heard of it for {age_s:.1f} s"}
            news = replace(news, quality=STALE, extra={**news.extra, **told})
        self.tell("chronicle", news)

    def tell_unknown(self, row: Row, why: str, **more: str) -> None:
        """Tell that nothing is known of a valve just now: it moves, or its line has just begun."""
        row.revision += 1
        self.revision += 1
        news = _news(row, State.UNKNOWN, Source.NONE, time.monotonic())
        self.tell("chronicle", replace(news, extra={**news.extra, "why": why, **more}))


def _news(row: Row, state: State, source: Source, now: float) -> News:
    unknown = state is State.UNKNOWN
    extra: dict[str, Any] = {"why": row.doubt(now)} if unknown else {}
    if row.spec.remote:
        extra |= {"origin_rev": row.origin_revision, "origin": row.spec.actuator}
    quality = "unknown" if unknown else "good"
    return News(f"valve.{row.spec.name}", str(state), row.revision, quality=quality, source=str(source), extra=extra)
