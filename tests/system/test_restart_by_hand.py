"""`restart('...')` at the console of the lab: whatever is restarted, it is found again, and nothing else is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.nodes import Console, eventually

LIMIT_S = 20.0


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Console]:
    console = Console("acquisition", home=tmp_path)
    with console:
        console.say("open('A')")
        yield console


def came_back(lab: Console, look: str) -> str:
    return eventually(lambda: lab.say(look) if "True" in lab.say(look) else "", look, LIMIT_S)


@pytest.mark.parametrize(
    "path",
    [
        "process.valve_controller",
        "node.ExtractionLine",
        "subscriber.ExtractionLine",
        "status_monitor.ExtractionLine",
        "extraction_line",
        "notifier",
        "chronicle",
        "store",
    ],
)
def test_what_a_person_restarts_comes_back_and_the_lab_with_it(lab: Console, path: str):
    said = lab.say(f"restart({path!r})")
    assert said.startswith(path), said
    came_back(lab, "print(state('A').state == 'open')")
    assert lab.say("close('A')").startswith("A  closed  (moved, ")
    assert lab.say("open('A')").startswith("A  open  (moved, ")
    came_back(lab, "print(' up' in str(nodes()).splitlines()[2])")
    assert lab.records("process.said") == []
    assert lab.records("tree.failed") == []
    assert lab.leave() == 0


@pytest.mark.parametrize("path", ["status_monitor.ExtractionLine", "subscriber.ExtractionLine"])
def test_news_are_heard_again_after_a_restart_of_who_hears_them(lab: Console, path: str):
    lab.say(f"restart({path!r})")
    lab.wait_event("news.up", 2, LIMIT_S, actor="status_monitor.ExtractionLine")
    came_back(lab, "close('A'); open('A'); print('(event)' in str(state('A')) or '(reply)' in str(state('A')))")
    detail = "print([row for row in tree().splitlines() if 'subscriber.ExtractionLine' in row][0])"
    eventually(lambda: " up;" in lab.say(detail), "the subscriber hears the controller", LIMIT_S)


def test_a_listener_on_a_free_port_keeps_it(tmp_path: Path):
    with Console("valve_controller", "--init", home=tmp_path) as written:
        assert written.ended() == 0
    flags = ("--simulate", "--set", "server.port=0", "--set", "server.host=127.0.0.1", "--set", "notifier.port=0")
    with Console("valve_controller", *flags, home=tmp_path) as console:
        port = console.ready()["port"]
        look = "print([row for row in str(tree()).splitlines() if 'remote_command_server' in row][0])"
        assert f"port {port}," in console.say(look)
        console.say("restart('remote_command_server')")
        eventually(lambda: f"port {port}," in console.say(look), "it listens again", LIMIT_S)


def test_the_last_lines_of_a_child_reach_the_log(lab: Console):
    assert lab.leave() == 0
    for node in ("valve_controller", "furnace_controller"):
        stopped = [record["child"] for record in lab.records("tree.stopped", node=node)]
        assert stopped[-1] == node, stopped
        assert {"remote_command_server", "store"} <= set(stopped)
    (moved,) = lab.records("command.done", node="valve_controller", subject="A")
    assert moved["trace"] == lab.records("command.done", node="acquisition", subject="A")[0]["trace"]


def test_a_lock_is_one_line_on_both_machines(lab: Console):
    lab.say("lock('A')")
    lab.say("unlock('A')")
    lab.say("furnace.setpoint(100)")
    lab.say("open('Q')")
    assert lab.leave() == 0
    for verb in ("lock", "unlock"):
        nodes = [record["node"] for record in lab.records("command.done", verb=verb)]
        assert sorted(nodes) == ["acquisition", "valve_controller"]
    assert len(lab.records("command.done", node="acquisition", verb="set setpoint")) == 1
    assert len(lab.records("command.refused", subject="Q")) == 1
