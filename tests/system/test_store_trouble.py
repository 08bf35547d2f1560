"""A controller whose store cannot be read, and one whose disk is full: what it does, refuses, and says."""

import contextlib
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from actors.store_schema import SCHEMA_VERSION
from hardware.simulation import Served
from tests.system.conftest import Controller, controller_flags, start_controller
from tests.system.nodes import RoleProcess, run_role, settings, starter_site
from tests.system.wire import WireClient

VALVES = "ABCDEFG"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return starter_site("valve_controller", tmp_path / "valve")


@pytest.fixture
def store(site: Path) -> Path:
    return site / "state" / "store.sqlite"


def broken(store: Path) -> None:
    store.parent.mkdir(exist_ok=True)
    store.write_bytes(b"this was a store once" * 1000)


def locks(client: WireClient) -> str:
    word = client.command("GetValveLockStates")[:-4]
    return "".join(entry[0] for entry in word.split(",") if entry.endswith("1"))


def read(store: Path, question: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
        return db.execute(question).fetchall()


@contextlib.contextmanager
def full_disk(role: RoleProcess) -> Iterator[None]:
    """Let the system refuse every write of a running process to any file."""
    if not hasattr(resource, "prlimit"):
        pytest.skip("this system does not limit a process that runs already")
    before = resource.prlimit(role.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(role.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(role.pid, resource.RLIMIT_FSIZE, before)


# --- a store that cannot be read ----------------------------------------------------------------------------


def test_with_a_store_that_cannot_be_read_it_starts_with_every_valve_locked_and_says_so(
    site: Path, store: Path, instrument: Served, home: Path
):
    broken(store)
    controller = start_controller(site, instrument, home)
    with controller.role as role, controller.client() as client:
        said = role.wait_event("store.set_aside")
        assert said["level"] == "error"
        assert Path(said["file"]).read_bytes().startswith(b"this was a store once")
        assert role.wait_event("store.all_locked")["valves"] == len(VALVES)
        assert locks(client) == VALVES
        before = controller.moves
        refused = client.command("Open E")
        assert refused.startswith("ERROR 014 : ")
        assert controller.moves == before


def test_what_a_person_frees_after_that_stays_free_and_the_others_stay_locked(
    site: Path, store: Path, instrument: Served, home: Path
):
    broken(store)
    controller = start_controller(site, instrument, home)
    with controller.role as role, controller.client() as client:
        for valve in "AE":
            assert client.command(f"Unlock {valve}") == "OK"
        assert client.command("Open E") == "OK"
        role.kill()
    controller = start_controller(site, instrument, home)
    with controller.role as role, controller.client() as client:
        assert locks(client) == "BCDFG"
        assert client.command("Close E") == "OK"
        assert role.records("store.set_aside") == []


def test_killed_as_soon_as_it_has_set_a_store_aside_the_next_one_locks_every_valve(
    site: Path, store: Path, instrument: Served, home: Path
):
    broken(store)
    with RoleProcess("valve_controller", *controller_flags(site, instrument), home=home) as role:
        role.wait_event("store.set_aside")
        role.kill()
    controller = start_controller(site, instrument, home)
    with controller.role, controller.client() as client:
        assert locks(client) == VALVES


def test_a_console_shows_the_locks_with_their_reason(site: Path, store: Path, instrument: Served, home: Path):
    broken(store)
    flags = ("--root", str(site), *settings("devices.switch_controller.port=" + instrument.address))
    shown = run_role(
        "valve_controller", *flags, *settings("server.port=0", "notifier.port=0"), "-c", "states()", home=home
    )
    assert shown.process.returncode == 0
    rows = [line for line in shown.out.all if line[:1] in VALVES and line[1:2] == " "]
    assert len(rows) == len(VALVES)
    assert all("the store was unreadable at " in row for row in rows)


def test_a_store_of_a_later_version_ends_with_3_and_is_left_alone(
    site: Path, store: Path, instrument: Served, home: Path
):
    store.parent.mkdir()
    with closing(sqlite3.connect(store)) as db:
        db.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    before = store.read_bytes()
    ended = run_role("valve_controller", *controller_flags(site, instrument), home=home)
    assert ended.process.returncode == 3
    assert len(ended.complaints()) == 1
    assert f"schema {SCHEMA_VERSION + 1} is newer" in ended.complaints()[0]
    assert store.read_bytes() == before
    assert list(store.parent.glob("*unreadable*")) == []


# --- a disk that is full -------------------------------------------------------------------------------------


@pytest.fixture
def busy(site: Path, instrument: Served, home: Path) -> Iterator[Controller]:
    controller = start_controller(site, instrument, home)
    with controller.role:
        yield controller


def test_on_a_full_disk_valves_move_and_nothing_can_be_locked_until_there_is_room(busy: Controller, store: Path):
    role = busy.role
    with busy.client() as client:
        assert client.command("Lock G") == "OK"
        with full_disk(role):
            assert client.command("Open E") == "OK"
            why = role.wait_event("store.unwritable")["why"]
            refused = client.command("Lock F")
            assert refused.startswith("ERROR 002 : ")
            assert why in refused
            assert client.command("Claim F").startswith("ERROR 002 : ")
            assert client.command("Unlock G").startswith("ERROR 002 : ")
            assert locks(client) == "G"
            assert client.command("Close E") == "OK"
        back = role.wait_event("store.writable")
        assert back["rows_lost"] == 0
        assert client.command("Lock F") == "OK"
    assert role.stop() == 0
    rows = read(store, "SELECT verb, valve, outcome FROM journal ORDER BY id")
    assert rows == [
        ("lock", "G", "done"), ("open", "E", "moved"), ("lock", "F", "refused"), ("claim", "F", "refused"),
        ("unlock", "G", "refused"), ("close", "E", "moved"), ("lock", "F", "done"),
    ]  # fmt: skip
    assert len(role.records("store.unwritable")) == 1
    assert len(role.records("store.writable")) == 1
    assert role.records("tree.failed") == []


def test_killed_on_a_full_disk_it_has_what_was_kept_before_and_starts_on_it(
    busy: Controller, site: Path, store: Path, instrument: Served, home: Path
):
    with busy.client() as client:
        assert client.command("Lock G") == "OK"
        with full_disk(busy.role):
            assert client.command("Open E") == "OK"
            assert client.command("Lock F").startswith("ERROR 002 : ")
            busy.role.kill()
    assert read(store, "PRAGMA integrity_check") == [("ok",)]
    again = start_controller(site, instrument, home)
    with again.role, again.client() as client:
        assert locks(client) == "G"
        assert client.command("GetValveState E") == "True"
        assert client.command("Close E") == "OK"


def test_a_stop_on_a_full_disk_comes_to_its_end_and_says_what_is_lost(busy: Controller):
    with busy.client() as client, full_disk(busy.role):
        assert client.command("Open E") == "OK"
        assert client.command("Close E") == "OK"
        assert busy.role.stop() == 0
    assert busy.role.records("journal.lost")[-1]["rows"] == 2
