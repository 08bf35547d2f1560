"""Whether a valve can ever be opened: a search over the moves that the rules allow, from all valves closed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from actors.messages import State
from actors.table import ValveSpec
from roles.boot.families import Families

MOST_STATES = 4096  # looked at for one valve; a table that is more of a knot than that is not judged


@dataclass(frozen=True, slots=True)
class _Request:
    """A move of one valve and of those that follow it, as sets of bits."""

    valve: int
    opens: int
    closes: int


class Reachability:
    """What can be reached in a table.

    A request moves a valve and all that follow it, or nothing: each that would open has its interlocks closed and
    its positive interlocks open, each that would close has its close interlocks closed, and whatever moves along
    counts as open and as closed, as `actors.rules` has it.
    """

    def __init__(self, valves: Mapping[str, ValveSpec]) -> None:
        self._valves = valves
        self._families = Families(valves)
        self._bit = {name: 1 << place for place, name in enumerate(valves)}
        self._blocks = {self._bit[name]: self._bits(valve.interlocks) for name, valve in valves.items()}
        self._needs = {self._bit[name]: self._bits(valve.positive_interlocks) for name, valve in valves.items()}
        self._holds = {self._bit[name]: self._bits(valve.close_interlocks) for name, valve in valves.items()}

    def needed(self, valve: str) -> tuple[str, ...]:
        """Return what has to be opened for a valve to open: what it needs open, and what follows it."""
        opening = [name for name, to in self._families.following(valve, State.OPEN).items() if to is State.OPEN]
        needs = (need for name in opening for need in self._valves[name].positive_interlocks if need in self._valves)
        return tuple(dict.fromkeys(name for name in (*needs, *opening) if name != valve))

    def opens(self, valve: str) -> bool:
        """Whether a request to open the valve can ever be permitted; true as well where that was not found out."""
        goal = self._request(valve, State.OPEN)
        return self._reaches(valve, lambda state: self._after(goal, state) is not None)

    def closes(self, valve: str) -> bool:
        """Whether a request to close it can ever be permitted while it is open; as `opens`."""
        goal = self._request(valve, State.CLOSED)
        return self._reaches(valve, lambda state: self._after(goal, state) is not None)

    def _reaches(self, valve: str, goal: Callable[[int], bool]) -> bool:
        involved = self._involved(valve)
        requests = [self._request(name, State.OPEN) for name in reversed(involved)]  # what is needed comes first
        requests += [self._request(name, State.CLOSED) for name in involved]
        seen = {0}
        ways = [self._steps(requests, 0)]
        if goal(0):
            return True
        while ways and len(seen) < MOST_STATES:
            state = next(ways[-1], None)
            if state is None:
                ways.pop()
            elif state not in seen:
                if goal(state):
                    return True
                seen.add(state)
                ways.append(self._steps(requests, state))
        return bool(ways)

    def _steps(self, requests: Iterable[_Request], state: int) -> Iterator[int]:
        for request in requests:
            after = self._after(request, state)
            if after is not None:
                yield after

    def _involved(self, valve: str) -> list[str]:
        """Return every valve whose moves can matter: any other one stays closed, which forbids nothing."""
        names = [valve]
        for name in names:
            following = self._families.following(name, State.OPEN)
            needs = (need for follower in following for need in self._valves[follower].positive_interlocks)
            names += [new for new in dict.fromkeys((*needs, *following)) if new in self._valves and new not in names]
        return names

    def _request(self, valve: str, target: State) -> _Request:
        moves = self._families.following(valve, target)
        opens = self._bits(name for name, to in moves.items() if to is State.OPEN)
        return _Request(self._bit[valve], opens, self._bits(moves) & ~opens)

    def _after(self, request: _Request, state: int) -> int | None:
        """Return the state after a request, None where a rule refuses it or the valve stands so already."""
        opening, closing = request.opens & ~state, request.closes & state
        if not (opening | closing) & request.valve:
            return None
        busy = state | opening
        for bit in _each(opening):
            need = self._needs[bit]
            if self._blocks[bit] & busy or need & ~state or need & closing:
                return None
        for bit in _each(closing):
            if self._holds[bit] & busy:
                return None
        return (state | opening) & ~closing

    def _bits(self, names: Iterable[str]) -> int:
        return sum({self._bit[name] for name in names if name in self._bit})


def _each(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest
        bits ^= lowest
