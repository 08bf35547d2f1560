"""One client's socket on a loop: what comes in is handed on, what goes out is never waited for. With TLS or without."""

import contextlib
import socket
from collections.abc import Callable
from typing import Protocol

from actors.loop import Loop
from transports.rpc.keeping import tune
from transports.rpc.tls import TlsFailed, Tunnel

READ_BYTES = 65_536


class Reader(Protocol):
    """Who is handed what comes in, on the loop's thread."""

    def proved(self, name: str) -> None:
        """Take the name in the client's certificate: it has shown that it is its own. Only with TLS."""

    def received(self, data: bytes) -> None:
        """Take the next bytes."""

    def half_closed(self) -> None:
        """The client sends no more; it may still want its answer."""

    def gone(self, why: str) -> None:
        """The client is gone; `why` is "" where that is nothing to talk about."""

    def broke(self, error: Exception) -> None:
        """What came in was not taken: `received` or `half_closed` raised. A loop would log it, and the client wait."""


class ClientStream:
    """Owns the socket. Used on the loop's thread only.

    Args:
        loop: of the reader.
        client: the socket.
        reader: who is handed what comes in.
        max_unsent_bytes: a client that leaves more unread is given up.
        tunnel: its TLS, or None.
    """

    __slots__ = (
        "_lingers", "_loop", "_max_unsent_bytes", "_reader", "_reads", "_socket", "_then_close", "_tunnel", "_unsent",
    )  # fmt: skip

    def __init__(
        self, loop: Loop, client: socket.socket, reader: Reader, max_unsent_bytes: int, tunnel: Tunnel | None = None
    ) -> None:
        self._loop = loop
        self._socket = client
        self._reader = reader
        self._max_unsent_bytes = max_unsent_bytes
        self._tunnel = tunnel
        self._unsent = bytearray()
        self._reads = True
        self._then_close: Callable[[], None] | None = None
        self._lingers = False
        client.setblocking(False)
        with contextlib.suppress(OSError):  # it is gone already, as the first read will tell
            tune(client)

    def start(self) -> None:
        """Begin to read."""
        self._watch()

    def pause(self, paused: bool) -> None:
        """Stop reading, or go on: what a client sends meanwhile waits in its own buffers."""
        if self._reads is paused:
            self._reads = not paused
            self._watch()

    @property
    def can_speak(self) -> bool:
        """Whether the client would understand what is sent now: not before it has shown its certificate."""
        return self._tunnel is None or self._tunnel.standing

    def send(self, data: bytes) -> None:
        """Send with one call where the system takes it; the rest follows when it does."""
        self._transmit(data if self._tunnel is None else self._tunnel.sealed(data))

    def _transmit(self, data: bytes) -> None:
        if self._unsent:
            self._unsent += data
        else:
            try:
                sent = self._socket.send(data)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError:
                self._reader.gone("")
                return
            if sent == len(data):
                return
            self._unsent += data[sent:]
        if len(self._unsent) > self._max_unsent_bytes:
            self._reader.gone("it does not read its replies")
        else:
            self._watch()

    def close_when_sent(self, then: Callable[[], None], *, lingers: bool = False) -> None:
        """Call `then` when everything has been sent; nothing more is taken.

        `lingers`: the client may be sending still. To close on what it sent would be answered with a reset, which can
        take the last replies along; so what comes is thrown away, and `then` is called when it sends no more.
        """
        self.pause(True)
        if self._tunnel is not None and self._tunnel.standing and self._then_close is None:
            self._transmit(self._tunnel.farewell())
        self._then_close, self._lingers = then, lingers
        if not self._unsent:
            self._all_sent()

    def _all_sent(self) -> None:
        then = self._then_close
        assert then is not None
        if not self._lingers:
            then()
            return
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            then()  # it has gone
        else:
            self._loop.watch(self._socket, read=self._throw_away)

    def _throw_away(self) -> None:
        try:
            data = self._socket.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data and self._then_close is not None:
            self._then_close()

    def close(self) -> None:
        """Close the socket."""
        self._loop.watch(self._socket)
        self._socket.close()

    def _readable(self) -> None:
        try:
            data = self._socket.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._reader.gone("")
            return
        try:
            if not data:
                self.pause(True)
                self._reader.half_closed()
            elif self._tunnel is None:
                self._reader.received(data)
            else:
                self._sealed_came(self._tunnel, data)
        except Exception as error:  # noqa: BLE001 - the edge of an actor, which takes it from here
            self._reader.broke(error)

    def _sealed_came(self, tunnel: Tunnel, data: bytes) -> None:
        stood = tunnel.standing
        try:
            said = tunnel.opened(data)
        except TlsFailed as error:
            self._transmit(tunnel.owed())
            self._reader.gone(f"TLS: {error}")
            return
        if owed := tunnel.owed():
            self._transmit(owed)
        if tunnel.standing and not stood:
            self._reader.proved(tunnel.peer)
        if said:
            self._reader.received(said)
        if tunnel.ended:
            self.pause(True)
            self._reader.half_closed()

    def _writable(self) -> None:
        try:
            sent = self._socket.send(self._unsent)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._reader.gone("")
            return
        del self._unsent[:sent]
        if not self._unsent:
            self._watch()
            if self._then_close is not None:
                self._all_sent()

    def _watch(self) -> None:
        self._loop.watch(
            self._socket,
            read=self._readable if self._reads else None,
            write=self._writable if self._unsent else None,
        )
