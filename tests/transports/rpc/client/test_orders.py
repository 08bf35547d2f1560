"""Orders that are no moves: safe state, words, service, what is assumed."""

from dataclasses import replace

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
    SetService,
    State,
)
from actors.remote import OwnersSeen
from actors.store import Remember
from tests.actors.house import until
from tests.transports.rpc.client.pair import BY_ID, Pair, far_clock_ms
from tests.transports.rpc.near import NODE, Near
from transports.rpc import standing as standing_module
from transports.rpc import words

OPEN, CLOSED = State.OPEN, State.CLOSED


@pytest.mark.parametrize(
    ("kind", "args", "text", "journaled"),
    [
        (Claim, ("A", 60), "Claim A,60", "60 s longer than its session"),
        (Claim, ("A", None), "Claim A", "OK"),
        (Release, ("A",), "Release A", "OK"),
        (Assume, ("A", OPEN, "turned by hand"), "Assume A,open,turned by hand", "open: turned by hand"),
        (SetService, ("A", False, "leaks"), "OutOfService A,leaks", "leaks"),
        (SetService, ("A", True, ""), "InService A", "OK"),
    ],
)
def test_an_order_is_an_act_with_an_id_and_a_deadline(pair, kind, args, text, journaled):
    answers = pair.near.order(kind, *args)
    said, fields = pair.acts.line()
    assert said == text
    assert fields["id"]
    assert int(fields["deadline"]) <= far_clock_ms() + 5000
    pair.acts.reply("OK", state="closed")
    outcome = answers.wait()
    assert (outcome.kind, outcome.subject) == (Kind.DONE, "A")
    assert pair.near.chronicle.wait_for(Settled).outcome == replace(outcome, text=journaled)


def test_a_lease_is_known_here_before_it_is_answered(pair):
    for kind, args, owner in ((Claim, ("A", 60), "me@bench/1"), (Release, ("A",), "")):
        answers = pair.near.order(kind, *args)
        pair.acts.line()
        pair.acts.reply("OK")
        assert answers.wait().kind is Kind.DONE
        assert pair.near.line.wait_for(OwnersSeen) == OwnersSeen(NODE, {"A": owner})


def test_a_lease_that_was_refused_is_none(pair):
    answers = pair.near.order(Claim, "A", 60)
    pair.acts.line()
    pair.acts.reply("ERROR 012 : A is owned by jan", outcome="refused")
    assert answers.wait().reason is Reason.OWNED
    pair.near.house.quiet()
    assert pair.near.line.all(OwnersSeen) == []


def test_why_is_asked_with_the_questions(pair):
    answers = pair.near.order(Query, "why", ("A", OPEN))
    text, fields = pair.asks.line()
    assert text == "Why A,open"
    assert "deadline" not in fields
    pair.asks.reply("it would open")
    outcome = answers.wait()
    assert (outcome.kind, outcome.subject, outcome.text) == (Kind.DONE, "A", "it would open")


@pytest.mark.parametrize(("clear", "text"), [(False, "SafeState"), (True, "SafeState clear")])
def test_a_safe_state_overtakes_acts_that_wait(pair, clear, text):
    pair.near.switch()
    pair.acts.line()
    answers = pair.near.order(SafeState, clear)
    said, fields = pair.asks.line()
    assert (said, "deadline" in fields) == (text, True)
    pair.asks.reply("OK", id=fields["id"])
    assert answers.wait().kind is Kind.DONE


def test_a_safe_state_is_called_on_whichever_connection_there_is(house, far):
    pair = Pair(house, far, features=BY_ID, timeout_s=0.3)
    pair.near.word()
    pair.asks.line()
    assert "no answer in 0.3 s" in pair.near.heard().error
    greeting = far.accept()  # which it does not answer yet
    answers = pair.near.order(SafeState, False)
    said, fields = pair.acts.line()
    assert said == "SafeState"
    pair.acts.reply("OK", id=fields["id"])
    assert answers.wait().kind is Kind.DONE
    far.greet(greeting, features=BY_ID)


def test_a_safe_state_that_takes_long_holds_up_no_question_and_breaks_nothing_off(house, far):
    pair = Pair(house, far, features=BY_ID, timeout_s=0.3)
    answers = pair.near.order(SafeState, False)
    _, fields = pair.asks.line()
    for _ in range(3):
        house.after(0.15)
        pair.near.word()
        assert pair.asks.line()[0] == "GetValveStates"
        pair.asks.reply(words.states_word([("A", "0")]))
        assert pair.near.heard().values == {"A": "0"}
    pair.asks.reply("OK", id=fields["id"])
    assert answers.wait().kind is Kind.DONE


def test_a_question_times_out_beside_a_safe_state_which_is_then_asked_for_again(house, far):
    pair = Pair(house, far, features=BY_ID, timeout_s=0.3)
    answers = pair.near.order(SafeState, False)
    _, first = pair.asks.line()
    pair.near.word()
    assert "no answer in 0.3 s" in pair.near.heard().error
    asks = far.greet(far.accept(), features=BY_ID)
    text, again = asks.line()
    assert (text, again) == ("SafeState", first)
    asks.reply("OK", id=again["id"])
    assert answers.wait().kind is Kind.DONE


@pytest.mark.parametrize(
    ("what", "names", "text", "reply", "values", "number"),
    [
        ("owners", (), "GetValveOwners", words.owners_word([("A", "jan"), ("B", "")]), {"A": "jan", "B": ""}, None),
        ("checksum", ("A", "B"), "GetStateChecksum A,B", "3102104833", {}, 3102104833),
    ],
)
def test_owners_and_checksum_are_asked_for_and_told(pair, what, names, text, reply, values, number):
    pair.near.word(what, *names)
    assert pair.asks.line()[0] == text
    pair.asks.reply(reply)
    heard = pair.near.heard()
    assert (heard.what, heard.values, heard.checksum, heard.error) == (what, values, number, "")
    assert heard.reckoned == words.state_checksum([(name, "valve", False, False) for name in names]) or not names


def test_a_word_that_cannot_be_asked_for_is_an_error_and_no_failure(pair):
    pair.near.word("checksum", *(f"V{number:031}" for number in range(2100)))
    assert "over the limit of 65535" in pair.near.heard().error
    assert pair.near.house.failures.empty()
    assert pair.near.view().status == "up"


@pytest.mark.parametrize("reply", ["ERROR 010 : unknown", "no number", "-1", ""])
def test_a_checksum_that_is_none_is_an_error(pair, reply):
    pair.near.word("checksum", "A")
    pair.asks.line()
    pair.asks.reply(reply)
    heard = pair.near.heard()
    assert heard.checksum is None
    assert "no checksum" in heard.error


def test_a_node_that_has_no_ids_is_never_asked_again(impatient):
    impatient.near.switch()
    impatient.near.end()
    acts = impatient.far.greet(impatient.far.accept())
    until(lambda: impatient.near.house.detail(NODE).startswith("up"), "it is up")
    impatient.near.house.quiet()
    impatient.near.switch(CLOSED, valve="C")
    assert acts.line()[0] == "Close C"


def test_an_act_that_cannot_be_asked_again_in_its_time_is_unknown(house, far, monkeypatch):
    """At the latest after twice the timeout, however long it takes until the node is tried again."""
    pair = Pair(house, far, features=BY_ID, timeout_s=0.3)
    monkeypatch.setattr(standing_module, "RETRY_FIRST_S", 60.0)
    monkeypatch.setattr(standing_module, "RETRY_LONGEST_S", 60.0)
    pair.near.switch()
    pair.acts.line()
    pair.acts.close()
    end = pair.near.end()
    assert (end.kind, end.reason) == (Kind.UNKNOWN, Reason.NO_ANSWER)
    assert end.text.startswith("A: the node closed the connection; then: node Far (")


def test_a_furnace_that_said_hello_is_remembered_as_such(house, far):
    near = Near(house, far.port, line="")
    far.welcome()
    assert near.store.wait_for(Remember) == Remember(NODE, [])
