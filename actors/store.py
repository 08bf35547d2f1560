"""Durable state: facts that outlive the process (locks, leases, ...), what other nodes described, and the journal.

SQLite in WAL mode. A fact is on the disk before it is answered (`synchronous=FULL`); journal rows come in batches
behind the reply, at most 100 ms late. It blocks on the disk, on its own thread.

While the disk takes nothing, facts are refused, and what is only told waits here; everybody who should know is told
once when that begins and once when it ends.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from actors import store_facts, store_file
from actors.actor import Context
from actors.facts import Fact, Keep, Kept
from actors.messages import Kind, Outcome, Reason, Tick
from actors.placement import ThreadActor
from actors.store_file import Opened, StoreUnusable, open_store
from actors.store_health import PROBE_EVERY_S, Health
from actors.store_journal import UNFIT, Journal, Write
from actors.store_schema import SCHEMA_VERSION
from actors.views import Actuations, GetActuations, GetHistory, HistoryRow

LEFT = "journal_left"  # among the context's facts: what an earlier store was told and has not taken

Facts = Mapping[Fact, Mapping[str, str]]  # which -> subject -> value
_CALLED = {
    Fact.SERVICE: "the service of {}",
    Fact.MANUAL: "where {} is turned",
    Fact.PIPETTE: "the count of {}",
    Fact.SAFE: "the latch of the safe state",
}


@dataclass(frozen=True, slots=True)
class Remember:
    """Keep what a node described, as plain data, for the next start without that node."""

    origin: str
    valves: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class NodeSeen:
    """Keep where a node answers, and until when it did (UTC seconds)."""

    origin: str
    address: str
    at: float


@dataclass(frozen=True, slots=True)
class Recall:
    """Ask for what is remembered: answered with a `Memory`."""


@dataclass(frozen=True, slots=True)
class LockAll:
    """Ask for a durable lock on each of these valves, as `Memory.all_locked` wants it: answered with a `Memory`.

    `who`: the lock's text. Where it cannot be made durable, the asker gets `StoreUnusable`: nobody may start on it.
    """

    valves: tuple[str, ...]
    who: str


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered.

    Attributes:
        facts: which -> subject -> value.
        described: node -> its valves as plain data.
        states: valve -> open or closed, as it was known last before the process ended.
        counts: valve -> how often it has moved, and when.
        all_locked: why every valve is to be locked (`LockAll`) before anybody starts on this, or "".
        trouble: why no fact can be made durable now, or ""; `StoreHealth` is told when that turns.
    """

    facts: "Facts"
    described: Mapping[str, list[dict[str, Any]]]
    states: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, Actuations] = field(default_factory=dict)
    all_locked: str = ""
    trouble: str = ""


class Store(ThreadActor):
    """The actor `store`. `file`: the database; its folder is made. `:memory:` for a node that keeps nothing."""

    def __init__(self, context: Context, path: str, file: Path | str) -> None:
        super().__init__(context, path)
        self._file = file
        self._opened: Opened | None = None
        self._journal = Journal(self.log)
        self._waiting: dict[tuple[type, str], Remember | NodeSeen] = {}  # until the disk takes them
        self._health = Health(context, file, self.later, self.log)

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {
            Write: self._write,
            Keep: self._keep,
            Remember: self._note,
            NodeSeen: self._note,
            Recall: self._recall,
            LockAll: self._lock_all,
            GetHistory: self._history,
            GetActuations: lambda _question: self._journal.actuations(self._db),
            Tick: self._tick,
        }

    @property
    def _db(self) -> sqlite3.Connection:
        assert self._opened is not None
        return self._opened.db

    def begin(self) -> None:
        """Open the database and read all that is remembered; begin a new one where that is impossible.

        Raises:
            StoreUnusable: written by a later version, or in a place that cannot be used.
        """
        opened = self._opened = open_store(self._file, store_facts.read_all)
        if opened.upgraded_from:
            self.log.info("store.upgraded", from_version=opened.upgraded_from, to_version=SCHEMA_VERSION)
        if opened.set_aside is not None:
            self._health.set_aside(opened.set_aside, opened.why)
        self._health.begin()
        for write in self.context.facts.pop(LEFT, ()):
            self._write(write)

    def make_safe(self) -> None:
        """Write what waits, if the disk takes it now, and close the database."""
        if self._opened is None:
            return
        try:
            self._flush()
        except (sqlite3.Error, OSError) as error:
            lost = self._journal.waiting + self._journal.lost
            self.log.error("journal.lost", rows=lost, why=f"the store stops, and cannot be written: {error}")
        self._opened.db.close()
        self._opened = None

    def detail(self) -> str:
        """See `Actor.detail`."""
        if self._health.trouble:
            return f"cannot be written: {self._health.trouble}; {self._journal.waiting} journal rows wait"
        return f"journal +{self._journal.written}" if self._journal.written else ""

    def _turn_away(self, envelope: Any) -> None:
        """Leave what was told and not taken any more to the next store of this process."""
        if isinstance(envelope.message, Write):
            self.context.facts.setdefault(LEFT, []).append(envelope.message)
        else:
            super()._turn_away(envelope)

    def _answer_for(self, message: Any, kind: Kind, reason: Reason, text: str) -> None:
        """Tell whoever wanted something kept that it will not be: that one has more to do than to answer."""
        if isinstance(message, Keep):
            error = f"the {message.fact} of {message.subject} could not be stored: {text}"
            if self.tell_path(message.reply_path, Kept(message, error, unsure=kind is Kind.UNKNOWN)):
                return
        super()._answer_for(message, kind, reason, text)

    # --- what is told -------------------------------------------------------------------------------------

    def _write(self, write: Write) -> None:
        self._journal.add(write)
        self._flush_or_wait()

    def _note(self, order: Remember | NodeSeen) -> None:
        self._waiting[type(order), order.origin] = order
        self._flush_or_wait()

    def _flush_or_wait(self) -> None:
        if not self._health.trouble:
            try:
                self._flush()
            except (sqlite3.Error, OSError) as error:
                self._health.fell(str(error))
        if self._health.trouble:
            self._journal.keep_bound()

    def _flush(self) -> None:
        self._prove_place()
        self._journal.flush(self._db)
        while self._waiting:
            key, order = next(iter(self._waiting.items()))
            try:
                if isinstance(order, Remember):
                    text = json.dumps(order.valves)
                    self._db.execute("INSERT OR REPLACE INTO described VALUES (?, ?)", (order.origin, text))
                else:
                    row = (order.origin, order.address, order.at)
                    self._db.execute("INSERT OR REPLACE INTO nodes VALUES (?, ?, ?)", row)
            except UNFIT as error:
                self.log.error("store.not_remembered", origin=order.origin, why=str(error))
            del self._waiting[key]

    # --- what is asked ------------------------------------------------------------------------------------

    def _keep(self, keep: Keep) -> None:
        error = self._health.trouble and f"{self._health.trouble}; it is tried again every {PROBE_EVERY_S:g} s"
        if not error:
            try:
                self._prove_place()
                store_facts.keep(self._db, keep)
            except UNFIT as unfit:
                error = str(unfit)
            except (sqlite3.Error, OSError) as problem:
                error = str(problem)
                self._health.fell(error)
        called = _CALLED.get(keep.fact, f"the {keep.fact} of {{}}").format(keep.subject)
        if error:
            error = f"{called} could not be stored: {error}"
        if not self.tell_path(keep.reply_path, Kept(keep, error)):
            text = error or f"{called} is stored, but {keep.reply_path} is being restarted"
            outcome = Outcome(keep.fact, keep.subject, Kind.UNKNOWN, reason=Reason.INTERNAL, text=text)
            keep.request.reply_to.answer(outcome)

    def _recall(self, _message: Recall) -> Memory:
        return Memory(
            facts=store_facts.read_facts(self._db),
            described=store_facts.read_described(self._db),
            states=store_facts.read_states(self._db),
            counts=self._journal.actuations(self._db),
            all_locked=store_facts.why_all_locked(self._db),
            trouble=self._health.trouble,
        )

    def _lock_all(self, order: LockAll) -> Memory:
        try:
            store_facts.lock_all(self._db, order.valves, order.who)
        except sqlite3.Error as error:
            raise StoreUnusable(f"{self._file}: the valves could not be locked: {error}") from error
        self.log.error("store.all_locked", valves=len(order.valves), why=order.who)
        return self._recall(Recall())

    def _history(self, question: GetHistory) -> tuple[HistoryRow, ...]:
        return self._journal.history(self._db, question.valve, question.limit)

    # --- while the disk takes nothing -----------------------------------------------------------------------

    def _prove_place(self) -> None:
        """Raise OSError where the file that we write to is not the one that the next start will read."""
        assert self._opened is not None
        if isinstance(self._file, Path) and store_file.place(self._file) != self._opened.identity:
            raise OSError(f"{self._file} is another file now: it was replaced while this node ran")

    def _tick(self, tick: Tick) -> None:
        if tick.what == "alarm":
            self._health.tell_again()
        elif self._health.trouble:
            self._try_again()

    def _try_again(self) -> None:
        waited = self._journal.waiting
        try:
            store_file.probe(self._db)
            self._flush()
        except (sqlite3.Error, OSError) as error:
            self._health.fell(str(error))
            return
        lost, self._journal.lost = self._journal.lost, 0
        self._health.recovered(waited, lost)
