"""A node without hardware: real actors on a real loop that answer what the console asks."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import replace

from actors.actor import Context
from actors.directory import Directory
from actors.loop import Loop
from actors.messages import Kind, Move, Outcome, Ping, Query, Reason, SetLock, Source, State
from actors.placement import LoopActor
from actors.tree import Status, TreeRow
from actors.views import Follow, GetNode, GetTree, GetValves, NodeView, Restart, Unfollow, ValveView
from roles.console.operator import Operator

VALVES = (
    ValveView("A", State.CLOSED, Source.READBACK, 0.4, description="Bone to Minibone"),
    ValveView("B", State.CLOSED, Source.POLL, 1.2, description="Bone to Turbo", locked="jan@lab since 12:31"),
    ValveView("C", State.UNKNOWN, description="Bone to Getter", why="not read yet"),
)


class FakeLine(LoopActor):
    """Moves at once. `silent`: valves that are never answered for; `refusals`: valve -> outcome to give."""

    def __init__(self, context, path):
        super().__init__(context, path)
        self.rows = {view.name: view for view in VALVES}
        self.silent = set()
        self.refusals = {}
        self.asked = []
        self.moving_when_silent = False
        self.got = threading.Event()
        self.when_silent = lambda _name: None

    def handlers(self):
        return {GetValves: lambda _: tuple(self.rows.values()), Move: self.move, SetLock: self.lock}

    def move(self, message):
        if message.valve not in self.rows:
            answer = Outcome("open", message.valve, Kind.REFUSED, reason=Reason.UNKNOWN_VALVE, text="it is not here")
            message.request.reply_to.answer(answer)
            return
        self.asked.append(message)
        self.got.set()
        name, verb = message.valve, "open" if message.target is State.OPEN else "close"
        before = self.rows[name]
        if name in self.silent:
            self.when_silent(name)
            moving = message.target if self.moving_when_silent else None
            self.rows[name] = replace(before, moving=moving)
            return
        if name in self.refusals:
            message.request.reply_to.answer(replace(self.refusals[name], verb=verb))
            return
        kind = Kind.ALREADY if before.state is message.target else Kind.MOVED
        self.rows[name] = replace(before, state=message.target, source=Source.READBACK, age_s=0.0, why="")
        message.request.reply_to.answer(Outcome(verb, name, kind, message.target, source=Source.READBACK))

    def lock(self, message):
        self.asked.append(message)
        verb = "lock" if message.locked else "unlock"
        self.rows[message.valve] = replace(self.rows[message.valve], locked="me" if message.locked else "")
        message.request.reply_to.answer(Outcome(verb, message.valve, Kind.DONE, State.CLOSED))


class FakeNotifier(LoopActor):
    """Hands the events of `told` to whoever begins to follow."""

    def __init__(self, context, path):
        super().__init__(context, path)
        self.told = []
        self.sinks = []

    def handlers(self):
        return {Follow: self.follow, Unfollow: lambda message: self.sinks.remove(message.sink)}

    def follow(self, message):
        self.sinks.append(message.sink)
        for topic, fields in self.told:
            message.sink(topic, fields)


class FakeSupervisor(LoopActor):
    def handlers(self):
        rows = (TreeRow("bench", Status.RUNNING, 1.0), TreeRow("extraction_line", Status.RUNNING, 1.0))
        return {GetTree: lambda _: rows, Restart: lambda message: message.path == "extraction_line"}


ACTS = ("StartRamp", "StopRamp", "SetPID", "HeaterOff", "ResetTrip")  # answered with what was heard


class FakeFurnaceNode(LoopActor):
    def __init__(self, context, path):
        super().__init__(context, path)
        self.setpoint = "20"
        self.told = {}
        self.unknown = set()  # words that it does not know
        self.detail = ""
        self.asked = []

    def handlers(self):
        return {GetNode: lambda _: self.view(), Query: self.query}

    def view(self):
        return NodeView("Furnace", "tcp://127.0.0.1:1061", "up", 12.0, self.detail, round_trip_ms=0.8)

    def query(self, message):
        self.asked.append(message.what)
        if message.what in self.unknown:
            text = f"invalid command: {message.what}"
            refused = Outcome(message.what, "Furnace", Kind.REFUSED, reason=Reason.UNKNOWN_VERB, text=text)
            message.request.reply_to.answer(refused)
            return
        if message.what == "SetSetpoint":
            self.setpoint = message.args[0]
        told = {"GetTemperature": "23.46", "GetPercentOutput": "12", "GetPID": "5,360,60"}
        told |= {"GetTrip": "none", "GetRamp": "none", **self.told}
        text = (
            " ".join((message.what, *message.args)) if message.what in ACTS else told.get(message.what, self.setpoint)
        )
        message.request.reply_to.answer(Outcome(message.what, "Furnace", Kind.DONE, text=text))


class FakeBench:
    """The actors, their context, and an operator in front of them."""

    def __init__(self, context):
        self.context = context
        self._actors = {}
        self.start("supervisor", FakeSupervisor)
        self.start("notifier", FakeNotifier)
        self.start("extraction_line", FakeLine)
        self.start("node.Furnace", FakeFurnaceNode)
        self.operator = self.hands()

    @property
    def line(self):
        return self._actors["extraction_line"]

    @property
    def notifier(self):
        return self._actors["notifier"]

    def actor(self, path):
        return self._actors[path]

    def hands(self, **changes):
        settings = {"by": "me@bench/1", "site_label": "SIMULATED", "timeout_s": 2.0, "furnace_path": "node.Furnace"}
        settings["loader_path"] = "node.Furnace"
        return Operator(self.context, **{**settings, **changes})

    def start(self, path, kind):
        ref = kind.start(self.context, path)
        ref.ask(Ping(), timeout=5)
        self._actors[path] = ref._actor_weakref()

    def stop(self, path):
        self._actors.pop(path).actor_ref.stop(timeout=5)

    def stop_all(self):
        for path in list(self._actors):
            self.stop(path)


@contextlib.contextmanager
def bench() -> Iterator[FakeBench]:
    loop = Loop("node")
    loop.start()
    made = FakeBench(Context("bench", "boot", {"node": loop}, Directory(), lambda _failed: None, simulated=True))
    try:
        yield made
    finally:
        made.stop_all()
        loop.stop()


INTERLOCKED = Outcome("open", "A", Kind.REFUSED, State.CLOSED, Reason.INTERLOCKED, "A may not open while B is open")
