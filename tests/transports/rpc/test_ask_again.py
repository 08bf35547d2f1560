"""What becomes of an act when the wire between a node connection and a real server fails: nothing ever moves twice."""

import random
import time
from collections import Counter

import pytest

from actors.facts import Fact, Keep
from actors.messages import Claim, Kind, Reason, SafeState, SetLock, State
from actors.remote import Described
from tests.actors.house import House, until
from tests.transports.rpc.controller import Controller
from tests.transports.rpc.near import NODE, Near
from tests.transports.rpc.proxy import Proxy
from tests.transports.rpc.quick import quick
from transports.rpc import standing as standing_module

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
TIMEOUT_S = 0.4

__all__ = ["quick"]


class Wired:
    def __init__(self, house, controller):
        self.controller, self.proxy = controller, Proxy(controller.port)
        self.near = Near(house, self.proxy.port, timeout_s=TIMEOUT_S)
        self.near.is_up()
        self.near.line.wait_for(Described)
        self.near.house.quiet()


@pytest.fixture
def controller(logs):  # noqa: ARG001 - the loggers are bound when actors are made
    made = Controller()
    yield made
    made.house.close()


@pytest.fixture
def wired(house, controller):
    made = Wired(house, controller)
    yield made
    house.stop(NODE)
    made.proxy.close()


def test_a_reply_that_was_lost_is_asked_for_again(wired, controller, logs):
    wired.proxy.lose("<OK")
    wired.near.switch()
    end = wired.near.end()
    assert (end.kind, end.state) == (Kind.MOVED, OPEN)
    first, second = wired.proxy.requests("Open A")
    assert first == second
    assert controller.actuations == {"A": 1}
    assert logs.wait_for("node.asked_again")["asked"] == "Open A"


def test_a_request_that_was_lost_is_refused_when_its_deadline_has_passed(wired, controller):
    wired.proxy.lose("Open A")
    wired.near.switch()
    end = wired.near.end()
    assert (end.kind, end.reason) == (Kind.REFUSED, Reason.EXPIRED)
    assert len(wired.proxy.requests("Open A")) == 2
    assert controller.actuations == {}


def test_a_request_that_comes_late_and_twice_moves_nothing(wired, controller):
    held = wired.proxy.hold("Open A")
    wired.near.switch()
    end = wired.near.end()
    held.set()
    assert (end.kind, end.reason) == (Kind.REFUSED, Reason.EXPIRED)
    wired.near.switch(valve="B")
    assert wired.near.end("B").kind is Kind.MOVED
    until(lambda: controller.actuations == {"B": 1}, "B has been moved")


@pytest.mark.parametrize("word", ["Open A", "<OK"])
def test_a_connection_that_is_reset_is_made_again_and_asked_again(wired, controller, word):
    wired.proxy.reset(word)
    wired.near.switch()
    assert wired.near.end().kind is Kind.MOVED
    assert len(wired.proxy.requests("Open A")) == 2
    assert controller.actuations == {"A": 1}


def test_a_move_that_goes_on_is_joined(wired, controller):
    controller.hold = True
    wired.near.switch()
    controller.house.after(TIMEOUT_S * 1.2)
    assert len(wired.proxy.requests("Open A")) == 2
    controller.let_go()
    assert wired.near.end().kind is Kind.MOVED
    assert controller.actuations == {"A": 1}


def test_it_is_asked_again_once(wired, controller):
    for _ in range(3):
        wired.proxy.lose("<OK")
    began = time.monotonic()
    wired.near.switch()
    end = wired.near.end()
    assert (end.kind, end.state, end.reason) == (Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER)
    assert end.text.startswith("A: no answer in 0.4 s; asked again: no answer in ")
    assert time.monotonic() - began >= TIMEOUT_S * 1.9
    assert len(wired.proxy.requests("Open A")) == 2
    assert controller.actuations == {"A": 1}


def test_what_was_under_way_beside_it_is_asked_again_too(wired, controller):
    wired.proxy.lose("<OK")
    wired.near.switch(valve="A")
    until(lambda: controller.actuations == {"A": 1}, "A has been moved")
    controller.hold = True
    wired.near.switch(valve="B")
    assert wired.near.end("A").kind is Kind.MOVED
    controller.let_go()
    assert wired.near.end("B").kind is Kind.MOVED
    assert controller.actuations == {"A": 1, "B": 1}
    assert {len(wired.proxy.requests(text)) for text in ("Open A", "Open B")} == {2}


def test_a_lock_is_asked_for_again_by_its_id(wired, controller):
    wired.proxy.lose("<OK")
    assert wired.near.order(SetLock, "A", True).wait().kind is Kind.DONE
    assert [keep.fact for keep in controller.store.all(Keep)] == [Fact.LOCK]


def test_a_question_is_not_asked_again(wired):
    wired.proxy.lose("<")
    wired.near.word()
    assert wired.near.heard().error == "no answer in 0.4 s"
    assert len(wired.proxy.requests("GetValveStates")) == 1


def test_under_a_new_boot_nothing_is_repeated(house, wired, controller):
    wired.proxy.lose("<OK")
    wired.near.switch()
    until(lambda: controller.actuations == {"A": 1}, "A has been moved")
    controller.house.stop("remote_command_server")
    successor = Controller("far-2", controller.port)
    end = wired.near.end()
    assert (end.kind, end.state) == (Kind.UNKNOWN, UNKNOWN)
    assert wired.near.is_up().boot == "far-2"
    house.quiet()
    successor.house.quiet()
    assert successor.actuations == {}
    successor.house.close()


def test_a_node_that_is_gone_is_not_waited_for(wired, controller):
    controller.hold = True
    wired.near.switch()
    controller.house.quiet()
    wired.proxy.close()
    end = wired.near.end()
    assert (end.kind, end.reason) == (Kind.UNKNOWN, Reason.NO_ANSWER)
    assert "connection refused" in end.text


def test_whatever_the_wire_does_an_outcome_is_true_and_nothing_moves_twice(wired, controller, monkeypatch):
    """Thirty moves, each with a fault of its own; the relay's count is what is true."""
    monkeypatch.setattr(standing_module, "STEADY_S", 0.0)
    fate = random.Random(1061)  # noqa: S311 - any other number would do
    faults = ["none", "lose >", "lose <", "reset >", "reset <", "hold >", "hold <"]
    ends = Counter()
    for number in range(30):
        target = OPEN if number % 2 == 0 else CLOSED
        what, _, way = fate.choice(faults).partition(" ")
        word = "<}OK" if way == "<" else ("Open A" if target is OPEN else "Close A")
        held = getattr(wired.proxy, what)(word) if way else None
        before = controller.actuations["A"]
        wired.near.switch(target)
        end = wired.near.end()
        if held is not None:
            held.set()
        wired.proxy.forget()
        controller.house.quiet()
        moved = controller.actuations["A"] - before
        assert moved <= 1
        if end.kind is Kind.MOVED:
            assert (moved, end.state) == (1, target)
        elif end.kind is not Kind.UNKNOWN:
            assert moved == 0, end
        ends[end.kind] += 1
        until(lambda: wired.near.view().status == "up", "it is up again")
    assert ends[Kind.MOVED] >= 10


@pytest.fixture
def claimed(controller):
    """A proxy, a house whose node connection goes through it and has claimed A for 1 s more, and A's row."""
    proxy, house = Proxy(controller.port), House("acq", "life-1")
    near = Near(house, proxy.port, timeout_s=TIMEOUT_S)
    near.is_up()
    assert near.order(Claim, "A", 1).wait().kind is Kind.DONE
    row = controller.house.context.facts["table"]["A"]
    assert (bool(row.owner), row.owner_until) == (True, None)
    yield proxy, near, row
    proxy.close()
    house.close()


def test_what_it_has_claimed_lives_through_a_cut_wire(claimed, controller):
    proxy, near, row = claimed
    proxy.cut()
    near.lost()
    near.is_up()
    until(lambda: row.owner_until is None, "its session is back")
    controller.house.after(1.7)
    assert (bool(row.owner), row.owner_until) == (True, None)


def test_what_a_life_that_crashed_had_claimed_runs_out_though_its_node_is_back(claimed, controller):
    proxy, _, row = claimed
    proxy.close()
    until(lambda: row.owner_until is not None, "the first life's session has gone")
    house = House("acq", "life-2")
    Near(house, controller.port, timeout_s=TIMEOUT_S).is_up()
    until(lambda: not row.owner, "what the first life has claimed has run out")
    house.close()


def test_what_a_safe_state_has_come_to_there_is_told_here(wired):
    said = "no safe state is configured here: nothing was moved; Opens are latched"
    outcome = wired.near.order(SafeState, False).wait()
    assert (outcome.kind, outcome.text) == (Kind.DONE, said)
    assert wired.near.order(SafeState, True).wait().text == "Opens are permitted again"
