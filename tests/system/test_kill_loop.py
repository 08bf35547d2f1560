"""`kill -9` of a working controller: no lock is lost, no row older than 100 ms, and what it says next is true."""

import os
import re
import time
from pathlib import Path

import pytest

from hardware.simulation import Served, serve_tcp, simulator_for
from tests.system.conftest import controller_flags
from tests.system.kill_loop import KillLoop
from tests.system.nodes import RoleProcess, run_role, starter_site


def killed(rounds: int, folder: Path) -> KillLoop:
    seed = int(os.environ.get("KILL_SEED", time.time_ns() % 1_000_000))
    instrument = serve_tcp(simulator_for("AgilentGPActuator"))
    try:
        loop = KillLoop(starter_site("valve_controller", folder / "valve"), folder / "home", instrument, seed)
        print(f"KILL_SEED={seed}")  # noqa: T201 - shown with a failure: how to repeat it
        loop.run(rounds)
    finally:
        instrument.close()
    print(dict(loop.counts), f"youngest row missing: {loop.latest_row_s:.3f} s")  # noqa: T201 - shown by `-s`
    assert loop.counts["kills"] == rounds
    return loop


def test_killed_five_times_under_load_it_keeps_its_word(tmp_path: Path):
    killed(5, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_killed_two_hundred_times_under_load_it_keeps_its_word(tmp_path: Path):
    loop = killed(200, tmp_path)
    for seen in ("kills while it starts", "promises kept", "moves journaled", "promises without an answer"):
        assert loop.counts[seen] > 0, loop.counts


def test_after_a_kill_the_next_process_gets_the_site_and_a_third_is_told_its_pid(tmp_path: Path, instrument: Served):
    site = starter_site("valve_controller", tmp_path / "valve")
    flags = controller_flags(site, instrument)
    with RoleProcess("valve_controller", *flags, home=tmp_path) as first:
        first.ready()
        first.kill()
    assert (site / "state" / "lock").read_text() == f"{first.pid}\n"
    with RoleProcess("valve_controller", *flags, home=tmp_path) as second:
        second.ready()
        third = run_role("valve_controller", *flags, home=tmp_path)
        assert third.process.returncode == 3
        assert re.search(rf"\b{second.pid}\b", third.err.all[0])
        assert second.stop() == 0
