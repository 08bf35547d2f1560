"""The line with its real valves; the actuator is the test, which answers each `Switch` as it likes."""

import threading
import time

import pytest

from actors import extraction_line, line_orders
from actors.actuation import Actuate, HurryUp, OriginLost, Settled, Switch, Switched
from actors.actuator import Actuator, ActuatorSetup
from actors.extraction_line import ExtractionLine
from actors.facts import Fact, Keep, Kept
from actors.messages import Failed, Kind, Move, News, Query, Reason, Source, State, Tick
from actors.remote import Announce, LocksSeen
from actors.store import Recall, Store
from actors.table import ValveSpec
from tests.actors.house import RELAYS, Answers, Bench, FakeDriver, request, until

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
NODE = "node.ExtractionLine"


def specs(**more):
    """A and B exclude each other, C stands alone; `more` is said of A."""
    return (
        ValveSpec("A", "101", RELAYS, **{"interlocks": ("B",), **more}),
        ValveSpec("B", "102", RELAYS, interlocks=("A",)),
        ValveSpec("C", "103", RELAYS),
    )


@pytest.fixture(autouse=True)
def short_times(monkeypatch):
    monkeypatch.setattr(line_orders, "MAX_WAIT_S", 0.1)
    monkeypatch.setattr(extraction_line, "TICK_S", 0.02)


@pytest.fixture
def relays(house):
    return house.recorder(RELAYS)


@pytest.fixture
def bench(house, relays):  # noqa: ARG001 - the actuator comes first
    made = Bench(house, specs(), timeout_s=10.0).start()
    made.see(A=CLOSED, B=CLOSED, C=CLOSED)
    return made


def carried_out(bench, relays, answers, **more):
    """Let the actuator carry out what is asked for next; return how it ended."""
    bench.done(relays.wait_for(Switch), **more)
    return answers.wait()


# --- moving ---------------------------------------------------------------------------------------------------


def test_a_move_is_answered_from_what_was_read(bench, relays):
    outcome = carried_out(bench, relays, bench.open("A"))
    assert (outcome.verb, outcome.subject, outcome.kind, outcome.state) == ("open", "A", Kind.MOVED, OPEN)
    assert outcome.source is Source.READBACK
    assert bench.states() == {"A": OPEN, "B": CLOSED, "C": CLOSED}


def test_reply_table_and_journal_are_of_one_value(bench, relays):
    outcome = carried_out(bench, relays, bench.open("A"))
    settled = bench.chronicle.wait_for(Settled)
    assert (settled.outcome, settled.before) == (outcome, CLOSED)
    assert outcome.revision == bench.views()["A"].revision


def test_the_revision_grows_with_every_move(bench, relays):
    first = carried_out(bench, relays, bench.open("A")).revision
    assert carried_out(bench, relays, bench.close("A")).revision > first


def test_second_open_does_not_touch_the_relay(house, bench, relays):
    carried_out(bench, relays, bench.open("A"))
    outcome = bench.open("A").wait()
    assert (outcome.kind, outcome.state) == (Kind.ALREADY, OPEN)
    house.quiet()
    assert relays.all(Switch) == []


def test_the_same_move_joins_the_one_in_flight_and_gets_its_outcome(house, bench, relays):
    first, second = bench.open("A"), bench.open("A")
    house.quiet()
    bench.done(relays.wait_for(Switch))
    assert (first.wait().kind, second.wait().kind) == (Kind.MOVED, Kind.MOVED)
    assert relays.all(Switch) == []


def test_a_valve_in_flight_is_shown_as_moving(house, bench, relays):
    bench.open("A")
    relays.wait_for(Switch)
    assert bench.views()["A"].moving is OPEN
    assert house.detail("extraction_line/valve.A") == "moving to open"
    assert house.detail("extraction_line") == "3 valves, 1 moving"


def test_a_close_waits_behind_the_opening_then_runs(bench, relays):
    opening, closing = bench.open("A"), bench.close("A")
    bench.done(relays.wait_for(Switch))
    assert opening.wait().state is OPEN
    switch = relays.wait_for(Switch)
    assert switch.target is CLOSED
    bench.done(switch)
    assert closing.wait().state is CLOSED


def test_a_close_that_waits_is_refused_when_its_deadline_passes_meanwhile(house, bench, relays):
    bench.open("A")
    closing = bench.close("A", deadline=time.monotonic() + 0.05)
    switch = relays.wait_for(Switch)
    house.after(0.06)
    bench.done(switch)
    assert closing.wait().reason is Reason.EXPIRED


def test_an_open_during_the_closing_is_refused(bench, relays):
    carried_out(bench, relays, bench.open("A"))
    bench.close("A")
    relays.wait_for(Switch)
    outcome = bench.open("A").wait()
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.BUSY)


@pytest.mark.parametrize("end", [OPEN, CLOSED])
def test_an_interlocked_open_is_refused_while_the_other_is_moving(bench, relays, end):
    if end is CLOSED:
        carried_out(bench, relays, bench.open("A"))
    bench.ask("A", end)
    switch = relays.wait_for(Switch)
    outcome = bench.open("B").wait()
    assert (outcome.reason, outcome.text) == (Reason.INTERLOCKED, "B may not open while A is moving")
    bench.done(switch)


def test_an_interlocked_open_is_permitted_once_the_other_is_closed(bench, relays):
    carried_out(bench, relays, bench.open("A"))
    assert bench.open("B").wait().text == "B may not open while A is open"
    carried_out(bench, relays, bench.close("A"))
    assert carried_out(bench, relays, bench.open("B")).kind is Kind.MOVED


def test_another_valve_moves_while_one_is_slow(bench, relays):
    bench.open("A")
    relays.wait_for(Switch)
    assert carried_out(bench, relays, bench.open("C")).kind is Kind.MOVED


def test_an_unknown_name_is_refused_with_the_nearest(bench):
    outcome = bench.open("a").wait()
    assert (outcome.reason, outcome.text) == (
        Reason.UNKNOWN_VALVE,
        "a is not a registered valve name (did you mean A?)",
    )


# --- deadlines and ends that nobody saw --------------------------------------------------------------------------


def test_a_command_past_its_deadline_is_refused_at_the_door(house, bench, relays):
    outcome = bench.open("A", deadline=time.monotonic() - 1).wait()
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.EXPIRED)
    house.quiet()
    assert relays.all(Switch) == []


def test_the_deadline_travels_to_whoever_writes(bench, relays):
    deadline = time.monotonic() + 7
    bench.open("A", deadline=deadline)
    assert relays.wait_for(Switch).request.deadline == deadline


def test_an_actuator_that_wrote_nothing_changes_nothing(bench, relays):
    refused = {"kind": Kind.REFUSED, "reason": Reason.NOT_CONNECTED, "text": "A: connection refused"}
    outcome = carried_out(bench, relays, bench.open("A"), state=UNKNOWN, **refused)
    assert (outcome.kind, outcome.state, outcome.reason) == (Kind.REFUSED, CLOSED, Reason.NOT_CONNECTED)
    assert bench.views()["A"].moving is None


def test_silence_after_the_write_makes_the_valve_unknown_and_holds_its_interlocks(bench, relays):
    silent = {"kind": Kind.UNKNOWN, "reason": Reason.NO_ANSWER, "text": "A: silence"}
    outcome = carried_out(bench, relays, bench.open("A"), state=UNKNOWN, **silent)
    assert (outcome.kind, outcome.state, outcome.reason) == (Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER)
    assert bench.views()["A"].why == "A: silence"
    assert bench.open("B").wait().text == "B may not open while A is unknown (A: silence)"


def test_two_looks_that_agree_on_the_wrong_state_are_believed_and_called_a_failure(bench, relays):
    answers = bench.open("A")
    bench.done(relays.wait_for(Switch), CLOSED)
    look = relays.wait_for(object, lambda message: message.__class__.__name__ == "Look")
    bench.done(look, CLOSED)
    outcome = answers.wait()
    assert (outcome.kind, outcome.state, outcome.reason) == (Kind.UNKNOWN, CLOSED, Reason.FAILED)
    assert bench.states()["A"] is CLOSED


def test_a_flight_without_an_end_is_unknown_after_the_longest_move(house, relays):
    bench = Bench(house, specs(), timeout_s=0.0).start()
    bench.see(A=CLOSED, B=CLOSED, C=CLOSED)
    outcome = bench.open("A").wait()
    assert (outcome.kind, outcome.text) == (Kind.UNKNOWN, "A: no end of its move was seen in time")
    assert bench.states()["A"] is UNKNOWN
    relays.wait_for(Switch)


def test_an_end_that_comes_after_the_flight_was_given_up_changes_nothing(house, logs, relays):
    bench = Bench(house, specs(), timeout_s=0.0).start()
    bench.see(A=CLOSED, B=CLOSED, C=CLOSED)
    bench.open("A").wait()
    bench.done(relays.wait_for(Switch))
    logs.wait_for("valve.late_end")
    assert bench.states()["A"] is UNKNOWN


def test_the_end_of_a_move_that_was_given_up_is_not_taken_for_the_next_ones(house, relays):
    """The late answer and the next request meet on the loop: the line must not take the one for the other."""
    bench = Bench(house, specs(), timeout_s=0.0).start()
    bench.see(A=CLOSED, B=CLOSED, C=CLOSED)
    bench.open("A").wait()
    late, answers = relays.wait_for(Switch), Answers()

    def together():
        house.tell(bench.line, Move("A", CLOSED, request(answers)))
        bench.done(late)

    house.context.loop.call(together)
    outcome = answers.wait()
    assert (outcome.kind, outcome.state) != (Kind.MOVED, OPEN), "a close that is told `moved` while the valve is open"
    house.quiet()
    assert (outcome.kind, outcome.reason) == (Kind.UNKNOWN, Reason.NO_ANSWER), "its own end never came"


def test_a_valve_whose_actuator_died_with_the_order_in_hand_can_be_moved_again(house):
    """The actuator fails, is replaced, and never answers for its old order."""
    bench = Bench(house, specs(), timeout_s=0.0).start()
    bench.see(A=CLOSED, B=CLOSED, C=CLOSED)
    driver = FakeDriver(["101", "102", "103"])
    setup = ActuatorSetup(bench.specs, opens_when_closed=True, poll_s=0)
    house.start(Actuator, RELAYS, driver, None, setup, bench.fence)
    assert driver.entered.get(timeout=5) == "read_all"
    driver.broken.set()
    assert bench.open("A").wait().kind is Kind.UNKNOWN
    assert house.failures.get(timeout=5).path == RELAYS
    driver.broken.clear()
    house.start(Actuator, RELAYS, driver, None, setup, bench.fence)
    assert bench.open("A").wait().kind is Kind.MOVED


def test_a_valve_whose_actor_is_gone_is_refused_and_nothing_moves(house, bench, relays):
    house.stop("extraction_line/valve.A")
    outcome = bench.open("A").wait()
    assert (outcome.kind, outcome.reason, outcome.state) == (Kind.REFUSED, Reason.BUSY, CLOSED)
    assert bench.views()["A"].moving is None
    assert relays.all(Switch) == []


def test_a_valve_that_failed_in_flight_is_unknown(bench, relays, house):
    answers = bench.open("A")
    relays.wait_for(Switch)
    house.tell(bench.line, Failed("extraction_line/valve.A", "KeyError: 'x'", time.monotonic()))
    outcome = answers.wait()
    assert (outcome.kind, outcome.text) == (Kind.UNKNOWN, "A: its actor failed (KeyError: 'x')")


# --- stale, and what others saw -----------------------------------------------------------------------------------


@pytest.fixture
def stale(house, relays):
    """A bench whose valve A was last seen closed, too long ago to say so."""
    bench = Bench(house, specs(stale_after_s=0.05), timeout_s=10.0).start()
    bench.see(A=CLOSED, B=CLOSED)
    house.after(0.06)
    relays.clear()
    return bench


def test_a_stale_valve_that_reads_as_asked_is_already_so_and_not_written(stale, relays):
    answers = stale.close("A")
    assert relays.wait_for(object) == Tick("now")
    assert answers.left() == []
    stale.see(A=CLOSED)
    assert answers.wait().kind is Kind.ALREADY
    assert relays.all(Switch) == []


def test_a_stale_valve_that_reads_otherwise_is_moved(stale, relays):
    answers = stale.close("A")
    relays.wait_for(Tick)
    stale.see(A=OPEN)
    assert carried_out(stale, relays, answers).kind is Kind.MOVED


def test_a_look_that_began_before_a_stale_valve_was_asked_for_does_not_answer(house, stale, relays):
    before = time.monotonic() - 0.001
    answers = stale.close("A")
    relays.wait_for(Tick)
    stale.see(A=CLOSED, asked_at=before)
    house.quiet()
    assert answers.left() == []


def test_a_stale_valve_whose_device_is_lost_is_answered(house, stale, relays):
    answers = stale.close("A")
    relays.wait_for(Tick)
    house.tell(stale.line, OriginLost(RELAYS, "connection refused"))
    switch = relays.wait_for(Switch)  # unknown now: the other rules decided
    stale.done(switch, UNKNOWN, kind=Kind.REFUSED, reason=Reason.NOT_CONNECTED, text="connection refused")
    assert answers.wait().reason is Reason.NOT_CONNECTED


def test_a_stale_valve_whose_actuator_is_not_running_is_answered(house, stale):
    house.stop(RELAYS)
    outcome = stale.close("A").wait()
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.NOT_CONNECTED)


def test_whoever_waits_for_a_look_is_told_when_the_line_stops(house, stale, relays):
    answers = stale.close("A")
    relays.wait_for(Tick)
    house.stop(stale.line)
    assert not answers.wait().ok


def test_whoever_waits_for_a_look_is_told_when_none_comes(house, monkeypatch):
    monkeypatch.setattr(line_orders, "MAX_WAIT_S", 0.05)
    house.recorder(RELAYS)
    bench = Bench(house, specs(stale_after_s=0.05), timeout_s=0.0).start()
    bench.see(A=CLOSED, B=CLOSED)
    house.after(0.06)
    assert not bench.close("A", deadline=time.monotonic() + 0.1).wait().ok


def test_silence_is_told_once_it_is_unknown(house, relays):  # noqa: ARG001
    bench = Bench(house, specs(stale_after_s=0.05), timeout_s=10.0).start()
    bench.see(A=CLOSED)
    bench.chronicle.wait_for(News, lambda news: (news.topic, news.value) == ("valve.A", "closed"))
    news = bench.chronicle.wait_for(News, lambda news: (news.topic, news.value) == ("valve.A", "unknown"))
    assert news.quality == "unknown"
    assert news.extra["why"].startswith("nothing heard of it for")


def test_a_poll_that_differs_is_a_mismatch_an_event_and_counts_at_once(bench, logs):
    bench.see(A=OPEN)
    keys = logs.wait_for("valve.mismatch")
    assert (keys["level"], keys["valve"], keys["believed"], keys["seen"]) == ("error", "A", "closed", "open")
    news = bench.chronicle.wait_for(News, lambda news: news.value == "open")
    assert (news.topic, news.source, news.quality) == ("valve.A", "poll", "good")
    assert bench.open("B").wait().reason is Reason.INTERLOCKED


def test_what_was_unknown_and_is_read_is_no_mismatch(bench, logs):
    bench.house.tell(bench.line, OriginLost(RELAYS, "gone"))
    bench.see(A=OPEN)
    assert bench.states()["A"] is OPEN
    assert logs.named("valve.mismatch") == []


def test_two_interlocked_valves_found_open_are_an_alarm(bench, logs):
    bench.see(A=OPEN, B=OPEN)
    assert logs.wait_for("interlock.violated")["level"] == "error"
    news = bench.chronicle.wait_for(News, lambda news: news.topic == "alarm.interlock")
    assert news.value == ["A", "B"]


def test_a_look_that_began_before_the_move_ended_does_not_undo_it(bench, relays):
    before = time.monotonic()
    carried_out(bench, relays, bench.open("A"))
    bench.see(A=CLOSED, asked_at=before)
    assert bench.states()["A"] is OPEN


def test_a_look_says_nothing_of_a_valve_in_flight(bench, relays):
    bench.open("A")
    switch = relays.wait_for(Switch)
    bench.see(A=CLOSED)
    assert bench.views()["A"].moving is OPEN
    bench.done(switch)


def test_a_lost_origin_makes_its_valves_unknown_with_the_reason(bench):
    bench.house.tell(bench.line, OriginLost(RELAYS, "connection refused"))
    assert {view.state for view in bench.views().values()} == {UNKNOWN}
    assert {view.why for view in bench.views().values()} == {"connection refused"}
    news = bench.chronicle.wait_for(News, lambda news: news.topic == "valve.B" and news.value == "unknown")
    assert news.extra == {"why": "connection refused"}


def test_the_picture_is_new_only_when_something_changed(bench):
    def painted():
        answers = Answers()
        bench.house.tell(bench.line, Query("picture", (), request(answers)))
        return answers.wait().value

    first = painted()
    assert painted() is first
    bench.see(A=OPEN)
    assert painted().by_name["A"].state is OPEN


def test_a_question_that_nobody_knows_is_refused(bench):
    answers = Answers()
    bench.house.tell(bench.line, Query("weather", (), request(answers)))
    assert answers.wait().kind is Kind.REFUSED


# --- locks --------------------------------------------------------------------------------------------------------


@pytest.fixture
def store(house, tmp_path):
    house.start(Store, "store", tmp_path / "state" / "state.sqlite")


def test_a_lock_is_on_disk_before_it_is_answered_and_nothing_moves(bench, house, relays, store):  # noqa: ARG001
    outcome = bench.lock("A").wait()
    assert (outcome.verb, outcome.kind) == ("lock", Kind.DONE)
    assert house.ask("store", Recall()).facts[Fact.LOCK] == {"A": outcome.text}
    assert outcome.text.startswith("me@bench/1 at ")
    refused = bench.open("A").wait()
    assert (refused.reason, refused.text) == (Reason.LOCKED, f"Valve A is software locked ({outcome.text})")
    assert relays.all(Switch) == []


def test_an_unlocked_valve_moves_again(bench, house, relays, store):  # noqa: ARG001
    bench.lock("A").wait()
    assert bench.lock("A", locked=False).wait().verb == "unlock"
    assert house.ask("store", Recall()).facts[Fact.LOCK] == {}
    assert carried_out(bench, relays, bench.open("A")).kind is Kind.MOVED


def test_a_lock_is_told_as_news(bench, store):  # noqa: ARG001
    bench.lock("A").wait()
    news = bench.chronicle.wait_for(News, lambda news: news.topic == "lock.A")
    assert (news.value, news.trace) == (True, "t1")


def test_locks_of_an_earlier_life_hold_from_the_start(house, relays):
    bench = Bench(house, specs(), locks={"A": "jan at 2026-01-01"}).start()
    bench.see(A=CLOSED, B=CLOSED, C=CLOSED)
    assert bench.open("A").wait().reason is Reason.LOCKED
    assert relays.all(Switch) == []


def test_a_lock_that_is_not_on_disk_is_no_lock(bench):
    outcome = bench.lock("A").wait()
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.INTERNAL)
    assert bench.views()["A"].locked == ""


def test_a_lock_that_the_store_could_not_write_is_refused(bench, house):
    store = house.recorder("store")
    answers = bench.lock("A")
    save = store.wait_for(Keep)
    assert bench.views()["A"].locked == "", "it holds only once it is on disk"
    house.tell(bench.line, Kept(save, "disk full"))
    assert (answers.wait().text, bench.views()["A"].locked) == ("A: disk full", "")


def test_a_lock_on_an_unknown_valve_is_refused(bench):
    assert bench.lock("Q").wait().reason is Reason.UNKNOWN_VALVE


def test_a_lock_past_its_deadline_is_refused(bench, store):  # noqa: ARG001
    outcome = bench.lock("A", deadline=time.monotonic() - 1).wait()
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.EXPIRED)


# --- valves of another node ---------------------------------------------------------------------------------------


@pytest.fixture
def far(house):
    """A line whose valve R is another node's; the node connection is the test."""
    node = house.recorder(NODE)
    made = Bench(house, (ValveSpec("R", "", NODE, remote=True),), nodes=(NODE,), timeout_s=10.0).start()
    made.node = node
    return made


def test_a_node_is_asked_to_tell_what_it_knows(far):
    assert far.node.wait_for(Announce)


def test_a_forwarded_move_is_the_other_nodes_to_decide(far):
    answers = far.open("R")
    switch = far.node.wait_for(Switch)
    far.done(switch, kind=Kind.REFUSED, reason=Reason.LOCKED, text="locked there", source=Source.REPLY, final=True)
    assert (answers.wait().reason, far.states()["R"]) == (Reason.LOCKED, UNKNOWN)


def test_the_far_ends_later_revision_is_not_undone_by_an_earlier_reply(far, house):
    answers = far.open("R")
    switch = far.node.wait_for(Switch)
    far.done(switch, source=Source.REPLY, final=True, revision=7)
    assert answers.wait().state is OPEN
    again = far.close("R")
    switch = far.node.wait_for(Switch)
    far.done(switch, source=Source.REPLY, final=True, revision=6)
    again.wait()
    assert far.states()["R"] is OPEN
    house.quiet()


def test_a_lock_of_another_node_is_forwarded_and_shown(far, house):
    far.lock("R")
    assert far.node.wait_for(object, lambda message: getattr(message, "locked", None) is True).valve == "R"
    house.tell(far.line, LocksSeen(NODE, {"R": "jan at noon"}))
    assert far.views()["R"].locked == "jan at noon"


def test_a_node_that_is_not_running_takes_no_lock(house):
    bench = Bench(house, (ValveSpec("R", "", NODE, remote=True),)).start()
    assert bench.lock("R").wait().reason is Reason.NOT_CONNECTED


def test_a_name_is_not_denied_before_every_node_has_told_its_valves(far):
    outcome = far.open("Q").wait()
    assert outcome.reason is Reason.NOT_CONNECTED
    assert "node.ExtractionLine has not told its valves: it has not answered yet" in outcome.text


# --- restarting and stopping --------------------------------------------------------------------------------------


def test_whoever_waits_is_told_when_the_line_stops(house, bench, relays):
    flying, joined, queued = bench.open("A"), bench.open("A"), bench.close("A")
    relays.wait_for(Switch)
    house.stop(bench.line)
    for answers in (flying, joined, queued):
        outcome = answers.wait()
        assert (outcome.kind, outcome.state) == (Kind.UNKNOWN, UNKNOWN)
        assert answers.left() == []


def test_a_move_cut_short_is_doubted_until_two_looks_agree(house, relays):
    bench = Bench(house, specs(), timeout_s=0.0)
    bench.intents.begin("A", OPEN)
    bench.start()
    assert bench.views()["A"].why == "its move was cut short"
    bench.see(A=OPEN, B=CLOSED)
    assert bench.states()["A"] is UNKNOWN, "the move may still be going on"
    assert bench.states()["B"] is CLOSED
    house.after(0.11)
    bench.see(A=OPEN)
    bench.see(A=CLOSED)
    assert bench.states()["A"] is UNKNOWN, "two looks that differ"
    bench.see(A=CLOSED)
    assert bench.states()["A"] is CLOSED
    assert bench.intents.open == {}
    assert relays.wait_for(Tick).what == "now"


def test_every_doubted_valve_is_looked_at_until_it_is_known_though_nobody_polls(house):
    """Two moves were cut short, one after the other; the actuator looks only when it is asked to."""
    known = {"A": OPEN, "B": CLOSED, "C": CLOSED}
    bench = Bench(house, specs(), timeout_s=0.0)

    def look(message):
        if isinstance(message, Tick):
            bench.see(**known)

    relays = house.recorder(RELAYS, look)
    bench.start()
    for valve in ("A", "C"):
        bench.ask(valve, CLOSED if known[valve] is OPEN else OPEN)
        relays.wait_for(Switch)
        house.tell(bench.line, Failed(f"extraction_line/valve.{valve}", "KeyError", time.monotonic()))
        house.after(0.06)  # so that the one doubt ends while the other goes on
    until(lambda: bench.states() == known, "all valves known", timeout_s=2.0)


def test_many_looks_at_a_doubted_valve_do_not_multiply(house, relays):
    """A valve that its actuator does not know stays doubted; each look asks for one more, not for two."""
    bench = Bench(house, specs(), timeout_s=0.0)
    bench.intents.begin("A", OPEN)
    bench.start()
    for _ in range(10):
        bench.see(B=CLOSED)
    house.after(0.2)  # longer than the move may take
    assert len(relays.all(Tick)) <= 4


def test_an_epoch_is_spent_with_every_line(house, bench, relays):
    bench.open("A")
    first = relays.wait_for(Switch).epoch
    house.stop(bench.line)
    house.start(ExtractionLine, bench.line, bench.setup, {})
    assert bench.fence.epoch > first


def test_a_request_that_meets_a_line_just_ended_is_told_that_nothing_was_begun(house, bench):
    answers = Answers()
    blocked = threading.Event()
    ref = house.ref(bench.line)
    house.context.loop.call(lambda: blocked.wait(5))
    ref.tell("no message of the line's")
    ref.tell(Move("A", OPEN, request(answers)))
    blocked.set()
    outcome = answers.wait()
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.BUSY)


def test_the_valve_is_hurried_when_a_close_waits(house, relays):  # noqa: ARG001
    bench = Bench(house, specs(), timeout_s=10.0)
    house.start(ExtractionLine, bench.line, bench.setup, {})
    valve = house.recorder("extraction_line/valve.A")
    bench.see(A=CLOSED, B=CLOSED)
    bench.open("A")
    bench.close("A")
    first = valve.wait_for(Actuate)
    assert first.move.target is OPEN
    assert valve.wait_for(HurryUp)
    house.tell(bench.line, Switched("A", Kind.MOVED, OPEN, Source.READBACK, order=first.order))
    assert valve.wait_for(Actuate).move.target is CLOSED
