"""Who has which path now. An ActorRef dies with a restart; a path does not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pykka

from actors.messages import Failed


@dataclass(frozen=True, slots=True)
class Entry:
    """One living actor.

    Attributes:
        ref: its reference.
        take: tells it a message; False: it has stopped.
        detail: how it describes itself.
        busy: since when its message in hand is being handled.
        is_down: whether it did not reach its device or node when it last tried, or has not tried yet.
    """

    ref: pykka.ActorRef[Any]
    take: Callable[[Any], bool]
    detail: Callable[[], str]
    busy: Callable[[], float | None]
    is_down: Callable[[], bool] = bool


class Directory:
    """Path -> actor. Written by the supervisor, read by everybody, from any thread (single dict operations)."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._takes: dict[str, Callable[[Any], bool]] = {}  # the part of an entry that every message needs
        self._failures: dict[str, Failed] = {}

    def enlist(self, path: str, entry: Entry) -> None:
        """Make an actor the one that has this path."""
        self._entries[path] = entry
        self._takes[path] = entry.take

    def strike(self, path: str, ref: "pykka.ActorRef[Any] | None" = None) -> None:
        """Forget a path; with `ref`, only if that actor still has it."""
        entry = self._entries.get(path)
        if entry is not None and (ref is None or entry.ref.actor_urn == ref.actor_urn):
            self._takes.pop(path, None)
            self._entries.pop(path, None)

    def get(self, path: str) -> Entry | None:
        """Return who has the path now."""
        return self._entries.get(path)

    def note_failure(self, failed: Failed) -> None:
        """Keep how the last actor that had a path ended."""
        self._failures[failed.path] = failed

    def failure_of(self, path: str) -> Failed | None:
        """Return how the last actor that had a path ended, if it failed."""
        return self._failures.get(path)

    def paths(self) -> list[str]:
        """All paths, in the order in which they were enlisted."""
        return list(self._entries)

    def tell(self, path: str, message: Any) -> bool:
        """Tell whoever has the path now; False if nobody has, or has just died."""
        take = self._takes.get(path)
        return take is not None and take(message)
