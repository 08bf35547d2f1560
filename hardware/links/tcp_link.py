"""A TCP socket as a link: for instruments on the LAN and serial lines behind a terminal server."""

import contextlib
import errno
import os
import socket
import struct
import time
from typing import Any

from hardware.errors import HungUp, LinkDown, NotSent
from hardware.links.address import TcpAddress
from hardware.links.wait import Wait

CHUNK_BYTES = 65536
RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: what is unsent is thrown away
# a dead peer is noticed within about half a minute although nobody asks it anything
KEEPALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPALIVE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 4}


class TcpLink:
    """See `Link`. Looking up a host name is the one wait in it that cannot be cancelled: prefer IP addresses."""

    def __init__(self, address: TcpAddress) -> None:
        self._address = address
        self._wait = Wait()
        self._socket: socket.socket | None = None

    def open(self, timeout_s: float) -> None:
        """See `Link.open`; each of the host's addresses is tried within the one `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        try:
            found = socket.getaddrinfo(self._address.host, self._address.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as problem:
            reason = problem.strerror if isinstance(problem, OSError) else str(problem)
            raise NotSent(f"{self._address}: host not found: {reason}") from problem
        reason = "no address"
        for family, kind, protocol, _, target in found:
            try:
                self._socket = self._connected(family, kind, protocol, target, deadline - time.monotonic())
            except OSError as problem:
                reason = problem.strerror or str(problem)
            else:
                return
        raise NotSent(f"{self._address}: {reason}")

    def send_some(self, data: bytes) -> int:
        """See `Link.send_some`."""
        try:
            return self._open_socket.send(data)
        except BlockingIOError:
            return 0
        except OSError as problem:
            raise LinkDown(f"{self._address}: {problem.strerror}") from problem

    def wait_writable(self, timeout_s: float) -> None:
        """See `Link.wait_writable`."""
        self._wait.writable(self._open_socket.fileno(), timeout_s)

    def receive(self, timeout_s: float) -> bytes:
        """See `Link.receive`."""
        try:
            try:
                data = self._open_socket.recv(CHUNK_BYTES)
            except BlockingIOError:
                if timeout_s <= 0 or not self._wait.readable(self._open_socket.fileno(), timeout_s):
                    return b""
                data = self._open_socket.recv(CHUNK_BYTES)
        except BlockingIOError:
            return b""
        except OSError as problem:
            raise LinkDown(f"{self._address}: {problem.strerror}") from problem
        if not data:
            raise HungUp(f"{self._address}: the device hung up")
        return data

    def cancel(self) -> None:
        """See `Link.cancel`."""
        self._wait.cancel()

    def close(self) -> None:
        """See `Link.close`: reset, or the kernel would go on delivering for minutes what has not arrived yet."""
        self._wait.close()
        if self._socket is not None:
            with contextlib.suppress(OSError):  # the peer has reset it already
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self._socket.close()

    @property
    def _open_socket(self) -> socket.socket:
        assert self._socket is not None, "the handle opens a link before it uses it"
        return self._socket

    def _connected(self, family: int, kind: int, protocol: int, target: Any, timeout_s: float) -> socket.socket:
        """Return a connected socket. `target` is Any as getaddrinfo's addresses are, a shape per family."""
        candidate = socket.socket(family, kind, protocol)
        try:
            candidate.setblocking(False)
            _raise_for(candidate.connect_ex(target))
            if not self._wait.writable(candidate.fileno(), timeout_s):
                _raise_for(errno.ETIMEDOUT)
            _raise_for(candidate.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
            _tune(candidate)
        except OSError:
            candidate.close()
            raise
        return candidate


def _raise_for(number: int) -> None:
    if number not in (0, errno.EINPROGRESS):
        raise OSError(number, os.strerror(number))


def _tune(connected: socket.socket) -> None:
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else 44 ms per command
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, number in KEEPALIVE.items():
        if hasattr(socket, name):
            connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), number)
