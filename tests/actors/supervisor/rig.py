"""A supervisor, and children that begin, fail and end as they are told."""

import queue
import threading

import pytest

from actors.messages import Ping
from actors.placement import LoopActor, ThreadActor
from actors.restart import RestartPolicy
from actors.supervisor import Supervisor
from actors.views import GetTree
from actors.watched import Child, StartTree, StopTree
from tests.actors.house import PATIENCE_S, until

SOON = RestartPolicy(max_restarts=3, within_s=60.0, first_s=0.01, retry_parked_s=0.05, hang_after_s=0.15)


class Subject:
    """What the actors below share with the test: `told` when one begins, ends or is entered; `starts` how often."""

    def __init__(self):
        self.told = queue.Queue()
        self.gate = threading.Event()
        self.slow = threading.Event()  # cleared: whoever ends takes its time to let go
        self.slow.set()
        self.sick = set()

    def next(self):
        return self.told.get(timeout=PATIENCE_S)

    def drain(self):
        drained = []
        while not self.told.empty():
            drained.append(self.told.get())
        return drained


class _Part:
    def begin(self):
        if self.path in self.subject.sick:
            raise OSError(f"{self.path} cannot start")
        self.subject.told.put(f"begin {self.path}")

    def make_safe(self):
        assert self.subject.slow.wait(PATIENCE_S)
        self.subject.told.put(f"safe {self.path}")

    def handlers(self):
        return {str: self.do, Ping: lambda _: self.path}

    def do(self, what):
        if what == "wait":
            self.subject.told.put(f"enter {self.path}")
            assert self.subject.gate.wait(PATIENCE_S)
            self.subject.told.put(f"leave {self.path}")
        elif what == "exit":
            raise SystemExit(3)
        else:
            raise KeyError(what)


class OnLoop(_Part, LoopActor):
    def __init__(self, context, path, subject):
        self.subject = subject
        super().__init__(context, path)


class OnThread(_Part, ThreadActor):
    def __init__(self, context, path, subject):
        self.subject = subject
        super().__init__(context, path)


class Rig:
    def __init__(self, house, policy=SOON):
        self.house, self.subject = house, Subject()
        self.escalations = queue.Queue()
        self.ref = house.start(Supervisor, "supervisor", policy, self.escalations.put)
        house.report = self.ref.tell

    def child(self, path, kind=OnLoop, **more):
        return Child(path, lambda: kind.start(self.house.context, path, self.subject), **more)

    def start(self, *children):
        return self.ref.ask(StartTree(children), timeout=PATIENCE_S)

    def rows(self):
        return {row.path: row for row in self.ref.ask(GetTree(), timeout=PATIENCE_S)}

    def await_status(self, path, status):
        until(lambda: self.rows()[path].status is status, f"{path} is {status}: {self.rows()}")

    def replaced(self, path, before):
        until(lambda: self.house.ref(path) not in (None, before), f"{path} is replaced")
        return self.house.ref(path)

    def stop(self, limit_s=2.0):
        return self.ref.ask(StopTree(limit_s), timeout=PATIENCE_S)


BOTH = pytest.mark.parametrize("kind", [OnLoop, OnThread])
