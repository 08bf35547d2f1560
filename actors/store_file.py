"""The store's file: opened, brought up to date after a copy, set aside where it cannot be read, begun anew."""

import contextlib
import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from actors.store_schema import SCHEMA_VERSION, SMALL_TABLES, steps

WHOLE_BYTES = 50_000_000  # some 400 000 commands: a journal beyond that is not looked through at every start
PROBE_BYTES = 65_536
_ENDS = ("", "-wal", "-shm", "-journal")  # of the names of the files that are one database
_CONTENTS = frozenset(
    {
        sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_SCHEMA,
        sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH,
    }
)  # fmt: skip
_NOT_READ = frozenset({sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ})
_NO_ROOM = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
_STAMP = re.compile(r"\.unreadable-(\d{8}T\d{6}Z)")


class StoreUnusable(Exception):
    """The store cannot be had, and its file is left alone: a later version's, or in a place that cannot be used."""

    expected = True  # its one line says all; see `actors.messages.Failed`


class _Unreadable(Exception):
    """The file's contents are no store."""


@dataclass(frozen=True)
class Opened:
    """An open store.

    Attributes:
        db: its connection, in WAL mode, with `synchronous=NORMAL`.
        identity: which file that is: device and inode; None: it is in memory.
        upgraded_from: the version that it had; 0: it was up to date, or new.
        set_aside: where the file is that could not be read; None: it could.
        why: why that could not be read.
    """

    db: sqlite3.Connection
    identity: tuple[int, int] | None = None
    upgraded_from: int = 0
    set_aside: Path | None = None
    why: str = ""


def open_store(file: Path | str, prove: Callable[[sqlite3.Connection], object]) -> Opened:
    """Open the store at `file`, making it and its folder; a `str` is no path: `:memory:`.

    A file that cannot be read is renamed, with its log, and never deleted. What is begun instead notes that every
    valve is to be locked. So does every store that is begun where such a file lies: between the two steps the process
    may have been killed. `prove`: reads all that the next start will want of it.

    Raises:
        StoreUnusable: written by a later version, or in a place that cannot be used.
    """
    try:
        if not isinstance(file, Path):
            db = sqlite3.connect(file, isolation_level=None)
            db.executescript(steps(0))
            return Opened(db)
        file.parent.mkdir(parents=True, exist_ok=True)
        return _open_file(file, prove)
    except (sqlite3.Error, OSError, _Unreadable) as error:
        raise StoreUnusable(f"{file}: {error}") from error


def _open_file(file: Path, prove: Callable[[sqlite3.Connection], object]) -> Opened:
    why = ""
    if file.exists():
        try:
            return _read(file, prove)
        except _Unreadable as error:
            why = str(error)
    elif any(Path(f"{file}{end}").exists() for end in _ENDS):
        why = "its database is gone, and only its log is there"
    aside = _set_aside(file) if why else None
    _create(file)
    db = _connect(file)
    _write_ahead(db)
    return Opened(db, place(file), set_aside=aside, why=why)


def _read(file: Path, prove: Callable[[sqlite3.Connection], object]) -> Opened:
    """Open a file that is there."""
    db: sqlite3.Connection | None = None
    try:
        try:
            db = _connect(file)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _NO_ROOM or _tells_of_contents(error):
                raise
            db = _connect(file, alone=True)
        upgraded_from = _bring_up_to_date(db, file)
        prove(db)
        _write_ahead(db)
        return Opened(db, place(file), upgraded_from)
    except BaseException as error:
        if db is not None:
            db.close()
        if isinstance(error, sqlite3.Error) and _tells_of_contents(error):
            raise _Unreadable(str(error)) from error
        raise


def _connect(file: Path, *, alone: bool = False) -> sqlite3.Connection:
    """Connect. `alone`: without the map that readers share, for which a full disk has no room."""
    db = sqlite3.connect(file, isolation_level=None)
    try:
        if alone:
            db.execute("PRAGMA locking_mode=EXCLUSIVE")
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()  # nothing is opened before something is read
    except BaseException:
        db.close()
        raise
    return db


def _write_ahead(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    db.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the map that readers share is made now


def _tells_of_contents(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)  # Python's own, for text that is none: without
    return code & 0xFF in _CONTENTS or code in _NOT_READ


def _bring_up_to_date(db: sqlite3.Connection, file: Path) -> int:
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise StoreUnusable(f"{file}: schema {version} is newer than this program's {SCHEMA_VERSION}")
    if version < 1:
        raise _Unreadable(f"it is no store of this program: its schema is {version}")
    if file.stat().st_size <= WHOLE_BYTES:
        _believe(db.execute("PRAGMA quick_check(1)").fetchone()[0])
    if version < SCHEMA_VERSION:
        copy = file.with_name(f"{file.stem}.v{version}{file.suffix}")
        with contextlib.closing(sqlite3.connect(copy)) as kept:
            db.backup(kept)
        db.executescript(steps(version))
    for table in SMALL_TABLES:
        _believe(db.execute(f"PRAGMA quick_check({table})").fetchone()[0])
    return version if version < SCHEMA_VERSION else 0


def _believe(finding: str) -> None:
    if finding != "ok":
        raise _Unreadable(" ".join(finding.split()))


def _set_aside(file: Path) -> Path:
    """Rename a database, the main file first: what is left behind by a kill in between is found at the next start."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    numbers = chain([""], (f"-{number}" for number in count(2)))
    names = (f"{file.stem}.unreadable-{stamp}{number}{file.suffix}" for number in numbers)
    aside = next(path for path in map(file.with_name, names) if not any(Path(f"{path}{end}").exists() for end in _ENDS))
    for end in _ENDS:
        if (old := Path(f"{file}{end}")).exists():
            old.rename(f"{aside}{end}")
    _sync(file.parent)
    return aside


def _create(file: Path) -> None:
    """Make an empty store; it is there when it is whole, so that a file without tables is never one that is new."""
    new = file.with_name(f"{file.stem}.new{file.suffix}")
    for end in _ENDS:
        Path(f"{new}{end}").unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(new, isolation_level=None)) as db:
        db.executescript(steps(0, all_locked(file)))
    new.rename(file)
    _sync(file.parent)


def all_locked(file: Path) -> str:
    """Return why a store that is begun at `file` locks every valve: one that could not be read lies beside it."""
    stamps = [_STAMP.search(path.name) for path in file.parent.glob(f"{file.stem}.unreadable-*")]
    latest = max((found[1] for found in stamps if found), default="")
    if not latest:
        return ""
    at = time.strptime(latest, "%Y%m%dT%H%M%SZ")
    return f"the store was unreadable at {time.strftime('%Y-%m-%d %H:%M:%S', at)} UTC"


def place(file: Path) -> tuple[int, int]:
    """Return which file is at a path now: device and inode. Raises OSError where there is none."""
    found = file.stat()
    return found.st_dev, found.st_ino


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextlib.contextmanager
def transaction(db: sqlite3.Connection, *, durable: bool = False) -> Iterator[None]:
    """All or nothing. `durable`: on the disk when it ends, not only safe from the end of this process."""
    if durable:
        db.execute("PRAGMA synchronous=FULL")
    try:
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
    finally:
        if durable:
            db.execute("PRAGMA synchronous=NORMAL")


def probe(db: sqlite3.Connection) -> None:
    """Write something of the size that is written else. Raises `sqlite3.Error`."""
    with transaction(db, durable=True):
        db.execute("INSERT OR REPLACE INTO probe VALUES (1, zeroblob(?))", (PROBE_BYTES,))
        db.execute("INSERT INTO facts VALUES ('', '', '')")  # where it will be written is there
        db.execute("DELETE FROM facts WHERE fact = ''")
