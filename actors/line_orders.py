"""What the line orders: numbers that come back with the end, a time after which nothing may be written."""

import itertools

from actors.actuation import Actuate
from actors.doubts import longest_move_s
from actors.flights import Family, Flight, Flights
from actors.ledger import Ledger
from actors.line_setup import LineSetup
from actors.messages import Move, Refusal
from actors.table import DOUBLE, Row, ValveSpec

MAX_WAIT_S = 2.0
ORDERS_PER_EPOCH = 1 << 40  # so that no two lines of one process ever give the same number


class Orders:
    """A part of the extraction line: begins moves and tells the valves."""

    def __init__(self, ledger: Ledger, setup: LineSetup, flights: Flights, path: str) -> None:
        self._ledger, self._setup, self._flights, self._path = ledger, setup, flights, path
        self._epoch = 0
        self._numbers = itertools.count()
        self._paths: dict[str, str] = {}  # of valves that were told something

    def begin(self) -> None:
        """Void what an earlier line ordered."""
        self._epoch = self._setup.fence.advance()
        self._numbers = itertools.count(self._epoch * ORDERS_PER_EPOCH)

    def void_all(self, why: Refusal) -> None:
        """Take back whatever has not been written yet."""
        self._epoch = self._setup.fence.advance(why)

    def fly(self, row: Row, move: Move, now: float, family: Family | None = None, extra_s: float = 0.0) -> Flight:
        """Mark a valve as moving; nothing has been told to it yet."""
        row.moving = move.target
        self._ledger.revision += 1
        ends_by = now + extra_s + self.limit_s(row.spec)
        flight = Flight(move, next(self._numbers), now, ends_by, family=family, epoch=self._epoch)
        self._flights.begin(flight)
        return flight

    def send(self, flight: Flight, knowing: int | None) -> bool:
        """Tell the valve to carry a move out; False: it has no actor just now.

        What was taken back since it was permitted is told all the same, and not written.
        """
        order = Actuate(flight.move, flight.epoch, flight.order, flight.ends_by, knowing)
        return self._ledger.tell(self.valve_path(flight.move.valve), order)

    def limit_s(self, spec: ValveSpec) -> float:
        """Return the seconds after which a move that begins now has ended, one way or the other."""
        halves_s = max(spec.open_delay_s, spec.close_delay_s) if spec.kind == DOUBLE else 0.0
        return halves_s + longest_move_s(self.timeout_s(spec), spec.check_delay_s, spec.settling_time_s, MAX_WAIT_S)

    def timeout_s(self, spec: ValveSpec) -> float:
        """Return after how many seconds a valve's device counts as silent."""
        return self._setup.timeouts_s.get(spec.actuator, 2.0)

    def valve_path(self, valve: str) -> str:
        """Return a valve's path."""
        path = self._paths.get(valve)
        if path is None:
            path = self._paths[valve] = f"{self._path}/valve.{valve}"
        return path
