"""A real line with its real valves, on an actuator that the test is."""

import time

from actors.actuation import Seen, Switched
from actors.double_valve import DoubleActuationValve
from actors.extraction_line import ExtractionLine
from actors.facts import Fact
from actors.fence import Fence
from actors.intents import IntentLog
from actors.line_setup import LineSetup
from actors.messages import Kind, Move, SetLock, Source, State
from actors.polarity import DOUBLE
from actors.valve import Valve
from actors.views import GetValves
from tests.actors.house import RELAYS, Answers, request


class Bench:
    """A real line with its real valves; the actuator `actuator.relays` is whoever the test starts there."""

    line = "extraction_line"

    def __init__(
        self,
        house,
        specs,
        *,
        locks=None,
        facts=None,
        states=None,
        trouble="",
        timeout_s=0.05,
        intents=None,
        nodes=(),
        **setup,
    ):
        self.house = house
        self.specs = specs
        self.fence = Fence()
        self.intents = intents or IntentLog()
        self.memory = ({Fact.LOCK: locks or {}, **(facts or {})}, states, trouble)
        self.setup = LineSetup(specs, self.fence, self.intents, {RELAYS: timeout_s}, nodes, **setup)
        self.chronicle = house.recorder("chronicle")

    def start(self):
        self.house.start(ExtractionLine, self.line, self.setup, *self.memory)
        for spec in self.specs:
            kind = DoubleActuationValve if spec.kind == DOUBLE and not spec.remote else Valve
            self.house.start(kind, f"{self.line}/valve.{spec.name}", spec, self.line, self.intents)
        return self

    def restart(self, **facts):
        """End the line and start another one, as a supervisor does, with what is on disk by then."""
        self.house.stop(self.line)
        self.house.start(ExtractionLine, self.line, self.setup, {Fact(name): told for name, told in facts.items()})

    def ask(self, valve, target, **more):
        """Ask for a move; return where it will be answered."""
        answers = Answers()
        self.house.tell(self.line, Move(valve, target, request(answers, **more)))
        return answers

    def open(self, valve, **more):
        return self.ask(valve, State.OPEN, **more)

    def close(self, valve, **more):
        return self.ask(valve, State.CLOSED, **more)

    def lock(self, valve, locked=True, **more):
        answers = Answers()
        self.house.tell(self.line, SetLock(valve, locked, request(answers, **more)))
        return answers

    def wish(self, kind, *args, **more):
        """Tell the line any other wish, such as `Claim, "A", 60`; return where it will be answered."""
        answers = Answers()
        self.house.tell(self.line, kind(*args, request(answers, **more)))
        return answers

    def see(self, source=Source.POLL, origin=RELAYS, asked_at=None, knowing=None, **states):
        """Tell the line what was seen: `see(A=State.OPEN)` says nothing about the others."""
        asked_at = time.monotonic() if asked_at is None else asked_at
        knowing = 1 if origin == RELAYS else knowing  # as an actuator tells it
        self.house.tell(self.line, Seen(origin, states, source, asked_at, complete=False, knowing=knowing))

    def views(self):
        return {view.name: view for view in self.house.ask(self.line, GetValves())}

    def states(self):
        return {name: view.state for name, view in self.views().items()}

    def done(self, switch, state=None, **more):
        """Answer a `Switch` as an actuator does that carried it out."""
        result = {"kind": Kind.MOVED, "state": state or switch.target, "source": Source.READBACK, **more}
        result["order"] = switch.order
        self.house.tell(switch.valve_path, Switched(switch.valve, **result))
