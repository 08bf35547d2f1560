"""RemoteCommandServer: listens on TCP 1061 and makes one Connection actor per client."""

import contextlib
import ipaddress
import json
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pykka

from actors.actor import Context
from actors.messages import Reason, Tick
from actors.placement import LoopActor
from actors.tree import duration
from transports.rpc import codes, frames
from transports.rpc.connection import Connection, HangUpIfIdle
from transports.rpc.memory import Remembered
from transports.rpc.replies import Shared
from transports.rpc.verbs import FURNACE, HERE, LINE

ACCEPTS_PER_WAKE = 64
SWEEP_S = 5.0
ACCEPT_AGAIN_S = 0.5
HEALTH_BYTES = 60_000  # of actors: the whole fits a message
LONGEST_DETAIL = 200


class PortTaken(Exception):
    """A listener of this node could not be bound."""

    expected = True  # its one line says all; see `actors.messages.Failed`


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


@dataclass(frozen=True)
class ListenSettings:
    """Where and for whom to listen.

    Attributes:
        host, port: port 0 is chosen by the system and told in `role.ready`.
        allow: addresses or networks that may connect; empty: all.
        framing: what is spoken: braced, plain (which includes JSON).
        pychron: answer in Pychron's own words and codes.
        max_connections: more are told so and closed.
        idle_timeout_s: a connection that says nothing for so long is closed.
        fingerprint: of the site, told in HELLO.
        services: paths of the actors that this node's verbs can ask.
    """

    host: str = "127.0.0.1"
    port: int = 1061
    allow: tuple[str, ...] = ()
    framing: frozenset[str] = frozenset({"braced", "plain"})
    pychron: bool = False
    max_connections: int = 256
    idle_timeout_s: float = 600.0
    fingerprint: str = "-"
    services: frozenset[str] = frozenset({LINE, FURNACE})


class RemoteCommandServer(LoopActor):
    """The actor `remote_command_server`."""

    def __init__(self, context: Context, path: str, settings: ListenSettings) -> None:
        super().__init__(context, path)
        self._settings = settings
        self._networks = [ipaddress.ip_network(allowed, strict=False) for allowed in settings.allow]
        self._socket: socket.socket | None = None
        self._connections: dict[str, pykka.ActorRef[Any]] = {}
        remembered = context.facts.setdefault("remembered", Remembered())  # it outlives this actor, not this boot
        self._shared = Shared(
            remembered=remembered,
            services=settings.services | {HERE},
            framing=settings.framing,
            pychron=settings.pychron,
            fingerprint=settings.fingerprint,
            health=self._health,
            ended=self._ended_one,
        )
        self._began = time.monotonic()
        self._accepted = self._turned_away = 0

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {Tick: self._tick}

    def begin(self) -> None:
        """Bind the listener; a restarted one takes the port again that it had, or nobody would find it.

        Raises:
            PortTaken: host and port cannot be had, with the system's reason.
        """
        host, port = self._settings.host, self._settings.port or self.context.facts.get("port", 0)
        listener = self._socket = listen_on(host, port)
        self.context.facts["port"] = listener.getsockname()[1]
        self.context.facts["host"] = host
        self.loop.watch(listener, read=self._accept)
        if host not in ("127.0.0.1", "::1", "localhost") and not self._networks:
            self.log.warning("listener.open_to_all", host=host, port=port, why="there is no authentication; set allow:")
        self.later(SWEEP_S, Tick("sweep"))

    def make_safe(self) -> None:
        """Close the listener and every connection."""
        if self._socket is not None:
            self.loop.watch(self._socket)
            self._socket.close()
            self._socket = None
        for ref in self._connections.values():
            ref.stop(block=False)

    def detail(self) -> str:
        """See `Actor.detail`."""
        return f"port {self.context.facts.get('port')}, {len(self._connections)} clients"

    def _accept(self) -> None:
        for _ in range(ACCEPTS_PER_WAKE):
            if self._socket is None:
                return
            try:
                client, address = self._socket.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionAbortedError:
                continue  # that client has gone again already
            except OSError as error:  # no descriptor is free, say: asked again at once, it would be so again
                self.log.error("listener.accept_failed", why=str(error))
                self.loop.watch(self._socket)
                self.later(ACCEPT_AGAIN_S, Tick("accept"))
                return
            self._welcome(client, address)

    def _welcome(self, client: socket.socket, address: tuple[Any, ...]) -> None:
        peer = f"{address[0]}:{address[1]}"
        if self._networks and not any(_address(address[0]) in network for network in self._networks):
            self._turn_peer_away(client, peer, Reason.NOT_ALLOWED, f"Not an approved ip address {address[0]}")
        elif len(self._connections) >= self._settings.max_connections:
            text = f"all {self._settings.max_connections} connections of this node are in use"
            self._turn_peer_away(client, peer, Reason.BUSY, text)
        else:
            self._accepted += 1
            path = f"{self.path}/connection.{peer}"
            self._connections[path] = Connection.start(self.context, path, client, peer, self._shared)

    def _turn_peer_away(self, client: socket.socket, peer: str, reason: Reason, text: str) -> None:
        self._turned_away += 1
        self.log.warning("connection.refused", peer=peer, why=text)
        client.setblocking(False)
        with contextlib.suppress(OSError):  # it is gone already, and need not be told
            client.send(frames.encode(codes.error_text(reason, text), frames.Form.PLAIN))
        client.close()

    def _ended_one(self, path: str, ref: "pykka.ActorRef[Any]") -> None:
        if self._connections.get(path) is ref:  # else a new client has come from the same port, before its end was seen
            del self._connections[path]

    def _tick(self, tick: Tick) -> None:
        if tick.what == "sweep":
            self._sweep()
        elif self._socket is not None:
            self.loop.watch(self._socket, read=self._accept)

    def _sweep(self) -> None:
        self.later(SWEEP_S, Tick("sweep"))
        for path in self._connections:
            self.tell_path(path, HangUpIfIdle(self._settings.idle_timeout_s))

    def _health(self) -> str:
        """Return what `Health` answers: read from attributes, nobody is asked."""
        directory, told = self.context.directory, dict[str, str]()
        said = {
            "node": self.context.node,
            "boot": self.context.boot,
            "up": duration(time.monotonic() - self._began),
            "time": round(time.time(), 3),
            "connections": len(self._connections),
            "accepted": self._accepted,
            "turned_away": self._turned_away,
            "requests": self._shared.requests,
            "actors": told,
        }
        room_bytes = HEALTH_BYTES
        for path in directory.paths():
            entry = directory.get(path)
            detail = entry.detail()[:LONGEST_DETAIL] if entry is not None else ""
            room_bytes -= len(json.dumps({path: detail}))
            if room_bytes < 0:
                break
            told[path] = detail
        return json.dumps(said)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return a client's address; on a listener for both families an IPv4 one comes mapped into IPv6."""
    address = ipaddress.ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address
