"""A disk that takes nothing: what is refused, what waits, who is told, and how it ends."""

import sqlite3
from contextlib import closing

import pytest

from actors import store_journal
from actors.facts import Fact, Keep, Kept, StoreHealth
from actors.messages import News, Ping, Tick
from actors.store import NodeSeen, Recall, Remember, Store
from actors.store_journal import Write
from actors.views import GetHistory
from tests.actors.disk import no_room
from tests.actors.house import request

ROW = (1.5, "me", "open", "A", "moved", "", "", 2.5, "closed", "open", "t1", "10.0.0.1:5")


class Rig:
    def __init__(self, house, file):
        self.house, self.file = house, file
        self.line, self.chronicle = house.recorder("extraction_line"), house.recorder("chronicle")
        house.start(Store, "store", file)

    def write(self, *times, **more):
        self.house.tell("store", Write(tuple((at, *ROW[1:]) for at in times), **more))
        self._handled()

    def lock(self, valve):
        self.house.tell("store", Keep(Fact.LOCK, valve, "jan", "extraction_line", request()))
        return self.line.wait_for(Kept).error

    def probe(self):
        self.house.tell("store", Tick("probe"))
        self._handled()

    def _handled(self):
        self.house.ask("store", Ping())
        self.house.quiet()

    def read(self, question):
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as db:
            return db.execute(question).fetchall()


@pytest.fixture
def rig(house, tmp_path):
    return Rig(house, tmp_path / "state" / "store.sqlite")


def test_rows_wait_for_room_and_are_written_in_order(rig):
    rig.write(1.0)
    with no_room():
        rig.write(2.0, 3.0)
        rig.write(4.0)
        assert rig.read("SELECT time FROM journal") == [(1.0,)]
    rig.probe()
    assert rig.read("SELECT time FROM journal ORDER BY id") == [(1.0,), (2.0,), (3.0,), (4.0,)]


def test_whoever_should_know_is_told_once_when_it_begins_and_once_when_it_ends(rig, logs):
    with no_room():
        for at in (1.0, 2.0, 3.0):
            rig.write(at)
            rig.probe()
        assert [health.ok for health in rig.line.all(StoreHealth)] == [False]
        why = rig.line.wait_for(StoreHealth).why
        assert why
        alarm = rig.chronicle.wait_for(News)
        assert (alarm.topic, alarm.value) == ("alarm.store", True)
        assert why in alarm.extra["text"]
        assert rig.chronicle.all(News) == []
        assert logs.wait_for("store.unwritable")["level"] == "error"
        assert logs.named("store.unwritable") == []
        assert rig.house.detail("store") == f"cannot be written: {why}; 3 journal rows wait"
    rig.probe()
    rig.probe()
    assert rig.line.all(StoreHealth) == [StoreHealth(ok=True)]
    end = rig.chronicle.wait_for(News)
    assert (end.topic, end.value) == ("alarm.store", False)
    assert end.extra["text"] == "the store is written again; 3 journal rows waited, 0 were lost"
    assert rig.chronicle.all(News) == []
    assert logs.wait_for("store.writable")["rows_written"] == 3


def test_it_tries_again_by_itself(rig, monkeypatch):
    monkeypatch.setattr("actors.store_health.PROBE_EVERY_S", 0.05)
    with no_room():
        rig.write(1.0)
        assert not rig.line.wait_for(StoreHealth).ok
    assert rig.line.wait_for(StoreHealth).ok
    assert rig.read("SELECT time FROM journal") == [(1.0,)]


def test_a_lock_is_refused_with_the_reason_and_is_not_there_afterwards(rig):
    with no_room():
        first, second = rig.lock("A"), rig.lock("B")
    assert first.startswith("the lock of A could not be stored: ")
    assert second.startswith("the lock of B could not be stored: ")
    assert second.endswith("; it is tried again every 5 s")
    rig.probe()
    assert rig.read("SELECT * FROM facts") == []
    assert rig.lock("A") == ""
    assert rig.read("SELECT subject FROM facts") == [("A",)]


def test_a_lock_that_was_not_on_disk_is_not_undone_by_the_next_start(rig):
    assert rig.lock("A") == ""
    with no_room():
        rig.lock("B")
    rig.house.stop("store")
    rig.house.start(Store, "store", rig.file)
    assert rig.house.ask("store", Recall()).facts[Fact.LOCK] == {"A": "jan"}


def test_a_line_that_starts_meanwhile_is_told_with_its_memory(rig):
    assert rig.house.ask("store", Recall()).trouble == ""
    with no_room():
        rig.write(1.0)
        assert rig.house.ask("store", Recall()).trouble == rig.line.wait_for(StoreHealth).why


def test_the_oldest_of_too_many_rows_are_lost_and_counted(rig, logs, monkeypatch):
    monkeypatch.setattr(store_journal, "MOST_WAITING", 3)
    with no_room():
        rig.write(1.0, 2.0)
        rig.write(3.0, 4.0, 5.0)
        assert [row.at for row in rig.house.ask("store", GetHistory("A"))] == [3.0, 4.0, 5.0]
    rig.probe()
    assert rig.read("SELECT time FROM journal ORDER BY id") == [(3.0,), (4.0,), (5.0,)]
    assert logs.wait_for("journal.lost")["rows"] == 2
    assert rig.chronicle.wait_for(News, lambda news: not news.value).extra["text"].endswith("2 were lost")


def test_more_rows_at_once_than_may_wait_are_written_while_the_disk_takes_them(rig, logs, monkeypatch):
    monkeypatch.setattr(store_journal, "MOST_WAITING", 3)
    rig.write(1.0, 2.0, 3.0, 4.0, 5.0)
    assert rig.read("SELECT count(*) FROM journal") == [(5,)]
    assert logs.named("journal.lost") == []


def test_states_counts_and_what_nodes_described_wait_too_and_none_is_lost(rig, monkeypatch):
    monkeypatch.setattr(store_journal, "MOST_WAITING", 1)
    with no_room():
        for at in (1.0, 2.0, 3.0):
            rig.write(at, states=(("A", "open", at),), actuations=(("A", "moved", 2.0, at),))
        rig.house.tell("store", Remember("node.Far", [{"name": "R"}]))
        rig.house.tell("store", NodeSeen("node.Far", "10.0.0.1:1061", 1.0))
        rig.house.tell("store", NodeSeen("node.Far", "10.0.0.1:1061", 2.0))
        assert rig.house.ask("store", Recall()).described == {}
    rig.probe()
    memory = rig.house.ask("store", Recall())
    assert (memory.states, memory.counts["A"].moved) == ({"A": "open"}, 3)
    assert memory.described == {"node.Far": [{"name": "R"}]}
    assert rig.read("SELECT seen FROM nodes") == [(2.0,)]


def test_what_waits_at_the_end_is_written_if_there_is_room_again(rig):
    with no_room():
        rig.write(1.0)
    rig.house.stop("store")
    assert rig.read("SELECT time FROM journal") == [(1.0,)]


def test_what_cannot_be_written_at_the_end_is_counted(rig, logs):
    with no_room():
        rig.write(1.0, 2.0)
        rig.house.stop("store")
    assert logs.wait_for("journal.lost")["rows"] == 2


def test_a_file_that_was_replaced_meanwhile_is_no_disk_to_lock_on(rig):
    assert rig.lock("A") == ""
    rig.file.rename(rig.file.with_name("moved.sqlite"))
    assert "store.sqlite" in rig.lock("B")
    assert not rig.line.wait_for(StoreHealth).ok
    rig.file.with_name("moved.sqlite").rename(rig.file)
    rig.probe()
    assert rig.lock("B") == ""


def test_rows_are_not_written_to_a_file_that_nobody_will_read(rig):
    moved = rig.file.with_name("moved.sqlite")
    rig.file.rename(moved)
    rig.write(1.0)
    assert "store.sqlite" in rig.line.wait_for(StoreHealth).why
    moved.rename(rig.file)
    rig.probe()
    assert rig.read("SELECT time FROM journal") == [(1.0,)]


def test_it_starts_without_room_and_what_it_remembers_is_there(rig):
    assert rig.lock("A") == ""
    rig.write(1.0)
    rig.house.stop("store")
    with no_room():
        rig.house.start(Store, "store", rig.file)
        assert rig.house.ask("store", Recall()).facts[Fact.LOCK] == {"A": "jan"}
        rig.write(2.0)
        assert not rig.line.wait_for(StoreHealth).ok
    rig.probe()
    assert [row.at for row in rig.house.ask("store", GetHistory("A"))] == [1.0, 2.0]
    rig.house.stop("store")
    assert rig.read("SELECT time FROM journal ORDER BY id") == [(1.0,), (2.0,)]


def test_a_store_that_is_restarted_meanwhile_says_when_there_is_room(rig):
    with no_room():
        rig.write(1.0)
        assert not rig.line.wait_for(StoreHealth).ok
        rig.house.stop("store")
    rig.house.start(Store, "store", rig.file)
    assert rig.line.wait_for(StoreHealth).ok
    assert rig.lock("A") == ""
