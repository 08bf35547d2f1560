"""A node connection to a real Pychron server: what it sends there, byte for byte, and what it takes for true."""

import itertools
import socket
import time

import pytest

from actors.actuation import OriginBack, OriginLost, Settled, Switch, Switched
from actors.messages import (
    Assume,
    Claim,
    Kind,
    Query,
    Reason,
    Release,
    SafeState,
    SetLock,
    SetService,
    Source,
    State,
)
from actors.news import Retarget
from actors.remote import Described, NodeUp
from tests.actors.house import request, until
from tests.transports.rpc.controller import Controller
from tests.transports.rpc.desk import Far
from tests.transports.rpc.near import NODE, VALVE, Near
from tests.transports.rpc.pychron_server import PychronServer, PychronValve
from transports.rpc import client as client_module
from transports.rpc import plain_errands, words
from transports.rpc import standing as standing_module

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
HELLO = b"{0017}Hello 1 bench -\r\n"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(standing_module, "RETRY_FIRST_S", 0.02)
    monkeypatch.setattr(client_module, "KEEPALIVE_S", 60.0)


@pytest.fixture
def new_server():
    made = []

    def make(*names, **more):
        made.append(PychronServer(*names, **more))
        return made[-1]

    yield make
    for server in made:
        server.close()


@pytest.fixture
def server(new_server):
    return new_server("A", "B", "C", "D", "E", "F", interlocks={"B": ("A",)})


@pytest.fixture
def near(house, server):
    return met(house, server)


@pytest.fixture
def impatient(house, server):
    return met(house, server, timeout_s=0.2)


def met(house, server, **settings):
    """Return a node connection that is up, of which the server has forgotten how it was met."""
    near = Near(house, server.port, **settings)
    near.is_up()
    near.house.quiet()
    server.forget()
    near.line.clear()
    return near


# --- being met ---------------------------------------------------------------------------------------------------


def test_it_is_greeted_and_then_spoken_to_as_pychrons_clients_do(house, server):
    near = Near(house, server.port)
    assert near.is_up() == NodeUp(NODE, "plain")
    assert near.line.wait_for(OriginBack) == OriginBack(NODE)
    assert server.sent() == [HELLO, HELLO, b"GetValveStates\r", HELLO]
    assert [len(connection) for connection in server.received] == [1, 1, 1, 1]
    view = near.view()
    assert (view.status, view.detail) == ("up", "plain, one command per connection")
    assert view.round_trip_ms > 0
    assert house.detail(NODE).startswith("up, plain, one command per connection, 127.0.0.1:")


def test_its_name_is_looked_up_when_it_is_met_and_not_for_each_command(house, new_server, monkeypatch):
    lookups, lookup = [], socket.getaddrinfo

    def counted(host, *more, **named):
        lookups.append(host)
        return lookup(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", counted)
    server = new_server("A")
    near = Near(house, server.port, host="localhost", framing="plain")
    near.is_up()
    for _ in range(3):
        near.word()
        assert near.heard().values == {"A": "0"}
    assert lookups == ["localhost"]
    port = server.port
    server.close()
    near.word()
    until(lambda: near.view().status == "down", "it is down")
    new_server("B", port=port)
    near.is_up()
    assert set(lookups[1:]) == {"localhost"}


def test_it_says_once_that_its_valves_must_be_listed_here(house, server, logs):
    near = Near(house, server.port, valves={"A": 0.0, "B": 0.0})
    near.is_up()
    why = logs.wait_for("node.plain")["why"]
    assert why == "a plain peer without HELLO does not describe its valves; this site's valves.yaml has 2 of them"
    assert near.line.wait_for(OriginLost, lambda lost: "valves.yaml" in lost.why)
    assert near.line.all(Described) == []


def test_nobody_listens_for_news_that_such_a_peer_never_sends(house, server):
    near = Near(house, server.port)
    near.is_up()
    assert near.subscriber.wait_for(Retarget) == Retarget("127.0.0.1", 0)


def test_where_plain_is_pinned_no_hello_is_ever_sent(house, server):
    near = Near(house, server.port, framing="plain")
    near.is_up()
    assert server.sent() == [b"GetValveStates\r"]


def test_a_peer_that_keeps_silent_when_it_is_greeted_is_a_plain_one(house, new_server):
    server = new_server("A", mute_to_unknown=True)
    near = Near(house, server.port, timeout_s=0.2)
    near.is_up()
    assert near.view().detail == "plain, one command per connection"


def test_a_node_of_ours_that_was_too_busy_to_say_hello_is_not_taken_for_a_plain_one(house):
    far = Far(lambda: 0.0)
    near = Near(house, far.port, timeout_s=0.2)
    far.accept(), far.accept()  # and says nothing
    session = far.accept()
    assert session.line()[0] == "GetValveStates"
    session.socket.sendall(words.states_word([("A", "0")]).encode() + b"\r\n")
    far.greet(far.accept(), once=True)
    _, asks = far.welcome()
    assert near.is_up().boot == "far-1"
    assert asks.line()[0].startswith("Describe ")
    far.close()


def test_a_listener_that_answers_nothing_at_all_is_down(house, new_server):
    server = new_server("A")
    server.gate.clear()
    near = Near(house, server.port, timeout_s=0.1)
    assert "no answer in 0.1 s" in near.lost()
    assert near.view().status == "down"


def test_it_is_killed_and_found_again(house, server, new_server):
    near = met(house, server)
    server.close()
    near.word()
    assert near.heard().error
    near.lost()
    near.switch()
    end = near.end()
    assert (end.kind, end.reason) == (Kind.REFUSED, Reason.NOT_CONNECTED)
    again = new_server("A", port=server.port)
    near.is_up()
    near.switch()
    assert near.end().kind is Kind.MOVED
    assert again.actuations == {"A": 1}


def test_it_is_asked_whether_it_is_there_when_nothing_else_tells(house, server, monkeypatch):
    monkeypatch.setattr(client_module, "KEEPALIVE_S", 0.02)
    monkeypatch.setattr("transports.rpc.plain_peer.IDLE_S", 0.0)
    near = met(house, server)
    server.wait_for(b"GetValveStates\r", times=2)
    server.close()
    near.lost()


# --- moves -------------------------------------------------------------------------------------------------------


def moved(near, target=OPEN, valve="A", **more):
    near.switch(target, valve, **more)
    return near.end(valve)


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


# --- words -------------------------------------------------------------------------------------------------------


def test_states_locks_and_owners_are_polled(near, server):
    server.valves["A"].is_open = server.valves["F"].locked = True
    server.valves["B"].owner = "10.0.0.7"
    for what, command, said in (
        ("states", b"GetValveStates\r", {"A": "1", "B": "0", "C": "0", "D": "0", "E": "0", "F": "0"}),
        ("locks", b"GetValveLockStates\r", {"A": "0", "B": "0", "C": "0", "D": "0", "E": "0", "F": "1"}),
        ("owners", b"GetValveOwners\r", {"A": "", "B": "10.0.0.7", "C": "", "D": "", "E": "", "F": ""}),
    ):
        near.word(what)
        heard = near.heard()
        assert (heard.what, heard.values, heard.error) == (what, said, "")
        assert server.sent()[-1] == command


def test_a_checksum_is_polled_over_the_names_in_their_order(near, server):
    near.word("checksum", "A", "B", "C")
    heard = near.heard()
    assert (heard.checksum, heard.reckoned) == (3102104833, 3102104833)
    assert server.sent() == [b"GetStateChecksum A,B,C\r"]


def test_no_checksum_is_asked_for_that_pychron_reckons_wrongly(near, server):
    near.word("checksum", "MV")
    assert "several letters" in near.heard().error
    assert server.sent() == []


def test_the_word_of_a_line_with_one_valve_is_read(house, new_server):
    near = met(house, new_server("V1"))
    near.word()
    assert near.heard().values == {"V1": "0"}


@pytest.mark.parametrize("cut", [2, 9, 20])
def test_a_word_that_breaks_off_is_not_believed(near, server, cut):
    server.cut["GetValveStates"] = cut
    near.word()
    heard = near.heard()
    assert heard.values == {}
    assert "CRC" in heard.error


def test_a_peer_that_closes_without_a_word_says_nothing(near, server):
    server.cut["GetValveStates"] = 0
    near.word()
    assert near.heard().error == "the node closed the connection without an answer"


def test_a_slow_move_delays_no_poll_more_than_the_server_does(near, server):
    server.swallow.add("Open")
    near.switch()
    server.wait_for(b"Open A\r")
    near.word()
    assert near.heard().values["A"] == "0"


# --- what it cannot do -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "args", "verb"),
    [
        (SetLock, ("A", True), "Lock"),
        (SetLock, ("A", False), "Unlock"),
        (Claim, ("A", 60), "Claim"),
        (Release, ("A",), "Release"),
        (SafeState, (False,), "SafeState"),
        (Assume, ("A", OPEN, "seen"), "Assume"),
        (SetService, ("A", False, "leaks"), "OutOfService"),
        (SetService, ("A", True, ""), "InService"),
        (Query, ("why", ("A", OPEN)), "Why"),
    ],
)
def test_what_such_a_peer_cannot_do_is_refused_and_says_so(near, server, kind, args, verb):
    outcome = near.order(kind, *args).wait()
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.NOT_PERMITTED)
    address = f"127.0.0.1:{server.port}"
    assert outcome.text == f"node Far ({address}) is a plain peer without HELLO: it knows no {verb}"
    assert server.sent() == []
    if kind is not Query:
        assert near.chronicle.wait_for(Settled).outcome == outcome


def test_a_furnace_is_asked_and_set_in_plain_words(house, new_server):
    server = new_server()
    server.values |= {"GetTemperature": "812.5", "SetSetpoint": "OK"}
    near = met(house, server, line="")
    assert near.query("GetTemperature").wait().text == "812.5"
    assert near.query("SetSetpoint", "500").wait().kind is Kind.DONE
    assert server.sent() == [b"GetTemperature\r", b"SetSetpoint 500\r"]
    unknown = near.query("GetPercentOutput").wait()
    assert (unknown.kind, unknown.text) == (Kind.UNKNOWN, "the node closed the connection without an answer")


# --- peers that keep the connection ------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["", "\r\n", "\n"])
@pytest.mark.parametrize("mute", [True, False])
def test_a_peer_that_keeps_the_connection_is_spoken_to_on_one(house, new_server, end, mute):
    server = new_server("A", "B", closes=False, end=end, mute_to_unknown=mute)
    near = Near(house, server.port, timeout_s=0.4)
    near.is_up()
    assert near.view().detail == "plain"
    for target in (OPEN, CLOSED, OPEN):
        assert moved(near, target).kind is Kind.MOVED
    acts = [connection for connection in server.received if b"Open A\r" in connection]
    look = b"GetIndicatorState A\r"
    assert acts == [[b"Open A\r", look, b"Close A\r", look, b"Open A\r", look]]


def test_a_peer_that_closes_what_is_idle_is_connected_to_again(house, new_server):
    server = new_server("A", closes=False)
    near = Near(house, server.port)
    near.is_up()
    assert moved(near).kind is Kind.MOVED
    server.closes = True
    assert moved(near, CLOSED).kind is Kind.MOVED
    assert moved(near).kind is Kind.MOVED


def test_what_comes_unasked_is_taken_for_no_answer(house, logs):
    far = Far(lambda: 0.0)
    near = Near(house, far.port, framing="plain")
    asks = far.accept()
    asks.line()
    asks.socket.sendall(b"A0" + words.crc("A0").encode() + b"\r\n")
    near.is_up()
    asks.socket.sendall(b"OK\r\n")
    assert logs.wait_for("node.unasked")["said"] == "OK"
    assert asks.how_it_ended() == "reset"
    far.close()


def test_a_late_reply_is_never_taken_for_the_next_ones(house):
    far = Far(lambda: 0.0)
    near = Near(house, far.port, framing="plain", timeout_s=0.3)
    asks = far.accept()
    asks.line()
    asks.socket.sendall(b"A0" + words.crc("A0").encode() + b"\r\n")
    near.is_up()
    near.switch()
    acts = far.accept()
    assert acts.line()[0] == "Open A"
    look = far.accept()  # the first one is given up
    assert acts.how_it_ended() == "reset"
    assert look.line()[0] == "GetIndicatorState A"
    look.socket.sendall(b"False\r\n")
    assert near.end().kind is Kind.UNKNOWN
    far.close()


# --- braced peers without HELLO ----------------------------------------------------------------------------------


@pytest.fixture
def braced_far():
    made = Far(lambda: 0.0)
    yield made
    made.close()


def meet_braced(far):
    acts, asks = far.accept(), far.accept()
    asks.line()
    acts.line()
    acts.reply("ERROR 003 : invalid command: Hello")
    session = far.accept()
    assert session.line() == ("GetValveStates", {})
    session.reply(words.states_word([("A", "0")]))


@pytest.mark.parametrize("framing", ["auto", "braced"])
def test_a_peer_that_frames_its_answer_is_spoken_to_in_frames(house, braced_far, framing):
    near = Near(house, braced_far.port, framing=framing)
    meet_braced(braced_far)
    near.is_up()
    assert near.view().detail == "braced without HELLO"
    near.switch()
    acts = braced_far.accept()
    for reply, asked in (("OK", "Open A"), ("True", "GetIndicatorState A")):
        assert acts.line() == (asked, {})
        acts.reply(reply)
    assert near.end() == Switched("A", Kind.MOVED, OPEN, Source.REPLY, final=True)


def test_where_braced_is_pinned_nothing_plain_is_ever_sent(house, server):
    near = Near(house, server.port, framing="braced", timeout_s=0.3)
    assert "closed the connection without an answer" in near.lost()
    assert all(data.startswith(b"{") for data in server.sent())
    until(lambda: near.view().status == "down", "it is down")


# --- our own server, spoken to as a plain peer -------------------------------------------------------------------


@pytest.mark.parametrize("pychron", [True, False])
def test_our_own_server_is_a_plain_peer_where_that_is_pinned(house, logs, pychron):  # noqa: ARG001 - bound when actors are made
    controller = Controller(pychron=pychron)
    near = Near(house, controller.port, framing="plain", timeout_s=5.0)
    near.is_up()
    assert near.view().detail == "plain"
    near.word()
    assert near.heard().values == {"A": "0", "B": "0"}
    assert moved(near) == Switched("A", Kind.MOVED, OPEN, Source.REPLY, final=True)
    assert moved(near).kind is Kind.ALREADY
    assert moved(near, CLOSED).kind is Kind.MOVED
    house.stop(NODE)
    controller.house.close()


@pytest.mark.parametrize("end", ["stop", "fail"])
def test_a_peer_that_keeps_the_connection_is_told_of_an_orderly_end(house, logs, end):  # noqa: ARG001 - as above
    controller = Controller()
    near = Near(house, controller.port, framing="plain")
    near.is_up()
    assert moved(near).kind is Kind.MOVED
    heard = controller.house.context.facts["heard"]
    assert set(heard) == {"127.0.0.1/"}
    if end == "stop":
        house.stop(NODE)
    else:
        house.tell(NODE, object())  # which it does not take
    until(lambda: not controller.house.context.facts["sessions"], "its connections are gone")
    assert set(heard) == (set() if end == "stop" else {"127.0.0.1/"})
    controller.house.close()


def test_a_listener_of_ours_that_takes_plain_messages_only_is_spoken_to_so(house, logs):  # noqa: ARG001 - as above
    controller = Controller(framing=frozenset({"plain"}))
    near = Near(house, controller.port)
    near.is_up()
    assert near.view().detail == "plain"
    assert moved(near) == Switched("A", Kind.MOVED, OPEN, Source.REPLY, final=True)
    house.stop(NODE)
    controller.house.close()


@pytest.mark.parametrize(("framing", "taken"), [("braced", "plain"), ("auto", "bare_length")])
def test_a_listener_of_ours_that_takes_nothing_of_what_is_said_is_down_and_says_why(house, logs, framing, taken):  # noqa: ARG001
    controller = Controller(framing=frozenset({taken}))
    near = Near(house, controller.port, framing=framing)
    assert "ERROR 022 : this listener does not take" in near.lost()
    until(lambda: near.view().status == "down", "it is down")
    house.stop(NODE)
    controller.house.close()
