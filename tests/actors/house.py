"""A node with its two loops, actors that keep what they are told, relays that do as they are told, and a real line."""

import queue
import threading
import time
from typing import ClassVar

import structlog

from actors.actor import Context
from actors.directory import Directory
from actors.loop import Loop
from actors.messages import Failed, Ping, Request
from actors.placement import LoopActor
from actors.promise import Promise

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
    takes: ClassVar = {}

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
