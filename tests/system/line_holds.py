"""What is held: a lock, an owner, a place out of service, the safe latch: which values it may have, by the answers.

Several clients change it at once, and replies get lost: a change takes effect at some time between being sent and being
answered. So a value is certain only where every change that may have been the last one says the same.
"""

import math
from dataclasses import dataclass


@dataclass(eq=False)
class Change:
    """One change. `done`: by when it has taken effect, or has not; `took`: whether it has; None: nobody knows."""

    register: "Register"
    value: str
    sent: float
    done: float = math.inf
    took: bool | None = None


class Register:
    """One value that many may change."""

    def __init__(self, value: str = "") -> None:
        self._changes = [Change(self, value, -math.inf, -math.inf, took=True)]

    def begin(self, value: str, sent: float) -> Change:
        """Note that a change was sent."""
        change = Change(self, value, sent)
        self._changes.append(change)
        return change

    def drop(self, change: Change) -> None:
        """Forget a change that was refused."""
        self._changes.remove(change)

    def possible(self, since: float, until: float) -> set[str]:
        """Return the values that it may have had at some time between the two."""
        sure = [one for one in self._changes if one.took and one.done <= since]
        latest = max(one.sent for one in sure)
        return {one.value for one in self._changes if one.sent <= until and one.done >= latest}

    def certain(self, since: float, until: float) -> str | None:
        """Return the value that it had all the time between the two, or None: it may have had several."""
        values = self.possible(since, until)
        return values.pop() if len(values) == 1 else None
