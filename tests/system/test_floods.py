"""Whoever asks for news without end does not keep a command waiting: both are answered by one thread."""

import contextlib
from collections.abc import Iterator

import msgpack
import pytest
import zmq

from tests.system.conftest import Controller
from tests.system.wire import WireClient

QUESTIONS = 20_000
FLOODS = 5
PATIENCE_MS = 20_000


@pytest.fixture
def asker(controller: Controller) -> Iterator["zmq.Socket[bytes]"]:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    dealer = context.socket(zmq.DEALER)
    dealer.linger, dealer.rcvtimeo, dealer.sndtimeo = 0, PATIENCE_MS, PATIENCE_MS
    dealer.sndhwm = dealer.rcvhwm = 0  # as many as there are
    dealer.connect(f"tcp://127.0.0.1:{controller.told['reply_port']}")
    yield dealer
    dealer.close()
    context.term()


def waiting(dealer: "zmq.Socket[bytes]") -> int:
    """Take the answers that have come; return how many there were."""
    count = 0
    with contextlib.suppress(zmq.Again):
        while dealer.recv_multipart(zmq.NOBLOCK):
            count += 1
    return count


@pytest.mark.usefixtures("everything_closed")
def test_a_flood_of_questions_delays_no_command(client: WireClient, asker: "zmq.Socket[bytes]"):
    question = [b"", msgpack.packb({"op": "snapshot"})]
    for _ in range(FLOODS):
        for _ in range(QUESTIONS):
            asker.send_multipart(question)
        asker.recv_multipart()  # it has begun
        before = 1 + waiting(asker)
        for verb in ("Open", "Close"):
            assert client.command(f"{verb} A") == "OK"
        meanwhile = waiting(asker)
        assert meanwhile < QUESTIONS / 2
        if before + meanwhile < QUESTIONS:
            return  # the flood was still going on
        # it was over too soon: this computer was slow to send it
    raise AssertionError("no command was ever given in a flood")
