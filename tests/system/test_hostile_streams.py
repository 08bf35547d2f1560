"""A thousand hostile byte streams at one controller: every whole request answered once, nothing moved."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from tests.system.conftest import Controller
from tests.system.nodes import eventually
from tests.system.streams import FAULT, Stream, streams
from tests.system.wire import WireClient, braced

STREAMS = 1_000
FIRST = 150  # until here a process may still grow: pools, caches, the first traceback
GROWTH_KB = 12_000
ANSWER_S = 1.0
DRIP = braced("GetValveState A")


class Bystander:
    """Another client that opens and closes a valve all the while and checks every answer."""

    def __init__(self, controller: Controller) -> None:
        self.moves = 0
        self.trouble: list[str] = []
        self._client = controller.client()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            while not self._done.is_set():
                for command, state in (("Open C", "True"), ("Close C", "False")):
                    self._expect(command, "OK")
                    self.moves += 1
                    self._expect("GetValveState C", state)
        except Exception as why:  # noqa: BLE001 - the test shows it
            self.trouble.append(repr(why))

    def _expect(self, command: str, answer: str) -> None:
        began = time.monotonic()
        if (got := self._client.command(command)) != answer:
            self.trouble.append(f"{command} was answered {got!r}")
        if (took_s := time.monotonic() - began) > ANSWER_S:
            self.trouble.append(f"{command} was answered after {took_s:.1f} s")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_why: object) -> None:
        self._done.set()
        self._thread.join()
        self._client.close()


class Drippers:
    """Clients that send one byte now and then, and must be answered when their line is whole."""

    def __init__(self, controller: Controller, count: int) -> None:
        self.answered = 0
        self._clients = [(controller.client(), list(DRIP)) for _ in range(count)]
        self._turn = 0

    def drip(self) -> None:
        client, left = self._clients[self._turn % len(self._clients)]
        self._turn += 1
        client.send(bytes([left.pop(0)]))
        if not left:
            assert client.reply() == b"{000D}False\r\n"
            self.answered += 1
            left.extend(DRIP)

    def close(self) -> None:
        for client, _ in self._clients:
            client.close()


@pytest.fixture
def drippers(controller: Controller) -> Iterator[Drippers]:
    made = Drippers(controller, 7)
    yield made
    made.close()


@pytest.fixture
def loiterers(controller: Controller) -> Iterator[None]:
    """Keep connections open that began a message and never end it."""
    with contextlib.ExitStack() as clients:
        for begun in (b"", b"Open A", b"{000E}Open A\r", b"{FFFF}" + b"A" * 60_000, b"Open A" + b" " * 60_000) * 6:
            clients.enter_context(controller.client()).send(begun)
        yield


def play(stream: Stream, controller: Controller) -> str:
    """Send a stream; return what is wrong with its answers, or nothing."""
    with controller.client() as client:
        try:
            for chunk in stream.chunks:
                client.send(chunk)
            if stream.reset:
                client.reset()
                return ""
            client.no_more_to_say()
        except OSError:
            if not stream.broken:
                raise  # a client that sent nothing wrong was thrown out
        said = client.all_until_closed()
    return verdict(stream, said)


def verdict(stream: Stream, said: bytes) -> str:
    lines = said.split(b"\r\n")
    if lines.pop() != b"":
        return f"{stream}: a reply without its end: {said[-200:]!r}"
    faults = [line for line in lines if FAULT in line]
    if len(lines) != stream.whole + stream.broken or len(faults) != stream.broken:
        return f"{stream}: answered {said[:400]!r}"
    return "" if not faults or faults == lines[-1:] else f"{stream}: went on after its fault: {said[:400]!r}"


def resident_kb(pid: int) -> int:
    """Return the memory of a process; 0 where the system has no /proc."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmRSS"))


@pytest.mark.usefixtures("loiterers")
def test_a_thousand_hostile_streams_move_nothing_and_disturb_nobody(controller: Controller, drippers: Drippers):
    before, pid = controller.moves, controller.role.pid
    made = streams(STREAMS, seed=1061)
    wrong: list[str] = []
    resident_before = 0
    with Bystander(controller) as bystander:
        for number, stream in enumerate(made):
            if number == FIRST:
                resident_before = resident_kb(pid)
            wrong += filter(None, [play(stream, controller)])
            drippers.drip()
    assert wrong == []
    assert bystander.trouble == []
    assert bystander.moves > 0
    assert drippers.answered > 0
    assert controller.moves - before == bystander.moves + sum(stream.moves for stream in made)
    assert controller.relays["101"] is False
    assert resident_kb(pid) - resident_before < GROWTH_KB


def test_afterwards_nothing_is_left_of_the_clients(controller: Controller):
    with controller.client() as client:

        def connections() -> int:
            return int(json.loads(client.command("Health"))["connections"])

        eventually(lambda: connections() == 1, "every other connection was forgotten")
        health = json.loads(client.command("Health"))
    assert [path for path in health["actors"] if "connection." in path] == [
        path for path in health["actors"] if path.startswith("remote_command_server/connection.127.0.0.1:")
    ]
    assert sum("connection." in path for path in health["actors"]) == 1


def test_a_client_that_never_reads_is_hung_up_on(controller: Controller, client: WireClient):
    with controller.client() as deaf:
        deaf.socket.settimeout(0.5)
        with contextlib.suppress(OSError):  # until its buffers are full or it is thrown out
            for _ in range(400):
                deaf.send(b"Describe\r" * 2_000)
        assert client.command("GetValveState A", ANSWER_S) == "False"
        wait = controller.role.wait_event
        assert wait("connection.closed")["why"]


def test_two_hundred_clients_at_once_are_all_answered(controller: Controller):
    with contextlib.ExitStack() as stack:
        clients: list[WireClient] = [stack.enter_context(controller.client()) for _ in range(200)]
        for client in clients:
            client.send(b"GetValveState A\r")
        assert [client.reply() for client in clients] == [b"False\r\n"] * 200
