"""Questions, and what is learned by them."""

import pytest

from actors.messages import (
    Kind,
    Reason,
    SetLock,
    SetService,
)
from actors.remote import LocksSeen, ServiceSeen
from tests.actors.house import Answers, request
from tests.transports.rpc.client.pair import Pair
from tests.transports.rpc.near import NODE
from transports.rpc import words


@pytest.mark.parametrize(("what", "verb"), [("states", "GetValveStates"), ("locks", "GetValveLockStates")])
def test_a_word_is_asked_for_and_told(pair, what, verb):
    pair.near.word(what)
    assert pair.asks.line()[0] == verb
    word = words.states_word([("A", "1"), ("B", "0")])
    pair.asks.reply(word)
    heard = pair.near.heard()
    assert (heard.what, heard.values, heard.error, heard.size) == (what, {"A": "1", "B": "0"}, "", len(word))
    assert heard.took_ms > 0


@pytest.mark.parametrize("word", ["A1,B00000", "", "ERROR 020 : busy"])
def test_a_word_that_cannot_be_believed_is_an_error(pair, word):
    pair.near.word()
    pair.asks.line()
    pair.asks.reply(word)
    heard = pair.near.heard()
    assert heard.values == {}
    assert heard.error


def test_a_question_is_passed_on_with_its_answer(pair):
    answers = pair.near.query("GetTemperature")
    text, _ = pair.asks.line()
    pair.asks.reply("812.5")
    outcome = answers.wait()
    assert (text, outcome.kind, outcome.text) == ("GetTemperature", Kind.DONE, "812.5")


def test_a_question_without_an_answer_is_unknown(impatient):
    assert impatient.near.query("GetTemperature").wait().kind is Kind.UNKNOWN
    assert impatient.asks.how_it_ended() == "reset"


def test_what_cannot_be_sent_is_refused_and_breaks_nothing_off(house, far):
    pair = Pair(house, far, timeout_s=0.3)
    outcome = pair.near.query("GetTemperature", "1\t2").wait()
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.BAD_ARGUMENTS)
    assert pair.asks.how_it_ended(0.6) == "open"


def test_a_move_that_cannot_be_sent_is_refused_and_breaks_nothing_off(pair):
    pair.near.switch(by="jan\t@acq")
    assert pair.near.end().kind is Kind.REFUSED
    assert pair.near.house.failures.empty()


def test_a_lock_is_known_here_before_it_is_answered(pair):
    answers = Answers()
    pair.near.house.tell(NODE, SetLock("A", locked=True, request=request(answers, by="jan@acq/1")))
    assert pair.acts.line()[0] == "Lock A"
    pair.acts.reply("OK")
    assert answers.wait().kind is Kind.DONE
    assert pair.near.line.wait_for(LocksSeen).locks["A"].startswith("jan@acq/1 at ")


def test_a_locks_reason_goes_along(pair):
    answers = Answers()
    pair.near.house.tell(NODE, SetLock("A", True, request(answers, by="jan@acq/1"), "it leaks"))
    assert pair.acts.line()[0] == "Lock A,it leaks"
    pair.acts.reply("OK")
    answers.wait()
    assert pair.near.line.wait_for(LocksSeen).locks["A"].endswith(": it leaks")


def test_what_was_taken_out_of_service_is_known_here_before_it_is_answered(pair):
    answers = Answers()
    wish = SetService("A", in_service=False, why="it leaks", request=request(answers))
    pair.near.house.tell(NODE, wish)
    assert pair.acts.line()[0] == "OutOfService A,it leaks"
    pair.acts.reply("OK")
    assert answers.wait().kind is Kind.DONE
    assert pair.near.line.wait_for(ServiceSeen) == ServiceSeen(NODE, "A", "it leaks")


def test_a_lock_that_was_refused_is_none(pair):
    answers = Answers()
    pair.near.house.tell(NODE, SetLock("A", locked=True, request=request(answers)))
    pair.acts.line()
    pair.acts.reply("ERROR 005 : no such valve", outcome="refused")
    assert answers.wait().reason is Reason.UNKNOWN_VALVE
    pair.near.house.quiet()
    assert pair.near.line.all(LocksSeen) == []


def test_nothing_that_cannot_be_sent_is_waited_for(impatient):
    impatient.near.switch(by="jan\t@acq")
    assert impatient.near.end().reason is Reason.BAD_ARGUMENTS
    assert impatient.acts.how_it_ended(0.6) == "open"
