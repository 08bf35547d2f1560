"""Four valves on one box that carries out whatever it is told: what `line_of` makes lines of."""

import time

from actors.actuation import Look, Seen, Switch, Switched
from actors.messages import Kind, Outcome, Source, State, Tick
from actors.table import ValveSpec
from tests.actors.house import RELAYS

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN


class Relays:
    """A box that does as it is told, on the loop; `stuck`: valves that do not move; `silent`: that it cannot read."""

    def __init__(self, house, names):
        self.house = house
        self.states = dict.fromkeys(names, CLOSED)
        self.stuck, self.silent = set(), set()
        self.moved = []
        self.heard = house.recorder(RELAYS, self.take)

    def take(self, message):
        if isinstance(message, Switch):
            self.switch(message)
        elif isinstance(message, Look):
            self.look(message)
        elif isinstance(message, Tick):
            self.tell()

    def look(self, message):
        state = self.states[message.valve]
        tell = self.house.context.directory.tell
        if message.request is not None:
            seen = Seen(RELAYS, {message.valve: state}, Source.READBACK, time.monotonic(), complete=False, knowing=1)
            tell("extraction_line", seen)
            message.request.reply_to.answer(Outcome("look", message.valve, Kind.DONE, state))
        else:
            end = Switched(message.valve, Kind.MOVED, state, Source.READBACK, order=message.order)
            tell(message.valve_path, end)

    def switch(self, order):
        valve = order.valve
        if valve in self.silent:
            end = Switched(valve, Kind.UNKNOWN, UNKNOWN, Source.NONE, text=f"{valve}: silence", order=order.order)
        else:
            self.moved.append((valve, order.target))
            if valve not in self.stuck:
                self.states[valve] = order.target
            end = Switched(valve, Kind.MOVED, self.states[valve], Source.READBACK, order=order.order)
        self.house.context.directory.tell(order.valve_path, end)

    def tell(self):
        """Tell the line how all stand."""
        seen = {valve: state for valve, state in self.states.items() if valve not in self.silent}
        told = Seen(RELAYS, seen, Source.POLL, time.monotonic(), knowing=1)
        self.house.context.directory.tell("extraction_line", told)


def four(**more):
    """A, B, C and D; `more` is said of each by name: `four(A={"interlocks": ("B",)})`."""
    return tuple(ValveSpec(name, str(100 + n), RELAYS, **more.get(name, {})) for n, name in enumerate("ABCD", 1))
