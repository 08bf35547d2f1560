"""What a plain peer's words say, and what it cannot do."""

import pytest

from actors.actuation import Settled
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
    State,
)
from tests.transports.rpc.plain.meeting import met

OPEN = State.OPEN


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
