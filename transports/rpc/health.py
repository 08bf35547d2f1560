"""What `Health` answers: the node's tree, ages and counters as JSON, read from attributes; nobody is asked."""

import json
import time
from typing import Any

from actors.actor import Context
from actors.tree import duration

HEALTH_BYTES = 60_000  # of actors: the whole fits a message
LONGEST_DETAIL = 200


def health(context: Context, began: float, counters: dict[str, int]) -> str:
    """Return it; `began`: monotonic seconds, since when the listener is up."""
    directory, told = context.directory, dict[str, str]()
    said: dict[str, Any] = {  # `Any`: JSON
        "node": context.node,
        "boot": context.boot,
        "up": duration(time.monotonic() - began),
        "time": round(time.time(), 3),
        **counters,
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
