"""The journal: a row per command, what each valve was last known to be, how often it moved; all in one transaction.

What cannot be written waits here, up to a bound, until the disk takes it.
"""

import sqlite3
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from actors.store_file import transaction
from actors.views import Actuations, HistoryRow

MOST_WAITING = 10_000
LONGEST_HISTORY = 1000

JournalRow = tuple[float, str, str, str, str, str, str, float, str, str, str, str]
"""time (UTC s), who, verb, valve, outcome, reason, text, took_ms, before, after, trace, origin"""
StateRow = tuple[str, str, float]
"""valve, open or closed, when that was told (UTC s)"""
ActuationRow = tuple[str, str, float, float]
"""valve, moved | failed | unknown, took_ms, when it ended (UTC s)"""

ROWS_AT_ONCE = 64
_COLUMNS = "time, who, verb, valve, outcome, reason, text, took_ms, before, after, trace, origin"
_ADD_COUNTS = """
ON CONFLICT (valve) DO UPDATE SET
    moved = moved + excluded.moved, failed = failed + excluded.failed, unknown = unknown + excluded.unknown,
    total_ms = total_ms + excluded.total_ms, last_ms = iif(excluded.moved, excluded.last_ms, last_ms),
    last_at = excluded.last_at
"""


class _Statement:
    """Inserts rows of one kind: many by one statement, as each hands the interpreter over to the other threads."""

    def __init__(self, into: str, columns: int, then: str = "") -> None:
        row = f"({', '.join('?' * columns)})"
        self.one = f"{into} VALUES {row} {then}"
        self._many = f"{into} VALUES {', '.join([row] * ROWS_AT_ONCE)} {then}"

    def run(self, db: sqlite3.Connection, rows: Sequence[Sequence[Any]]) -> None:
        """Insert the rows, in their order."""
        whole = len(rows) - len(rows) % ROWS_AT_ONCE
        for start in range(0, whole, ROWS_AT_ONCE):
            db.execute(self._many, list(chain.from_iterable(rows[start : start + ROWS_AT_ONCE])))
        db.executemany(self.one, rows[whole:])


_JOURNAL = _Statement(f"INSERT INTO journal ({_COLUMNS})", 12)
_STATES = _Statement("INSERT OR REPLACE INTO states", 3)
_COUNTS = _Statement("INSERT INTO counts", 8, _ADD_COUNTS)
_HISTORY = (
    f"SELECT {_COLUMNS} FROM journal"  # noqa: S608 - columns of ours
    " {where} ORDER BY id DESC LIMIT ?"
)
# What is wrong with a row, and not with the disk.
UNFIT = (
    sqlite3.InterfaceError, sqlite3.ProgrammingError, sqlite3.IntegrityError, sqlite3.DataError,
    ValueError, TypeError, OverflowError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Write:
    """Append rows to the journal, in order; what valves are known to be now; the actuations that have ended."""

    rows: tuple[JournalRow, ...]
    states: tuple[StateRow, ...] = ()
    actuations: tuple[ActuationRow, ...] = ()


@dataclass(frozen=True, slots=True)
class FlushJournal:
    """Ask the chronicle to hand over what it has; when it answers, the store will have it before any later question."""


class Journal:
    """What waits to be written, and the writing. On the store's thread. `log`: structlog's, the store's own.

    Attributes:
        written: rows, since the start.
        lost: rows that were dropped because too many waited, not reported yet.
    """

    def __init__(self, log: Any) -> None:
        self._log = log
        self._rows: deque[JournalRow] = deque()
        self._states: dict[str, StateRow] = {}
        self._counts: dict[str, dict[str, Any]] = {}
        self.written = 0
        self.lost = 0

    @property
    def waiting(self) -> int:
        """How many rows wait."""
        return len(self._rows)

    def add(self, write: Write) -> None:
        """Take in what is to be written next."""
        self._rows.extend(write.rows)
        self._states.update((row[0], row) for row in write.states)
        for valve, how, took_ms, at in write.actuations:
            self._count(valve, how, took_ms, at)

    def _count(self, valve: str, how: str, took_ms: float, at: float) -> None:
        count = self._counts.get(valve)
        if count is None:  # in the order of the table's columns
            count = self._counts[valve] = {
                "valve": valve, "moved": 0, "failed": 0, "unknown": 0, "total_ms": 0.0, "last_ms": 0.0, "first_at": at,
                "last_at": at,
            }  # fmt: skip
        count[how] += 1
        count["last_at"] = at
        if how == "moved":
            count["total_ms"] += took_ms
            count["last_ms"] = took_ms

    def keep_bound(self) -> None:
        """Drop the oldest rows where more wait than may; they are counted. States and counts are never lost."""
        while len(self._rows) > MOST_WAITING:
            self._rows.popleft()
            self.lost += 1

    def flush(self, db: sqlite3.Connection) -> None:
        """Write all that waits, in one transaction. A row that no database takes is named, and takes no other along.

        Raises:
            sqlite3.Error: nothing of it was written; it waits on.
        """
        if not (self._rows or self._states or self._counts):
            return
        try:
            self._write(db, self._rows)
        except UNFIT:
            fit = [row for row in self._rows if self._fits(db, row)]
            self._rows = deque(fit)
            self._write(db, self._rows)
        self.written += len(self._rows)
        self._rows.clear()
        self._states.clear()
        self._counts.clear()

    def _write(self, db: sqlite3.Connection, rows: Iterable[JournalRow]) -> None:
        with transaction(db):
            _JOURNAL.run(db, tuple(rows))
            _STATES.run(db, tuple(self._states.values()))
            _COUNTS.run(db, [tuple(count.values()) for count in self._counts.values()])

    def _fits(self, db: sqlite3.Connection, row: JournalRow) -> bool:
        db.execute("SAVEPOINT fitting")
        try:
            db.execute(_JOURNAL.one, row)
        except UNFIT as error:
            self._log.error("journal.lost", rows=1, row=repr(row), why=str(error))
            return False
        finally:
            db.execute("ROLLBACK TO fitting")
            db.execute("RELEASE fitting")
        return True

    def history(self, db: sqlite3.Connection, valve: str, limit: int) -> tuple[HistoryRow, ...]:
        """Return the last rows of a valve ("": of all), the newest last; those that wait are the newest."""
        limit = max(1, min(limit, LONGEST_HISTORY))
        where, given = ("WHERE valve = ?", (valve,)) if valve else ("", ())
        written = db.execute(_HISTORY.format(where=where), (*given, limit)).fetchall()
        waiting = [row for row in self._rows if row[3] == valve or not valve]
        return tuple(HistoryRow(*row) for row in [*reversed(written), *waiting][-limit:])

    def actuations(self, db: sqlite3.Connection) -> dict[str, Actuations]:
        """Return how often each valve has moved, with what waits to be written left out."""
        columns = "valve, moved, failed, unknown, total_ms, last_ms, first_at, last_at"
        return {str(valve): Actuations(*rest) for valve, *rest in db.execute(f"SELECT {columns} FROM counts")}  # noqa: S608
