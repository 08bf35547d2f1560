"""The acquisition computer goes, or is stopped for a while: what its controller makes of that, and what it is told."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hardware.simulation import serve_tcp, simulator_for
from tests.system.conftest import Controller, acquisition_site, start_controller
from tests.system.nodes import ANY_LISTENER, Console, eventually, run_role, settings, starter_site, suspended

SETTLES_S = 1.5


class Lab:
    """A controller whose dead-man listens, and the acquisition computer that commands it."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        root = starter_site("valve_controller", folder / "valve")
        valves = root / "setupfiles" / "extractionline" / "valves.yaml"
        valves.write_text(valves.read_text().replace("settling_time: 0.1", f"settling_time: {SETTLES_S}"))
        (root / "preferences.yaml").write_text("dead_man: {after: 1}\n", encoding="utf-8")
        self.instrument = serve_tcp(simulator_for("AgilentGPActuator"))
        stack.callback(self.instrument.close)
        self.controller: Controller = start_controller(root, self.instrument, folder / "there")
        stack.enter_context(self.controller.role)
        site = acquisition_site(folder / "acquisition", self.controller.told)
        self.flags = ("--root", str(site), *settings(*ANY_LISTENER[:2]))
        self.home = folder / "here"
        self.acquisition = Console("acquisition", *self.flags, home=self.home)
        stack.enter_context(self.acquisition)
        eventually(lambda: self.acquisition.say("print(state('A').state)") == "closed", "A is known")

    def dead_man(self) -> str:
        with self.controller.client() as client:  # which asks only: the dead-man does not mind it
            return client.command("Health").partition('"dead_man": "')[2].partition('"')[0]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with ExitStack() as stack:
        yield Lab(tmp_path, stack)


def test_an_acquisition_computer_that_stops_in_order_is_not_missed(lab: Lab):
    eventually(lambda: lab.dead_man().startswith("armed by 127.0.0.1/"), "it is armed")
    assert lab.acquisition.leave() == 0
    eventually(lambda: lab.dead_man() == "not armed", "it is disarmed")
    assert lab.controller.role.records("dead_man.silent") == []


def test_a_check_is_not_missed_either(lab: Lab):
    assert lab.acquisition.leave() == 0
    eventually(lambda: lab.dead_man() == "not armed", "it is disarmed")
    checked = run_role("acquisition", *lab.flags, "--check", home=lab.home)
    assert checked.process.returncode == 0, checked.out.all
    assert lab.dead_man() == "not armed"
    assert lab.controller.role.records("dead_man.silent") == []


def test_one_that_is_killed_is_missed(lab: Lab):
    eventually(lambda: lab.dead_man().startswith("armed by 127.0.0.1/"), "it is armed")
    lab.acquisition.kill()
    assert lab.controller.role.wait_event("dead_man.silent")["last"].startswith("127.0.0.1/")
    assert lab.dead_man() == "nobody is heard"


def test_one_that_was_suspended_meanwhile_is_told_how_its_move_ended(lab: Lab):
    """Its timeout is over when it goes on: the reply lies there, or is asked for once more; nothing moves twice."""
    before = lab.controller.moves
    lab.acquisition.tell("try: said = open('E')\nexcept Exception as why: said = repr(why)\nprint('ended')")
    eventually(lambda: lab.controller.relays["105"], "the relay has moved")
    with suspended(lab.acquisition.process, 4.0):
        lab.controller.role.wait_event("dead_man.silent")
    assert "E  open  (moved, " in lab.acquisition.say("print(said)")
    assert lab.controller.moves == before + 1
    eventually(lambda: lab.acquisition.say("print(state('E').state)") == "open", "it is known again")
