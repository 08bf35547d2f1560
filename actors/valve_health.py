"""Counts and times of every valve of a node, and a word when one begins to be stuck, slow or chattering.

They are of this process's life. Told by the chronicle, behind the replies.
"""

from collections.abc import Callable, Iterable, Mapping
from time import monotonic
from typing import Any, ClassVar

from actors.actor import Context
from actors.actuation import Settled
from actors.messages import Kind, News, Outcome, Query, Reason, State, Tick
from actors.placement import LoopActor
from actors.statistics import Counts, Health, Tally
from actors.table import ValveSpec

CALM_EVERY_S = 5.0  # between looks at whether one that chatters still does
STATISTICS = "statistics"
_ENDED = (Kind.MOVED, Kind.UNKNOWN)
_MOVED = Kind.MOVED
_TARGETS = {"open": State.OPEN, "close": State.CLOSED}
_SAYS = {
    Health.STUCK: "its last moves were all read back where it should not be",
    Health.SLOW: "its last move took much longer than usual",
    Health.CHATTERING: "it changes again and again without a command",
}
_EVENTS = {word: f"valve.{word}" for word in Health}


class ValveHealth(LoopActor):
    """The actor `statistics`. `specs`: what the site says of its own valves; others need none."""

    loop_name: ClassVar[str] = "news"

    def __init__(self, context: Context, path: str, specs: Iterable[ValveSpec]) -> None:
        super().__init__(context, path)
        self._specs = {spec.name: spec for spec in specs}
        self._tallies: dict[str, Tally] = {}
        self._watches = False

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {tuple: self._settled_all, News: self._heard, Query: self._query, Tick: self._tick}

    def detail(self) -> str:
        """See `Actor.detail`."""
        tallies = tuple(self._tallies.items())
        ill = [valve for valve, tally in tallies if tally.told]
        count = sum(tally.revision is not None for _, tally in tallies)
        moved = "1 valve has moved" if count == 1 else f"{count} valves have moved"
        return moved + (f", not well: {', '.join(ill)}" if ill else "")

    def _settled_all(self, batch: tuple[Settled, ...]) -> None:
        for settled in batch:
            self._settled(settled)

    def _settled(self, settled: Settled) -> None:
        outcome = settled.outcome
        at = settled.request.received + outcome.took_ms / 1000  # by the clock that nobody sets
        target, valve = _TARGETS.get(outcome.verb), outcome.subject
        if target is None or outcome.kind not in _ENDED:
            return
        tally = self._tally(valve)
        if tally is None or (outcome.revision and outcome.revision == tally.revision):
            return  # several commands may end with one move
        tally.revision = outcome.revision
        if outcome.kind is _MOVED:
            tally.moved(target, outcome.took_ms, at)
        elif outcome.reason is Reason.FAILED:
            tally.failed(outcome.state, at)
        else:
            tally.unknown(at)
        self._weigh(valve, tally)

    def _heard(self, news: News) -> None:
        """Take in where a valve was seen to stand without a command."""
        kind, _, valve = news.topic.partition(".")
        tally = self._tally(valve) if kind == "valve" else None
        if tally is not None:
            tally.seen(State(news.value), monotonic())
            self._weigh(valve, tally)

    def _tally(self, valve: str) -> Tally | None:
        """Return a valve's tally; None: its site says not to keep one (`track`)."""
        tally = self._tallies.get(valve)
        if tally is None:
            spec = self._specs.get(valve, ValveSpec(valve))
            if not spec.track:
                return None
            waits_s = spec.check_delay_s + spec.settling_time_s
            tally = Tally((waits_s + spec.open_delay_s) * 1000, (waits_s + spec.close_delay_s) * 1000)
            self._tallies[valve] = tally
        return tally

    def _weigh(self, valve: str, tally: Tally) -> None:
        """Tell what has begun to be wrong with a valve, and what has ended."""
        health, told = tally.health(monotonic()), tally.told
        if health and Health.CHATTERING in health and not self._watches:
            self._watches = True
            self.later(CALM_EVERY_S, Tick("calm"))
        if health == told:
            return
        tally.told = health
        for word in health:
            if word not in told:
                self.log.warning(_EVENTS[word], valve=valve, why=_SAYS[word])
        for word in told:
            if word not in health:
                self.log.info(_EVENTS[word], valve=valve, ended=True)
        text = "; ".join(f"{valve} is {word}: {_SAYS[word]}" for word in health)
        news = News(f"valve_health.{valve}", [str(word) for word in health], extra={"text": text})
        self.tell_path("chronicle", news)

    def _tick(self, _tick: Tick) -> None:
        self._watches = False
        for valve, tally in self._tallies.items():
            if Health.CHATTERING in tally.told:
                self._weigh(valve, tally)

    def _query(self, query: Query) -> None:
        if query.what == STATISTICS:
            outcome = Outcome("query", query.what, Kind.DONE, value=self._counts())
        else:
            text = f"{self.path} knows no question {query.what}"
            outcome = Outcome("query", query.what, Kind.REFUSED, reason=Reason.INTERNAL, text=text)
        query.request.reply_to.answer(outcome)

    def _counts(self) -> tuple[Counts, ...]:
        """Return those of the valves that have moved, or chatter: the others were only looked at."""
        now = monotonic()
        counted = ((tally.counts(valve, now), tally.revision is not None) for valve, tally in self._tallies.items())
        return tuple(counts for counts, has_moved in counted if has_moved or counts.health)
