"""A store that is refused and left alone, and one of an earlier version."""

import pytest

from actors.facts import Fact
from actors.messages import Ping
from actors.store import NodeSeen, Recall, Store
from actors.store_schema import SCHEMA_VERSION
from actors.views import Actuations, GetHistory
from tests.actors.disk import no_room
from tests.actors.store_file.files import NODES, names, read, refusal_to_start, write

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
