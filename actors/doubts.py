"""Valves whose move may still be going on: after a restart they stay unknown until two later looks agree."""

from collections.abc import Iterable, Mapping

from actors.actuation import Seen
from actors.messages import State


class Doubts:
    """Valve name -> until when (monotonic seconds) nothing that is seen of it counts."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._looks: dict[str, State] = {}

    def __contains__(self, valve: object) -> bool:
        return valve in self._until

    def __bool__(self) -> bool:
        return bool(self._until)

    def add(self, valve: str, until: float) -> None:
        """Doubt a valve until that time, and then until two looks agree."""
        self._until[valve] = max(until, self._until.get(valve, 0.0))
        self._looks.pop(valve, None)

    def clear(self, valve: str) -> None:
        """Believe again: a move of it has been seen to its end since."""
        self._until.pop(valve, None)
        self._looks.pop(valve, None)

    def next_due(self) -> float | None:
        """Return when the first doubt may end, or None."""
        return min(self._until.values(), default=None)

    def weigh(self, seen: Seen, of_origin: Iterable[str]) -> tuple[set[str], set[str]]:
        """Return (valves to pass over in this look, valves whose doubt it has just ended)."""
        ended: set[str] = set()
        waiting = {valve for valve in of_origin if valve in self._until}
        for valve in waiting:
            state = seen.states.get(valve, State.UNKNOWN)
            if seen.asked_at < self._until[valve] or state is State.UNKNOWN:
                continue
            if self._looks.get(valve) is state:
                ended.add(valve)
            self._looks[valve] = state
        for valve in ended:
            self.clear(valve)
        return waiting - ended, ended


def longest_move_s(timeout_s: float, check_delay_s: float, settling_time_s: float, max_wait_s: float) -> float:
    """Return the seconds after which a move that was ordered now has ended, one way or the other.

    It may wait `max_wait_s` for the device's attention; the write, the error queue and the look may each take one
    `timeout_s`, and there may be a second look.
    """
    return max_wait_s + 4 * timeout_s + 2 * check_delay_s + settling_time_s


Timeouts = Mapping[str, float]  # actuator path -> its timeout in seconds
