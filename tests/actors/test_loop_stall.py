"""What waited through a stall counts as old, however long the next look at the sockets takes."""

import socket
import threading
import time

from actors import loop as loops
from actors.loop import Loop
from actors.pollers import EpollPoller
from tests.actors.house import until

STALLED_S = 0.2
SLOW_LOOK_S = 0.01  # what a look takes that finds something, when other threads have the processor


class Disturbed(EpollPoller):
    """It is suspended for its first look, which finds nothing; the second one finds what waits, but late."""

    def __init__(self):
        super().__init__()
        self._first_looks = [lambda: time.sleep(STALLED_S), self._slow_look]

    def poll(self, timeout_s):
        return (self._first_looks.pop(0)() or []) if self._first_looks else super().poll(timeout_s)

    def _slow_look(self):
        time.sleep(SLOW_LOOK_S)
        return super().poll(0.0)


def test_bytes_that_a_slow_look_finds_after_a_stall_are_as_old_as_the_stall(monkeypatch):
    monkeypatch.setattr(loops, "STALL_S", STALLED_S / 2)
    ours, theirs = socket.socketpair()
    loop, arrivals, read, later = Loop("test", Disturbed()), [], threading.Event(), threading.Event()

    def take():
        ours.recv(64)
        arrivals.append(loop.arrived_at(time.monotonic()))
        (later if read.is_set() else read).set()

    with ours, theirs:
        loop.watch(ours, read=take)
        theirs.send(b"Open A\r")
        began = time.monotonic()
        loop.start()
        assert read.wait(10.0)
        assert arrivals[0] <= began
        until(lambda: not loop._stalled_since, "the stall is over")
        sent = time.monotonic()
        theirs.send(b"Open B\r")
        assert later.wait(10.0)
        assert arrivals[1] >= sent
        loop.watch(ours)
        loop.stop()
