"""What the news loop sleeps in: the poller of every loop, which also waits for zmq sockets."""

from collections.abc import Callable
from typing import Any

import zmq

from actors.pollers import default_poller
from transports.broadcast.sockets import ZmqContext, open_context

_READABLE, _WRITABLE = int(zmq.POLLIN), int(zmq.POLLOUT)
ASKED_EVERY = 8  # polls of a loop that is too busy to sleep
Callbacks = tuple[Callable[[], None] | None, Callable[[], None] | None]


class ZmqPoller:
    """A `Poller` for the loop that has all zmq sockets: `Loop("news", ZmqPoller())`.

    A zmq socket has a descriptor that tells of a change once, and not again before the socket was asked what it is
    ready for. So each is asked before every sleep and after it, and every few polls of a loop that is too busy to
    sleep; with that a callback that leaves messages behind is called again. (zmq's own poller does the same with three
    times the system calls.) Everything zmq is created, used and closed on that loop's thread; only the context may be
    touched by others.

    Args:
        context: the one zmq context of this process, its owner's to end; None: one is made here, and ended
            with the loop.
    """

    def __init__(self, context: ZmqContext | None = None) -> None:
        self.context: ZmqContext = context or open_context()
        self._owned = context is None
        self._poller = default_poller()
        self._sockets: dict[zmq.Socket[bytes], tuple[int, Callbacks]] = {}
        self._unasked = 0  # polls since the sockets were asked
        self._stirred = self._stir  # one object, by which it is known

    def watch(self, source: Any, *, read: Callable[[], None] | None, write: Callable[[], None] | None) -> None:
        """See `Poller.watch`. A source is to be forgotten before it is closed."""
        if not isinstance(source, zmq.Socket):
            self._poller.watch(source, read=read, write=write)
            return
        fd, _ = self._sockets.pop(source, (-1, None))
        if read or write:
            if fd < 0:
                fd = int(source.getsockopt(zmq.FD))
                self._poller.watch(fd, read=self._stirred, write=None)
            self._sockets[source] = (fd, (read, write))
        elif fd >= 0:
            self._poller.watch(fd, read=None, write=None)

    def poll(self, timeout_s: float) -> list[Callable[[], None]]:
        """See `Poller.poll`."""
        ready = self._ready() if timeout_s > 0 else []
        due = self._poller.poll(0.0 if ready else timeout_s)
        others = [callback for callback in due if callback is not self._stirred]
        self._unasked += 1
        if len(others) < len(due) or (timeout_s <= 0 and self._unasked >= ASKED_EVERY):
            ready = self._ready()
        return others + ready

    def close(self) -> None:
        """See `Poller.close`."""
        self._poller.close()
        if self._owned:
            self.context.destroy(linger=0)

    def _ready(self) -> list[Callable[[], None]]:
        due: list[Callable[[], None]] = []
        self._unasked = 0
        for socket, (_, (read, write)) in self._sockets.items():
            events = int(socket.getsockopt(zmq.EVENTS))
            if read and events & _READABLE:
                due.append(read)
            if write and events & _WRITABLE:
                due.append(write)
        return due

    def _stir(self) -> None:
        """Stand for a change of some zmq socket; never called."""
