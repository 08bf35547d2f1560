"""A node with its two loops, actors that keep what they are told, relays that do as they are told, and a real line."""

import contextlib
import queue
import threading
import time

import structlog

from actors.actor import Context
from actors.actuation import Seen, Switched
from actors.directory import Directory
from actors.double_valve import DoubleActuationValve
from actors.extraction_line import ExtractionLine
from actors.facts import Fact
from actors.fence import Fence
from actors.intents import IntentLog
from actors.line_setup import LineSetup
from actors.loop import Loop
from actors.messages import Failed, Kind, Move, Ping, Request, SetLock, Source, State
from actors.placement import LoopActor
from actors.polarity import DOUBLE
from actors.promise import Promise
from actors.valve import Valve
from actors.views import GetValves
from hardware.errors import NoAnswer, NotSent

PATIENCE_S = 5.0
RELAYS = "actuator.relays"


class Heard:
    """Messages in the order of their coming; whoever waits for one takes it out."""

    def __init__(self):
        self._messages = []
        self._changed = threading.Condition()

    def put(self, message):
        with self._changed:
            self._messages.append(message)
            self._changed.notify_all()

    def wait_for(self, kind, fits=lambda _message: True, timeout_s=PATIENCE_S):
        """Take the first message of that kind that fits; wait for it."""
        ends_by = time.monotonic() + timeout_s
        with self._changed:
            while True:
                for index, message in enumerate(self._messages):
                    if isinstance(message, kind) and fits(message):
                        return self._messages.pop(index)
                left_s = ends_by - time.monotonic()
                if left_s <= 0:
                    raise AssertionError(f"no {kind} in {timeout_s} s, only {self._messages}")
                self._changed.wait(left_s)

    def all(self, kind=object):
        with self._changed:
            return [message for message in self._messages if isinstance(message, kind)]

    def clear(self):
        with self._changed:
            self._messages.clear()


class Recorder(LoopActor):
    """Takes everything and keeps it. `reaction(message)` is called on the loop; what it returns answers an ask."""

    def __init__(self, context, path, heard, reaction=None):
        super().__init__(context, path)
        self.heard = heard
        self.reaction = reaction

    def on_receive(self, message):
        if isinstance(message, Ping):
            return self.path
        self.heard.put(message)
        return self.reaction(message) if self.reaction else None


class House:
    """One process: loops, directory, actors, and where their failures are told."""

    def __init__(self, node="bench", boot="boot-1"):
        self.failures = queue.Queue()
        self.report = self.failures.put
        self.supervisor = None
        self.loops = {"node": Loop("node"), "news": Loop("news")}
        self.context = Context(node, boot, self.loops, Directory(), self._report)
        self._refs = []
        for loop in self.loops.values():
            loop.start()

    def _report(self, failed):
        assert isinstance(failed, Failed)
        self.report(failed)

    def start(self, kind, path, *args, **named):
        """Start an actor; it takes messages when this returns."""
        ref = kind.start(self.context, path, *args, **named)
        self._refs.append(ref)
        ref.ask(Ping(), timeout=PATIENCE_S)
        return ref

    def recorder(self, path, reaction=None):
        heard = Heard()
        self.start(Recorder, path, heard, reaction)
        return heard

    def tell(self, path, message):
        assert self.context.directory.tell(path, message), f"nobody has {path}"

    def ref(self, path):
        entry = self.context.directory.get(path)
        return entry.ref if entry else None

    def ask(self, path, message):
        return self.ref(path).ask(message, timeout=PATIENCE_S)

    def detail(self, path):
        return self.context.directory.get(path).detail()

    def stop(self, path):
        self.ref(path).stop(timeout=PATIENCE_S)

    def quiet(self, hops=8):
        """Return when whatever was told so far, and what that caused over some hops, has been handled."""
        for _ in range(hops):
            for loop in self.loops.values():
                passed = threading.Event()
                loop.post(_Milestone(passed), None)
                assert passed.wait(PATIENCE_S)

    def after(self, delay_s):
        """Return when a loop's timer has fired: where time itself is what is waited for."""
        heard = Heard()
        ref = self.start(Recorder, f"timer.{time.monotonic()}", heard)
        self.context.loop.later(delay_s, ref, "due")
        heard.wait_for(str, timeout_s=delay_s + PATIENCE_S)

    def close(self):
        for ref in reversed(self._refs):
            ref.stop(timeout=PATIENCE_S)
        for loop in self.loops.values():
            loop.stop(PATIENCE_S)


class _Milestone:
    path = "milestone"

    def __init__(self, passed):
        self.passed = passed

    def run_one(self, _envelope):
        self.passed.set()


class Logs:
    """The log lines of everything that is started while it stands."""

    def __init__(self):
        self._heard = Heard()
        self._before = structlog.get_config()
        structlog.configure(processors=[self._take], cache_logger_on_first_use=False)

    def _take(self, _logger, level, keys):
        self._heard.put({**keys, "level": level})
        raise structlog.DropEvent

    def wait_for(self, event):
        return self._heard.wait_for(dict, lambda keys: keys["event"] == event)

    def named(self, event):
        return [keys for keys in self._heard.all() if keys["event"] == event]

    def close(self):
        structlog.configure(**self._before)


def until(holds, what, timeout_s=PATIENCE_S):
    """Return once `holds()` does: for what only an ask can find out."""
    pause = threading.Event()
    ends_by = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < ends_by, f"not in {timeout_s} s: {what}"
        pause.wait(0.005)


class FakeDriver:
    """Relays in a dictionary, with faults to switch on.

    `stuck`: channels that do not move; `lying`: that read the opposite; `mute`, `absent`: raise NoAnswer, NotSent;
    `broken`: raises what no driver may; `gate`: while it is cleared every call waits, after it told `entered`.
    """

    disturbs_on_open = False

    def __init__(self, channels, *, has_readback=True):
        self.has_readback = has_readback
        self.relays = dict.fromkeys(channels, False)
        self.writes = []
        self.stuck, self.lying = set(), set()
        self.mute, self.absent, self.broken = threading.Event(), threading.Event(), threading.Event()
        self.read_absent = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self.entered = queue.Queue()

    def _enter(self, what):
        self.entered.put(what)
        assert self.gate.wait(PATIENCE_S)
        if self.broken.is_set():
            raise ZeroDivisionError("a driver with a fault of its own")
        if self.absent.is_set():
            raise NotSent("connection refused", "relays")

    def set(self, channel, energised):
        self._enter("set")
        self.writes.append((channel, energised))
        if channel not in self.stuck:
            self.relays[channel] = energised
        if self.mute.is_set():
            raise NoAnswer("silence", "relays")

    def read(self, channel):
        self._enter("read")
        if self.read_absent.is_set():
            raise NotSent("connection refused", "relays")
        if self.mute.is_set():
            raise NoAnswer("silence", "relays")
        return self.relays[channel] != (channel in self.lying)

    def read_all(self):
        self._enter("read_all")
        if self.mute.is_set():
            raise NoAnswer("silence", "relays")
        return {channel: closed != (channel in self.lying) for channel, closed in self.relays.items()}

    def identify(self):
        return "fake relays"


class FakeLink:
    """A guard whose link can be lost: the next call opens another one."""

    def __init__(self, driver):
        self.opened = 0
        self.let_through = False
        self.up = False
        self._check = lambda: None
        self.after_write = lambda: None  # called once, in the actuator's own thread
        self.after_read = lambda: None
        self.driver, self._set, self._read_all, self._read = driver, driver.set, driver.read_all, driver.read
        driver.set, driver.read_all, driver.read = self.set, self.read_all, self.read

    def set(self, channel, energised):
        self._open()
        self._check()
        self.let_through = True
        self._set(channel, energised)
        then, self.after_write = self.after_write, lambda: None
        then()

    def read_all(self):
        self._open()
        return self._read_all()

    def read(self, channel):
        self._open()
        found = self._read(channel)
        self.after_read()
        return found

    def _open(self):
        self.opened += not self.up
        self.up = True

    @contextlib.contextmanager
    def guarded(self, check, acting):
        self.let_through = False
        self._check = lambda: (check(), acting())
        try:
            yield
        finally:
            self._check = lambda: None


class Answers:
    """A `ReplyTo` that counts: an asker is answered once."""

    def __init__(self):
        self._heard = Heard()

    def answer(self, outcome):
        self._heard.put(outcome)

    def wait(self):
        return self._heard.wait_for(object, timeout_s=2.0)

    def left(self):
        return self._heard.all()


def request(reply_to=None, *, by="me@bench/1", trace="t1", deadline=None, **more):
    return Request(reply_to or Promise(), by, trace, deadline, time.monotonic(), **more)


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
