"""A node connection against a far end that is the test, and against our own server."""

import contextlib
import time

import pytest

from actors.actuation import OriginBack, OriginLost, Settled, Switch, Switched
from actors.messages import (
    Assume,
    Claim,
    Kind,
    Move,
    News,
    Outcome,
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
from actors.picture import Picture
from actors.remote import Announce, Described, LocksSeen, NodeUp, OwnersSeen, ServiceSeen, WordHeard
from actors.store import NodeSeen, Remember
from actors.table import ValveSpec
from tests.actors.house import Answers, House, request, until
from tests.transports.rpc.desk import Far, in_background
from tests.transports.rpc.near import LINE, NODE, VALVE, Near
from transports.rpc import client as client_module
from transports.rpc import hello_peer, words
from transports.rpc import standing as standing_module
from transports.rpc.node import Moved
from transports.rpc.server import ListenSettings, RemoteCommandServer

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
AHEAD_MS = 5_000_000.0  # by which the far end's clock is ahead of ours
NO_VALVES = '{"valves": [], "total": 0}'


def far_clock_ms():
    return time.monotonic() * 1000 + AHEAD_MS


class Pair:
    """A far end and a node connection that is up to it."""

    def __init__(self, house, far, *, valves=NO_VALVES, features=None, **settings):
        self.far = far
        self.near = Near(house, far.port, **settings)
        self.acts, self.asks = far.welcome(features=features)
        self.described(valves)
        self.near.is_up()

    def described(self, valves=NO_VALVES):
        text, _ = self.asks.line()
        assert text.startswith("Describe "), text
        self.asks.reply(valves)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(standing_module, "RETRY_FIRST_S", 0.02)
    monkeypatch.setattr(client_module, "KEEPALIVE_S", 60.0)


@pytest.fixture
def new_far():
    made = []

    def make(clock_ms=far_clock_ms, **more):
        made.append(Far(clock_ms, **more))
        return made[-1]

    yield make
    for far in made:
        far.close()


@pytest.fixture
def far(new_far):
    return new_far()


@pytest.fixture
def pair(house, far):
    return Pair(house, far)


@pytest.fixture
def impatient(house, far):
    return Pair(house, far, timeout_s=0.3)


# --- coming up ---------------------------------------------------------------------------------------------------


def test_everybody_is_told_when_the_node_is_up(house, far):
    valves = '{"valves": [{"name": "R", "interlocks": ["S"]}], "total": 1}'
    pair = Pair(house, far, valves=valves, features={"fields": "", "notify": "7001", "reply": "7002"})
    near = pair.near
    spec = ValveSpec("R", actuator=NODE, interlocks=("S",), remote=True, described=True)
    assert near.line.wait_for(Described) == Described(NODE, (spec,))
    assert near.line.wait_for(OriginBack) == OriginBack(NODE)
    assert near.subscriber.wait_for(Retarget) == Retarget("127.0.0.1", 7001, 7002)
    assert near.store.wait_for(Remember).origin == NODE
    assert near.chronicle.wait_for(News, lambda news: news.value == "up").topic == "node.Far"
    view = near.view()
    assert (view.status, view.detail, view.address) == ("up", "boot far-1", f"127.0.0.1:{far.port}")


def test_a_node_tells_again_when_it_is_asked_to(pair):
    pair.near.house.tell(NODE, Announce())
    assert pair.near.is_up() == NodeUp(NODE, "far-1")


def test_valves_come_by_pages(house, far):
    near = Near(house, far.port)
    _, asks = far.welcome()
    for first, name in ((0, "R"), (1, "S")):
        assert asks.line()[0] == f"Describe valves,{first}"
        asks.reply(f'{{"valves": [{{"name": "{name}"}}], "total": 2}}')
    assert [spec.name for spec in near.line.wait_for(Described).specs] == ["R", "S"]


def test_a_node_without_a_line_is_not_asked_for_valves(house, far):
    near = Near(house, far.port, line="")
    _, asks = far.welcome()
    near.is_up()
    near.query("GetSetpoint")
    assert asks.line()[0] == "GetSetpoint"


@pytest.mark.parametrize("page", ["no JSON", '{"valves": [1], "total": 1}', '{"valves": [{"name": ""}], "total": 1}'])
def test_a_description_that_is_none_is_a_reason_to_begin_anew_not_to_fail(house, far, page):
    near = Near(house, far.port)
    _, asks = far.welcome()
    asks.line()
    asks.reply(page)
    assert "described its valves" in near.lost()
    far.welcome()
    assert house.failures.empty()


def test_a_node_that_cannot_describe_itself_now_is_up_and_asked_again(house, far, monkeypatch, logs):
    monkeypatch.setattr(hello_peer, "DESCRIBE_AGAIN_S", 0.02)
    near = Near(house, far.port)
    _, asks = far.welcome()
    near.is_up()
    for _ in range(2):
        assert asks.line()[0] == "Describe valves,0"
        asks.reply("ERROR 020 : extraction_line is being restarted; nothing was begun")
    asks.line()
    asks.reply('{"valves": [{"name": "R"}], "total": 1}')
    assert [spec.name for spec in near.line.wait_for(Described).specs] == ["R"]
    assert near.view().status == "up"
    assert near.line.all(OriginLost) == []
    assert ["020" in told["why"] for told in logs.named("node.undescribed")] == [True]


def test_a_description_that_does_not_come_in_time_is_asked_for_again(house, far):
    near = Near(house, far.port, timeout_s=0.3)
    _, asks = far.welcome()
    near.is_up()
    asks.line()
    asks = far.greet(far.accept())
    assert asks.line()[0] == "Describe valves,0"
    asks.reply('{"valves": [{"name": "R"}], "total": 1}')
    assert [spec.name for spec in near.line.wait_for(Described).specs] == ["R"]


def test_a_valve_that_is_described_twice_is_a_reason_to_begin_anew(house, far):
    near = Near(house, far.port)
    _, asks = far.welcome()
    for _ in range(2):
        asks.line()
        asks.reply('{"valves": [{"name": "R"}], "total": 2}')
    assert "twice" in near.lost()


@pytest.mark.parametrize("port", ["x", "²", "-1", "70000", "9" * 30])
def test_news_from_a_port_that_is_none_are_not_listened_to(house, far, port):
    pair = Pair(house, far, features={"fields": "", "notify": port})
    assert pair.near.view().status == "up"
    assert pair.near.subscriber.all(Retarget) == []


def test_numbers_that_are_none_are_passed_over(pair):
    pair.near.switch()
    pair.acts.line()
    pair.acts.reply("OK", rev="²", t="²")
    assert pair.near.end() == Switched("A", Kind.MOVED, OPEN, Source.REPLY, final=True)


# --- down --------------------------------------------------------------------------------------------------------


@pytest.fixture
def down(house, new_far):
    far = new_far(listening=False)
    near = Near(house, far.port)
    near.lost()
    return near


def test_while_it_is_refused_everybody_is_told_so_at_once(down):
    text = f"node Far ({down.view().address}) is down since "
    down.switch()
    end = down.end()
    assert (end.kind, end.reason, end.final) == (Kind.REFUSED, Reason.NOT_CONNECTED, True)
    assert end.text.startswith(text)
    assert end.text.endswith(": connection refused")
    outcome = down.query("GetSetpoint").wait()
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.NOT_CONNECTED)
    down.word()
    assert down.heard().error.endswith(": connection refused")
    answers = Answers()
    down.house.tell(NODE, SetLock("A", locked=True, request=request(answers)))
    assert answers.wait().reason is Reason.NOT_CONNECTED
    assert down.view().status == "down"


def test_it_is_logged_once_however_often_it_is_tried(down, logs):
    down.lost()
    down.lost()
    assert len(logs.named("node.lost")) == 1
    assert down.house.detail(NODE).startswith("down: connection refused, ")


def test_it_is_up_as_soon_as_the_node_listens(house, new_far):
    far = new_far(listening=False)
    near = Near(house, far.port)
    near.lost()
    far.listener.listen(8)
    _, asks = far.welcome()
    near.is_up()
    asks.line()


def test_an_attempt_has_its_whole_time_whatever_became_of_earlier_ones(house, new_far):
    """The first attempt's timer must not end the second: it was refused long ago."""
    far = new_far(listening=False)
    near = Near(house, far.port, timeout_s=0.4)
    for _ in range(4):
        near.lost()
    far.listener.listen(8)
    session = far.accept()
    accepted = time.monotonic()
    session.line()
    session.how_it_ended()
    assert time.monotonic() - accepted > 0.3


def test_a_node_that_is_nowhere_yet_is_tried_once_it_has_moved(house, far):
    near = Near(house, 0)
    assert "has not said yet where it listens" in near.house.detail(NODE)
    house.tell(NODE, Moved("127.0.0.1", far.port))
    _, asks = far.welcome()
    near.is_up()
    asks.line()


def test_a_node_that_moved_while_it_was_down_is_tried_there(house, down, far):
    house.tell(NODE, Moved("127.0.0.1", far.port))
    _, asks = far.welcome()
    down.is_up()
    asks.line()


@pytest.mark.parametrize("error", ["ERROR 013 : Not an approved ip address", "ERROR 020 : busy", "ERROR 021 : stops"])
def test_a_node_that_turns_us_away_is_not_taken_for_one_that_knows_no_hello(house, far, error):
    near = Near(house, far.port)
    session = far.accept()
    session.line()
    session.reply(error)
    assert f"it turned us away: {error}" in near.lost()


def test_a_node_that_has_said_hello_is_never_taken_for_a_plain_one(pair):
    pair.acts.close()
    pair.near.lost()
    session = pair.far.accept()
    session.line()
    session.close()
    assert "has said HELLO is never taken for a plain one" in pair.near.lost()


def test_a_node_that_falls_silent_is_not_said_to_speak_otherwise(house, far):
    near = Near(house, far.port, said_hello=True, timeout_s=0.1)
    far.accept().line()
    assert near.lost().endswith("no answer in 0.1 s")


def test_a_node_that_said_hello_in_an_earlier_life_of_this_process_is_not_taken_for_a_plain_one(house, far):
    near = Near(house, far.port, said_hello=True)
    session = far.accept()
    session.line()
    session.reply("ERROR 003 : invalid command")
    why = near.lost()
    assert "it does not speak HELLO (it answered 'ERROR 003 : invalid command')" in why
    assert "never taken for a plain one" in why


def test_a_protocol_too_far_away_is_named(house, far):
    near = Near(house, far.port)
    far.greet(far.accept(), once=True, version=3)
    assert "Far speaks protocol version 3, this node 1" in near.lost()


def test_a_peer_that_accepts_and_says_nothing_is_down(house, far):
    near = Near(house, far.port, timeout_s=0.1)
    session = far.accept()
    assert "no answer in 0.1 s" in near.lost()
    assert session.how_it_ended() == "reset"


def test_a_peer_that_closes_is_lost_and_looked_for_again(pair):
    pair.acts.close()
    assert "the node closed the connection" in pair.near.lost()
    assert pair.asks.how_it_ended() == "reset"
    _, pair.asks = pair.far.welcome("far-2")
    assert pair.near.is_up().boot == "far-2"
    pair.described()


def test_whoever_waits_when_it_closes_is_told(pair):
    pair.near.switch()
    pair.acts.line()
    pair.near.word()
    pair.asks.line()
    pair.acts.close()
    assert (pair.near.end().kind, pair.near.heard().error) == (Kind.UNKNOWN, "the node closed the connection")


def test_a_line_that_nobody_asked_for_is_a_reason_to_begin_anew(pair):
    pair.asks.reply("OK")
    assert "it sent 'OK' unasked" in pair.near.lost()
    assert pair.acts.how_it_ended() == "reset"


def test_bytes_that_are_no_message_are_a_reason_to_begin_anew(pair):
    pair.asks.socket.sendall(b"{0002}x\r\n\xff\xfe\r\n")
    assert "is no message" in pair.near.lost()


def test_a_node_that_answers_no_keepalive_is_lost(house, far, monkeypatch):
    monkeypatch.setattr(client_module, "KEEPALIVE_S", 0.05)
    pair = Pair(house, far, timeout_s=0.2)
    assert pair.asks.line()[0].startswith("Hello 1 ")
    assert "no answer in 0.2 s" in pair.near.lost()


def test_a_new_boot_behind_the_same_port_is_another_life(house, far):
    pair = Pair(house, far, timeout_s=0.3)
    pair.near.switch()
    pair.near.end()  # no answer: the connection for acts is dropped and made again
    far.greet(far.accept(), boot="far-2")
    assert "it restarted (boot far-2)" in pair.near.lost()
    _, asks = far.welcome("far-2")
    assert pair.near.is_up().boot == "far-2"
    asks.line()


def test_an_orderly_stop_says_goodbye_on_both_connections(pair):
    """So that the far end does not take it for our death."""
    pair.near.house.stop(NODE)
    assert (pair.acts.line()[0], pair.asks.line()[0]) == ("Goodbye", "Goodbye")
    assert (pair.acts.how_it_ended(), pair.asks.how_it_ended()) == ("closed", "closed")


@pytest.mark.parametrize("by_id", [True, False])
def test_after_a_failure_whoever_waits_is_told_at_once(house, far, by_id):
    near = Pair(house, far, features=BY_ID if by_id else None).near
    near.switch()
    answers = near.order(SetLock, "A", True)
    near.house.quiet()
    near.house.tell(NODE, object())  # which it does not take
    end = near.end()
    assert (end.kind, end.text) == (Kind.UNKNOWN, f"A: {NODE} stopped")
    assert answers.wait().kind is Kind.UNKNOWN


def test_a_failure_says_no_goodbye(pair):
    pair.near.house.tell(NODE, "no message that it knows")
    assert (pair.acts.how_it_ended(), pair.asks.how_it_ended()) == ("reset", "reset")
    pair.near.house.failures.get(timeout=5.0)


# --- acts --------------------------------------------------------------------------------------------------------


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


# --- deadlines ---------------------------------------------------------------------------------------------------


def far_deadline_ms(pair, **more):
    pair.near.switch(**more)
    _, fields = pair.acts.line()
    pair.acts.reply("OK")
    pair.near.end()
    return int(fields["deadline"])


def test_the_deadline_is_told_in_the_far_ends_time(pair):
    before = far_clock_ms()
    deadline_ms = far_deadline_ms(pair)
    assert before + 4000 < deadline_ms <= far_clock_ms() + 5000


def test_an_earlier_deadline_of_whoever_asks_is_kept(pair):
    deadline = time.monotonic() + 1.0
    assert 0 <= (deadline * 1000 + AHEAD_MS) - far_deadline_ms(pair, deadline=deadline) < 500


def test_the_deadline_is_never_later_than_meant_however_slow_hello_was(house, new_far):
    """The far end reads its clock, and its answer is long on the way."""
    far = new_far()

    def slowly():
        clock_ms = far_clock_ms()
        house.after(0.1)
        return clock_ms

    far.clock_ms = slowly
    pair = Pair(house, far)
    for _ in range(3):
        deadline = time.monotonic() + 1.0
        meant_ms = deadline * 1000 + AHEAD_MS
        assert meant_ms - 300 < far_deadline_ms(pair, deadline=deadline) <= meant_ms


def test_a_faster_reply_brings_the_deadline_nearer_to_what_is_meant(house, new_far):
    far = new_far(lambda: far_clock_ms() - 400)  # 0.4 s on the way
    pair = Pair(house, far)
    pair.near.switch()
    pair.acts.line()
    pair.acts.reply("OK", t=str(int(far_clock_ms())))
    pair.near.end()
    deadline = time.monotonic() + 1.0
    assert 0 <= deadline * 1000 + AHEAD_MS - far_deadline_ms(pair, deadline=deadline) < 200


@pytest.mark.parametrize("what", ["Lock A", "SetSetpoint 500"])
def test_whatever_changes_something_has_a_deadline(pair, what):
    """WIRE.md 4: a command that a stuck cable delivers late is never carried out."""
    if what.startswith("Lock"):
        pair.near.house.tell(NODE, SetLock("A", locked=True, request=request()))
    else:
        pair.near.query("SetSetpoint", "500")
    text, fields = pair.acts.line()
    assert text == what
    assert int(fields["deadline"]) <= far_clock_ms() + 5000


# --- questions ---------------------------------------------------------------------------------------------------


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


# --- with our own server -----------------------------------------------------------------------------------------


class Controller:
    """Our own server in a house of its own; `line` is who decides there."""

    def __init__(self):
        self.house = House("Far", "far-1")
        self.line = self.house.recorder(LINE, self._react)
        self.house.start(RemoteCommandServer, "remote_command_server", ListenSettings(port=0))
        self.port = self.house.context.facts["port"]

    def _react(self, message):
        if isinstance(message, Query):
            value = (ValveSpec("A", "101", "actuator.relays"),) if message.what == "describe" else Picture(1)
            message.request.reply_to.answer(Outcome("query", message.what, Kind.DONE, value=value))

    def answer(self, message, **more):
        message.request.reply_to.answer(Outcome("open", "A", source=Source.READBACK, revision=7, **more))


@pytest.fixture
def controller(logs):  # noqa: ARG001 - the loggers are bound when actors are made
    made = Controller()
    yield made
    made.house.close()


@pytest.fixture
def linked(house, controller):
    near = Near(house, controller.port, timeout_s=2.0)
    near.is_up()
    near.line.wait_for(Described)
    return near


def test_a_move_travels_there_and_back(controller, linked):
    linked.switch(by="jan@acq/1", trace="t7")
    move = controller.line.wait_for(Move)
    assert (move.valve, move.target, move.request.by, move.request.trace) == ("A", OPEN, "jan@acq/1", "t7")
    controller.answer(move, kind=Kind.MOVED, state=OPEN)
    assert linked.end() == Switched("A", Kind.MOVED, OPEN, Source.REPLY, revision=7, final=True)


@pytest.mark.parametrize(
    ("kind", "state", "reason"),
    [
        (Kind.ALREADY, OPEN, None),
        (Kind.REFUSED, CLOSED, Reason.INTERLOCKED),
        (Kind.REFUSED, CLOSED, Reason.LOCKED),
        (Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER),
        (Kind.UNKNOWN, CLOSED, Reason.FAILED),
    ],
)
def test_every_outcome_is_the_same_on_the_other_side(controller, linked, kind, state, reason):
    linked.switch()
    text = {"text": "because"} if reason else {}
    controller.answer(controller.line.wait_for(Move), kind=kind, state=state, reason=reason, **text)
    end = linked.end()
    assert (end.kind, end.state, end.reason, end.text) == (kind, state, reason, text.get("text", ""))


def test_the_deadline_means_the_same_on_both_sides(controller, linked):
    deadline = time.monotonic() + 1.0
    linked.switch(deadline=deadline)
    move = controller.line.wait_for(Move)
    assert deadline - 0.5 < move.request.deadline <= deadline
    controller.answer(move, kind=Kind.MOVED, state=OPEN)
    linked.end()


def test_our_own_server_takes_the_goodbye_for_an_orderly_end(controller, linked, logs):
    linked.house.stop(NODE)
    server = "remote_command_server"
    until(lambda: controller.house.detail(server).endswith(", 0 clients"), "both connections have ended there")
    assert logs.named("connection.closed") == []
    assert controller.house.failures.empty()


def test_a_controller_that_stops_is_lost_and_found_again(controller, linked):
    linked.switch()
    controller.line.wait_for(Move)
    stopped = in_background(lambda: controller.house.stop("remote_command_server"))
    assert linked.end().kind is Kind.UNKNOWN
    stopped()
    linked.lost()
    controller.house.start(RemoteCommandServer, "remote_command_server", ListenSettings(port=controller.port))
    assert linked.is_up().boot == "far-1"


def test_an_end_names_the_order_that_it_is_the_end_of(pair):
    order = Switch(VALVE, "A", OPEN, check=True, epoch=1, request=request(), order=7)
    pair.near.house.tell(NODE, order)
    pair.acts.line()
    pair.acts.reply("OK", rev="1", state="open")
    assert pair.near.end().order == 7


# --- acts that overtake each other --------------------------------------------------------------------------------

BY_ID = {"fields": "", "ids": ""}


def test_replies_are_matched_by_their_ids(house, far):
    pair = Pair(house, far, features=BY_ID)
    pair.near.switch(valve="A")
    _, first = pair.acts.line()
    pair.near.switch(valve="B")
    _, second = pair.acts.line()
    pair.acts.reply("OK", id=second["id"], state="open")
    assert pair.near.end("B").kind is Kind.MOVED
    pair.acts.reply("OK", id=first["id"], state="open")
    assert pair.near.end("A").kind is Kind.MOVED


def test_a_reply_with_an_id_that_nobody_gave_ends_the_connection(house, far):
    pair = Pair(house, far, features=BY_ID)
    pair.acts.reply("OK", id="another", state="open")
    assert "unasked" in pair.near.lost()
    assert pair.acts.how_it_ended() == "reset"


def test_each_act_has_its_own_time_where_none_waits_for_another(house, far):
    valves = '{"valves": [{"name": "A", "settling_time_s": 30.0}, {"name": "B"}], "total": 2}'
    pair = Pair(house, far, features=BY_ID, timeout_s=0.2, valves=valves)
    pair.near.line.wait_for(Described)
    pair.near.switch(valve="A")
    pair.near.switch(valve="B")
    assert "no answer in 0.2 s" in pair.near.end("B").text


def test_both_connections_are_kept_alive(house, far, monkeypatch):
    monkeypatch.setattr(client_module, "KEEPALIVE_S", 0.05)
    pair = Pair(house, far)
    for session in (pair.acts, pair.asks):
        text, _ = session.line()
        assert text.startswith("Hello 1 ")


def test_connections_to_two_lives_are_not_taken_for_one_node(house, far):
    near = Near(house, far.port)
    acts, asks = far.accept(), far.accept()
    far.greet(acts, boot="old")
    far.greet(asks, boot="new")
    assert "it restarted (boot " in near.lost()
    far.welcome("new")


def test_a_far_end_that_takes_no_fields_is_told_none(house, far):
    pair = Pair(house, far, features={"ids": ""})
    pair.near.switch()
    assert pair.acts.line() == ("Open A", {})
    pair.acts.reply("OK")
    assert pair.near.end().kind is Kind.MOVED


def test_a_far_end_that_tells_no_ids_is_answered_in_order(pair):
    answers = pair.near.query("GetTemperature")
    pair.near.word()
    assert [pair.asks.line()[0] for _ in range(2)] == ["GetTemperature", "GetValveStates"]
    pair.asks.reply("23.5")
    pair.asks.reply("A0" + words.crc("A0"))
    assert answers.wait().text == "23.5"
    assert pair.near.monitor.wait_for(WordHeard).values == {"A": "0"}


def test_a_node_that_never_answered_does_not_take_the_place_of_where_it_did(house, new_far):
    silent = new_far(listening=False)
    near = Near(house, silent.port)
    near.lost()
    house.quiet()
    assert near.store.all(NodeSeen) == []


def test_where_a_node_answers_is_remembered_and_until_when(house, far):
    pair = Pair(house, far)
    first = pair.near.store.wait_for(NodeSeen)
    assert first.address == f"127.0.0.1:{far.port}"
    pair.acts.close()
    pair.near.lost()
    assert pair.near.store.wait_for(NodeSeen).at >= first.at


def test_another_life_is_noticed_though_both_connections_had_gone(house, far):
    pair = Pair(house, far, timeout_s=0.1)
    pair.near.switch()
    pair.near.word()
    pair.near.end()
    pair.near.monitor.wait_for(WordHeard)
    acts, asks = far.accept(), far.accept()
    far.greet(acts, boot="far-2")
    assert "it restarted (boot far-2)" in pair.near.lost()
    asks.close()
    far.welcome("far-2")


def test_a_node_that_is_simulated_is_said_to_be(house, far, logs):
    pair = Pair(house, far, features={"fields": "", "simulated": ""})
    assert "SIMULATED" in pair.near.view().detail
    assert "SIMULATED" in house.detail(NODE)
    assert logs.wait_for("node.simulated")["peer"] == pair.near.view().name
    assert house.context.facts["simulated_nodes"] == {pair.near.view().name: True}


# --- orders that are no moves -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "args", "text"),
    [
        (Claim, ("A", 60), "Claim A,60"),
        (Claim, ("A", None), "Claim A"),
        (Release, ("A",), "Release A"),
        (Assume, ("A", OPEN, "turned by hand"), "Assume A,open,turned by hand"),
        (SetService, ("A", False, "leaks"), "OutOfService A,leaks"),
        (SetService, ("A", True, ""), "InService A"),
    ],
)
def test_an_order_is_an_act_with_an_id_and_a_deadline(pair, kind, args, text):
    answers = pair.near.order(kind, *args)
    said, fields = pair.acts.line()
    assert said == text
    assert fields["id"]
    assert int(fields["deadline"]) <= far_clock_ms() + 5000
    pair.acts.reply("OK", state="closed")
    outcome = answers.wait()
    assert (outcome.kind, outcome.subject) == (Kind.DONE, "A")
    assert pair.near.chronicle.wait_for(Settled).outcome == outcome


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
