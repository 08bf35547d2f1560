"""Who is told that a node has come or gone: its line, its monitor, its subscriber, the chronicle, the log."""

import time
from collections.abc import Callable
from typing import Any, Protocol

from actors.actuation import OriginBack, OriginLost
from actors.messages import News
from actors.news import Retarget
from actors.remote import NodeUp
from actors.store import NodeSeen
from transports.rpc.fields import Welcome, whole_number
from transports.rpc.standing import Standing

LAST_PORT = 65_535


class Concerned(Protocol):
    """Paths of those whom a node concerns; "": there is none."""

    @property
    def line(self) -> str:
        """The extraction line that its valves belong to."""

    @property
    def monitor(self) -> str:
        """Who is told of its boot."""

    @property
    def subscriber(self) -> str:
        """Who is told where its news are."""


class Tidings:
    """A part of a node connection.

    Args:
        path: of the connection; tell: who tells a path a message; log: the connection's.
        standing: how the node stands.
    """

    def __init__(
        self, path: str, tell: Callable[[str, Any], bool], log: Any, standing: Standing, concerned: Concerned
    ) -> None:
        self._path, self._tell, self._log = path, tell, log
        self._standing, self._concerned = standing, concerned

    def turned(self, **more: object) -> None:
        """Tell the world that it has come or gone."""
        standing = self._standing
        status, why = ("up", "") if standing.up else ("down", standing.why)
        if standing.up:
            say = self._log.info if standing.risen == 1 else self._log.warning  # whoever saw it go shall see it back
            say("node.up", peer=standing.name, address=standing.address, **more)
        else:
            self._log.error("node.lost", peer=standing.name, address=standing.address, why=why)
        extra = {"address": standing.address, "why": why}
        self._tell("chronicle", News(f"node.{standing.name}", status, extra=extra))
        if standing.up:
            self.seen()

    def seen(self) -> None:
        """Have it remembered where it answers, and until when it did: what a changed address breaks is found by it."""
        self._tell("store", NodeSeen(self._path, self._standing.address, time.time()))

    def back(self, boot: str) -> None:
        """Tell those concerned that it is there, and which life of it."""
        self._tell(self._concerned.monitor, NodeUp(self._path, boot))
        self._tell(self._concerned.line, OriginBack(self._path))

    def news_are_at(self, welcome: Welcome) -> None:
        """Tell its subscriber where the news are; one that listens there already does nothing."""
        notify_port, reply_port = (_port(welcome.features.get(name, "")) for name in ("notify", "reply"))
        if notify_port:
            self._tell(self._concerned.subscriber, Retarget(self._standing.host, notify_port, reply_port))

    def no_news(self) -> None:
        """Tell its subscriber that it publishes none: it is polled only."""
        self._tell(self._concerned.subscriber, Retarget(self._standing.host, 0))

    def undescribed(self, why: str) -> None:
        """Tell its line that it will not describe its valves, and why: a name that nobody knows may still be its."""
        self._tell(self._concerned.line, OriginLost(self._path, why))

    def lost(self) -> None:
        """Tell its line that nothing is known of its valves, and its monitor that this life of it is over."""
        self._tell(self._concerned.monitor, OriginLost(self._path, self._standing.why))
        self._tell(self._concerned.line, OriginLost(self._path, self._standing.down_text()))


def _port(text: str) -> int:
    """Return a port as a feature tells it; 0: it tells none."""
    port = whole_number(text)
    return port if port is not None and port <= LAST_PORT else 0
