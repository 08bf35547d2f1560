"""A controller suspended while a command is on its way: told unknown, refused late, and the relay never moves."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.system.conftest import AcquisitionStarter, Controller
from tests.system.nodes import Console, eventually, suspended
from tests.system.wire import WireClient, braced

SUSPENDED_S = 4.0
LONG_SUSPENDED_S = 10.0
LATE_S = 3.0
SHORT_SUSPENDED_S = 0.2
QUESTIONS = 5_000  # more bytes than one read takes


def close_all(client: WireClient) -> None:
    for valve in "ABCDEFG":
        assert client.command(f"Close {valve}") in ("OK", "ok")


@pytest.fixture(scope="module")
def console(controller: Controller, acquisition_of: AcquisitionStarter) -> Console:
    return acquisition_of(controller)


@pytest.mark.parametrize("for_s", [SUSPENDED_S, pytest.param(LONG_SUSPENDED_S, marks=pytest.mark.long)])
def test_the_asker_is_told_unknown_and_the_late_command_never_moves_the_relay(
    for_s: float, controller: Controller, console: Console, client: WireClient
):
    close_all(client)
    eventually(lambda: console.say("print(state('A').state)") == "closed", "the console knows A")
    before = controller.moves
    with suspended(controller.role.process, for_s):
        told = console.say("open('A')")
        assert told.startswith("RAISED OutcomeUnknown: ")
        assert "no answer in 2" in told
        assert console.say("print(state('A').state)") == "unknown"
    eventually(lambda: console.say("print(state('A').state)") == "closed", "A was read again")
    assert controller.moves == before
    assert controller.relays["101"] is False
    eventually(lambda: console.say("open('A')").startswith("A  open  (moved, "), "the next open works")
    assert controller.relays["101"] is True
    assert controller.moves == before + 1


def test_a_suspended_controller_shows_as_down_at_the_console_and_comes_back(controller: Controller, console: Console):
    eventually(lambda: " up " in console.say("nodes"), "the node is up")
    with suspended(controller.role.process, 0.0):
        eventually(lambda: " down " in console.say("nodes"), "the console noticed")
        assert console.say("open('C')").startswith("RAISED NotConnected: ")
        assert "no answer" in console.say("nodes")
    eventually(lambda: " up " in console.say("nodes"), "the node is up again")
    eventually(lambda: console.say("print(state('C').state)") == "closed", "its valves were read again")
    with controller.client() as client:
        assert json.loads(client.command("Health"))["boot"] == controller.told["boot"]


@dataclass
class Late:
    """What came of commands that were written while the controller was suspended.

    Attributes:
        replies: to each client, in order.
        moved: how many relays moved.
    """

    replies: dict[str, list[bytes]]
    moved: int


@pytest.fixture(scope="module")
def late(controller: Controller) -> Iterator[Late]:
    """Suspend the controller once, and write to it in every way; no valve forbids another."""
    sent = {
        "CR": b"Open A\r",
        "braced": braced("Open C"),
        "JSON": b'{"command": "Open", "value": "E"}\n',
        "many": b"Open F\r" + b"GetValveState F\r" * QUESTIONS + b"Open F\r",
    }
    with ExitStack() as stack:
        clients = {name: stack.enter_context(controller.client()) for name in (*sent, "deadline", "no deadline")}
        close_all(clients["CR"])
        clock_ms = clients["deadline"].hello()
        clients["no deadline"].hello("another")
        sent["deadline"] = braced(f"Open G\tid=late\tdeadline={clock_ms + 1_500}\tby=tester")
        sent["no deadline"] = braced("Open A\tid=late")
        before = controller.moves
        with suspended(controller.role.process, LATE_S):
            for name, data in sent.items():
                clients[name].send(data)
            sent["connected meanwhile"] = b"Open C\r"
            clients["connected meanwhile"] = stack.enter_context(controller.client())
            clients["connected meanwhile"].send(sent["connected meanwhile"])
        counts = dict.fromkeys(clients, 1) | {"many": QUESTIONS + 2}
        replies = {name: [client.reply() for _ in range(counts[name])] for name, client in clients.items()}
        yield Late(replies, controller.moves - before)
        close_all(clients["CR"])


def test_a_command_with_a_deadline_that_passed_meanwhile_is_refused(late: Late):
    reply = late.replies["deadline"][0][6:].decode()
    assert reply.startswith("ERROR 019 : G: ")
    assert "deadline" in reply


@pytest.mark.parametrize("name", ["CR", "braced", "JSON", "no deadline", "connected meanwhile"])
def test_a_command_without_a_deadline_that_waited_too_long_is_refused(name: str, late: Late):
    assert b"ERROR 019 : " in late.replies[name][0]


def test_so_is_each_of_many_that_waited_in_one_buffer(late: Late):
    first, *questions, last = late.replies["many"]
    assert first.startswith(b"ERROR 019 : ")
    assert last.startswith(b"ERROR 019 : ")
    assert set(questions) == {b"False\r\n"}


def test_no_relay_moved_for_a_late_command(late: Late):
    assert late.moved == 0


def test_after_a_suspension_everything_goes_on(late: Late, controller: Controller, client: WireClient):
    del late
    close_all(client)
    assert client.command("GetValveState A") == "False"
    assert client.command("Open A") == "OK"
    assert controller.relays["101"] is True


def test_a_short_suspension_refuses_nothing(controller: Controller, client: WireClient):
    close_all(client)
    with suspended(controller.role.process, SHORT_SUSPENDED_S):
        client.send(b"Open A\r")
    assert client.reply() == b"OK\r\n"
