"""The embedded lab when a process of it is killed: said at once, restarted, re-read; nobody waits, nothing stays."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.nodes import Console, alive, eventually

CHILDREN = ("valve_controller", "furnace_controller")
BACK_LIMIT_S = 20.0


class Lab(Console):
    """The embedded lab, with a pipe instead of a terminal."""

    def __init__(self, home: Path) -> None:
        super().__init__("acquisition", home=home)
        self.home = home
        self.say("states()")

    def child(self, role: str, nth: int = 1) -> int:
        """Return the process id of a child at its nth start, waiting for that."""
        return int(self.wait_event("role.ready", nth, BACK_LIMIT_S, role=role)["pid"])

    def folders(self) -> list[Path]:
        return list(self.home.glob("valvetree-lab-*"))

    def known_again(self, valve: str) -> str:
        return eventually(
            lambda: self.say(f"print(state({valve!r}).state)").replace("unknown", ""), "it was re-read", BACK_LIMIT_S
        )


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    started = Lab(tmp_path)
    with started:
        yield started


def test_a_killed_controller_is_shown_down_restarted_and_reread(lab: Lab):
    assert lab.say("open('A')").startswith("A  open  (moved, ")
    pid = lab.child("valve_controller")

    os.kill(pid, signal.SIGKILL)
    lost = lab.wait_event("node.lost", peer="ExtractionLine")
    assert lost["why"]
    nodes = [line for line in lab.say("nodes").splitlines() if line.startswith("ExtractionLine")]
    assert len(nodes) == 1
    assert " down " in nodes[0]
    assert lost["why"] in nodes[0]
    assert lab.say("print([str(state(valve).state) for valve in 'ABCDEFG'])") == str(["unknown"] * 7)
    began = time.monotonic()
    refused = lab.say("open('C')")
    assert time.monotonic() - began < 2.0
    assert refused.startswith("RAISED NotConnected: ")
    assert "ExtractionLine" in refused
    assert " is down since " in refused

    assert "SIGKILL" in str(lab.wait_event("tree.failed"))
    assert lab.child("valve_controller", nth=2) != pid
    lab.wait_event("node.up", 2, BACK_LIMIT_S, peer="ExtractionLine")
    assert lab.known_again("A") == "open"
    assert lab.known_again("G") == "closed"
    assert lab.say("open('C')").startswith("C  open  (moved, ")
    assert lab.say("open('B')").startswith("RAISED Interlocked: ")
    assert lab.leave() == 0


def test_killed_in_the_middle_of_a_move_the_asker_is_told_that_nobody_knows(lab: Lab):
    pid = lab.child("valve_controller")
    lab.tell("import threading, time\nanswers = []\n")
    lab.tell(
        "def ask():\n"
        "    try:\n"
        "        answers.append(str(open('A')))\n"
        "    except Exception as why:\n"
        "        answers.append(type(why).__name__)\n"
    )
    lab.say("asking = threading.Thread(target=ask)")
    os.kill(pid, signal.SIGSTOP)  # so that the command is on its way, and its end is never seen
    lab.say("asking.start()")
    os.kill(pid, signal.SIGKILL)
    lab.say("asking.join()")
    assert lab.say("print(answers)") in ("['OutcomeUnknown']", "['NotConnected']")
    assert lab.known_again("A") in ("open", "closed")
    assert lab.leave() == 0


def test_killed_four_times_it_comes_back_four_times(lab: Lab):
    for nth in range(1, 5):
        os.kill(lab.child("valve_controller", nth), signal.SIGKILL)
    lab.child("valve_controller", 5)
    eventually(lambda: lab.say("open('A')").startswith("A  open"), "an open works", BACK_LIMIT_S)
    assert lab.leave() == 0


def test_after_the_end_nothing_is_left(lab: Lab):
    pids = [lab.child(role) for role in CHILDREN]
    assert len(lab.folders()) == 1
    assert lab.leave() == 0
    eventually(lambda: not any(map(alive, pids)), "the children ended", 5.0)
    assert lab.folders() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_asked_to_stop_it_leaves_nothing(lab: Lab, number: signal.Signals):
    pids = [lab.child(role) for role in CHILDREN]
    os.kill(lab.pid, number)
    assert lab.ended(6.0) == 0
    eventually(lambda: not any(map(alive, pids)), "the children ended", 5.0)
    assert lab.folders() == []


def test_children_end_when_their_parent_is_killed(lab: Lab):
    pids = [lab.child(role) for role in CHILDREN]
    assert all(map(alive, pids))
    lab.process.kill()
    eventually(lambda: not any(map(alive, pids)), "the children ended", 8.0)
    lab.ended()


def test_children_end_when_their_parent_is_killed_while_they_start(tmp_path: Path):
    with Lab.__new__(Lab) as lab:  # no first statement: it would wait until they are ready
        Console.__init__(lab, "acquisition", home=tmp_path)
        lab.wait_event("tree.started", child="process.furnace_controller")
        lab.process.kill()
        lab.ended(10.0)  # its stderr has an end only when no child holds it any more


def test_children_that_hang_are_gone_after_the_end_too(lab: Lab):
    pids = [lab.child(role) for role in CHILDREN]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        assert lab.leave() == 0
        eventually(lambda: not any(map(alive, pids)), "the children ended", 2.0)
        assert lab.folders() == []
    finally:
        for pid in filter(alive, pids):
            os.kill(pid, signal.SIGKILL)
