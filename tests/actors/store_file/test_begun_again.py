"""Beginning anew is repeated until it is done, and loses nothing."""

from actors.facts import Fact
from actors.messages import News
from actors.store import LockAll, Recall, Store
from tests.actors.store_file.files import a_text, lock, names, restarted


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
