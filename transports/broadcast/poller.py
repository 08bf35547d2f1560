"""What the news loop sleeps in: zmq's own poller, which waits for zmq sockets and plain descriptors alike."""

import math
from collections.abc import Callable
from typing import Any

import zmq

from transports.broadcast.sockets import ZmqContext, open_context


class ZmqPoller:
    """A `Poller` for the loop that has all zmq sockets: `Loop("news", ZmqPoller())`.

    Level-triggered: a callback that leaves messages behind is called again. Everything zmq is created, used
    and closed on that loop's thread; only the context may be touched by others.

    Args:
        context: the one zmq context of this process, its owner's to end; None: one is made here, and ended
            with the loop.
    """

    def __init__(self, context: ZmqContext | None = None) -> None:
        self.context: ZmqContext = context or open_context()
        self._owned = context is None
        self._poller = zmq.Poller()
        self._callbacks: dict[Any, tuple[Callable[[], None] | None, Callable[[], None] | None]] = {}

    def watch(self, source: Any, *, read: Callable[[], None] | None, write: Callable[[], None] | None) -> None:
        """See `Poller.watch`. A source is to be forgotten before it is closed."""
        key = source if isinstance(source, zmq.Socket | int) else source.fileno()
        flags = (zmq.POLLIN if read else 0) | (zmq.POLLOUT if write else 0)
        if flags:
            self._callbacks[key] = (read, write)
            self._poller.register(key, flags)
        elif self._callbacks.pop(key, None):
            self._poller.unregister(key)

    def poll(self, timeout_s: float) -> list[Callable[[], None]]:
        """See `Poller.poll`."""
        due: list[Callable[[], None]] = []
        for key, flags in self._poller.poll(math.ceil(timeout_s * 1000)):
            read, write = self._callbacks[key]
            if read and flags & (zmq.POLLIN | zmq.POLLERR):  # a hung-up descriptor: reading it tells
                due.append(read)
            if write and flags & (zmq.POLLOUT | zmq.POLLERR):
                due.append(write)
        return due

    def close(self) -> None:
        """See `Poller.close`: on the loop's thread, so that what an actor left behind may be closed too."""
        self._callbacks.clear()
        if self._owned:
            self.context.destroy(linger=0)
