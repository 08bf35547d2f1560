"""A few questions to another node on a blocking connection: `--check` runs no actors."""

import contextlib
import socket
import ssl
import time
from types import TracebackType
from typing import Self

from transports.rpc.fields import split_fields
from transports.rpc.frames import Decoder, Fault, Form, Frame, encode
from transports.rpc.tls import reason_of

READ_BYTES = 65_536

Tls = tuple[ssl.SSLContext, str]  # what a connection is sealed with, and whom the far end's certificate is for


class NoConversation(Exception):
    """The far end does not talk as it should: the text says where and why."""


class NotReached(NoConversation):
    """There is not even a connection."""


def connect(host: str, port: int, timeout_s: float) -> socket.socket:
    """Return a connection.

    Raises:
        NotReached: there is none, with the system's reason.
    """
    address = f"{host}:{port}"
    try:
        return socket.create_connection((host, port), timeout_s)
    except ConnectionRefusedError:
        raise NotReached(f"{address} refused: connection refused") from None
    except TimeoutError:
        raise NotReached(f"{address} cannot be reached: no answer in {timeout_s:g} s") from None
    except (OSError, UnicodeError) as error:
        raise NotReached(f"{address} cannot be reached: {_reason(error)}") from error


class Conversation:
    """Question and reply, one after the other, each within `timeout_s` seconds.

    Attributes:
        form: in which it is asked; a plain reply may also end with the connection.
        heard: in which the last reply came.
        greeted: the far end has said HELLO, so it is told when this ends: nobody is to be missed.

    Raises:
        NoConversation: at construction and by `ask`.
    """

    def __init__(
        self, host: str, port: int, timeout_s: float, tls: Tls | None = None, form: Form = Form.BRACED
    ) -> None:
        self.form = self.heard = form
        self.greeted = False
        self._address = f"{host}:{port}"
        self._timeout_s = timeout_s
        self._decoder = Decoder(replies=True)
        self._socket = connect(host, port, timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self._seal(*tls)

    def _seal(self, context: ssl.SSLContext, name: str) -> None:
        plain = self._socket
        try:
            self._socket = context.wrap_socket(plain, server_hostname=name)
        except OSError as error:
            plain.close()
            raise NoConversation(f"{self._address}: no TLS: {_reason(error)}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.greeted:
            with contextlib.suppress(NoConversation):  # it is the last word: whether it is answered does not matter
                self.ask("Goodbye")
        self._socket.close()

    def ask(self, text: str) -> tuple[str, float]:
        """Return the reply, without its fields, and the milliseconds that it took."""
        began = time.monotonic()
        try:
            self._socket.settimeout(self._timeout_s)
            data = encode(text, self.form)
            self._socket.sendall(data if self.form is Form.BRACED else data.removesuffix(b"\n"))
            line = self._line(began + self._timeout_s)
        except TimeoutError:
            raise NoConversation(f"{self._address}: no answer to {text!r} in {self._timeout_s:g} s") from None
        except OSError as error:
            raise NoConversation(f"{self._address}: {_reason(error)}") from error
        try:
            return split_fields(line)[0], (time.monotonic() - began) * 1000
        except ValueError as error:
            raise NoConversation(f"{self._address}: its reply is malformed: {error}") from error

    def _line(self, until: float) -> str:
        while True:
            message = self._decoder.next()
            if isinstance(message, Frame):
                self.heard = message.form
                return message.text
            if isinstance(message, Fault):
                raise NoConversation(f"{self._address} answers what is no message: {message.text}")
            left_s = until - time.monotonic()
            if left_s <= 0:
                raise TimeoutError
            self._socket.settimeout(left_s)
            data = self._socket.recv(READ_BYTES)
            if not data:
                rest = self._decoder.finish() if self.form is Form.PLAIN else None
                if isinstance(rest, Frame):
                    return rest.text
                raise NoConversation(f"{self._address}: it closed the connection")
            self._decoder.feed(data)


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return reason_of(error)
    return str(getattr(error, "strerror", None) or error).lower()
