"""A store that cannot be read is set aside, and every valve is locked."""

import pytest

from actors.facts import Fact
from actors.messages import News
from actors.store import Recall, Store
from actors.store_schema import SCHEMA_VERSION
from tests.actors.store_file.files import a_text, names, read, write


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
