"""What is done behind the reply: event, log line, journal row."""

import dataclasses

import pytest

from actors.actuation import Settled
from actors.chronicle import Chronicle
from actors.messages import Kind, News, Outcome, Ping, Query, Reason, Source, State
from actors.store_journal import FlushJournal, Write
from tests.actors.house import request

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
MOVED = Outcome("open", "A", Kind.MOVED, OPEN, source=Source.READBACK, revision=7, took_ms=1.234)


@pytest.fixture
def rig(house):
    class Rig:
        notifier, store = house.recorder("notifier"), house.recorder("store")

        @staticmethod
        def settle(outcome, before=CLOSED, **more):
            house.tell("chronicle", Settled(request(), outcome, before, 99.5, **more))

    house.start(Chronicle, "chronicle")
    return Rig


def test_a_move_is_an_event(rig):
    rig.settle(MOVED)
    assert rig.notifier.wait_for(News) == News(
        "valve.A", "open", 7, source="readback", trace="t1", extra={"by": "me@bench/1"}
    )


def test_an_unknown_outcome_is_an_event_with_the_reason(rig):
    rig.settle(Outcome("open", "A", Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER, "silence"), origin_rev=3)
    news = rig.notifier.wait_for(News)
    assert (news.value, news.quality) == ("unknown", "unknown")
    assert news.extra == {"by": "me@bench/1", "why": "silence", "origin_rev": 3}


@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.ALREADY, Kind.DONE])
def test_what_changed_nothing_is_no_event(house, rig, kind):
    rig.settle(dataclasses.replace(MOVED, kind=kind, state=CLOSED), before=CLOSED)
    house.quiet()
    assert rig.notifier.all() == []


def test_an_answer_that_nothing_moved_but_taught_the_table_something_is_an_event(rig):
    """A valve of another node, unknown here: `ok` says that it is open, and nobody else will say so again."""
    rig.settle(dataclasses.replace(MOVED, kind=Kind.ALREADY), before=UNKNOWN)
    assert rig.notifier.wait_for(News, timeout_s=1.0).value == "open"


def test_a_furnace_command_without_an_answer_is_no_news_of_a_valve(house, rig):
    rig.settle(Outcome("SetSetpoint", "Furnace", Kind.UNKNOWN, reason=Reason.NO_ANSWER, text="silence"), UNKNOWN)
    house.quiet()
    assert [news.topic for news in rig.notifier.all(News)] == []


def test_news_are_passed_on_as_they_are(house, rig):
    news = News("lock.A", value=True)
    house.tell("chronicle", news)
    assert rig.notifier.wait_for(News) is news


def test_a_command_is_one_journal_row(rig):
    rig.settle(MOVED)
    row = (99.5, "me@bench/1", "open", "A", "moved", "", "", 1.234, "closed", "open", "t1", "")
    assert rig.store.wait_for(Write).rows == (row,)


def test_rows_go_to_the_store_together_and_in_order(rig):
    for number in range(20):
        rig.settle(dataclasses.replace(MOVED, revision=number, took_ms=float(number)))
    rows = rig.store.wait_for(Write).rows
    assert [row[7] for row in rows] == [float(number) for number in range(20)]
    rig.settle(MOVED)
    assert len(rig.store.wait_for(Write).rows) == 1


def test_an_actuation_is_counted_once_however_many_asked_for_it(rig):
    rig.settle(MOVED)
    rig.settle(dataclasses.replace(MOVED, took_ms=0.5))  # who joined it
    rig.settle(dataclasses.replace(MOVED, revision=8, took_ms=2.0))
    write = rig.store.wait_for(Write)
    assert write.actuations == (("A", "moved", 1.234, 99.5), ("A", "moved", 2.0, 99.5))
    assert len(write.rows) == 3


def test_a_move_that_did_not_get_there_and_one_that_nobody_saw_are_counted_apart(rig):
    rig.settle(Outcome("open", "A", Kind.UNKNOWN, CLOSED, Reason.FAILED, "stuck", revision=8, took_ms=3.0))
    rig.settle(Outcome("open", "A", Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER, "silence", revision=9, took_ms=4.0))
    assert rig.store.wait_for(Write).actuations == (("A", "failed", 3.0, 99.5), ("A", "unknown", 4.0, 99.5))


@pytest.mark.parametrize(
    "outcome",
    [
        dataclasses.replace(MOVED, kind=Kind.REFUSED),
        dataclasses.replace(MOVED, kind=Kind.ALREADY),
        dataclasses.replace(MOVED, verb="lock", kind=Kind.DONE),
    ],
)
def test_what_moved_nothing_is_not_counted(rig, outcome):
    rig.settle(outcome)
    assert rig.store.wait_for(Write).actuations == ()


def test_the_store_hears_what_a_valve_is_known_to_be_whoever_told(house, rig):
    rig.settle(MOVED)
    house.tell("chronicle", News("valve.B", "closed", 3, source="poll"))
    states = rig.store.wait_for(Write).states
    assert [(valve, state) for valve, state, _at in states] == [("A", "open"), ("B", "closed")]


def test_a_state_goes_to_the_store_without_any_command(house, rig):
    house.tell("chronicle", News("valve.B", "closed", 3, source="poll"))
    write = rig.store.wait_for(Write)
    assert (write.rows, [row[:2] for row in write.states]) == ((), [("B", "closed")])


@pytest.mark.parametrize(
    "news",
    [
        News("valve.A", "unknown", 8, quality="unknown"),
        News("valve.A", "closed", 6, source="poll"),  # older than what was told
        News("valve.A", "closed", 8, source="memory"),
        News("lock.A", value=True),
    ],
)
def test_what_says_nothing_new_of_a_position_leaves_the_last_known_one(house, rig, news):
    rig.settle(MOVED)
    house.tell("chronicle", news)
    house.ask("chronicle", FlushJournal())
    assert [row[:2] for row in rig.store.wait_for(Write).states] == [("A", "open")]


def test_when_a_flush_is_answered_the_store_has_been_told(house, rig):
    rig.settle(MOVED)
    house.ask("chronicle", FlushJournal())
    house.ask("store", Ping())
    assert [type(message) for message in rig.store.all()] == [Write]


def test_the_last_rows_go_to_the_store_when_it_stops(house, rig):
    rig.settle(MOVED)
    house.stop("chronicle")
    assert len(rig.store.wait_for(Write, timeout_s=1.0).rows) == 1


def test_rows_wait_for_a_store_that_is_being_restarted(house, logs):
    house.start(Chronicle, "chronicle")
    house.tell("chronicle", Settled(request(), MOVED, CLOSED, 99.5))
    logs.wait_for("command.done")
    house.after(0.15)
    store = house.recorder("store")
    assert len(store.wait_for(Write).rows) == 1


def test_rows_without_a_store_are_named_as_lost_at_the_end(house, logs):
    house.start(Chronicle, "chronicle")
    house.tell("chronicle", Settled(request(), MOVED, CLOSED, 99.5))
    logs.wait_for("command.done")
    house.stop("chronicle")
    assert logs.wait_for("journal.lost")["rows"] == 1


@pytest.mark.parametrize(
    ("kind", "event", "level"),
    [
        (Kind.MOVED, "command.done", "info"),
        (Kind.ALREADY, "command.done", "info"),
        (Kind.DONE, "command.done", "info"),
        (Kind.REFUSED, "command.refused", "info"),
        (Kind.UNKNOWN, "command.unknown", "error"),
    ],
)
def test_a_command_is_one_log_line(rig, logs, kind, event, level):
    rig.settle(dataclasses.replace(MOVED, kind=kind, text="so"))
    keys = logs.wait_for(event)
    assert (keys["level"], keys["verb"], keys["subject"], keys["by"], keys["trace"], keys["took_ms"]) == (
        level,
        "open",
        "A",
        "me@bench/1",
        "t1",
        1.23,
    )


def test_moves_that_end_in_one_turn_are_events_rows_and_counts_each(house, rig):
    statistics = house.recorder("statistics")
    settle_at_once(house, [move("A", 1), move("B", 1), move("A", 2)])
    rows = rig.store.wait_for(Write).rows
    assert [(row[3], row[7]) for row in rows] == [("A", 1.0), ("B", 1.0), ("A", 2.0)]
    told = [(news.topic, news.rev) for batch in rig.notifier.all(tuple) for news in batch]
    assert told == [("valve.A", 1), ("valve.B", 1), ("valve.A", 2)]
    assert [settled.outcome.subject for settled in statistics.wait_for(tuple)] == ["A", "B", "A"]


def test_a_great_many_that_end_at_once_are_all_written_up(house, rig):
    settle_at_once(house, [move("A", number + 1) for number in range(1000)])
    rows = []
    while len(rows) < 1000:
        rows += rig.store.wait_for(Write).rows
    assert [row[7] for row in rows] == [float(number + 1) for number in range(1000)]


@pytest.mark.usefixtures("rig")
def test_a_question_about_the_counts_comes_behind_what_has_ended(house):
    statistics = house.recorder("statistics")
    query = Query("statistics", (), request())
    settle_at_once(house, [move("A", 1)], then=query)
    house.quiet()
    assert [type(message) for message in statistics.all()] == [tuple, Query]


def test_one_that_cannot_be_written_up_takes_no_other_along(house, rig):
    broken = dataclasses.replace(move("B", 1), took_ms=None)
    settle_at_once(house, [move("A", 1), broken, move("C", 1)])
    rows = rig.store.wait_for(Write).rows
    assert [row[3] for row in rows] == ["A", "C"]
    house.quiet()
    told = rig.notifier.all(News) + [news for batch in rig.notifier.all(tuple) for news in batch]
    assert {news.topic for news in told} >= {"valve.A", "valve.C"}


def move(valve, revision):
    return dataclasses.replace(MOVED, subject=valve, revision=revision, took_ms=float(revision))


def settle_at_once(house, outcomes, then=None):
    """Have several commands end in one turn of the loop."""
    told = [Settled(request(), outcome, CLOSED, 99.5) for outcome in outcomes]

    def tell():
        for message in [*told, *([then] if then is not None else [])]:
            house.context.directory.tell("chronicle", message)

    house.loops["news"].call(tell)
