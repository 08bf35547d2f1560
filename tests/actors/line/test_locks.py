"""Locks are on disk before they are answered."""

import time

import pytest

from actors.actuation import Switch
from actors.facts import Fact, Keep, Kept
from actors.messages import Kind, News, Reason, State
from actors.store import Recall, Store
from tests.actors.bench import Bench
from tests.actors.line.valves import carried_out, specs

CLOSED = State.CLOSED


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
