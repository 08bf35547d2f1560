"""The supervisor with actors that fail, hang, raise in `on_start`, or end themselves."""

import queue
import threading
import time

import pytest

from actors import supervisor as supervisor_module
from actors.actuation import OriginLost
from actors.messages import Failed, Ping
from actors.placement import LoopActor, ThreadActor
from actors.restart import RestartPolicy
from actors.supervisor import Supervisor
from actors.tree import Status
from actors.views import GetTree, Restart
from actors.watched import AddChildren, Child, StartTree, StopTree
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


@pytest.fixture
def rig(house):
    made = Rig(house)
    yield made
    made.subject.gate.set()
    made.stop(4.0)


BOTH = pytest.mark.parametrize("kind", [OnLoop, OnThread])


# --- starting and stopping ------------------------------------------------------------------------------------


def test_actors_start_in_order_and_stop_in_reverse(rig):
    assert rig.start(rig.child("one"), rig.child("two", OnThread), rig.child("two/a"), rig.child("three")) is None
    assert rig.stop() == ()
    begun = [f"begin {path}" for path in ("one", "two", "two/a", "three")]
    ended = [f"safe {path}" for path in ("three", "two/a", "two", "one")]
    assert rig.subject.drain() == begun + ended


@BOTH
def test_an_essential_actor_that_cannot_start_ends_the_start_with_its_reason(rig, kind):
    rig.subject.sick.add("one")
    failed = rig.start(rig.child("one", kind, essential=True), rig.child("two"))
    assert isinstance(failed, Failed)
    assert (failed.path, failed.error) == ("one", "OSError: one cannot start")
    assert "begin two" not in rig.subject.drain()


def test_a_factory_that_raises_is_an_actor_that_cannot_start(rig):
    def start():
        raise ValueError("no such klass")

    failed = rig.start(Child("one", start, essential=True))
    assert failed.error == "ValueError: no such klass"


@BOTH
def test_any_other_that_cannot_start_is_told_and_tried_again(rig, logs, kind):
    rig.subject.sick.add("one")
    assert rig.start(rig.child("one", kind), rig.child("two")) is None
    assert rig.subject.next() == "safe one", "what it had half begun is undone"
    assert logs.wait_for("tree.failed")["why"] == "OSError: one cannot start"
    rig.subject.sick.clear()
    rig.await_status("one", Status.RUNNING)


def test_the_tree_tells_how_each_stands(rig):
    rig.start(rig.child("one"), rig.child("one/a"))
    assert [row.path for row in rig.rows().values()] == ["bench", "one", "one/a"]
    assert {row.status for row in rig.rows().values()} == {Status.RUNNING}


def test_children_are_added_below_a_running_parent_once(rig, house):
    line = house.recorder("line")
    rig.start(rig.child("one"))
    for _ in range(2):
        rig.ref.tell(AddChildren((rig.child("one/a"),), ("line", "grown")))
        line.wait_for(str)
    assert rig.subject.drain() == ["begin one", "begin one/a"]


def test_an_actor_that_hangs_does_not_keep_the_others_from_stopping_within_the_limit(rig):
    rig.start(rig.child("one"), rig.child("stuck", OnThread), rig.child("two"))
    rig.house.tell("stuck", "wait")
    while rig.subject.next() != "enter stuck":
        pass
    began = time.monotonic()
    assert rig.stop(0.3) == ("stuck",)
    assert time.monotonic() - began < 1.0
    assert [rig.subject.next(), rig.subject.next()] == ["safe two", "safe one"]


def test_an_actor_that_is_slow_to_start_is_running_once_it_has_started(rig, monkeypatch):
    monkeypatch.setattr(supervisor_module, "START_TIMEOUT_S", 0.05)
    opened = threading.Event()

    class Slow(OnThread):
        def begin(self):
            assert opened.wait(PATIENCE_S)

    rig.start(rig.child("slow", Slow))
    opened.set()
    rig.await_status("slow", Status.RUNNING)


# --- failing and restarting -----------------------------------------------------------------------------------


@BOTH
def test_an_actor_that_failed_is_made_safe_and_replaced(rig, logs, kind):
    rig.start(rig.child("one", kind), rig.child("two"))
    before = rig.house.ref("one")
    rig.house.tell("one", "boom")
    rig.replaced("one", before)
    assert rig.subject.drain() == ["begin one", "begin two", "safe one", "begin one"]
    assert logs.wait_for("tree.restarted")["child"] == "one"
    row = rig.rows()["one"]
    assert (row.restarts, row.last_error.partition(" ")[2]) == (1, "KeyError: 'boom'")


def test_a_branch_goes_and_comes_with_its_parent_and_nobody_else(rig):
    rig.start(rig.child("one"), rig.child("one/a"), rig.child("one/b"), rig.child("two"))
    rig.subject.drain()
    rig.house.tell("one", "boom")
    heard = [rig.subject.next() for _ in range(6)]
    assert heard == ["safe one", "safe one/b", "safe one/a", "begin one", "begin one/a", "begin one/b"]


def test_a_child_that_failed_is_told_to_its_parent_which_goes_on(rig, house):
    line = house.recorder("line")
    rig.start(rig.child("line/a"))
    before = house.ref("line/a")
    house.tell("line/a", "boom")
    assert line.wait_for(Failed).path == "line/a"
    rig.replaced("line/a", before)


@pytest.mark.parametrize("path", ["actuator.relays", "node.Far"])
def test_the_line_is_told_that_the_origin_of_its_valves_failed(rig, house, path):
    line = house.recorder("extraction_line")
    rig.start(rig.child(path))
    house.tell(path, "boom")
    assert line.wait_for(OriginLost, timeout_s=1.0).origin == path


def test_the_back_off_grows(rig):
    rig.subject.sick.add("one")
    times = []

    def start():
        times.append(time.monotonic())
        return OnLoop.start(rig.house.context, "one", rig.subject)

    rig.start(Child("one", start))
    until(lambda: len(times) > 3, "three restarts")
    first, second, third = (times[index + 1] - times[index] for index in range(3))
    assert first >= 0.008
    assert second >= 0.016
    assert third >= 0.032


def test_over_the_limit_an_actor_is_parked_and_tried_again(rig, logs):
    rig.subject.sick.add("one")
    rig.start(rig.child("one"))
    assert logs.wait_for("tree.gave_up")["after"] == 4
    rig.subject.sick.clear()
    rig.await_status("one", Status.RUNNING)
    assert rig.escalations.empty()


def test_over_the_limit_an_essential_actor_ends_the_process(rig):
    rig.start(rig.child("one", essential=True))
    rig.subject.sick.add("one")
    rig.house.tell("one", "boom")
    assert rig.escalations.get(timeout=PATIENCE_S) == "one failed 4 times: OSError: one cannot start"
    assert rig.rows()["one"].status is Status.FAILED


def test_nothing_is_restarted_while_the_tree_stops(rig):
    rig.start(rig.child("one"))
    rig.stop()
    rig.subject.drain()
    rig.ref.tell(Failed("one", "late", time.monotonic()))
    rig.rows()
    rig.house.after(0.05)
    assert rig.subject.drain() == []


@BOTH
def test_a_system_exit_in_one_actor_stops_nobody_else(rig, kind):
    rig.start(rig.child("one", kind), rig.child("two"), rig.child("three", OnThread))
    before = rig.house.ref("one"), rig.house.ref("two"), rig.house.ref("three")
    rig.house.tell("one", "exit")
    rig.replaced("one", before[0])
    assert (rig.house.ref("two"), rig.house.ref("three")) == before[1:]
    assert rig.house.ask("two", Ping()) == "two"


# --- wishes ---------------------------------------------------------------------------------------------------


def test_a_wish_restarts_an_actor_with_its_branch(rig):
    rig.start(rig.child("one"), rig.child("one/a"))
    rig.subject.drain()
    assert rig.ref.ask(Restart("one"), timeout=PATIENCE_S) is True
    assert rig.subject.drain() == ["safe one/a", "safe one", "begin one", "begin one/a"]


def test_a_wish_for_what_is_not_there_is_denied(rig):
    assert rig.ref.ask(Restart("nobody"), timeout=PATIENCE_S) is False


def test_an_actor_that_was_busy_when_its_restart_was_wished_for_comes_back_after_its_call(house):
    rig = Rig(house, RestartPolicy(first_s=0.01, hang_after_s=60.0))
    rig.start(rig.child("one", OnThread))
    before = rig.house.ref("one")
    rig.house.tell("one", "wait")
    rig.ref.ask(Restart("one"), timeout=PATIENCE_S)
    assert rig.house.ref("one") == before, "nothing replaces it before its call has returned"
    rig.subject.gate.set()
    try:
        rig.replaced("one", before)
    finally:
        rig.stop()


def test_an_actor_that_ended_by_itself_is_noticed(rig, monkeypatch):
    """Watched: death; an orderly end that nobody asked for is one."""
    monkeypatch.setattr(supervisor_module, "WATCH_S", 0.02)
    monkeypatch.setattr(supervisor_module, "REPORT_LIMIT_S", 0.1)
    rig.start(rig.child("one"))
    before = rig.house.ref("one")
    before.stop(timeout=PATIENCE_S)
    until(lambda: rig.house.ref("one") not in (None, before), "one is replaced", timeout_s=2.0)


def test_nobody_replaces_an_actor_that_still_lets_go(rig, monkeypatch):
    monkeypatch.setattr(supervisor_module, "WATCH_S", 0.02)
    rig.subject.slow.clear()
    rig.start(rig.child("one", OnThread))
    before = rig.house.ref("one")
    rig.house.tell("one", "fail")
    rig.house.after(0.3)  # many watches
    assert rig.house.ref("one") is None
    rig.subject.slow.set()
    assert rig.replaced("one", before)
    assert "KeyError" in rig.rows()["one"].last_error


@pytest.mark.parametrize("loop", ["node", "news"])
def test_a_loop_that_hangs_is_noticed_whichever_it_is_and_ends_the_process_once(house, monkeypatch, loop):
    monkeypatch.setattr(supervisor_module, "WATCH_S", 0.02)
    rig = Rig(house, RestartPolicy(hang_after_s=0.1))
    go = threading.Event()
    house.loops[loop].call(lambda: go.wait(PATIENCE_S))
    try:
        assert f"has held the {loop} loop" in rig.escalations.get(timeout=PATIENCE_S)
        with pytest.raises(queue.Empty):
            rig.escalations.get(timeout=0.2)
    finally:
        go.set()


def test_a_loop_that_has_ended_ends_the_process(house, monkeypatch):
    monkeypatch.setattr(supervisor_module, "WATCH_S", 0.02)
    rig = Rig(house)
    house.loops["news"].stop()
    assert rig.escalations.get(timeout=PATIENCE_S) == "the news loop has ended"


# --- hanging --------------------------------------------------------------------------------------------------


class Hanging:
    """An actor whose call hangs, as the supervisor finds it."""

    def __init__(self, rig, monkeypatch, **more):
        monkeypatch.setattr(supervisor_module, "WATCH_S", 0.02)
        rig.ref.tell(supervisor_module.Tick("watch"))
        self.revoked = queue.Queue()
        rig.start(rig.child("actuator.relays", OnThread, revoke=self.revoked.put, **more))
        self.before = rig.house.ref("actuator.relays")
        rig.house.tell("actuator.relays", "wait")


def test_a_hung_actor_is_cut_off_and_its_valves_are_unknown(rig, house, monkeypatch, logs):
    line = house.recorder("extraction_line")
    hanging = Hanging(rig, monkeypatch)
    assert hanging.revoked.get(timeout=PATIENCE_S).startswith("one message in hand for")
    assert line.wait_for(OriginLost).origin == "actuator.relays"
    assert logs.wait_for("tree.hung")["child"] == "actuator.relays"
    assert rig.rows()["actuator.relays"].status is Status.HUNG


def test_nothing_replaces_a_hung_actor_before_its_call_has_returned(rig, monkeypatch):
    hanging = Hanging(rig, monkeypatch)
    hanging.revoked.get(timeout=PATIENCE_S)
    rig.house.after(1.3)  # many looks of the watch, longer than any back-off and than it waits for a stop
    assert rig.subject.drain() == ["begin actuator.relays", "enter actuator.relays"]
    rig.subject.gate.set()
    rig.replaced("actuator.relays", hanging.before)
    heard = rig.subject.drain()
    assert heard == ["leave actuator.relays", "safe actuator.relays", "begin actuator.relays"]
    rig.await_status("actuator.relays", Status.RUNNING)


def test_a_hung_actor_is_revoked_once(rig, monkeypatch):
    hanging = Hanging(rig, monkeypatch)
    hanging.revoked.get(timeout=PATIENCE_S)
    rig.house.after(0.3)
    assert hanging.revoked.empty()


def test_a_wish_to_restart_a_hung_actor_starts_no_second_one(rig, monkeypatch):
    hanging = Hanging(rig, monkeypatch)
    hanging.revoked.get(timeout=PATIENCE_S)
    rig.ref.ask(Restart("actuator.relays"), timeout=PATIENCE_S)
    assert "safe actuator.relays" not in (heard := rig.subject.drain())
    assert heard.count("begin actuator.relays") == 1


def test_a_loop_that_is_held_ends_the_process(rig, monkeypatch):
    monkeypatch.setattr(supervisor_module, "WATCH_S", 0.02)
    rig.start(rig.child("one"))
    held = threading.Event()
    rig.ref.tell(supervisor_module.Tick("watch"))
    rig.house.tell("one", "wait")
    pulse = threading.Thread(target=lambda: [rig.ref.tell(supervisor_module.Tick("watch")) for _ in _until(held)])
    pulse.start()  # the held loop is the one that carries the timers
    why = rig.escalations.get(timeout=PATIENCE_S)
    held.set()
    pulse.join()
    assert why.startswith("one has held the node loop for")


def _until(event):
    while not event.wait(0.02):
        yield


def test_a_parent_is_told_of_a_child_that_a_person_restarts(rig):
    """Its move in flight has no end that anybody will see: the line must say so now, not when it gives up."""
    line = rig.house.recorder("extraction_line")
    rig.start(rig.child("extraction_line/valve.A"))
    assert rig.ref.ask(Restart("extraction_line/valve.A"), timeout=PATIENCE_S)
    assert line.wait_for(Failed).path == "extraction_line/valve.A"
