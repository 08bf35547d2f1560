"""One act, one line, one end."""

import contextlib
import time

from actors.actuation import Switched
from actors.messages import (
    Kind,
    Reason,
    Source,
    State,
)
from actors.remote import Described
from tests.actors.house import until
from tests.transports.rpc.client.pair import BY_ID, Pair
from tests.transports.rpc.near import NODE
from transports.rpc import words

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN


def test_a_move_is_one_line_with_all_that_it_causes(pair):
    pair.near.switch(by="jan@acq/1", trace="t7", id="i7")
    text, fields = pair.acts.line()
    assert text == "Open A"
    assert (fields["by"], fields["trace"]) == ("jan@acq/1", "t7")
    assert fields["id"]
    pair.acts.reply("OK", rev="7", state="open")
    assert pair.near.end() == Switched("A", Kind.MOVED, OPEN, Source.REPLY, revision=7, final=True)


def test_a_refusal_is_passed_on(pair):
    pair.near.switch()
    pair.acts.line()
    pair.acts.reply("ERROR 018 : A may not open while B is open", outcome="refused", state="closed")
    end = pair.near.end()
    assert (end.kind, end.reason, end.text) == (Kind.REFUSED, Reason.INTERLOCKED, "A may not open while B is open")


def test_moves_are_sent_in_order_and_answered_each_with_its_own(pair):
    for valve in "ABC":
        pair.near.switch(valve=valve)
    texts = [pair.acts.line()[0] for _ in range(3)]
    assert texts == ["Open A", "Open B", "Open C"]
    for revision in ("1", "2", "3"):
        pair.acts.reply("OK", rev=revision)
    assert [pair.near.end(valve).revision for valve in "ABC"] == [1, 2, 3]


def test_every_move_has_an_id_of_its_own(pair):
    """Two people behind this node may use the same id; to the far end both are this node's."""
    for valve in "AB":
        pair.near.switch(valve=valve, id="1")
    first, second = (pair.acts.line()[1]["id"] for _ in range(2))
    assert first != second


def test_no_answer_is_unknown_and_the_connection_is_dropped_hard(impatient, logs):
    began = time.monotonic()
    impatient.near.switch()
    end = impatient.near.end()
    assert time.monotonic() - began >= 0.15
    assert (end.kind, end.state, end.reason) == (Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER)
    assert end.text == "A: no answer in 0.3 s"
    assert impatient.acts.how_it_ended() == "reset"
    assert logs.wait_for("node.timeout")["asked"] == "Open A"


def test_a_late_reply_is_never_taken_for_the_next_ones(impatient):
    impatient.near.switch()
    impatient.near.end()
    late, acts = impatient.acts, impatient.far.accept()
    with contextlib.suppress(OSError):  # it was reset already
        late.reply("OK", rev="1", state="open")
    impatient.far.greet(acts)
    until(lambda: impatient.near.house.detail(NODE).startswith("up"), "it is up")
    impatient.near.house.quiet()
    impatient.near.switch(CLOSED, valve="B")
    assert acts.line()[0] == "Close B"
    acts.reply("OK", rev="2", state="closed")
    assert impatient.near.end("B").revision == 2


def test_an_actuation_is_not_repeated_under_another_boot(impatient):
    impatient.near.switch()
    impatient.near.end()
    impatient.far.greet(impatient.far.accept(), boot="far-2")
    impatient.near.lost()
    acts, asks = impatient.far.welcome("far-2")
    impatient.asks = asks
    impatient.described()
    impatient.near.switch(valve="C")
    assert acts.line()[0] == "Open C"


def test_a_move_while_the_lane_is_being_made_again_is_refused(impatient):
    impatient.near.switch()
    impatient.near.end()
    impatient.near.switch(valve="B")
    end = impatient.near.end("B")
    assert (end.kind, end.reason) == (Kind.REFUSED, Reason.NOT_CONNECTED)
    assert "is being reconnected after a timeout" in end.text


def test_questions_go_on_while_an_act_times_out(impatient):
    impatient.near.switch()
    impatient.near.end()
    impatient.near.word()
    assert impatient.asks.line()[0] == "GetValveStates"
    impatient.asks.reply(words.states_word([("A", "?")]))
    assert impatient.near.heard().values == {"A": "?"}


def test_a_slow_act_does_not_delay_a_question(pair):
    pair.near.switch()
    pair.acts.line()
    pair.near.word()
    pair.asks.line()
    pair.asks.reply(words.states_word([("A", "1")]))
    assert pair.near.heard().values == {"A": "1"}
    pair.acts.reply("OK")
    pair.near.end()


def test_a_valves_own_delays_are_waited_for(house, far):
    valves = '{"valves": [{"name": "A", "settling_time_s": 0.9}], "total": 1}'
    pair = Pair(house, far, valves=valves, timeout_s=0.3)
    pair.near.line.wait_for(Described)
    pair.near.switch()
    pair.acts.line()
    house.after(0.5)
    pair.acts.reply("OK", state="open")
    assert pair.near.end().kind is Kind.MOVED


def test_so_are_the_delay_between_two_relays_and_those_of_the_valves_that_follow(house, far):
    valves = (
        '{"valves": [{"name": "D", "kind": "double_actuation_valve", "open_delay_s": 0.9},'
        ' {"name": "P"}, {"name": "C", "parent": "P", "settling_time_s": 0.9}], "total": 3}'
    )
    pair = Pair(house, far, valves=valves, features=BY_ID, timeout_s=0.3)
    pair.near.line.wait_for(Described)
    for valve in "DP":
        pair.near.switch(valve=valve)
        _, fields = pair.acts.line()
        house.after(0.5)
        pair.acts.reply("OK", state="open", id=fields["id"])
        assert pair.near.end(valve).kind is Kind.MOVED


def test_an_act_that_waits_behind_a_slow_one_does_not_break_it_off(house, far):
    """The far end takes one command after the other: B's time does not run out while A's is running."""
    valves = '{"valves": [{"name": "A", "settling_time_s": 1.2}, {"name": "B"}], "total": 2}'
    pair = Pair(house, far, valves=valves, timeout_s=0.3)
    pair.near.line.wait_for(Described)
    pair.near.switch(valve="A")
    pair.near.switch(valve="B")
    assert [pair.acts.line()[0] for _ in range(2)] == ["Open A", "Open B"]
    house.after(0.6)
    pair.acts.reply("OK", state="open")
    assert pair.near.end("A").kind is Kind.MOVED
    pair.acts.reply("ERROR 019 : B: its deadline passed", outcome="refused")
    assert pair.near.end("B").reason is Reason.EXPIRED
