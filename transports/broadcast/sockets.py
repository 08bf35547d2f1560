"""zmq sockets as all of ours are: bounded, heartbeated, never lingering; and how one gets its port."""

import errno

import zmq

ZmqContext = zmq.Context[zmq.Socket[bytes]]
ZmqSocket = zmq.Socket[bytes]

HEARTBEAT_INTERVAL_MS = 1000
HEARTBEAT_TIMEOUT_MS = 3000  # without it a SUB whose publisher lost power never reconnects
RECONNECT_MS, RECONNECT_LONGEST_MS = 100, 1000
# A name that is slow to resolve holds up the zmq thread that connects to it: listeners get the other thread.
LISTENERS, CONNECTORS = 1, 2

REBIND_TRIES, REBIND_WAIT_MS = 100, 2
TAKEN = (zmq.EADDRINUSE, zmq.EADDRNOTAVAIL, errno.ENODEV, errno.EACCES)


class PortTaken(Exception):
    """A configured port, or its host, cannot be listened on: the text says which, for whom, and why."""

    expected = True  # its one line says all; see `actors.messages.Failed`


def open_context() -> ZmqContext:
    """Make this process's zmq context, with a thread each for `LISTENERS` and `CONNECTORS`."""
    return zmq.Context(io_threads=2)


def open_socket(
    context: ZmqContext, kind: int, *, thread: int, high_water: int = 1000, largest_bytes: int = 1 << 20
) -> ZmqSocket:
    """Open a socket with the options that all of ours have. On the news loop's thread only.

    Args:
        context: of this process.
        kind: zmq.XPUB, zmq.REP, ...
        thread: `LISTENERS` or `CONNECTORS`.
        high_water: messages held per peer, each way.
        largest_bytes: zmq drops a peer that sends a larger frame, and lives on.
    """
    socket = context.socket(kind)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.AFFINITY, thread)
    socket.setsockopt(zmq.SNDHWM, high_water)
    socket.setsockopt(zmq.RCVHWM, high_water)
    socket.setsockopt(zmq.MAXMSGSIZE, largest_bytes)
    socket.setsockopt(zmq.HEARTBEAT_IVL, HEARTBEAT_INTERVAL_MS)
    socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS)
    socket.setsockopt(zmq.HANDSHAKE_IVL, HEARTBEAT_TIMEOUT_MS)
    if thread == CONNECTORS:
        socket.setsockopt(zmq.CONNECT_TIMEOUT, HEARTBEAT_TIMEOUT_MS)
        socket.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MS)
        socket.setsockopt(zmq.RECONNECT_IVL_MAX, RECONNECT_LONGEST_MS)
    return socket


def endpoint(socket: ZmqSocket, host: str, port: int) -> str:
    """Return zmq's name of an address, having told the socket if it is of IPv6."""
    if ":" in host:
        socket.setsockopt(zmq.IPV6, 1)
        return f"tcp://[{host.strip('[]')}]:{port}"
    return f"tcp://{host or '*'}:{port}"


def listen(socket: ZmqSocket, host: str, wanted: int, *, had: int, default: bool, purpose: str) -> int:
    """Bind to the port that this process `had`, else the `wanted` one, else a free one; return it.

    Args:
        socket: not yet bound.
        host: an address or interface of this computer; "" or "*": all.
        wanted: the port; 0: any free one.
        had: the port that an earlier socket of this process had for the same purpose, or 0.
        default: nobody configured `wanted`, so that a free one will do.
        purpose: what it is for, in a text.

    Raises:
        PortTaken: none of them can be listened on.
    """
    why = ""
    for port in dict.fromkeys([*([had] if had else []), wanted, *([0] if default else [])]):
        address = endpoint(socket, "127.0.0.1" if host == "localhost" else host, port)
        why = _bind(socket, address, REBIND_TRIES if port and port == had else 1)
        if not why:
            return int(socket.get_string(zmq.LAST_ENDPOINT).rsplit(":", 1)[1])
    raise PortTaken(f"{host}:{wanted} ({purpose}): {why}")


def _bind(socket: ZmqSocket, address: str, tries: int) -> str:
    """Return why it cannot be bound, or "".

    zmq's own thread closes listeners a moment after us: a restarted actor waits for its port, at most 0.2 s.
    """
    why = ""
    for _ in range(tries):
        try:
            socket.bind(address)
        except zmq.ZMQError as error:
            if error.errno not in TAKEN:
                raise
            why = zmq.strerror(error.errno)
            if tries > 1:
                socket.poll(REBIND_WAIT_MS)  # nothing comes: it is not bound
        else:
            return ""
    return why
