"""A move on a plain peer: its receipt is not believed before the indicator agrees."""

import itertools
import time

import pytest

from actors.actuation import Switch, Switched
from actors.messages import (
    Kind,
    Reason,
    Source,
    State,
)
from tests.actors.house import request
from tests.transports.rpc.near import NODE, VALVE
from tests.transports.rpc.plain.meeting import met, moved
from tests.transports.rpc.pychron_server import PychronValve
from transports.rpc import plain_errands

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN


def test_a_receipt_is_not_believed_before_the_indicator_agrees(near, server):
    assert moved(near) == Switched("A", Kind.MOVED, OPEN, Source.REPLY, final=True)
    assert server.received == [[b"Open A\r"], [b"GetIndicatorState A\r"]]
    assert moved(near, CLOSED) == Switched("A", Kind.MOVED, CLOSED, Source.REPLY, final=True)
    assert server.actuations == {"A": 2}


def test_a_locked_valve_is_refused_though_the_peer_says_ok(near, server):
    server.valves["A"].locked = True
    end = moved(near)
    assert (end.kind, end.reason, end.state) == (Kind.REFUSED, Reason.LOCKED, CLOSED)
    assert end.text == "Valve A is software locked there; nothing moved, it reads closed"
    assert server.actuations == {}


def test_a_locked_valve_that_stands_where_it_is_sent_is_already_so(near, server):
    server.valves["A"].locked = True
    assert moved(near, CLOSED).kind is Kind.ALREADY


def test_an_interlock_is_passed_on_as_the_peer_says_it(near, server):
    server.valves["A"].is_open = True
    end = moved(near, valve="B")
    assert (end.kind, end.reason, end.state) == (Kind.REFUSED, Reason.FAILED, CLOSED)
    assert end.text == "Valve B failed to actuate open"


def test_a_valve_that_failed_there_and_moved_all_the_same_is_not_refused(near, server):
    server.valves["A"].fails = True
    end = moved(near)
    assert (end.kind, end.reason, end.state) == (Kind.UNKNOWN, Reason.FAILED, OPEN)
    assert "it reads open" in end.text


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("ERROR 101 : Failed communication with logic board", Reason.NO_ANSWER),
        ("ERROR 002 : func call problem", Reason.INTERNAL),
        ("ERROR", Reason.INTERNAL),
    ],
)
def test_an_error_that_proves_nothing_is_no_refusal(near, server, error, reason):
    server.values["Open"] = error
    end = moved(near)
    assert (end.kind, end.reason, end.state) == (Kind.UNKNOWN, reason, CLOSED)
    assert end.text.endswith("; it reads closed")


def test_an_unknown_valve_is_refused_by_the_peers_reason(near, server):
    end = moved(near, valve="Q")
    assert (end.kind, end.reason, end.text) == (Kind.REFUSED, Reason.BAD_ARGUMENTS, "invalid arguments: Open Q")
    assert server.sent() == [b"Open Q\r"]


def test_a_relay_that_does_not_move_is_no_success(near, server):
    server.valves["A"].stuck = True
    end = moved(near)
    assert (end.kind, end.reason, end.state) == (Kind.UNKNOWN, Reason.FAILED, CLOSED)
    assert end.text == "Valve A failed to actuate open: it reads closed, twice"


def test_an_indicator_that_cannot_be_read_leaves_the_end_unknown(near, server):
    server.values["GetIndicatorState"] = "No Response"
    end = moved(near)
    assert (end.kind, end.state, end.reason) == (Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER)
    assert end.text == "A: the peer answered 'OK', and was asked how it stands: it reads 'No Response'"


def test_two_looks_that_differ_leave_the_end_unknown(near, monkeypatch):
    answers = itertools.cycle([False, True])
    monkeypatch.setattr(PychronValve, "reads", lambda _valve: next(answers))
    end = moved(near)
    assert (end.kind, end.state) == (Kind.UNKNOWN, UNKNOWN)
    assert "two looks differ (closed, then open)" in end.text


def test_a_command_that_was_swallowed_is_never_sent_again(impatient, server):
    server.swallow.add("Open")
    end = moved(impatient)
    assert (end.kind, end.state, end.reason) == (Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER)
    assert end.text == "A: no answer in 0.2 s; it read closed afterwards"
    assert server.sent().count(b"Open A\r") == 1
    impatient.is_up()  # the monitor is told to have everything read


def test_a_move_that_was_carried_out_and_not_answered_is_read(impatient, server):
    server.deaf.add("Open")
    end = moved(impatient)
    assert (end.kind, end.state) == (Kind.MOVED, OPEN)
    assert end.text == "no answer in 0.2 s, but it reads open"
    assert server.sent().count(b"Open A\r") == 1
    assert server.actuations == {"A": 1}


@pytest.mark.parametrize("cut", [0, 1])
def test_a_reply_that_breaks_off_is_no_receipt(near, server, cut):
    server.cut["Open"] = cut
    assert moved(near).kind is Kind.MOVED  # as it reads
    server.valves["C"].stuck = True
    assert moved(near, valve="C").kind is Kind.UNKNOWN
    assert server.sent().count(b"Open C\r") == 1


def test_a_server_that_is_stuck_moves_nothing_twice(impatient, server):
    server.gate.clear()
    end = moved(impatient)
    assert (end.kind, end.state, end.text) == (Kind.UNKNOWN, UNKNOWN, "A: no answer in 0.2 s")
    impatient.lost()
    server.gate.set()
    impatient.is_up()
    assert server.sent().count(b"Open A\r") == 1
    assert server.actuations["A"] <= 1


def test_a_server_that_is_stuck_is_lost_however_many_questions_wait(impatient, server):
    server.gate.clear()
    for _ in range(10):
        impatient.word()
    impatient.lost()
    assert server.sent().count(b"GetValveStates\r") <= 3
    assert {impatient.heard().error for _ in range(10)} == {"no answer in 0.2 s"}


def test_acts_are_one_at_a_time_and_in_order(near, server):
    server.gate.clear()
    for valve in "CDE":
        near.switch(valve=valve)
    server.wait_for(b"Open C\r")
    near.house.quiet()
    assert server.sent() == [b"Open C\r"]
    server.gate.set()
    assert [near.end(valve).kind for valve in "CDE"] == [Kind.MOVED] * 3
    expected = [[b"Open %c\r" % valve, b"GetIndicatorState %c\r" % valve] for valve in b"CDE"]
    assert server.sent() == list(itertools.chain.from_iterable(expected))


@pytest.mark.parametrize("deadline_s", [0.02, None])
def test_a_command_that_waited_too_long_is_refused_and_never_sent(near, server, monkeypatch, deadline_s):
    monkeypatch.setattr(plain_errands, "MAX_WAIT_S", 2.0 if deadline_s else 0.02)
    server.gate.clear()
    near.switch(valve="C")
    server.wait_for(b"Open C\r")
    near.switch(valve="D", deadline=time.monotonic() + deadline_s if deadline_s else None)
    near.house.after(0.05)
    server.gate.set()
    assert near.end("C").kind is Kind.MOVED
    end = near.end("D")
    assert (end.kind, end.reason) == (Kind.REFUSED, Reason.EXPIRED)
    assert end.text == "D: it could not be sent in time; nothing was sent"
    assert b"Open D\r" not in server.sent()


def test_a_valves_own_delays_are_waited_for(house, server):
    near = met(house, server, timeout_s=0.15, valves={"A": 5.0})
    server.gate.clear()
    near.switch()
    server.wait_for(b"Open A\r")
    house.after(0.4)
    server.gate.set()
    assert near.end().kind is Kind.MOVED


def test_a_stop_tells_whoever_waits(house, near, server):
    server.gate.clear()
    near.switch(valve="C")
    near.switch(valve="D")
    server.wait_for(b"Open C\r")
    house.stop(NODE)
    assert (near.end("C").kind, near.end("D").kind) == (Kind.UNKNOWN, Kind.REFUSED)


def test_an_end_names_the_order_that_it_is_the_end_of(house, near):
    order = Switch(VALVE, "A", OPEN, check=True, epoch=1, request=request(), order=7)
    house.tell(NODE, order)
    assert near.end().order == 7
