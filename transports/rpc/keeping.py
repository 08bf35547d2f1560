"""What is set on every connection, at both ends."""

import socket

# A computer that lost its power is noticed in 25 s; by itself the system takes two hours. Names that it knows, or not.
_LOOKS = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
_KNOWN = {getattr(socket, name): setting for name, setting in _LOOKS.items() if hasattr(socket, name)}


def tune(connection: socket.socket) -> None:
    """Have small messages sent at once, and the system look whether the other computer is still there.

    Raises:
        OSError: it has gone already.
    """
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, setting in _KNOWN.items():
        connection.setsockopt(socket.IPPROTO_TCP, option, setting)
