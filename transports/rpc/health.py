"""What `Health` answers: the node's tree, ages and counters as JSON, read from attributes; nobody is asked."""

import json
import time
from collections.abc import Iterable
from typing import Any

from actors.actor import Context
from actors.tree import duration

HEALTH_BYTES = 60_000  # of it: the whole fits a message
LONGEST_DETAIL = 200


def health(context: Context, began: float, counters: dict[str, int]) -> str:
    """Return it; `began`: monotonic seconds, since when the listener is up.

    `ages`: seconds since each valve was known last, null: never; `sessions`: since each was heard last.
    """
    directory, facts, now = context.directory, context.facts, time.monotonic()
    room = _Room(HEALTH_BYTES)
    entries = ((path, directory.get(path)) for path in directory.paths())
    actors = room.of((path, entry.detail()[:LONGEST_DETAIL] if entry else "") for path, entry in entries)
    said: dict[str, Any] = {  # `Any`: JSON
        "node": context.node,
        "boot": context.boot,
        "up": duration(now - began),
        "time": round(time.time(), 3),
        **counters,
        "actors": actors,
        "sessions": room.of((session, round(now - at, 1)) for session, at in facts.get("heard", {}).items()),
        "ages": room.of(
            (valve, round(now - row.seen, 1) if row.seen else None) for valve, row in facts.get("table", {}).items()
        ),
    }
    return json.dumps(said)


class _Room:
    """Bytes of JSON that are left."""

    def __init__(self, size: int) -> None:
        self._left = size

    def of(self, parts: Iterable[tuple[str, Any]]) -> dict[str, Any]:
        """Return as much of an object as there is room for."""
        told: dict[str, Any] = {}
        for key, content in parts:
            self._left -= len(json.dumps({key: content}))
            if self._left < 0:
                break
            told[key] = content
        return told
