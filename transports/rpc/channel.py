"""One TCP connection to a controller, without waiting: frames out, frames in, what happens told to its owner."""

import contextlib
import ipaddress
import os
import socket
import struct
import threading
from typing import Any, Protocol

from actors.loop import Loop
from transports.rpc.frames import Decoder, Fault, Form, Frame, encode

READ_BYTES = 65_536
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: what is unsent is thrown away and the peer gets a reset


class Owner(Protocol):
    """Who is told, on the loop's thread."""

    def connected(self, channel: "Channel") -> None:
        """The connection stands."""

    def line(self, channel: "Channel", text: str) -> None:
        """One whole message has come."""

    def closed(self, channel: "Channel", why: str) -> None:
        """It is over, or never came about; not told after `drop`."""


class Channel:
    """A non-blocking connection on a loop. Make it, `connect` it once, and forget it when it is closed."""

    def __init__(self, loop: Loop, name: str, owner: Owner) -> None:
        self.name = name
        self._loop = loop
        self._owner: Owner | None = owner
        self._socket: socket.socket | None = None
        self._decoder = Decoder(replies=True)
        self._unsent = bytearray()
        self._standing = False

    def connect(self, host: str, port: int) -> None:
        """Begin to connect. A host name is looked up on a thread of its own: a lookup can take many seconds."""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            threading.Thread(target=self._look_up, args=(host, port), name=f"lookup-{host}", daemon=True).start()
        else:
            family = socket.AF_INET6 if address.version == 6 else socket.AF_INET  # noqa: PLR2004 - it is IPv6
            self._connect(family, (host, port))

    def _look_up(self, host: str, port: int) -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        except OSError as error:
            why = f"cannot look up {host}: {error.strerror or error}"
            self._loop.call(lambda: self._over(why))
        else:
            self._loop.call(lambda: self._connect(found[0], found[4]))

    def _connect(self, family: int, address: Any) -> None:
        if self._owner is None:
            return
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        try:
            self._socket.connect(address)
        except BlockingIOError:
            pass
        except OSError as error:
            self._over(_reason(error))
            return
        self._loop.watch(self._socket, write=self._stands)

    def send(self, text: str) -> None:
        """Send one message, braced.

        Raises:
            ValueError: it cannot be framed.
        """
        self._unsent += encode(text, Form.BRACED)
        self._writable()

    def drop(self) -> None:
        """Break it off hard, so that no late reply is ever taken for the next one's. Nobody is told."""
        self._owner = None
        self._close()

    def _stands(self) -> None:
        assert self._socket is not None
        error = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            self._over(os.strerror(error).lower())
            return
        self._standing = True
        self._loop.watch(self._socket, read=self._readable)
        if self._owner is not None:
            self._owner.connected(self)

    def _readable(self) -> None:
        if self._socket is None:
            return
        try:
            data = self._socket.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._over(_reason(error))
            return
        if not data:
            self._over("the node closed the connection")
            return
        self._decoder.feed(data)
        while self._owner is not None:
            message = self._decoder.next()
            if isinstance(message, Frame):
                self._owner.line(self, message.text)
            elif isinstance(message, Fault):
                self._over(f"it sent what is no message: {message.text}")
            else:
                return

    def _writable(self) -> None:
        if self._socket is None or not self._standing:
            return
        try:
            sent = self._socket.send(self._unsent)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError as error:
            self._over(_reason(error))
            return
        del self._unsent[:sent]
        self._loop.watch(self._socket, read=self._readable, write=self._writable if self._unsent else None)

    def _over(self, why: str) -> None:
        owner, self._owner = self._owner, None
        self._close()
        if owner is not None:
            owner.closed(self, why)

    def _close(self) -> None:
        if self._socket is not None:
            self._loop.watch(self._socket)
            with contextlib.suppress(OSError):  # it was never connected
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self._socket.close()
            self._socket = None


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
