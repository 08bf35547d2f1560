"""What a supervisor is told to keep running, and what it keeps of each: how it stands, how it has failed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pykka

from actors.tree import Status


@dataclass(frozen=True)
class Child:
    """One actor to keep running.

    Attributes:
        path: its place; a child with a `/` is stopped and restarted with the one before the `/`.
        start: make and start it; called again at every restart.
        essential: the node is of no use without it.
        revoke: cut a hung actor off from what it holds (its device link), with the reason.
    """

    path: str
    start: Callable[[], "pykka.ActorRef[Any]"]
    essential: bool = False
    revoke: Callable[[str], None] | None = None


@dataclass(frozen=True)
class StartTree:
    """Start these, in order. Answered with None, or with the `Failed` of an essential one: the node cannot run."""

    children: tuple[Child, ...]


@dataclass(frozen=True)
class AddChildren:
    """Start these below a running parent, then tell `then` (path, message). One that runs already is left alone."""

    children: tuple[Child, ...]
    then: tuple[str, Any]


@dataclass(frozen=True)
class StopTree:
    """Stop everything, in reverse, within `limit_s` seconds. Answered with the paths that did not stop in time."""

    limit_s: float


@dataclass
class Watched:
    """One child now. `failures`: monotonic times, the newest last; `dead_since`: seen dead, without a report yet.

    `alarm`: what people were told of it last.
    """

    child: Child
    ref: "pykka.ActorRef[Any] | None" = None
    status: Status = Status.STOPPED
    since: float = field(default_factory=time.monotonic)
    failures: list[float] = field(default_factory=list)
    restarts: int = 0
    last_error: str = ""
    dead_since: float | None = None
    alarm: str = ""

    def turn(self, status: Status) -> None:
        """Take a new status, since now."""
        self.dead_since = None
        self.status, self.since = status, time.monotonic()
