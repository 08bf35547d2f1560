"""Children start in their order and stop in reverse."""

import threading
import time

from actors import supervisor as supervisor_module
from actors.messages import Failed
from actors.tree import Status
from actors.watched import AddChildren, Child
from tests.actors.house import PATIENCE_S
from tests.actors.supervisor.rig import BOTH, OnThread


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
