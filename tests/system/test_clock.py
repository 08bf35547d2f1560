"""The clock of the wall is set back while everything runs: times that are shown change, and nothing that is done."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.simulation import Served
from tests.system.conftest import AcquisitionStarter, Controller, start_controller
from tests.system.nodes import Console, eventually, starter_site

BACK_S = 86_400.0
LEASE_S = 2

# Read by every Python process whose path it is on: as if somebody had set the computer's clock.
SITECUSTOMIZE = """
import os, time
_flag, _time = os.environ["VALVETREE_CLOCK_IS_BACK"], time.time
def _back(): return {back_s} if os.path.exists(_flag) else 0.0
time.time = lambda: _time() - _back()
time.time_ns = lambda: int(time.time() * 1e9)
for _name in ("localtime", "gmtime"):
    def _of(seconds=None, _real=getattr(time, _name)):
        return _real(time.time() if seconds is None else seconds)
    setattr(time, _name, _of)
time.strftime = lambda text, at=None, _real=time.strftime: _real(text, time.localtime() if at is None else at)
"""


class Clock:
    """The clock of all processes that are started here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.flag = folder / "back"
        (folder / "sitecustomize.py").write_text(SITECUSTOMIZE.format(back_s=BACK_S))

    def set_back(self) -> None:
        """Set it back by a day."""
        self.flag.touch()


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clock:
    folder = tmp_path / "clock"
    folder.mkdir()
    made = Clock(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setenv("VALVETREE_CLOCK_IS_BACK", str(made.flag))
    return made


@pytest.fixture
def node(clock: Clock, instrument: Served, home: Path, tmp_path: Path) -> Iterator[Controller]:
    del clock  # it is in the environment
    root = starter_site("valve_controller", tmp_path / "valve")
    preferences = root / "preferences.yaml"
    preferences.write_text(preferences.read_text() + f"extraction_line: {{lease: {LEASE_S}}}\ndead_man: {{after: 5}}\n")
    started = start_controller(root, instrument, home)
    with started.role:
        yield started


def age_s(console: Console, valve: str) -> float:
    return float(console.say(f"print(state({valve!r}).view.age_s)"))


def known(console: Console, valve: str, state: str) -> None:
    eventually(lambda: console.say(f"print(state({valve!r}).state)") == state, f"{valve} is {state}")


def test_a_clock_that_is_set_back_changes_nothing_that_is_done(
    clock: Clock, node: Controller, acquisition_of: AcquisitionStarter, instrument: Served, home: Path
):
    console = acquisition_of(node)
    known(console, "A", "closed")
    assert console.say("open('A')").startswith("A  open  (moved, ")
    with node.client() as owner, node.client() as other:
        owner.hello("owner")
        assert owner.command("Claim F") == "OK"
        assert owner.command("Lock E") == "OK"

        clock.set_back()
        assert json.loads(other.command("Health"))["time"] < time.time() - BACK_S / 2

        # commands have their deadlines, states their ages, rules their facts
        assert console.say("close('A')").startswith("A  closed  (moved, ")
        assert console.say("open('B')").startswith("B  open  (moved, ")
        assert console.say("open('A')").startswith("RAISED Interlocked: ")
        assert console.say("open('E')").startswith("RAISED Locked: ")
        assert console.say("open('F')").startswith("RAISED Owned: ")
        assert console.say("cycle('G', 2, 0.05, 0.05)").startswith("G  closed after 2 cycles")
        assert 0.0 <= age_s(console, "B") < 10.0

        # looks go on, here and there
        instrument.simulator.relays["103"] = True  # type: ignore[attr-defined]
        known(console, "C", "open")
        assert other.command("GetValveState C") == "True"
        assert other.command("Close C") == "OK"

        # a lease ends its own seconds after its session, and not a day later
        owner.reset()
        owner.socket.close()
        eventually(lambda: other.command("Open F") == "OK", "the lease has run out")
        assert other.command("Close F") == "OK"
    rows = [row.split() for row in console.say("history('', 50)").splitlines()[2:]]
    verbs = [row[2] for row in rows]
    assert verbs[:3] == ["open", "close", "open"]  # in the order in which they were given, whatever their times
    assert rows[0][0] > rows[1][0]
    assert not [record for record in node.role.records() if record["event"].startswith(("tree.failed", "tree.hung"))]
    assert console.records("node.lost") == []
    assert console.records("node.late") == []
    node.role.kill()

    again = start_controller(node.root, instrument, home)  # in the past
    with again.role, again.client() as client:
        assert client.command("GetValveLockState E") == "True"
        assert client.command("GetValveState B") == "True"
        assert client.command("Open A").startswith("ERROR 018 : ")
        assert client.command("Close B") == "OK"
        assert client.command("Unlock E") == "OK"


def test_a_command_is_as_old_as_it_is_whatever_the_clock_says(clock: Clock, node: Controller):
    with node.client() as client:
        now_ms = client.hello()
        clock.set_back()
        assert client.command(f"Open A\tid=1\tdeadline={now_ms + 60_000}\tby=eva") == "OK"
        assert client.command(f"Close A\tid=2\tdeadline={now_ms - 1}\tby=eva").startswith("ERROR 019 : A: ")
        assert client.command("GetValveState A") == "True"
        assert client.command("Close A") == "OK"
