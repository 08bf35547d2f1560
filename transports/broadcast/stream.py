"""One SUB and the watch on its connection."""

import struct
from collections.abc import Callable, Sequence

import zmq

from actors.loop import Loop
from transports.broadcast.sockets import CONNECTORS, ZmqContext, ZmqSocket, endpoint, open_socket

LARGEST_EVENT_BYTES = 1 << 20
_MONITORED = struct.Struct("=HI")  # zmq_socket_monitor(3): first frame: event, value


class Stream:
    """What a publisher sends to us, and whether it is connected. On the news loop's thread only.

    Args:
        prefixes: of the topics to subscribe to.
        high_water: messages that are held for us.
        readable: called on that thread when `receive` has something.
        changed: called when `connection` has something.
    """

    def __init__(
        self,
        context: ZmqContext,
        loop: Loop,
        *,
        prefixes: Sequence[str],
        high_water: int,
        readable: Callable[[], None],
        changed: Callable[[], None],
    ) -> None:
        self._context, self._loop = context, loop
        self._prefixes, self._high_water = prefixes, high_water
        self._readable, self._changed = readable, changed
        self._sockets: tuple[ZmqSocket, ZmqSocket] | None = None

    def open(self, host: str, port: int) -> None:
        """Connect, and for ever connect again, without waiting."""
        socket = open_socket(
            self._context,
            zmq.SUB,
            thread=CONNECTORS,
            high_water=self._high_water,
            largest_bytes=LARGEST_EVENT_BYTES,
        )
        monitor = socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED)
        self._sockets = socket, monitor
        self._loop.watch(socket, read=self._readable)
        self._loop.watch(monitor, read=self._changed)
        for prefix in self._prefixes:
            socket.subscribe(prefix)
        socket.connect(endpoint(socket, host, port))

    def close(self) -> None:
        """End it; idempotent."""
        if self._sockets is None:
            return
        socket, monitor = self._sockets
        self._sockets = None
        self._loop.watch(socket)
        self._loop.watch(monitor)
        socket.disable_monitor()
        monitor.close()
        socket.close()

    def receive(self) -> list[bytes] | None:
        """Return the frames of the next message; None: there is none now."""
        return _next(self._sockets[0]) if self._sockets else None

    def connection(self) -> bool | None:
        """Return the next change: True: connected, False: cut; None: there is none now."""
        frames = _next(self._sockets[1]) if self._sockets else None
        if frames is None:
            return None
        event, _ = _MONITORED.unpack(frames[0])
        return bool(event == zmq.EVENT_HANDSHAKE_SUCCEEDED)


def _next(socket: ZmqSocket) -> list[bytes] | None:
    try:
        return socket.recv_multipart(zmq.NOBLOCK)
    except zmq.Again:
        return None
