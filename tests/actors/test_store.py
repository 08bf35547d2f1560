"""Durable state in a real file: locks, descriptions, the journal, what moved how often."""

import sqlite3
import threading
from contextlib import closing

import pytest

from actors import store_facts, store_file
from actors.facts import Fact, Keep, Kept
from actors.messages import Ping
from actors.store import LockAll, Recall, Remember, Store
from actors.store_journal import Write
from actors.views import Actuations, GetActuations, GetHistory, HistoryRow
from tests.actors.house import request, until

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


@pytest.mark.parametrize(
    ("fact", "subject", "called"),
    [
        (Fact.LEASE, "A", "the lease of A"),
        (Fact.MANUAL, "M", "where M is turned"),
        (Fact.SAFE, "line", "the latch of the safe state"),
    ],
)
def test_what_cannot_be_written_is_called_by_its_name(house, line, file, fact, subject, called):
    house.start(Store, "store", file)
    house.tell("store", Keep(fact, subject, "\ud800", "extraction_line", request()))
    assert line.wait_for(Kept).error.startswith(f"{called} could not be stored: ")


@pytest.mark.parametrize("row", [("no", "row"), (*ROW[:4], "\ud800", *ROW[5:])])
def test_a_journal_row_that_cannot_be_written_is_named_and_takes_no_other_along(house, file, logs, row):
    house.start(Store, "store", file)
    house.tell("store", Write((ROW, row, ROW)))
    assert repr(row) in logs.wait_for("journal.lost")["row"]
    house.ask("store", Ping())
    assert read(file, "SELECT count(*) FROM journal") == [(2,)]


@pytest.mark.parametrize("bad", [None, 0, 63, 64, 199])
def test_many_rows_go_in_together_in_their_order_and_a_bad_one_takes_none_along(house, file, bad):
    rows = [(float(number), *ROW[1:3], f"V{number % 70}", *ROW[4:]) for number in range(200)]
    if bad is not None:
        rows[bad] = (*rows[bad][:4], "\ud800", *rows[bad][5:])
    states = tuple((f"V{number}", "open", 1.0) for number in range(70))
    moves = tuple((row[3], "moved", 2.0, row[0]) for row in rows)
    house.start(Store, "store", file)
    house.tell("store", Write(tuple(rows), states, moves))
    house.ask("store", Ping())
    kept = [float(number) for number in range(200) if number != bad]
    assert [time for (time,) in read(file, "SELECT time FROM journal ORDER BY id")] == kept
    assert read(file, "SELECT count(*) FROM states") == [(70,)]
    assert read(file, "SELECT count(*), sum(moved), sum(total_ms) FROM counts") == [(70, 200, 400.0)]
    assert read(file, "SELECT moved, first_at, last_at FROM counts WHERE valve = 'V69'") == [(2, 69.0, 139.0)]


def test_a_value_that_no_database_takes_is_refused_and_nothing_else_is(house, line, file, logs):
    house.start(Store, "store", file)
    assert save(house, line, "A", "\ud800").error.startswith("the lock of A could not be stored: ")
    assert save(house, line, "A", "jan").error == ""
    assert logs.named("store.unwritable") == []


def test_what_valves_were_known_to_be_is_remembered(house, file):
    house.start(Store, "store", file)
    house.tell("store", Write((), states=(("A", "open", 1.0), ("B", "closed", 1.0))))
    house.tell("store", Write((), states=(("A", "closed", 2.0),)))
    house.ask("store", Ping())
    house.stop("store")
    house.start(Store, "store", file)
    assert house.ask("store", Recall()).states == {"A": "closed", "B": "closed"}
    assert read(file, "SELECT at FROM states") == [(2.0,), (1.0,)]


def test_moves_are_counted_with_their_times_from_one_start_to_the_next(house, file):
    house.start(Store, "store", file)
    moves = (("A", "moved", 3.0, 10.0), ("A", "failed", 9.0, 11.0), ("B", "unknown", 7.0, 12.0))
    house.tell("store", Write((ROW,), actuations=moves))
    house.tell("store", Write((), actuations=(("A", "moved", 5.0, 13.0),)))
    house.tell("store", Write((), actuations=(("A", "unknown", 8.0, 14.0),)))
    house.ask("store", Ping())
    house.stop("store")
    house.start(Store, "store", file)
    counts = {"A": Actuations(2, 1, 1, 8.0, 5.0, 10.0, 14.0), "B": Actuations(0, 0, 1, 0.0, 0.0, 12.0, 12.0)}
    assert house.ask("store", GetActuations()) == counts
    assert house.ask("store", Recall()).counts == counts


def told(at, valve="A"):
    return (at, *ROW[1:3], valve, *ROW[4:])


def test_the_history_of_a_valve_is_its_last_rows_the_newest_last(house, file):
    house.start(Store, "store", file)
    house.tell("store", Write((told(1.0), told(2.0, "B"), told(3.0), told(4.0))))
    rows = house.ask("store", GetHistory("A", 2))
    assert [row.at for row in rows] == [3.0, 4.0]
    assert rows[0] == HistoryRow(3.0, "me", "open", "A", "moved", "", "", 2.5, "closed", "open", "t1", "10.0.0.1:5")
    assert [row.at for row in house.ask("store", GetHistory("", 3))] == [2.0, 3.0, 4.0]
    assert house.ask("store", GetHistory("Q", 3)) == ()


def test_the_history_of_a_valve_reads_no_other_valves_rows(house, file):
    house.start(Store, "store", file)
    plan = read(file, "EXPLAIN QUERY PLAN SELECT * FROM journal WHERE valve = 'A' ORDER BY id DESC LIMIT 5")
    assert [row[3] for row in plan] == ["SEARCH journal USING INDEX journal_of_valve (valve=?)"]


def test_locking_all_keeps_the_locks_that_there_are(house, line, file):
    house.start(Store, "store", file)
    save(house, line, "A", "jan")
    assert house.ask("store", LockAll(("A", "B"), "the node")).facts[Fact.LOCK] == {"A": "jan", "B": "the node"}


@pytest.mark.parametrize("change", ["DELETE FROM journal", "UPDATE journal SET outcome = 'refused'"])
def test_the_journal_is_only_appended_to(house, file, change):
    house.start(Store, "store", file)
    house.tell("store", Write((ROW,)))
    house.stop("store")
    with closing(sqlite3.connect(file)) as db, pytest.raises(sqlite3.IntegrityError, match="only appended to"):
        db.execute(change)


@pytest.mark.parametrize(
    "written",
    [
        lambda db: store_facts.keep(db, Keep(Fact.LOCK, "A", "jan", "", request())),
        lambda db: store_facts.keep(db, Keep(Fact.LOCK, "A", "", "", request())),
        lambda db: store_facts.lock_all(db, ("A", "B"), "jan"),
        store_file.probe,
    ],
)
def test_a_fact_is_on_the_disk_when_its_one_transaction_ends(file, written):
    db = store_file.open_store(file, store_facts.read_all).db
    said = []
    db.set_trace_callback(said.append)
    written(db)
    db.set_trace_callback(None)
    db.close()
    assert said[:2] == ["PRAGMA synchronous=FULL", "BEGIN IMMEDIATE"]
    assert said[-2:] == ["COMMIT", "PRAGMA synchronous=NORMAL"]
    assert not any("COMMIT" in statement or "PRAGMA" in statement for statement in said[2:-2])


def test_a_fact_that_failed_leaves_the_journal_as_quick_as_it_was(file):
    db = store_file.open_store(file, store_facts.read_all).db
    with pytest.raises(UnicodeEncodeError):
        store_facts.keep(db, Keep(Fact.LOCK, "A", "\ud800", "", request()))
    assert (db.in_transaction, db.execute("PRAGMA synchronous").fetchone()) == (False, (1,))
    db.close()


def test_rows_that_a_store_was_told_and_did_not_take_are_written_by_the_next(house, line, file, monkeypatch):
    gate, entered = threading.Event(), threading.Event()
    house.start(Store, "store", file)
    keep = store_facts.keep

    def held(db, order):
        entered.set()
        assert gate.wait(5)
        keep(db, order)

    monkeypatch.setattr(store_facts, "keep", held)
    house.tell("store", Keep(Fact.LOCK, "A", "jan", "extraction_line", request()))
    assert entered.wait(5)
    house.tell("store", "no message of the store's")
    house.tell("store", Write((ROW,)))
    gate.set()
    assert line.wait_for(Kept).error == ""
    house.failures.get(timeout=5)
    until(lambda: house.context.facts.get("journal_left"), "the store has let go")
    house.start(Store, "store", file)
    assert [row.verb for row in house.ask("store", GetHistory("A"))] == ["open"]
