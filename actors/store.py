"""Durable state: facts that outlive the process (locks, leases, ...), what other nodes described, and the journal.

SQLite in WAL mode. A fact is on the disk before it is answered (`synchronous=FULL`); journal rows come in batches
behind the reply, at most 100 ms late. It blocks on the disk, on its own thread.
"""

import contextlib
import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from actors.actor import Context
from actors.messages import Fact, Keep, Kept, Kind, Outcome, Reason
from actors.placement import ThreadActor

# What brings a file from each version to the next; forward only, after a copy.
_STEPS = (
    """
CREATE TABLE locks (valve TEXT PRIMARY KEY, who TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE described (origin TEXT PRIMARY KEY, valves TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE journal (
    id INTEGER PRIMARY KEY, time REAL NOT NULL, who TEXT NOT NULL, verb TEXT NOT NULL, valve TEXT NOT NULL,
    outcome TEXT NOT NULL, reason TEXT NOT NULL, text TEXT NOT NULL, took_ms REAL NOT NULL,
    before TEXT NOT NULL, after TEXT NOT NULL, trace TEXT NOT NULL
);
""",
    """
CREATE TABLE IF NOT EXISTS nodes (origin TEXT PRIMARY KEY, address TEXT NOT NULL, seen REAL NOT NULL) WITHOUT ROWID;
""",
    """
CREATE TABLE facts (fact TEXT, subject TEXT, value TEXT NOT NULL, PRIMARY KEY (fact, subject)) WITHOUT ROWID;
INSERT INTO facts SELECT 'lock', valve, who FROM locks;
DROP TABLE locks;
ALTER TABLE journal ADD COLUMN origin TEXT NOT NULL DEFAULT '';
""",
)
SCHEMA_VERSION = len(_STEPS)
_INSERT = (
    "INSERT INTO journal (time, who, verb, valve, outcome, reason, text, took_ms, before, after, trace, origin)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

JournalRow = tuple[float, str, str, str, str, str, str, float, str, str, str, str]


Facts = Mapping[Fact, Mapping[str, str]]  # which -> subject -> value


class StoreUnusable(Exception):
    """The file is not a store of this version or an older one."""

    expected = True  # its one line says all; see `actors.messages.Failed`


@dataclass(frozen=True, slots=True)
class Write:
    """Append rows to the journal, in order."""

    rows: tuple[JournalRow, ...]


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
class Memory:
    """Facts (which -> subject -> value) and descriptions (origin -> valves as plain data)."""

    facts: "Facts"
    described: Mapping[str, list[dict[str, Any]]]


class Store(ThreadActor):
    """The actor `store`. `file`: the database; its folder is made. `:memory:` for a node that keeps nothing."""

    def __init__(self, context: Context, path: str, file: Path | str) -> None:
        super().__init__(context, path)
        self._file = file
        self._db: sqlite3.Connection | None = None
        self._rows = 0

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {
            Write: self._write,
            Keep: self._keep,
            Remember: self._remember,
            NodeSeen: self._node_seen,
            Recall: self._recall,
        }

    def begin(self) -> None:
        """Open the database, and make or check its schema.

        Raises:
            StoreUnusable: another program's file, or written by a later version.
        """
        try:
            if isinstance(self._file, Path):
                self._file.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self._file, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._bring_up_to_date(self._db)
        except (sqlite3.Error, OSError) as error:
            self.make_safe()
            raise StoreUnusable(f"{self._file}: {error}") from error
        except StoreUnusable:
            self.make_safe()
            raise

    def _bring_up_to_date(self, db: sqlite3.Connection) -> None:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise StoreUnusable(f"{self._file}: schema {version} is newer than this program's {SCHEMA_VERSION}")
        if version == SCHEMA_VERSION:
            return
        if version and isinstance(self._file, Path):
            copy = self._file.with_name(f"{self._file.stem}.v{version}{self._file.suffix}")
            with contextlib.closing(sqlite3.connect(copy)) as kept:
                db.backup(kept)
        db.executescript(f"BEGIN; {''.join(_STEPS[version:])} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;")
        if version:
            self.log.info("store.upgraded", from_version=version, to_version=SCHEMA_VERSION)

    def make_safe(self) -> None:
        """Close the database."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def detail(self) -> str:
        """See `Actor.detail`."""
        return f"journal +{self._rows}" if self._rows else ""

    def _write(self, write: Write) -> None:
        assert self._db is not None
        try:
            self._db.execute("BEGIN")
            self._db.executemany(_INSERT, write.rows)
            self._db.execute("COMMIT")
            self._rows += len(write.rows)
        except (sqlite3.Error, ValueError, OverflowError) as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if len(write.rows) > 1:  # one that cannot be stored takes no other along
                for row in write.rows:
                    self._write(Write((row,)))
            else:
                self.log.error("journal.lost", rows=1, row=repr(write.rows), why=str(error))

    def _keep(self, keep: Keep) -> None:
        assert self._db is not None
        error = ""
        try:
            self._db.execute("PRAGMA synchronous=FULL")
            if keep.value:
                self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", (keep.fact, keep.subject, keep.value))
            else:
                self._db.execute("DELETE FROM facts WHERE fact = ? AND subject = ?", (keep.fact, keep.subject))
            self._db.execute("PRAGMA synchronous=NORMAL")
        except sqlite3.Error as problem:
            error = f"the {keep.fact} of {keep.subject} could not be stored: {problem}"
        if not self.tell_path(keep.reply_path, Kept(keep, error)):
            text = error or f"the {keep.fact} of {keep.subject} is stored, but {keep.reply_path} is being restarted"
            outcome = Outcome(keep.fact, keep.subject, Kind.UNKNOWN, reason=Reason.INTERNAL, text=text)
            keep.request.reply_to.answer(outcome)

    def _remember(self, order: Remember) -> None:
        assert self._db is not None
        text = json.dumps(order.valves)
        try:
            self._db.execute("INSERT OR REPLACE INTO described VALUES (?, ?)", (order.origin, text))
        except sqlite3.Error as error:
            self.log.error("store.not_remembered", origin=order.origin, why=str(error))

    def _node_seen(self, seen: NodeSeen) -> None:
        assert self._db is not None
        try:
            self._db.execute("INSERT OR REPLACE INTO nodes VALUES (?, ?, ?)", (seen.origin, seen.address, seen.at))
        except sqlite3.Error as error:
            self.log.error("store.not_remembered", origin=seen.origin, why=str(error))

    def _recall(self, _message: Recall) -> Memory:
        assert self._db is not None
        facts: dict[Fact, dict[str, str]] = {fact: {} for fact in Fact}
        for fact, subject, value in self._db.execute("SELECT fact, subject, value FROM facts"):
            facts[Fact(fact)][subject] = value
        described = {
            origin: json.loads(text) for origin, text in self._db.execute("SELECT origin, valves FROM described")
        }
        return Memory(facts, described)
