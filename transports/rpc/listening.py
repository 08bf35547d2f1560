"""Where and for whom a listener listens, and what may prevent it."""

import resource
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from transports.rpc.forms import MAX_MESSAGE_BYTES
from transports.rpc.furnace_verbs import DRIVES, FURNACE, LOADER
from transports.rpc.tls import TlsFiles
from transports.rpc.verbs import DEVICES, LINE

SPARE_FILES = 64  # of this process, for everything but its clients


class CannotListen(Exception):
    """A listener of this node cannot be had."""

    expected = True  # its one line says all; see `actors.messages.Failed`


class PortTaken(CannotListen):
    """A listener of this node could not be bound."""


class TooManyConnections(CannotListen):
    """More connections are agreed than this process may have open files."""


@dataclass(frozen=True)
class ListenSettings:
    """Where and for whom to listen.

    Attributes:
        host, port: port 0 is chosen by the system and told in `role.ready`.
        allow: addresses or networks that may connect; empty: all.
        framing: what is spoken: braced, plain (which includes JSON), bare_length.
        pychron: answer in Pychron's own words and codes.
        read_only: answer questions, and refuse whatever moves or changes something.
        tls: mutual TLS; None: whoever is allowed by its address.
        max_connections: more are told so and closed.
        idle_timeout_s: a connection on which no message has come for so long is closed.
        handshake_timeout_s: so is one that has not sent its first whole message by then.
        messages_per_s: a client that sends more, beyond one second's worth, is told so and closed.
        max_message_bytes: a longer message is a bad frame.
        max_unsent_bytes: a client that leaves more of its replies unread is closed.
        fingerprint: of the site, told in HELLO.
        services: paths of the actors that this node's verbs can ask.
    """

    host: str = "127.0.0.1"
    port: int = 1061
    allow: tuple[str, ...] = ()
    framing: frozenset[str] = frozenset({"braced", "plain"})
    pychron: bool = False
    read_only: bool = False
    tls: TlsFiles | None = None
    max_connections: int = 256
    idle_timeout_s: float = 600.0
    handshake_timeout_s: float = 10.0
    messages_per_s: int = 20_000
    max_message_bytes: int = MAX_MESSAGE_BYTES
    max_unsent_bytes: int = 1_048_576
    fingerprint: str = "-"
    services: frozenset[str] = frozenset({LINE, FURNACE, LOADER, DRIVES, DEVICES})


def listen_on(host: str, port: int) -> socket.socket:
    """Return a listener that does not block.

    Raises:
        PortTaken: host and port cannot be had, with the system's reason.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise PortTaken(f"cannot listen on {host}:{port}: {(error.strerror or str(error)).lower()}") from error
    listener.setblocking(False)
    return listener


def check_open_files(max_connections: Iterable[int]) -> None:
    """Look whether this process may have as many files open as its listeners promise connections.

    Raises:
        TooManyConnections: it may not, whose soft limit was raised as far as the system lets it.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = sum(max_connections)
    if soft != resource.RLIM_INFINITY and wanted + SPARE_FILES > soft:
        most = max(0, soft - SPARE_FILES)
        raise TooManyConnections(
            f"max_connections {wanted}: this process may have {soft} files open, so at most {most} connections"
        )
