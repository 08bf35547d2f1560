"""The store's file: made, brought up to date, refused and left alone, or set aside and begun anew."""

import queue
import sqlite3
from contextlib import closing

import pykka
import pytest

from actors.facts import Fact, Keep, Kept
from actors.messages import News, Ping
from actors.store import LockAll, NodeSeen, Recall, Store
from actors.store_file import StoreUnusable
from actors.store_journal import Write
from actors.store_schema import SCHEMA_VERSION
from actors.views import Actuations, GetHistory
from tests.actors.disk import no_room
from tests.actors.house import PATIENCE_S, request

VERSION_1 = """
CREATE TABLE locks (valve TEXT PRIMARY KEY, who TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE described (origin TEXT PRIMARY KEY, valves TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE journal (
    id INTEGER PRIMARY KEY, time REAL NOT NULL, who TEXT NOT NULL, verb TEXT NOT NULL, valve TEXT NOT NULL,
    outcome TEXT NOT NULL, reason TEXT NOT NULL, text TEXT NOT NULL, took_ms REAL NOT NULL,
    before TEXT NOT NULL, after TEXT NOT NULL, trace TEXT NOT NULL
);
INSERT INTO locks VALUES ('A', 'jan');
INSERT INTO journal VALUES (1, 5.0, 'eva', 'open', 'A', 'moved', '', '', 2.5, 'closed', 'open', 't1');
INSERT INTO journal VALUES (2, 6.0, 'eva', 'lock', 'A', 'done', '', '', 2.5, 'open', 'open', 't2');
PRAGMA user_version=1;
"""
NODES = "CREATE TABLE nodes (origin TEXT PRIMARY KEY, address TEXT NOT NULL, seen REAL NOT NULL) WITHOUT ROWID;"


@pytest.fixture
def file(tmp_path):
    found = tmp_path / "state" / "store.sqlite"
    found.parent.mkdir()
    return found


def write(file, script):
    with closing(sqlite3.connect(file)) as db:
        db.executescript(script)


def read(file, question):
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
        return db.execute(question).fetchall()


def lock(house, valve, who):
    if house.ref("extraction_line") is None:
        house.line = house.recorder("extraction_line")
    house.tell("store", Keep(Fact.LOCK, valve, who, "extraction_line", request()))
    assert house.line.wait_for(Kept).error == ""


def refusal_to_start(house, file):
    ref = Store.start(house.context, "store", file)
    with pytest.raises(pykka.ActorDeadError):
        ref.ask(Ping(), timeout=PATIENCE_S)
    try:
        failed = house.failures.get(timeout=PATIENCE_S)
    except queue.Empty:
        pytest.fail("the failure was not reported")
    assert failed.exception is None, "its one line says all"
    assert failed.error.startswith(f"{StoreUnusable.__name__}: ")
    return failed.error


def restarted(house, file):
    house.stop("store")
    house.start(Store, "store", file)
    return house.ask("store", Recall())


def names(file):
    return sorted(path.name for path in file.parent.iterdir())


# --- left alone -------------------------------------------------------------------------------------------


def test_a_later_schema_is_refused_and_left_alone(house, file):
    write(file, f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    before = file.read_bytes()
    expected = f"schema {SCHEMA_VERSION + 1} is newer than this program's {SCHEMA_VERSION}"
    assert expected in refusal_to_start(house, file)
    assert read(file, "PRAGMA user_version") == [(SCHEMA_VERSION + 1,)]
    assert len(file.read_bytes()) == len(before)
    assert not any("unreadable" in name for name in names(file))


def test_a_fact_of_a_kind_that_only_a_later_version_knows_is_refused_and_left_alone(house, file):
    house.start(Store, "store", file)
    house.stop("store")
    write(file, "INSERT INTO facts VALUES ('quarantine', 'A', 'x')")
    assert "a fact that this program does not know: quarantine of A" in refusal_to_start(house, file)
    assert read(file, "SELECT subject FROM facts") == [("A",)]


def test_a_path_that_is_no_file_is_one_line(house, file):
    file.mkdir()
    assert str(file) in refusal_to_start(house, file)
    assert names(file) == ["store.sqlite"]


def test_a_folder_that_cannot_be_made_is_one_line(house, tmp_path):
    (tmp_path / "state").write_text("a file where the folder should be")
    refusal_to_start(house, tmp_path / "state" / "store.sqlite")


def test_a_new_store_without_any_room_is_one_line_and_leaves_none_behind(house, file):
    with no_room():
        assert str(file) in refusal_to_start(house, file)
    house.start(Store, "store", file)
    assert house.ask("store", Recall()).all_locked == ""


# --- earlier versions -------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [VERSION_1, f"{VERSION_1} {NODES} PRAGMA user_version=2;"])
def test_a_store_of_an_earlier_version_is_brought_up_to_date_after_a_copy(house, file, logs, made):
    write(file, made)
    version = read(file, "PRAGMA user_version")[0][0]
    house.start(Store, "store", file)
    memory = house.ask("store", Recall())
    assert memory.facts[Fact.LOCK] == {"A": "jan"}
    assert memory.counts == {"A": Actuations(1, 0, 0, 2.5, 0.0, 5.0, 5.0)}
    assert [row.verb for row in house.ask("store", GetHistory("A"))] == ["open", "lock"]
    house.tell("store", NodeSeen("node.Far", "10.0.0.1:1061", 1.0))
    house.ask("store", Ping())
    assert read(file, "SELECT address FROM nodes") == [("10.0.0.1:1061",)]
    assert read(file, "PRAGMA user_version") == [(SCHEMA_VERSION,)]
    copy = file.with_name(f"store.v{version}.sqlite")
    assert read(copy, "SELECT who FROM locks") == [("jan",)]
    assert read(copy, "PRAGMA user_version") == [(version,)]
    upgraded = logs.wait_for("store.upgraded")
    assert (upgraded["from_version"], upgraded["to_version"]) == (version, SCHEMA_VERSION)


def test_without_room_for_the_copy_an_earlier_version_is_left_as_it_is(house, file):
    write(file, VERSION_1)
    with no_room():
        refusal_to_start(house, file)
    assert read(file, "PRAGMA user_version") == [(1,)]
    house.start(Store, "store", file)
    assert house.ask("store", Recall()).facts[Fact.LOCK] == {"A": "jan"}


# --- set aside --------------------------------------------------------------------------------------------


def a_text(file):
    file.write_bytes(b"this is a text, and not a short one" * 100)


def cut_short(file):
    file.write_bytes(file.read_bytes()[:4096])


def emptied(file):
    file.write_bytes(b"")


def overwritten(file):
    content = bytearray(file.read_bytes())
    content[4096:20480] = b"\xa5" * 16384
    file.write_bytes(content)


def another_programs(file):
    file.unlink()
    write(file, "CREATE TABLE samples (name TEXT)")


def another_programs_of_our_version(file):
    file.unlink()
    write(file, f"CREATE TABLE samples (name TEXT); PRAGMA user_version={SCHEMA_VERSION};")


def without_its_facts(file):
    write(file, "DROP TABLE facts")


def with_text_that_is_none(file):
    write(file, "INSERT INTO facts VALUES ('lock', 'B', CAST(x'ff80' AS TEXT))")


def with_a_page_overwritten(file, table):
    ((page,),) = read(file, f"SELECT rootpage FROM sqlite_master WHERE name = '{table}'")  # noqa: S608 - our own names
    content = bytearray(file.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = b"\xa5" * 4096
    file.write_bytes(content)


def with_its_journal_damaged(file):
    with_a_page_overwritten(file, "journal")


def with_its_nodes_damaged(file):
    with_a_page_overwritten(file, "nodes")


BROKEN = [
    with_its_journal_damaged, with_its_nodes_damaged,
    a_text, cut_short, emptied, overwritten, another_programs, another_programs_of_our_version, without_its_facts,
    with_text_that_is_none,
]  # fmt: skip


@pytest.fixture
def used(house, file):
    """A store that holds a lock and a hundred rows, and is closed."""
    house.start(Store, "store", file)
    lock(house, "A", "jan")
    row = (1.5, "me", "open", "A", "moved", "", "", 2.5, "closed", "open", "t1", "10.0.0.1:5")
    house.tell("store", Write((row,) * 100))
    house.stop("store")
    return file


@pytest.mark.parametrize("breaks", BROKEN)
def test_a_store_that_cannot_be_read_is_set_aside_and_a_new_one_wants_every_valve_locked(house, used, logs, breaks):
    breaks(used)
    broken = used.read_bytes()
    chronicle = house.recorder("chronicle")
    house.start(Store, "store", used)
    said = logs.wait_for("store.set_aside")
    (aside,) = [name for name in names(used) if "unreadable" in name and name.endswith(".sqlite")]
    assert said["file"].endswith(aside)
    assert said["level"] == "error"
    assert used.with_name(aside).read_bytes() == broken
    alarm = chronicle.wait_for(News)
    assert (alarm.topic, alarm.value) == ("alarm.store_set_aside", True)
    assert aside in alarm.extra["text"]
    memory = house.ask("store", Recall())
    assert memory.all_locked.startswith("the store was unreadable at 2")
    assert memory.facts[Fact.LOCK] == {}


def test_a_whole_store_is_not_set_aside(house, used, logs):
    house.start(Store, "store", used)
    memory = house.ask("store", Recall())
    assert (memory.all_locked, memory.facts[Fact.LOCK]) == ("", {"A": "jan"})
    assert logs.named("store.set_aside") == []


def test_a_journal_too_long_to_be_looked_through_is_believed(house, used, monkeypatch):
    monkeypatch.setattr("actors.store_file.WHOLE_BYTES", 0)
    with_its_journal_damaged(used)
    house.start(Store, "store", used)
    assert house.ask("store", Recall()).facts[Fact.LOCK] == {"A": "jan"}


@pytest.mark.parametrize("table", ["nodes", "counts", "facts"])
def test_beside_a_journal_too_long_all_else_is_looked_through(house, used, monkeypatch, table):
    monkeypatch.setattr("actors.store_file.WHOLE_BYTES", 0)
    with_a_page_overwritten(used, table)
    house.start(Store, "store", used)
    assert house.ask("store", Recall()).all_locked


def test_until_the_valves_are_locked_every_start_wants_it(house, used):
    a_text(used)
    house.start(Store, "store", used)
    assert restarted(house, used).all_locked
    assert house.ask("store", LockAll(("A", "B"), "look first")).facts[Fact.LOCK] == {
        "A": "look first",
        "B": "look first",
    }
    assert restarted(house, used).all_locked == ""


def test_what_a_person_has_freed_stays_free_and_the_others_stay_locked(house, used):
    a_text(used)
    house.start(Store, "store", used)
    house.ask("store", LockAll(("A", "B"), "look first"))
    lock(house, "B", "")
    memory = restarted(house, used)
    assert (memory.all_locked, memory.facts[Fact.LOCK]) == ("", {"A": "look first"})


def test_killed_between_setting_aside_and_beginning_anew_it_still_wants_every_valve_locked(house, used):
    used.rename(used.with_name("store.unreadable-20260102T030405Z.sqlite"))
    house.start(Store, "store", used)
    assert house.ask("store", Recall()).all_locked == "the store was unreadable at 2026-01-02 03:04:05 UTC"


def test_a_log_whose_database_is_gone_is_set_aside_too(house, used):
    used.unlink()
    left = used.with_name("store.sqlite-wal")
    left.write_bytes(b"the last locks may be in here")
    house.start(Store, "store", used)
    assert house.ask("store", Recall()).all_locked
    (aside,) = [name for name in names(used) if "unreadable" in name]
    assert used.with_name(aside).read_bytes() == b"the last locks may be in here"


def test_two_that_were_set_aside_in_one_second_keep_both(house, used):
    for text in (b"first" * 100, b"second" * 100):
        used.write_bytes(text)
        house.start(Store, "store", used)
        house.stop("store")
    kept = {path.read_bytes() for path in used.parent.glob("store.unreadable-*.sqlite")}
    assert kept == {b"first" * 100, b"second" * 100}


def test_a_beginning_that_was_cut_short_is_begun_again(house, file):
    file.with_name("store.new.sqlite").write_bytes(b"half of a st")
    house.start(Store, "store", file)
    assert house.ask("store", Recall()).all_locked == ""
    assert not file.with_name("store.new.sqlite").exists()


def test_an_alarm_waits_for_the_chronicle(house, used):
    a_text(used)
    house.start(Store, "store", used)
    assert house.recorder("chronicle").wait_for(News).topic == "alarm.store_set_aside"


def test_what_was_not_in_the_main_file_yet_is_read_after_a_kill(house, file):
    """A copy of the files of a running store is what a killed process leaves."""
    house.start(Store, "store", file)
    lock(house, "A", "jan")
    left = file.parent.parent / "left"
    left.mkdir()
    for end in ("", "-wal", "-shm"):
        (left / f"store.sqlite{end}").write_bytes(file.with_name(f"store.sqlite{end}").read_bytes())
    house.stop("store")
    house.start(Store, "store", left / "store.sqlite")
    assert house.ask("store", Recall()).facts[Fact.LOCK] == {"A": "jan"}


def test_a_store_in_memory_keeps_nothing(house):
    house.start(Store, "store", ":memory:")
    lock(house, "A", "jan")
    assert house.ask("store", Recall()).facts[Fact.LOCK] == {"A": "jan"}
    assert restarted(house, ":memory:").facts[Fact.LOCK] == {}
