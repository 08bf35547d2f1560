"""RemoteCommandServer: listens on TCP 1061 and makes one Connection actor per client."""

import contextlib
import ipaddress
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any

import pykka

from actors.actor import Context
from actors.messages import Reason, Tick
from actors.placement import LoopActor
from actors.watchers import Watchers
from transports.rpc import codes
from transports.rpc.connection import Connection, Leave, LookAtClock
from transports.rpc.forms import Form, encode
from transports.rpc.health import health
from transports.rpc.listening import CannotListen, ListenSettings, PortTaken, check_open_files, listen_on
from transports.rpc.memory import Remembered
from transports.rpc.replies import Shared
from transports.rpc.tls import server_context
from transports.rpc.verbs import HERE, LINE

__all__ = ["ListenSettings", "PortTaken", "RemoteCommandServer", "listen_on"]

ACCEPTS_PER_WAKE = 64
SWEEP_S = 5.0
ACCEPT_AGAIN_S = 0.5
MAPPED_BITS = 96  # before an IPv4 address that is mapped into IPv6
FIRST = "remote_command_server"  # the path whose port is told as the node's
_FORMS = {"braced": (Form.BRACED,), "plain": (Form.PLAIN, Form.JSON), "bare_length": (Form.BARE,)}


class RemoteCommandServer(LoopActor):
    """The actor of one listener: `remote_command_server`, or `remote_command_server.<name>` of a further one."""

    def __init__(self, context: Context, path: str, settings: ListenSettings) -> None:
        super().__init__(context, path)
        self._settings = settings
        self._networks = [_network(allowed) for allowed in settings.allow]
        self._socket: socket.socket | None = None
        self._connections: dict[str, pykka.ActorRef[Any]] = {}
        facts = context.facts
        self._shared = Shared(
            settings=settings,
            services=settings.services | {HERE},
            forms=tuple(form for name, forms in _FORMS.items() if name in settings.framing for form in forms),
            tls=None,
            watchers=facts.setdefault("watchers", _watchers(context, settings.services)),
            remembered=facts.setdefault("remembered", Remembered()),  # it outlives this actor, not this boot
            health=self._health,
            ended=self._ended_one,
        )
        self._sweep_s = min(SWEEP_S, settings.idle_timeout_s / 2, settings.handshake_timeout_s / 2)
        self._began = time.monotonic()
        self._accepted = self._turned_away = self._port = 0

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {Tick: self._tick}

    def begin(self) -> None:
        """Bind the listener; a restarted one takes the port again that it had, or nobody would find it.

        Raises:
            CannotListen: host and port cannot be had, or a certificate, or so many connections; it says why.
        """
        settings, facts = self._settings, self.context.facts
        check_open_files([settings.max_connections])
        if settings.tls is not None:
            try:
                self._shared.tls = server_context(settings.tls)
            except OSError as error:
                raise CannotListen(f"tls: {error}") from error
        ports: dict[str, int] = facts.setdefault("ports", {})
        port = settings.port or ports.get(self.path, 0)
        listener = self._socket = listen_on(settings.host, port)
        self._port = ports[self.path] = listener.getsockname()[1]
        if self.path == FIRST:
            facts["port"], facts["host"] = self._port, settings.host
        else:
            facts.setdefault("listeners", {})[self.path.removeprefix(f"{FIRST}.")] = f"{settings.host}:{self._port}"
        self.loop.watch(listener, read=self._accept)
        loopback = settings.host in ("127.0.0.1", "::1", "localhost")
        if not (loopback or self._networks or settings.tls):
            why = "there is no authentication; set allow: or tls:"
            self.log.warning("listener.open_to_all", host=settings.host, port=self._port, why=why)
        self.later(self._sweep_s, Tick("sweep"))

    def make_safe(self) -> None:
        """Close the listener and every connection."""
        if self._socket is not None:
            self.loop.watch(self._socket)
            self._socket.close()
            self._socket = None
        for path, ref in self._connections.items():
            self.tell_path(path, Leave(f"{self.path} is stopping"))
            ref.stop(block=False)

    def detail(self) -> str:
        """See `Actor.detail`."""
        return f"port {self._port}, {len(self._connections)} clients"

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
        host = _address(address[0])
        peer = f"{host}:{address[1]}"
        if self._networks and not any(host in network for network in self._networks):
            self._turn_peer_away(client, peer, Reason.NOT_ALLOWED, f"Not an approved ip address {host}")
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
        if self._settings.tls is None:
            with contextlib.suppress(OSError):  # it is gone already, and need not be told
                client.send(encode(codes.error_text(reason, text), Form.PLAIN))
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
        self.later(self._sweep_s, Tick("sweep"))
        for path in self._connections:
            self.tell_path(path, LookAtClock())

    def _health(self) -> str:
        counters = {
            "connections": len(self._connections),
            "accepted": self._accepted,
            "turned_away": self._turned_away,
            "requests": self._shared.requests,
            "length_off_by_one": self._shared.lengths.count,
        }
        return health(self.context, self._began, counters)


def _watchers(context: Context, services: frozenset[str]) -> Watchers:
    return Watchers(context.facts, lambda message: LINE in services and context.directory.tell(LINE, message))


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Return a network; IPv4 addresses that are written mapped into IPv6 are what they are."""
    network = ipaddress.ip_network(text, strict=False)
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < MAPPED_BITS:
        return network
    return ipaddress.IPv4Network((mapped, network.prefixlen - MAPPED_BITS))


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return a client's address; on a listener for both families an IPv4 one comes mapped into IPv6."""
    address = ipaddress.ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address
