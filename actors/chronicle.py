"""What is done behind the reply: the event goes out at once, the log line and the journal row follow.

It lives on the news loop, beside the notifier, so that the hot path pays one message for all three.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from actors.actor import Context
from actors.actuation import Settled
from actors.messages import STALE, Kind, News, Outcome, Query, Reason, Source, State, Tick
from actors.placement import LoopActor
from actors.recorder import FAMILIES as RECORDED
from actors.store_journal import ActuationRow, FlushJournal, JournalRow, StateRow, Write
from actors.table import state_of

JOURNAL_EVERY_S = 0.05  # half of what it may be late: the store needs its time too
AT_ONCE = 200  # commands written up in one go: others on the same loop get their turn
ROWS_KEPT = 10_000  # while the store is being restarted
MOVES = ("open", "close")
_DONE = (Kind.MOVED, Kind.ALREADY, Kind.DONE)
_ENDED = (Kind.MOVED, Kind.UNKNOWN)
_MOVED, _ALREADY, _UNKNOWN, _MEMORY = Kind.MOVED, Kind.ALREADY, State.UNKNOWN, Source.MEMORY
_WORDS: Mapping[Kind | State | Source, str] = {word: str(word) for word in (*Kind, *State, *Source)}  # made once
_VALVE = "valve."
_ALARM = "alarm."


@dataclass(frozen=True, slots=True)
class _WriteUp:
    """Whatever else has ended in this turn of the loop has been told by now."""


class Chronicle(LoopActor):
    """The actor `chronicle`. A `Settled` becomes an event, a log line and a journal row; a `News` an event.

    What the events tell of valves goes to the store with the rows: what each was last known to be.
    """

    loop_name: ClassVar[str] = "news"

    def __init__(self, context: Context, path: str) -> None:
        super().__init__(context, path)
        self._settled_now: list[Settled] = []  # what nothing was done for yet
        self._rows: list[JournalRow] = []
        self._states: dict[str, StateRow] = {}
        self._actuations: list[ActuationRow] = []
        self._due = False
        self._told: dict[str, int] = {}  # topic -> the revision told last
        self._counted: dict[str, int] = {}  # valve -> the revision of the actuation that was counted last

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {
            Settled: self._settled,
            _WriteUp: self._write_up,
            News: self._news,
            Tick: self._tick,
            FlushJournal: lambda _: self._hand_over(),
            Query: self._pass_on,
        }

    def make_safe(self) -> None:
        """Hand the last rows to the store, which stops after us."""
        if not self._hand_over() and self._rows:
            self._lose()

    def _news(self, news: News) -> None:
        """Publish, unless it is what was told last: several commands may end with one move."""
        self._write_up_all()
        if news.rev:
            if news.rev <= self._told.get(news.topic, 0):
                return
            self._told[news.topic] = news.rev
        self.tell_path("notifier", news)
        if news.topic.startswith(_VALVE) and news.quality != STALE:
            self._note_state(news.topic.removeprefix(_VALVE), state_of(news.value), news.source, time.time())
            self._hand_over_soon()
            if news.source == Source.POLL:
                self.tell_path("statistics", news)
        elif news.topic.startswith(_ALARM):
            self.tell_path("devices", news)
        elif news.topic.startswith(RECORDED):
            self.tell_path("recorder", news)

    def _note_state(self, valve: str, known: State, source: str, at: float) -> None:
        """Keep what a valve is now known to be. That it is unknown for a while makes nothing of that untrue."""
        if known is not _UNKNOWN and source != _MEMORY:
            self._states[valve] = (valve, _WORDS[known], at)

    def _settled(self, settled: Settled) -> None:
        """Let what a command did be written up with whatever else has ended by then."""
        self._settled_now.append(settled)
        if len(self._settled_now) == 1:
            self.take(_WriteUp())

    def _write_up(self, _message: "_WriteUp | None" = None) -> None:
        """Make what was settled since the last time into events, log lines, journal rows and counts.

        Whatever goes wrong with one of them, what was done for those before it is told, and those behind it wait.
        """
        batch, self._settled_now = self._settled_now[:AT_ONCE], self._settled_now[AT_ONCE:]
        if not batch:
            return
        news: list[News] = []
        done = 0
        try:
            for settled in batch:
                self._write_one(settled, news)
                done += 1
        finally:
            self._settled_now[:0] = batch[done + 1 :]  # those behind one that failed
            if news:
                self.tell_path("notifier", news[0] if len(news) == 1 else tuple(news))
            self.tell_path("statistics", tuple(batch[:done]))
            self._hand_over_soon()
            if self._settled_now:
                self.take(_WriteUp())

    def _write_one(self, settled: Settled, news: list[News]) -> None:
        outcome, request = settled.outcome, settled.request
        if outcome.verb in MOVES:
            ended = outcome.kind in _ENDED
            if ended or (outcome.kind is _ALREADY and outcome.state is not settled.before):
                self._note_news(settled, outcome, news)
            if ended:
                self._count(settled, outcome)
        self._log_line(outcome, request.by, request.trace)
        self._rows.append(
            (
                settled.at, request.by, outcome.verb, outcome.subject, _WORDS[outcome.kind],
                str(outcome.reason or ""), outcome.text, outcome.took_ms,
                _WORDS[settled.before], _WORDS[outcome.state], request.trace, request.origin,
            )
        )  # fmt: skip

    def _write_up_all(self) -> None:
        """Write up whatever there is: what comes now is about all of it."""
        while self._settled_now:
            self._write_up()

    def _note_news(self, settled: Settled, outcome: Outcome, news: list[News]) -> None:
        topic = _VALVE + outcome.subject
        if outcome.revision > self._told.get(topic, 0) or not outcome.revision:
            self._told[topic] = outcome.revision
            news.append(_news_of(settled, topic))
            self._note_state(outcome.subject, outcome.state, outcome.source, settled.at)

    def _pass_on(self, query: Query) -> None:
        """Have a question about the valves' counts answered by all that has been settled."""
        self._write_up_all()
        if not self.tell_path("statistics", query):
            text = "statistics are not kept on this node, or just being restarted"
            outcome = Outcome("query", query.what, Kind.REFUSED, reason=Reason.NOT_CONNECTED, text=text)
            query.request.reply_to.answer(outcome)

    def _count(self, settled: Settled, outcome: Outcome) -> None:
        """Count an actuation, once, however many asked for it."""
        revision = settled.origin_rev or outcome.revision
        if revision and self._counted.get(outcome.subject) == revision:
            return
        self._counted[outcome.subject] = revision
        how = "moved" if outcome.kind is _MOVED else "failed" if outcome.reason is Reason.FAILED else "unknown"
        self._actuations.append((outcome.subject, how, outcome.took_ms, settled.at))

    def _log_line(self, outcome: Outcome, by: str, trace: str) -> None:
        verb, subject, took_ms = outcome.verb, outcome.subject, round(outcome.took_ms, 2)
        how, state = _WORDS[outcome.kind], _WORDS[outcome.state]
        if outcome.kind in _DONE and verb in MOVES:
            self.log.info(
                "command.done",
                verb=verb,
                subject=subject,
                outcome=how,
                took_ms=took_ms,
                by=by,
                state=state,
                trace=trace,
            )
            return
        keys: dict[str, Any] = {
            "verb": verb, "subject": subject, "outcome": how, "took_ms": took_ms, "by": by, "trace": trace,
        }  # fmt: skip
        if outcome.kind in _DONE:
            self.log.info("command.done", **keys)
        elif outcome.kind is Kind.REFUSED:
            self.log.info("command.refused", why=outcome.text, **keys)
        else:
            self.log.error("command.unknown", why=outcome.text, **keys)

    def _hand_over_soon(self) -> None:
        if not self._due:
            self._due = True
            self.later(JOURNAL_EVERY_S, Tick("journal"))

    def _tick(self, _tick: Tick) -> None:
        self._due = False
        if not self._hand_over():
            if len(self._rows) > ROWS_KEPT:
                self._lose()
            self._hand_over_soon()

    def _hand_over(self) -> bool:
        """Hand all that there is to the store; False: it is being restarted."""
        self._write_up_all()
        if not (self._rows or self._states or self._actuations):
            return True
        write = Write(tuple(self._rows), tuple(self._states.values()), tuple(self._actuations))
        if not self.tell_path("store", write):
            return False
        self._rows, self._states, self._actuations = [], {}, []
        return True

    def _lose(self) -> None:
        self.log.error("journal.lost", rows=len(self._rows), why="the store is not running")
        self._rows = []


def _news_of(settled: Settled, topic: str) -> News:
    outcome = settled.outcome
    unknown = outcome.state is _UNKNOWN
    extra: dict[str, Any] = {"by": settled.request.by}
    if outcome.text:
        extra["why"] = outcome.text
    if settled.origin_rev:
        extra["origin_rev"] = settled.origin_rev
    quality = "unknown" if unknown else "good"
    trace, source = settled.request.trace, _WORDS[outcome.source]
    return News(topic, _WORDS[outcome.state], outcome.revision, "", quality, source, trace, extra)
