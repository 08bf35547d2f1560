"""Durable state in a real file: locks, descriptions, the journal, and files that are no store."""

import queue
import sqlite3

import pykka
import pytest

from actors.messages import Fact, Keep, Kept, Ping
from actors.store import SCHEMA_VERSION, NodeSeen, Recall, Remember, Store, StoreUnusable, Write
from tests.actors.house import PATIENCE_S, request

ROW = (1.5, "me", "open", "A", "moved", "", "", 2.5, "closed", "open", "t1", "10.0.0.1:5")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "state" / "state.sqlite"


@pytest.fixture
def line(house):
    return house.recorder("extraction_line")


def save(house, line, valve, who):
    house.tell("store", Keep(Fact.LOCK, valve, who, "extraction_line", request()))
    return line.wait_for(Kept)


def read(file, question):
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        return connection.execute(question).fetchall()
    finally:
        connection.close()


def refusal_to_start(house, file):
    ref = Store.start(house.context, "store", file)
    with pytest.raises(pykka.ActorDeadError):
        ref.ask(Ping(), timeout=PATIENCE_S)
    try:
        return house.failures.get(timeout=PATIENCE_S)
    except queue.Empty:
        pytest.fail("the failure was not reported")


def test_a_lock_is_in_the_file_when_it_is_answered(house, line, file):
    house.start(Store, "store", file)
    saved = save(house, line, "A", "jan at noon")
    assert (saved.keep.subject, saved.keep.value, saved.error) == ("A", "jan at noon", "")
    assert read(file, "SELECT * FROM facts") == [("lock", "A", "jan at noon")]


def test_a_lock_is_replaced_and_freed(house, line, file):
    house.start(Store, "store", file)
    save(house, line, "A", "jan")
    save(house, line, "A", "eva")
    assert house.ask("store", Recall()).facts[Fact.LOCK] == {"A": "eva"}
    save(house, line, "A", "")
    assert house.ask("store", Recall()).facts[Fact.LOCK] == {}


def test_the_next_store_remembers(house, line, file):
    house.start(Store, "store", file)
    save(house, line, "A", "jan")
    house.tell("store", Remember("node.Far", [{"name": "R", "interlocks": ["S"]}]))
    house.ask("store", Ping())
    house.stop("store")
    house.start(Store, "store", file)
    memory = house.ask("store", Recall())
    assert memory.facts[Fact.LOCK] == {"A": "jan"}
    assert memory.described == {"node.Far": [{"name": "R", "interlocks": ["S"]}]}


def test_journal_rows_are_kept_in_order(house, file):
    house.start(Store, "store", file)
    house.tell("store", Write((ROW, (2.5, *ROW[1:]))))
    house.tell("store", Write(((3.5, *ROW[1:]),)))
    house.ask("store", Ping())
    assert read(file, "SELECT time FROM journal ORDER BY id") == [(1.5,), (2.5,), (3.5,)]
    assert read(file, "SELECT * FROM journal WHERE id = 1")[0][1:] == ROW
    assert house.detail("store") == "journal +3"


def test_a_lock_that_cannot_be_written_is_answered_with_the_reason(house, line, file):
    house.start(Store, "store", file)
    other = sqlite3.connect(file)
    try:
        other.execute("DROP TABLE facts")
    finally:
        other.close()
    error = save(house, line, "A", "jan").error
    assert error.startswith("the lock of A could not be stored: ")
    assert house.ask("store", Ping()) == "store"


@pytest.mark.parametrize("row", [("no", "row"), (*ROW[:4], "\ud800", *ROW[5:])])
def test_a_journal_row_that_cannot_be_written_is_named_and_takes_no_other_along(house, file, logs, row):
    house.start(Store, "store", file)
    house.tell("store", Write((ROW, row, ROW)))
    assert repr(row) in logs.wait_for("journal.lost")["row"]
    house.ask("store", Ping())
    assert read(file, "SELECT count(*) FROM journal") == [(2,)]


def test_a_store_in_memory_keeps_nothing(house, line):
    house.start(Store, "store", ":memory:")
    save(house, line, "A", "jan")
    assert house.ask("store", Recall()).facts[Fact.LOCK] == {"A": "jan"}
    house.stop("store")
    house.start(Store, "store", ":memory:")
    assert house.ask("store", Recall()).facts[Fact.LOCK] == {}


def test_a_later_schema_is_refused_and_left_alone(house, file):
    file.parent.mkdir()
    connection = sqlite3.connect(file)
    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    connection.close()
    failed = refusal_to_start(house, file)
    assert failed.error.startswith("StoreUnusable: ")
    assert f"schema {SCHEMA_VERSION + 1} is newer than this program's {SCHEMA_VERSION}" in failed.error
    assert failed.exception is None, "its one line says all"
    assert read(file, "PRAGMA user_version") == [(SCHEMA_VERSION + 1,)]


def test_a_file_that_is_no_database_is_refused_and_left_alone(house, file):
    file.parent.mkdir()
    file.write_bytes(b"this is a text, and not a short one" * 100)
    assert refusal_to_start(house, file).error.startswith(f"{StoreUnusable.__name__}: {file}: ")
    assert file.read_bytes().startswith(b"this is a text")


def test_a_file_that_cannot_be_opened_is_one_line(house, file):
    file.mkdir(parents=True)
    failed = refusal_to_start(house, file)
    assert failed.error.startswith(f"{StoreUnusable.__name__}: {file}: ")
    assert failed.exception is None


def test_a_folder_that_cannot_be_made_is_one_line(house, tmp_path):
    (tmp_path / "state").write_text("a file where the folder should be")
    failed = refusal_to_start(house, tmp_path / "state" / "state.sqlite")
    assert failed.error.startswith(f"{StoreUnusable.__name__}: ")


@pytest.mark.parametrize("gone", [True, False])
def test_a_store_of_an_earlier_version_is_brought_up_to_date_after_a_copy(house, line, file, gone):
    house.start(Store, "store", file)
    save(house, line, "A", "jan")
    house.stop("store")
    db = sqlite3.connect(file)
    db.executescript(
        "CREATE TABLE locks (valve TEXT PRIMARY KEY, who TEXT NOT NULL) WITHOUT ROWID;"
        "INSERT INTO locks VALUES ('A', 'jan'); DROP TABLE facts; ALTER TABLE journal DROP COLUMN origin;"
        "PRAGMA user_version=1;"
    )
    if gone:
        db.execute("DROP TABLE nodes")
    db.close()
    house.start(Store, "store", file)
    assert house.ask("store", Recall()).facts[Fact.LOCK] == {"A": "jan"}
    house.tell("store", NodeSeen("node.Far", "10.0.0.1:1061", 1.0))
    house.ask("store", Ping())
    assert read(file, "SELECT address FROM nodes") == [("10.0.0.1:1061",)]
    assert read(file, "PRAGMA user_version") == [(SCHEMA_VERSION,)]
    copy = file.with_name(f"{file.stem}.v1.sqlite")
    assert read(copy, "SELECT who FROM locks") == [("jan",)]
    assert read(copy, "PRAGMA user_version") == [(1,)]
