"""What happens on a controller is seen on the acquisition computer, and from there on the data reduction one."""

import re
from pathlib import Path

import pytest

from tests.system.conftest import AcquisitionStarter, Controller, acquisition_site
from tests.system.nodes import Console, RoleProcess, eventually, run_role, settings, starter_site

SEEN_S = 1.0  # far less than the monitor's 3 s between two looks: it came as news


@pytest.fixture(scope="module")
def console(controller: Controller, acquisition_of: AcquisitionStarter) -> Console:
    started = acquisition_of(controller)
    eventually(lambda: started.say("print(state('A').state)") != "unknown", "the console knows A")
    started.wait_event("news.up")
    return started


def crunch_flags(root: Path, console: Console) -> list[str]:
    told = console.ready()
    where = (f"acquisition.port={told['notify_port']}", f"acquisition.reply_port={told['reply_port']}")
    return ["--root", str(root), "--log", "json", *settings(*where)]


@pytest.fixture(scope="module")
def crunch(console: Console, tmp_path_factory: pytest.TempPathFactory) -> Console:
    folder = tmp_path_factory.mktemp("crunch")
    root = starter_site("data_reduction", folder / "site")
    return Console("data_reduction", *crunch_flags(root, console), home=folder / "home")


@pytest.mark.usefixtures("everything_closed")
def test_what_another_client_opens_is_seen_at_the_console(controller: Controller, console: Console):
    eventually(lambda: console.say("print(state('A').state)") == "closed", "closed is seen")
    with controller.client() as other:
        assert other.command("Open A") == "OK"
        eventually(lambda: console.say("print(state('A').state)") == "open", "open is seen", SEEN_S)
        assert other.command("Close A") == "OK"
        eventually(lambda: console.say("print(state('A').state)") == "closed", "closed is seen", SEEN_S)


@pytest.mark.usefixtures("everything_closed")
def test_what_another_client_locks_is_seen_at_the_console(controller: Controller, console: Console):
    with controller.client() as other:
        assert other.command("Lock E") == "OK"
        eventually(lambda: "locked" in console.say("state('E')"), "the lock is seen")
        assert console.say("open('E')").startswith("RAISED Locked: ")
        assert other.command("Unlock E") == "OK"
        eventually(lambda: "locked" not in console.say("state('E')"), "its end is seen")


def test_a_relay_that_was_moved_by_hand_is_seen_and_said(controller: Controller, console: Console):
    relays = controller.instrument.simulator.relays  # type: ignore[attr-defined]
    relays["106"] = True
    try:
        eventually(lambda: console.say("print(state('F').state)") == "open", "the console sees it")
        mismatch = controller.role.wait_event("valve.mismatch", valve="F")
        assert (mismatch["believed"], mismatch["seen"]) == ("closed", "open")
    finally:
        relays["106"] = False
    eventually(lambda: console.say("print(state('F').state)") == "closed", "and that it went back")


@pytest.mark.usefixtures("everything_closed")
def test_data_reduction_shows_the_valves_live(controller: Controller, console: Console, crunch: Console):
    with crunch:
        crunch.ready()
        eventually(lambda: crunch.say("print(state('A').state)") == "closed", "the mirror knows A")
        assert console.say("open('A')").startswith("A  open")
        eventually(lambda: crunch.say("print(state('A').state)") == "open", "the mirror follows", SEEN_S)
        with controller.client() as other:
            assert other.command("Close A") == "OK"
        eventually(lambda: crunch.say("print(state('A').state)") == "closed", "the mirror follows", SEEN_S)
        assert re.search(r"^ExtractionLine +up ", crunch.say("nodes"), re.MULTILINE)
        assert crunch.say("open('A')").startswith("RAISED ")
        assert controller.relays["101"] is False
        assert crunch.leave() == 0


def test_data_reduction_shows_the_valves_at_once_to_a_single_statement(console: Console, tmp_path: Path):
    root = starter_site("data_reduction", tmp_path / "site")
    ended = run_role("data_reduction", *crunch_flags(root, console), "-c", "states()", home=tmp_path)
    assert ended.process.returncode == 0
    assert ended.out.all[0].startswith("7 valves")
    assert [line.split()[:2] for line in ended.out.all[2:]] == [[valve, "closed"] for valve in "ABCDEFG"]


def test_without_an_acquisition_node_data_reduction_says_so_and_runs(tmp_path: Path):
    root = starter_site("data_reduction", tmp_path / "site")
    where = settings("acquisition.port=1", "acquisition.reply_port=2")
    flags = ("--root", str(root), "--headless", "--log", "json", *where)
    with RoleProcess("data_reduction", *flags, home=tmp_path) as role:
        role.ready()
        assert role.stop() == 0
        assert not any("Traceback" in line for line in role.err.all)


@pytest.mark.long  # a publisher counts as lost after 10 s of silence
def test_a_restarted_acquisition_node_is_followed_again(
    controller: Controller, acquisition_of: AcquisitionStarter, tmp_path: Path
):
    first = acquisition_of(controller)
    told = first.ready()
    root = starter_site("data_reduction", tmp_path / "site")
    with Console("data_reduction", *crunch_flags(root, first), home=tmp_path) as crunch:
        eventually(lambda: crunch.say("print(state('A').state)") == "closed", "the mirror knows A")
        first.kill()
        eventually(lambda: crunch.say("print(state('A').state)") == "unknown", "the mirror knows nothing any more", 20)
        ports = settings(
            "notifier.host=127.0.0.1",
            f"notifier.port={told['notify_port']}",
            f"notifier.reply_port={told['reply_port']}",
        )
        again = acquisition_site(tmp_path / "again", controller.told)
        with Console("acquisition", "--root", str(again), *ports, home=tmp_path) as second:
            second.ready()
            eventually(lambda: crunch.say("print(state('A').state)") == "closed", "the mirror knows A again", 20.0)
