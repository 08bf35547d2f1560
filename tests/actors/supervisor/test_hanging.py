"""Nothing replaces an actor that hangs."""

import queue
import threading

from actors import supervisor as supervisor_module
from actors.actuation import OriginLost
from actors.messages import Failed, News
from actors.tree import Status
from actors.views import Restart
from tests.actors.house import PATIENCE_S
from tests.actors.supervisor.rig import OnThread


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


def test_people_are_told_that_it_hangs_and_that_it_runs_again(rig, house, monkeypatch):
    chronicle = house.recorder("chronicle")
    hanging = Hanging(rig, monkeypatch)
    hanging.revoked.get(timeout=PATIENCE_S)
    alarm = chronicle.wait_for(News)
    assert (alarm.topic, alarm.value) == ("alarm.actor.actuator.relays", "hangs")
    assert "actuator.relays hangs: one message in hand for" in alarm.extra["text"]
    rig.subject.gate.set()
    assert chronicle.wait_for(News).value == ""


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
