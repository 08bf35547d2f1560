"""Moves in flight: who waits for the end of which, what runs next, and which was overtaken on its way."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from actors.actuation import Switched
from actors.messages import Move, State


@dataclass(slots=True)
class Flight:
    """One valve's move.

    Attributes:
        order: its number, which comes back with its end; epoch: the line's incarnation when it was permitted.
        began: monotonic seconds at which it was permitted.
        ends_by: monotonic seconds after which the state is unknown, whatever the actuator says.
        joined: the same move asked for again; queued: Closes that run as soon as it has opened.
        behind: answers that wait until nothing moves any more: of a lock that came meanwhile, say.
        family: the valve's own followers and their moves; or the family that it follows in.
        told: whether it was told as news that the valve moves.
    """

    move: Move
    order: int
    began: float
    ends_by: float
    joined: tuple[Move, ...] = ()
    queued: tuple[Move, ...] = ()
    behind: tuple[Callable[[], None], ...] = ()
    family: "Family | None" = None
    told: bool = False
    epoch: int = 0

    def everyone(self) -> tuple[Move, ...]:
        """Return the move, those that joined it, and those that wait behind it."""
        return (self.move, *self.joined, *self.queued)


@dataclass(slots=True, eq=False)
class Family:
    """A valve that others follow: one request, whose end is the last one's.

    Attributes:
        parent: the valve; result: how its own move ended; None: it has not.
        before: the parent's state before.
        waiting: followers whose moves have no end yet; failed: what went wrong with the others, for a person.
        dropped: moves of followers that nothing was told of; whoever waits for them is to be told.
    """

    parent: str
    result: Switched | None = None
    before: State | None = None
    waiting: set[str] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)
    dropped: list[Flight] = field(default_factory=list)


class Flights:
    """The line's moves in flight: one per valve, and those openings elsewhere that a Close has overtaken."""

    def __init__(self) -> None:
        self._by_valve: dict[str, Flight] = {}
        self._overtaken: dict[int, Flight] = {}

    def __len__(self) -> int:
        return len(self._by_valve)

    def __contains__(self, valve: object) -> bool:
        return valve in self._by_valve

    def __getitem__(self, valve: str) -> Flight:
        return self._by_valve[valve]

    def get(self, valve: str) -> Flight | None:
        """Return a valve's move, or None."""
        return self._by_valve.get(valve)

    def begin(self, flight: Flight) -> None:
        """Note that a move has begun; the valve's earlier one, if it has not ended, is overtaken."""
        earlier = self._by_valve.get(flight.move.valve)
        if earlier is not None:
            self._overtaken[earlier.order] = earlier
        self._by_valve[flight.move.valve] = flight

    def end(self, valve: str, order: int) -> Flight | None:
        """Take out the valve's move if that is its order, or None."""
        flight = self._by_valve.get(valve)
        if flight is None or flight.order != order:
            return None
        return self._by_valve.pop(valve)

    def end_overtaken(self, order: int) -> Flight | None:
        """Take out a move that was overtaken, or None."""
        return self._overtaken.pop(order, None)

    def seat_again(self, valve: str) -> Flight | None:
        """Make the valve's oldest overtaken move its own again, now that the one behind it has ended; or None."""
        for order, flight in self._overtaken.items() if self._overtaken else ():
            if flight.move.valve == valve:
                del self._overtaken[order]
                self._by_valve[valve] = flight
                flight.told = False  # that it moves is to be told again, whatever was told since
                return flight
        return None

    def all(self) -> Iterator[Flight]:
        """Yield every move that has no end yet."""
        yield from list(self._overtaken.values())
        yield from list(self._by_valve.values())

    def overdue(self, now: float) -> list[Flight]:
        """Return the moves whose end should have been seen by now."""
        return [flight for flight in self.all() if now > flight.ends_by]

    def untold(self, since: float) -> list[Flight]:
        """Return the moves that began before `since` and were not told as news; they are told now."""
        found = [flight for flight in self._by_valve.values() if flight.began < since and not flight.told]
        for flight in found:
            flight.told = True
        return found
