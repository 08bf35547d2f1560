"""One loop waits for zmq sockets, descriptors and timers alike."""

import os
import queue
import threading

import zmq

from actors.loop import Loop
from transports.broadcast.poller import ASKED_EVERY, ZmqPoller

PATIENCE_S = 10.0


def test_loop_serves_zmq_sockets_and_descriptors() -> None:
    poller, seen = ZmqPoller(), queue.Queue()
    loop = Loop("news", poller)
    read_end, write_end = os.pipe()
    ready = threading.Event()

    def prepare() -> None:
        pull = poller.context.socket(zmq.PULL)
        pull.bind("inproc://here")
        loop.watch(pull, read=lambda: seen.put(pull.recv()))
        loop.watch(read_end, read=lambda: seen.put(os.read(read_end, 1)))
        ready.set()

    loop.start()
    loop.call(prepare)
    assert ready.wait(PATIENCE_S)
    push = poller.context.socket(zmq.PUSH)
    push.connect("inproc://here")
    push.send(b"zmq")
    assert seen.get(timeout=PATIENCE_S) == b"zmq"
    os.write(write_end, b"ab")  # one byte is read per call: level-triggered
    assert [seen.get(timeout=PATIENCE_S) for _ in range(2)] == [b"a", b"b"]
    push.close()
    loop.stop(PATIENCE_S)
    os.close(read_end)
    os.close(write_end)
    assert poller.context.closed


def test_what_is_forgotten_is_not_called() -> None:
    poller = ZmqPoller()
    read_end, write_end = os.pipe()
    poller.watch(read_end, read=lambda: None, write=None)
    os.write(write_end, b"x")
    assert len(poller.poll(PATIENCE_S)) == 1
    poller.watch(read_end, read=None, write=None)
    assert poller.poll(0.0) == []
    os.close(read_end)
    os.close(write_end)
    poller.close()


def test_a_hung_up_descriptor_is_told() -> None:
    poller, seen = ZmqPoller(), []
    read_end, write_end = os.pipe()
    poller.watch(read_end, read=lambda: seen.append(os.read(read_end, 1)), write=None)
    os.close(write_end)
    for callback in poller.poll(PATIENCE_S):
        callback()
    assert seen == [b""]
    os.close(read_end)
    poller.close()


def test_a_context_that_was_passed_in_is_left_to_its_owner() -> None:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    ZmqPoller(context).close()
    assert not context.closed
    context.term()


def test_a_loop_that_is_too_busy_to_sleep_still_hears_of_zmq_sockets() -> None:
    poller = ZmqPoller()
    pull, push = poller.context.socket(zmq.PULL), poller.context.socket(zmq.PUSH)
    try:
        pull.bind("inproc://here")
        push.connect("inproc://here")
        poller.watch(pull, read=lambda: None, write=None)
        push.send(b"zmq")
        assert pull.getsockopt(zmq.EVENTS) & zmq.POLLIN
        poller.poll(0.0)  # what its descriptor told is used up: it says nothing of a message that is still there
        assert sum(len(poller.poll(0.0)) for _ in range(3 * ASKED_EVERY)) >= 2
    finally:
        pull.close()
        push.close()
        poller.close()
