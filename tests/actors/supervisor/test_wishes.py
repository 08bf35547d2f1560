"""What a person, or an actor, asks of the supervisor."""

import queue
import threading

import pytest

from actors import supervisor as supervisor_module
from actors.restart import RestartPolicy
from actors.views import Restart
from tests.actors.house import PATIENCE_S, until
from tests.actors.supervisor.rig import OnThread, Rig


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
