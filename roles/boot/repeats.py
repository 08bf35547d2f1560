"""A fault that repeats is said first, then counted, then said again with how often."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]  # what a caller logged: any values

AGAIN_S = 60.0
MOST = 1000
SERIOUS = frozenset({"warning", "error", "critical"})
TURNS = ("tree.", "node.", "device.", "publisher.", "news.", "valve.")  # changes of state: each is worth a line
ALWAYS = ("command.", "safe_state.", "dead_man.")
TURNS_SAID = 5  # within the time, and then they are counted too: something flaps
SAME = ("event", "actor", "why", "error", "path", "valve", "exc_info")


@dataclass(slots=True)
class _Fault:
    """One fault: when it was last said, how often since `said_at`, how often it came since, and the latest of those."""

    said_at: float
    said: int = 1
    times: int = 0
    latest: Record | None = None


class Repeats:
    """Decides which records are written. Times are monotonic seconds, given by the caller."""

    def __init__(self, again_s: float = AGAIN_S) -> None:
        self._again_s = again_s
        self._faults: dict[tuple[str, ...], _Fault] = {}

    def admit(self, record: Record, now: float) -> bool:
        """Return whether a record is to be written now; otherwise it is counted.

        Commands, calls of the safe state and the dead-man's are never counted: each has its own line.
        """
        if record.get("level") not in SERIOUS or str(record.get("event", "")).startswith(ALWAYS):
            return True
        identity = tuple(str(record.get(key, "")) for key in SAME)
        fault = self._faults.get(identity)
        if fault is None:
            if len(self._faults) < MOST:
                self._faults[identity] = _Fault(now)
            return True
        if str(record.get("event", "")).startswith(TURNS) and fault.said < TURNS_SAID and not fault.times:
            fault.said += 1
            return True
        fault.times += 1
        fault.latest = record
        return False

    def due(self, now: float, *, ended: bool = False) -> Iterator[Record]:
        """Yield what is to be said again after its time, or at once where everything has `ended`."""
        for identity, fault in list(self._faults.items()):
            if not ended and now - fault.said_at < self._again_s:
                continue
            if fault.latest is None:
                del self._faults[identity]
                continue
            if identity[0].startswith(TURNS):  # what stands now may be another turn: it is said to be a count
                yield {**fault.latest, "event": "log.repeated", "what": identity[0], "times": fault.times}
            else:
                yield {**fault.latest, "times": fault.times}
            self._faults[identity] = _Fault(now)

    def next_due(self) -> float | None:
        """Return when `due` has something to say at the earliest, None while nothing is counted."""
        waiting = [fault.said_at for fault in self._faults.values() if fault.latest is not None]
        return min(waiting) + self._again_s if waiting else None
