"""Children that fail are started again, and parked when they fail too often."""

import time

import pytest

from actors.actuation import OriginLost
from actors.messages import Failed, News, Ping
from actors.tree import Status
from actors.watched import Child
from tests.actors.house import PATIENCE_S, until
from tests.actors.supervisor.rig import BOTH, OnLoop, OnThread


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


def test_people_are_told_of_one_that_is_parked_and_that_it_runs_again(rig, house):
    chronicle = house.recorder("chronicle")
    rig.subject.sick.add("one")
    rig.start(rig.child("one"))
    alarm = chronicle.wait_for(News)
    assert (alarm.topic, alarm.value) == ("alarm.actor.one", "failed")
    assert "one has failed 4 times" in alarm.extra["text"]
    rig.subject.sick.clear()
    assert chronicle.wait_for(News).value == ""


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
