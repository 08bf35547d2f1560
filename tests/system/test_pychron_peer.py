"""A real acquisition process whose controller is a real Pychron server, as far as its bytes go."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.conftest import acquisition_site
from tests.system.nodes import ANY_LISTENER, Console, eventually, settings
from tests.transports.rpc.desk import Far
from tests.transports.rpc.pychron_server import PychronServer

VALVES = """
- {name: A, actuator: ExtractionLine, description: Bone to Minibone}
- {name: B, actuator: ExtractionLine, description: Bone to Turbo}
- {name: C, actuator: ExtractionLine, description: Air}
"""


class Line:
    """A Pychron server, and the acquisition computer that commands it."""

    def __init__(self, folder: Path) -> None:
        self.server = PychronServer("A", "B", "C", interlocks={"B": ("A",)})
        told = {"port": self.server.port, "notify_port": 5555, "reply_port": 5556}
        site = acquisition_site(folder / "site", told)
        valves = site / "setupfiles" / "extractionline" / "valves.yaml"
        valves.parent.mkdir(parents=True, exist_ok=True)
        valves.write_text(VALVES)
        self.acquisition = Console(
            "acquisition",
            "--root",
            str(site),
            *settings(*ANY_LISTENER[:2], "devices.ExtractionLine.timeout=0.5", "status_monitor.update_period=0.1"),
            home=folder / "home",
        )
        self.await_state("A", "closed")

    def say(self, statement: str) -> str:
        return self.acquisition.say(statement)

    def await_state(self, valve: str, state: str) -> None:
        eventually(lambda: self.say(f"print(state({valve!r}).state)") == state, f"{valve} is {state}")

    def forget(self) -> None:
        self.server.forget()

    def sent(self, command: bytes) -> int:
        return self.server.sent().count(command)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    made = Line(tmp_path_factory.mktemp("line"))
    with made.acquisition:
        yield made
    made.server.close()


@pytest.fixture
def line(shared: Line) -> Line:
    """Every valve closed and free, and nothing switched on."""
    for valve in shared.server.valves.values():
        valve.is_open = valve.locked = valve.stuck = False
    shared.server.swallow.clear()
    shared.server.deaf.clear()
    for name in "ABC":
        shared.await_state(name, "closed")
    shared.forget()
    return shared


def test_the_node_is_said_to_be_plain(line: Line):
    assert "plain, one command per connection" in line.say("nodes")
    assert line.acquisition.wait_event("node.plain")["why"].endswith("valves.yaml has 3 of them")


def test_a_valve_is_opened_and_closed(line: Line):
    assert line.say("open('A')").startswith("A  open  (moved, ")
    assert line.server.valves["A"].is_open
    assert line.say("close('Bone to Minibone')").startswith("A  closed  (moved, ")
    assert line.server.actuations == {"A": 2}
    assert (line.sent(b"Open A\r"), line.sent(b"Close A\r"), line.sent(b"GetIndicatorState A\r")) == (1, 1, 2)


def test_a_locked_valve_is_no_success(line: Line):
    line.server.valves["A"].locked = True
    assert line.say("open('A')").startswith("RAISED Locked: Valve A is software locked there")
    assert line.say("print(state('A').state)") == "closed"
    assert line.server.actuations == {}
    eventually(lambda: "locked" in line.say("state('A')"), "its lock was polled")


def test_an_interlocked_valve_is_refused_by_the_peer(line: Line):
    line.say("open('A')")
    assert line.say("open('B')") == "RAISED FailedToActuate: Valve B failed to actuate open"
    assert line.server.actuations == {"A": 1}


def test_a_command_without_an_answer_is_unknown_and_sent_once(line: Line):
    line.server.swallow.add("Open")
    told = line.say("open('C')")
    assert told.startswith("RAISED OutcomeUnknown: C: no answer in 0.5 s; it read closed afterwards")
    line.await_state("C", "closed")
    assert line.sent(b"Open C\r") == 1
    assert line.server.actuations == {}


def test_what_such_a_peer_cannot_do_is_refused(line: Line):
    told = line.say("lock('A')")
    assert told.startswith("RAISED Refused: node ExtractionLine (127.0.0.1:")
    assert told.endswith("is a plain peer without HELLO: it knows no Lock")


def test_a_valve_that_somebody_else_moves_is_seen(line: Line):
    line.server.valves["C"].is_open = True
    line.await_state("C", "open")


def test_a_server_that_was_killed_is_down_at_once_and_found_again(tmp_path: Path):
    line = Line(tmp_path)
    port = line.server.port
    with line.acquisition:
        line.server.close()
        line.acquisition.wait_event("node.lost")
        told = line.say("open('A')")
        assert told.startswith(f"RAISED NotConnected: node ExtractionLine (127.0.0.1:{port}) is down since ")
        assert line.say("print(state('A').state)") == "unknown"
        line.server = PychronServer("A", "B", "C", port=port)
        line.await_state("A", "closed")
        assert line.say("open('A')").startswith("A  open  (moved, ")
        assert line.server.actuations == {"A": 1}
        assert line.acquisition.leave() == 0
    line.server.close()


def test_a_node_that_said_hello_before_a_restart_is_not_taken_for_a_plain_one(tmp_path: Path):
    """It is remembered with its valves: what speaks plain at its address today is somebody else."""
    far = Far(lambda: 0.0)
    site = acquisition_site(tmp_path / "site", {"port": far.port, "notify_port": 5555, "reply_port": 5556})
    flags = ("--root", str(site), *settings(*ANY_LISTENER[:2]))
    with Console("acquisition", *flags, home=tmp_path / "home") as acquisition:
        _, asks = far.welcome()
        while not asks.line()[0].startswith("Describe "):
            asks.reply("ERROR 020 : busy")
        asks.reply('{"valves": [{"name": "A"}], "total": 1}')
        acquisition.ready()
        assert acquisition.leave() == 0
    far.close()
    server = PychronServer("A", port=far.port)
    with Console("acquisition", *flags, home=tmp_path / "home") as acquisition:
        why = acquisition.wait_event("node.lost")["why"]
        assert "a node that has said HELLO is never taken for a plain one" in why
        assert all(data.startswith(b"{") for data in server.sent())
        assert acquisition.leave() == 0
    server.close()
