"""One TCP connection to a controller, without waiting: frames out, frames in, what happens told to its owner."""

import contextlib
import ipaddress
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from functools import partial, wraps
from typing import Any, Protocol

import structlog

from actors.loop import Loop
from transports.rpc.frames import Decoder, Fault, Form, Frame, encode
from transports.rpc.keeping import tune
from transports.rpc.tls import TlsFailed, Tunnel

READ_BYTES = 65_536
CLOSED = "the node closed the connection"
log = structlog.get_logger()
Address = tuple[int, Any]  # its family, and what `connect` takes
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: what is unsent is thrown away and the peer gets a reset


class Owner(Protocol):
    """Who is told, on the loop's thread."""

    def connected(self, channel: "Channel") -> None:
        """The connection stands."""

    def line(self, channel: "Channel", text: str) -> None:
        """One whole message has come."""

    def closed(self, channel: "Channel", why: str) -> None:
        """It is over, or never came about; not told after `drop`."""


def _or_over(step: "Callable[[Channel], None]") -> "Callable[[Channel], None]":
    """Make a socket callback end its connection if it raises: the loop would only log it, and nobody hear any more."""

    @wraps(step)
    def guarded(channel: "Channel") -> None:
        try:
            step(channel)
        except Exception as error:
            log.exception("channel.failed", channel=channel.name)
            channel.end(f"{error.__class__.__name__}: {error}")

    return guarded


class Channel:
    """A non-blocking connection on a loop. Make it, `connect` it once, and forget it when it is closed.

    Args:
        form: how messages are framed here. Replies are understood in any form; where ours are plain, a reply may also
            end with the connection.

    Attributes:
        heard: the form that the last message came in.
        address: family and address that it is connected to, or tries now.
    """

    def __init__(self, loop: Loop, name: str, owner: Owner, form: Form = Form.BRACED) -> None:
        self.name = name
        self.form = form
        self.heard = form
        self._loop = loop
        self._owner: Owner | None = owner
        self._socket: socket.socket | None = None
        self._decoder = Decoder(replies=True)
        self._unsent = bytearray()
        self.address: Address | None = None
        self._addresses: list[Address] = []  # still to be tried
        self._standing = False
        self._dig: Callable[[], Tunnel] | None = None
        self._tunnel: Tunnel | None = None

    def connect(
        self, host: str, port: int, dig: Callable[[str], Tunnel] | None = None, found: Address | None = None
    ) -> None:
        """Begin to connect. A host name is looked up on a thread of its own: a lookup can take many seconds.

        Args:
            host: an address or a name.
            port: of TCP.
            dig: makes the TLS that everything is sent through, for a server of that name; None: nothing is sealed.
            found: where the host was a moment ago; it is not looked up again.
        """
        self._dig = partial(dig, host) if dig is not None else None
        if found is not None:
            self._try([found])
            return
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            threading.Thread(target=self._look_up, args=(host, port), name=f"lookup-{host}", daemon=True).start()
        else:
            family = socket.AF_INET6 if address.version == 6 else socket.AF_INET  # noqa: PLR2004 - it is IPv6
            self._try([(family, (host, port))])

    def _look_up(self, host: str, port: int) -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, ValueError, OverflowError) as error:  # ValueError: a host that is no name, such as `a..b`
            why = f"cannot look up {host}: {getattr(error, 'strerror', None) or error}"
            self._loop.call(lambda: self._try([], why))
        else:
            addresses = [(family, address) for family, _, _, _, address in found]
            self._loop.call(lambda: self._try(addresses))

    def _try(self, addresses: Iterable[Address], why: str = "") -> None:
        self._addresses = list(addresses)
        self._connect(why)

    def _connect(self, why: str) -> None:
        """Try the next address; there is none: it is over, and `why` is what became of the last."""
        self._close()
        while self._owner is not None and self._socket is None:
            if not self._addresses:
                self.end(why)
                return
            family, address = self.address = self._addresses.pop(0)
            try:
                self._begin(family, address)
            except (OSError, OverflowError) as error:
                self._close()
                why = _reason(error)

    def _begin(self, family: int, address: Any) -> None:
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        tune(self._socket)
        with contextlib.suppress(BlockingIOError):
            self._socket.connect(address)
        self._loop.watch(self._socket, write=self._stands)

    def send(self, text: str) -> None:
        """Send one message; a plain one ends with CR alone, as Pychron's clients have it.

        Raises:
            ValueError: it cannot be framed.
        """
        data = encode(text, self.form)
        data = data if self.form is Form.BRACED else data.removesuffix(b"\n")
        self._unsent += data if self._tunnel is None else self._tunnel.sealed(data)
        self._writable()

    @property
    def buffered(self) -> int:
        """Return how many bytes have come that are no whole message yet."""
        return self._decoder.buffered

    def rest(self) -> str | None:
        """Return what has come as the whole reply that it must be, as nothing follows; None: it is none."""
        message = self._decoder.finish()
        return message.text if isinstance(message, Frame) else None

    def drop(self) -> None:
        """Break it off hard, so that no late reply is ever taken for the next one's. Nobody is told."""
        self._owner = None
        self._close()

    def leave(self, last_word: str = "") -> None:
        """Close it as one does that has what it wants, after a last word. Nobody is told, and nothing is waited for."""
        self._owner = None
        if last_word and self._standing and (self._tunnel is None or self._tunnel.standing):
            self.send(last_word)
        self._close(hard=False)

    @_or_over
    def _stands(self) -> None:
        if self._socket is None:
            return
        error = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            self._connect(os.strerror(error).lower())
            return
        self._standing = True
        self._loop.watch(self._socket, read=self._readable)
        if self._dig is not None:
            self._tunnel = self._dig()
            self._unsent += self._tunnel.owed()
            self._writable()
        elif self._owner is not None:
            self._owner.connected(self)

    @_or_over
    def _readable(self) -> None:
        if self._socket is None:
            return
        try:
            data = self._socket.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.end(_reason(error))
            return
        if not data:
            self._take(self._decoder.finish() if self.form is Form.PLAIN else None)
            self.end(CLOSED)
            return
        if self._tunnel is not None:
            data = self._opened(self._tunnel, data)
        self._decoder.feed(data)
        while self._owner is not None and self._take(self._decoder.next()):
            pass

    def _take(self, message: Frame | Fault | None) -> bool:
        if isinstance(message, Fault):
            self.end(f"it sent what is no message: {message.text}")
        elif message is not None and self._owner is not None:
            self.heard = message.form
            self._owner.line(self, message.text)
            return True
        return False

    def _opened(self, tunnel: Tunnel, data: bytes) -> bytes:
        """Return what sealed bytes say; the connection stands for its owner when the handshake is over."""
        stood = tunnel.standing
        try:
            said = tunnel.opened(data)
        except TlsFailed as error:
            self.end(f"TLS: {error}")
            return b""
        if owed := tunnel.owed():
            self._unsent += owed
            self._writable()
        if tunnel.standing and not stood and self._owner is not None:
            self._owner.connected(self)
        return said

    @_or_over
    def _writable(self) -> None:
        if self._socket is None or not self._standing:
            return
        try:
            sent = self._socket.send(self._unsent)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError as error:
            self.end(_reason(error))
            return
        del self._unsent[:sent]
        self._loop.watch(self._socket, read=self._readable, write=self._writable if self._unsent else None)

    def end(self, why: str) -> None:
        """Close it, and tell its owner, once."""
        owner, self._owner = self._owner, None
        self._close(hard=why != CLOSED)
        if owner is not None:
            owner.closed(self, why)

    def _close(self, *, hard: bool = True) -> None:
        if self._socket is not None:
            self._loop.watch(self._socket)
            if hard:
                with contextlib.suppress(OSError):  # it was never connected
                    self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self._socket.close()
            self._socket = None


def _reason(error: OSError | OverflowError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
