"""StatusMonitor: polls one remote node's words on a clock that does not drift, and passes its news on to the line."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from actors.actor import Context
from actors.actuation import OriginLost, Seen
from actors.line_latch import FAR_LATCHED
from actors.messages import News, Source, State, Tick
from actors.news import Heard, PublisherLate, PublisherLost, PublisherUp
from actors.placement import LoopActor
from actors.remote import Announce, AskWord, LocksSeen, NodeUp, OwnersSeen, ServiceSeen, WordHeard
from actors.summary import Summary, summary_of
from actors.table import state_of

_STATE = {"1": State.OPEN, "0": State.CLOSED, "?": State.UNKNOWN}


LATE_AFTER = 2  # failed polls in a row


@dataclass(frozen=True, slots=True)
class MonitorSettings:
    """The seed's parameters: seconds between ticks, and every how many ticks each word is polled.

    Attributes:
        timeout_s: after so many seconds without an answer a poll has failed.
        words: the node has valves; otherwise its news are passed on, and nothing is polled.
    """

    update_period_s: float = 1.0
    state_freq: int = 3
    lock_freq: int = 5
    owner_freq: int = 5
    checksum_freq: int = 3
    timeout_s: float = 2.0
    words: bool = True


@dataclass(frozen=True, slots=True)
class _Overdue:
    """The time is over in which a poll should have been answered."""

    what: str
    number: int


class StatusMonitor(LoopActor):
    """The actor `status_monitor.<node>`. Poll and push meet in the line, which knows what is newer.

    Args:
        node: path of the node connection that is asked.
        line: path of the extraction line that is told.
    """

    def __init__(self, context: Context, path: str, node: str, line: str, settings: MonitorSettings) -> None:
        super().__init__(context, path)
        self._node, self._line, self._settings = node, line, settings
        self._boot = self._life = ""
        self._whys: dict[str, str] = {}  # why it does not know a valve
        self._early: dict[str, Heard] = {}
        self._alarms: dict[str, tuple[Any, str]] = {}  # what the node's alarms said last, in this life of it
        self._tick_number = 0
        self._next_tick = time.monotonic()
        self._freqs = {
            "states": settings.state_freq,
            "locks": settings.lock_freq,
            "owners": settings.owner_freq,
            "checksum": settings.checksum_freq,
        }
        self._polls = 0
        self._waiting: dict[str, int] = {}  # what is asked for -> which poll it is
        self._given_up: dict[str, float] = {}  # what -> when (monotonic) it was last waited for in vain
        self._heard_whole: set[str] = set()  # the words that were heard in this life of the node
        self._summary: Summary = ()  # what the checksum is asked over
        self._mismatched = False
        self._failed = 0
        self._late = False
        self._requests = self._bytes = 0
        self._took_ms = 0.0

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {
            Tick: self._tick,
            _Overdue: self._overdue,
            WordHeard: self._word,
            NodeUp: self._node_up,
            OriginLost: self._node_lost,
            Heard: self._heard,
            PublisherUp: self._publisher,
            PublisherLate: self._publisher,
            PublisherLost: self._publisher,
        }

    def begin(self) -> None:
        """Start ticking; a node that is up already says so again."""
        self.tell_path(self._node, Announce())
        if self._settings.words:
            self._next_tick = time.monotonic()
            self.actor_ref.tell(Tick("tick"))

    def detail(self) -> str:
        """See `Actor.detail`."""
        if not self._settings.words:
            return "passes news on"
        cost = f"{self._requests} polls, {self._bytes} bytes, {self._took_ms:.1f} ms"
        return f"late: {self._failed} polls failed, {cost}" if self._late else cost

    def _tick(self, _tick: Tick) -> None:
        """Poll what is due; a tick that comes late is not made up for, and no poll waits behind another."""
        for what, freq in self._freqs.items():
            if self._tick_number % freq == 0:
                self._ask(what)
        self._tick_number += 1
        now = time.monotonic()
        while self._next_tick <= now:
            self._next_tick += self._settings.update_period_s
        self.later(self._next_tick - now, Tick("tick"))

    def _ask(self, what: str) -> None:
        if what in self._waiting:
            return
        over = self._known() if what == "checksum" else ()
        if what == "checksum" and not over:
            return
        if self.tell_path(self._node, AskWord(what, self.path, over)):
            self._summary = over or self._summary
            self._polls += 1
            self._waiting[what] = self._polls
            self.later(self._settings.timeout_s, _Overdue(what, self._polls))

    def _known(self) -> Summary:
        """Return what the line knows of the node's valves; nothing until it has heard all, in this life of the node."""
        if not {"states", "locks"} <= self._heard_whole:
            return ()
        return summary_of(self.context.facts.get("table", {}), self._node, time.monotonic())

    def _overdue(self, overdue: _Overdue) -> None:
        if self._waiting.get(overdue.what) == overdue.number:
            del self._waiting[overdue.what]
            self._given_up[overdue.what] = time.monotonic()
            self._fail(f"no answer in {self._settings.timeout_s:.1f} s")

    def _fail(self, why: str) -> None:
        self._failed += 1
        if self._failed == LATE_AFTER and not self._late:
            self._late = True
            self.log.warning("node.late", peer=self._node, why=why)

    def _word(self, word: WordHeard) -> None:
        """Take in a word; one that comes after its time says what was so when it was asked, and has failed still."""
        late = word.asked_at < self._given_up.get(word.what, 0.0)
        if not late:
            self._waiting.pop(word.what, None)
        if word.error:
            if not late:
                self._fail(word.error)
            return
        if not late:
            self._answered(word)
        if word.what == "states":
            states = {valve: _STATE[mark] for valve, mark in word.values.items()}
            self.tell_path(self._line, Seen(self._node, states, Source.POLL, word.asked_at, whys=self._whys))
        elif word.what == "locks":
            locks = {valve: "locked there" if mark == "1" else "" for valve, mark in word.values.items()}
            self.tell_path(self._line, LocksSeen(self._node, locks, word.asked_at))
        elif word.what == "owners":
            self.tell_path(self._line, OwnersSeen(self._node, word.values, word.asked_at))
        elif not late:
            self._compare(word)

    def _answered(self, word: WordHeard) -> None:
        if self._late:
            self.log.info("node.answers_again", peer=self._node, after_failed_polls=self._failed)
        self._failed, self._late = 0, False
        self._requests += 1
        self._bytes += word.size
        self._took_ms = word.took_ms
        self._heard_whole.add(word.what)

    def _compare(self, word: WordHeard) -> None:
        """Take a checksum in, unless something has changed here since it was asked for."""
        if self._summary != self._known():
            return
        if word.checksum == word.reckoned:
            self._mismatched = False
            return
        if not self._mismatched:
            self._mismatched = True
            here, there = word.reckoned, word.checksum
            self.log.warning("status_monitor.checksum_mismatch", peer=self._node, here=here, there=there)
        self._ask("states")
        self._ask("locks")

    def _node_up(self, up: NodeUp) -> None:
        if up.boot != self._life:  # what holds in this life of it is told by this life
            self._life, self._whys, self._alarms = up.boot, {}, {}
            self.context.facts.get(FAR_LATCHED, {}).pop(self._node.removeprefix("node."), None)
        self._boot = up.boot
        early, self._early = self._early, {}
        for heard in early.values():
            if heard.boot == up.boot:
                self._heard(heard)
        self._waiting.clear()
        self._heard_whole.clear()
        self._mismatched = False
        if not self._settings.words:
            return
        self._ask("states")
        self._ask("locks")

    def _node_lost(self, _lost: OriginLost) -> None:
        """Believe no news until it is up: what it said last may arrive after its end."""
        self._boot = ""

    def _heard(self, heard: Heard) -> None:
        if heard.boot != self._boot:
            self._early[heard.topic] = heard  # of a life that has not said HELLO yet, or of one that has ended
            return
        family, _, subject = heard.topic.removeprefix("pychron.").partition(".")
        if family == "valve":
            self.tell_path(self._line, self._seen(heard, subject))
        elif family == "lock":
            who = str(heard.extra.get("who", "")) or "locked there"
            self.tell_path(self._line, LocksSeen(self._node, {subject: who if heard.value else ""}))
        elif family == "owner":
            self.tell_path(self._line, OwnersSeen(self._node, {subject: str(heard.value or "")}))
        elif family == "safe_state":
            self._safe_state(heard)
        elif family == "service":
            why = "" if heard.value else str(heard.extra.get("why", "")) or "its node says so"
            self.tell_path(self._line, ServiceSeen(self._node, subject, why))
        elif family in ("furnace", "alarm"):
            if family == "alarm":
                self._log_alarm(subject, heard.value, str(heard.extra.get("text", "")))
            extra = {**heard.extra, "origin": heard.node, "origin_rev": heard.rev}
            news = News(f"{family}.{subject}", heard.value, quality=heard.quality, units=heard.units, extra=extra)
            self.tell_path("chronicle", news)
            if family == "furnace":
                self.tell_path(f"furnace_monitor.{self._node.removeprefix('node.')}", news)

    def _seen(self, heard: Heard, valve: str) -> Seen:
        """Return what an event says of a valve: as it was when the far end knew it last."""
        states, revisions = {valve: state_of(heard.value)}, {valve: heard.rev}
        self._whys = {name: why for name, why in self._whys.items() if name != valve}
        if states[valve] is State.UNKNOWN and (why := str(heard.extra.get("why", ""))):
            self._whys[valve] = why
        return Seen(
            self._node, states, Source.EVENT, heard.known_at, complete=False, revisions=revisions, whys=self._whys
        )

    def _log_alarm(self, alarm: str, value: Any, text: str) -> None:
        """Log an alarm of the node, and its end, once per change: news are told again after each silence."""
        before = self._alarms.get(alarm)
        self._alarms[alarm] = (value, text)
        if value and before != (value, text):
            self.log.error("node.alarm", peer=self._node, alarm=alarm, text=text)
        elif not value and before is not None and before[0]:
            self.log.info("node.alarm", peer=self._node, alarm=alarm, text=text or "it is over")

    def _safe_state(self, heard: Heard) -> None:
        """Note whether Opens are latched there, for whoever sits in front of this node."""
        latches, node = self.context.facts.setdefault(FAR_LATCHED, {}), self._node.removeprefix("node.")
        if heard.value == "cleared":
            latches.pop(node, None)
        elif by := str(heard.extra.get("by", "")):
            latches[node] = by

    def _publisher(self, word: PublisherUp | PublisherLate | PublisherLost) -> None:
        name = {PublisherUp: "news.up", PublisherLate: "news.late", PublisherLost: "news.lost"}[word.__class__]
        if isinstance(word, PublisherUp):
            self.log.info(name, peer=self._node)
        else:
            self.log.warning(name, peer=self._node, silent_s=round(word.silent_s, 1))
