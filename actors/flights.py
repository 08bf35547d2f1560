"""Moves in flight: who waits for the end of which, and what runs next."""

from dataclasses import dataclass, field

from actors.messages import Move


@dataclass(slots=True)
class Flight:
    """One valve's move.

    Attributes:
        order: its number, which comes back with its end.
        ends_by: monotonic seconds after which the state is unknown, whatever the actuator says.
    """

    move: Move
    order: int
    ends_by: float
    joined: list[Move] = field(default_factory=list)
    queued: list[Move] = field(default_factory=list)

    def everyone(self, *, queued: bool = True) -> list[Move]:
        """Return the move, those that joined it and, with `queued`, those that wait behind it."""
        return [self.move, *self.joined, *(self.queued if queued else ())]
