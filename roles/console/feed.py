"""The node's events as they happen, handed from the notifier's thread to the person's."""

import queue
import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self

from actors.actor import Context
from actors.views import Follow, Unfollow

Event = tuple[str, Mapping[str, Any]]  # topic, and an event's plain data

LOOK_EVERY_S = 0.5
_BEAT = "heartbeat."


class Feed:
    """A context manager that follows the notifier, across its restarts. Heartbeats are passed over."""

    def __init__(self, context: Context, path: str) -> None:
        self._context = context
        self._path = path
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._followed = ""  # which incarnation of the notifier knows of us

    def __enter__(self) -> Self:
        self._follow()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._context.directory.tell(self._path, Unfollow(self._take))

    def events(self, within_s: float | None = None) -> Iterator[Event]:
        """Yield events as they come; end after `within_s` seconds (None: never)."""
        until = None if within_s is None else time.monotonic() + within_s
        while (left_s := LOOK_EVERY_S if until is None else until - time.monotonic()) > 0:
            try:
                yield self._events.get(timeout=min(LOOK_EVERY_S, left_s))
            except queue.Empty:
                self._follow()

    def _follow(self) -> None:
        entry = self._context.directory.get(self._path)
        if entry is None or entry.ref.actor_urn == self._followed:
            return
        if self._context.directory.tell(self._path, Follow(self._take)):
            self._followed = entry.ref.actor_urn

    def _take(self, topic: str, fields: Mapping[str, Any]) -> None:
        if not topic.removeprefix("pychron.").startswith(_BEAT):
            self._events.put((topic, fields))
