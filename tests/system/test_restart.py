"""A controller that is killed again and again: its locks, its store and its journal stay whole."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hardware.simulation import Served
from tests.system.conftest import Controller, controller_flags, start_controller
from tests.system.nodes import RoleProcess, eventually, starter_site
from tests.system.wire import WireClient, wait_until_known

KILLS = 10
LOCKED = "DEFG"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return starter_site("valve_controller", tmp_path / "valve")


@pytest.fixture
def started(root: Path, instrument: Served, home: Path) -> Iterator[Controller]:
    controller = start_controller(root, instrument, home)
    with controller.role:
        yield controller


def journal(root: Path) -> list[tuple[int, float, str, str, str]]:
    """Read the journal as an auditor would: from the file, while nobody else has it or while somebody has."""
    with closing(sqlite3.connect(root / "state" / "store.sqlite")) as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return list(store.execute("SELECT id, time, verb, valve, outcome FROM journal ORDER BY id"))


def test_locks_and_journal_survive_ten_kills(root: Path, instrument: Served, home: Path):
    expected: list[tuple[str, str]] = []
    for round_number in range(KILLS):
        controller = start_controller(root, instrument, home)
        with controller.role, controller.client() as client:
            locked = "".join(valve for valve in LOCKED if client.command(f"GetValveLockState {valve}") == "True")
            assert locked == LOCKED[: min(round_number, len(LOCKED))]
            if round_number < len(LOCKED):
                assert client.command(f"Lock {LOCKED[round_number]}") == "OK"
                expected.append(("lock", LOCKED[round_number]))
            for locked_valve in locked:
                before = controller.moves
                assert client.command(f"Open {locked_valve}").startswith("ERROR 014 : ")
                assert controller.moves == before
                expected.append(("open", locked_valve))
            rows_before = len(expected)
            for _ in range(20):
                assert client.command("Open A") == "OK"
                assert client.command("Close A") == "OK"
                expected += [("open", "A"), ("close", "A")]
            eventually(lambda: len(journal(root)) > rows_before, "the journal follows")  # noqa: B023 - run at once
            controller.role.kill()
        rows = journal(root)
        assert [(verb, valve) for _, _, verb, valve, _ in rows] == expected[: len(rows)]
        expected = expected[: len(rows)]  # at most the last 100 ms may be missing
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    assert [row[1] for row in rows] == sorted(row[1] for row in rows)


def test_a_lock_is_on_the_disk_before_it_is_answered(root: Path, instrument: Served, home: Path):
    controller = start_controller(root, instrument, home)
    with controller.role:
        with controller.client() as client:
            assert client.command("Lock A") == "OK"
            assert client.command("Unlock A") == "OK"
            assert client.command("Lock C") == "OK"
        controller.role.kill()
    controller = start_controller(root, instrument, home)
    with controller.role, controller.client() as client:
        assert client.command("GetValveLockState A") == "False"
        assert client.command("GetValveLockState C") == "True"
        assert client.command("Unlock C") == "OK"


def test_an_open_valve_is_open_again_after_a_kill_and_its_interlock_holds(
    started: Controller, root: Path, instrument: Served, home: Path
):
    with started.client() as client:
        assert client.command("Open A") == "OK"
    before = started.moves
    started.role.kill()
    again = start_controller(root, instrument, home)
    with again.role, again.client() as client:
        assert client.command("GetValveState A") == "True"
        assert client.command("Open B").startswith("ERROR 018 : ")
        assert again.moves == before
        assert again.told["boot"] != started.told["boot"]
        assert client.command("Close A") == "OK"


def test_what_was_moving_when_it_was_killed_is_unknown_until_it_is_read(root: Path, instrument: Served, home: Path):
    device = root / "setupfiles" / "devices" / "switch_controller.yaml"
    device.write_text(device.read_text().replace("timeout: 1.0", "timeout: 0.2"))  # a move ends sooner so
    first = start_controller(root, instrument, home)
    with first.role, first.client() as client:
        instrument.simulator.faults.mute = True
        try:
            client.send(b"Open A\r")
            eventually(lambda: first.relays["101"], "the relay has moved, and says nothing")
            first.role.kill()
        finally:
            instrument.simulator.faults.mute = False
    role = RoleProcess("valve_controller", *controller_flags(root, instrument), home=home)
    with role, WireClient(role.ready()["port"]) as client:
        wait_until_known(int(role.ready()["port"]), "C")
        assert client.command("GetValveState A").startswith("ERROR 010 : ")
        assert client.command("Open B").startswith("ERROR 018 : ")
        eventually(lambda: client.command("GetValveState A") == "True", "A was read twice")
        assert client.command("Close A") == "OK"


def test_a_store_that_a_later_version_wrote_is_refused_untouched(root: Path, instrument: Served, home: Path):
    first = start_controller(root, instrument, home)
    with first.role:
        assert first.role.stop() == 0
    file = root / "state" / "store.sqlite"
    with closing(sqlite3.connect(file)) as store:
        store.execute("PRAGMA user_version = 99")
    with pytest.raises(AssertionError, match="the pipe ended"):
        start_controller(root, instrument, home)
    with closing(sqlite3.connect(file)) as store:
        assert store.execute("PRAGMA user_version").fetchone() == (99,)


def test_an_orderly_stop_loses_no_row_of_the_journal(started: Controller, root: Path):
    with started.client() as client:
        for _ in range(50):
            assert client.command("Open C") == "OK"
            assert client.command("Close C") == "OK"
    assert started.role.stop() == 0
    rows = [(verb, valve, outcome) for _, _, verb, valve, outcome in journal(root)]
    assert rows == [("open", "C", "moved"), ("close", "C", "moved")] * 50


def test_the_instrument_may_be_unplugged_and_plugged_in_again(started: Controller, client_of: WireClient):
    before = started.moves
    started.instrument.simulator.faults.disconnect = True
    try:
        eventually(lambda: client_of.command("GetValveState A").startswith("ERROR 010 : "), "the loss was noticed")
    finally:
        started.instrument.simulator.faults.disconnect = False
    wait_until_known(started.port, "A")
    assert client_of.command("Open A") == "OK"
    assert client_of.command("Close A") == "OK"
    assert started.moves == before + 2


@pytest.fixture
def client_of(started: Controller) -> Iterator[WireClient]:
    with started.client() as connected:
        yield connected
