"""The store ends, or is away, while something is on its way to it: everybody who waits is answered, once."""

import json
import threading

import pytest

from actors import line_durable, store_facts
from actors.facts import Fact, Keep, Kept
from actors.messages import Claim, Kind, News, Query, Reason, SafeState, SetService
from actors.store import Recall, Store
from actors.table import MANUAL, PipetteSpec, SafeStep, ValveSpec
from tests.actors.house import PATIENCE_S, Answers, request
from tests.actors.line_bench import CLOSED, four

AIR = PipetteSpec("Air", "A", "B")
INNER, OUTER = {"pipette": "Air", "pipette_part": "inner"}, {"pipette": "Air", "pipette_part": "outer"}


@pytest.fixture
def line(line_of):
    specs = (*four(A=INNER, B=OUTER), ValveSpec("M", kind=MANUAL))
    return line_of(specs, pipettes=(AIR,), safe_state=(SafeStep("C", CLOSED),))


@pytest.fixture
def ending(house, monkeypatch):
    """Hold the store in its last call; what is told to it from now on is never taken. Returns what lets go of it."""
    gate, entered = threading.Event(), threading.Event()
    keep = store_facts.keep

    def held(db, order):
        entered.set()
        assert gate.wait(PATIENCE_S)
        keep(db, order)

    monkeypatch.setattr(store_facts, "keep", held)
    house.recorder("nobody")
    house.tell("store", Keep(Fact.SERVICE, "X", "x", "nobody", request()))
    assert entered.wait(PATIENCE_S)
    house.tell("store", "no message of the store's")

    def let_go():
        house.quiet()
        gate.set()
        monkeypatch.setattr(store_facts, "keep", keep)

    return let_go


def again(house):
    house.failures.get(timeout=PATIENCE_S)
    house.start(Store, "store", ":memory:")


def test_a_claim_is_refused_and_keeps_nobody_else_out(line, house, ending):
    claiming = line.wish(Claim, "C", 60, by="eva@acq/1")
    ending()
    refused = claiming.wait()
    assert (refused.verb, refused.kind, refused.reason) == ("claim", Kind.REFUSED, Reason.INTERNAL)
    assert refused.text == "the lease of C could not be stored: store is being restarted; nothing was begun"
    again(house)
    assert line.wish(Claim, "C", 60, by="jan@acq/2").wait().kind is Kind.DONE


@pytest.mark.parametrize("wish", ["lock", "service", "turn"])
def test_other_wishes_are_refused(line, ending, wish):
    ask = {
        "lock": lambda: line.lock("C"),
        "service": lambda: line.wish(SetService, "C", False, "it leaks"),
        "turn": lambda: line.close("M"),
    }
    asking = ask[wish]()
    ending()
    refused = asking.wait()
    assert (refused.kind, "could not be stored: store is being restarted" in refused.text) == (Kind.REFUSED, True)
    line.house.quiet()
    assert asking.left() == []


def test_a_safe_state_is_answered_and_says_that_its_latch_is_not_on_disk(line, ending):
    calling = line.wish(SafeState, False)
    ending()
    outcome = calling.wait()
    assert (outcome.kind, "a restart would forget the latch: " in outcome.text) == (Kind.UNKNOWN, True)


def test_a_clearing_is_refused_and_the_latch_holds(line, house, request):
    line.wish(SafeState, False).wait()
    let_go = request.getfixturevalue("ending")
    clearing = line.wish(SafeState, True)
    let_go()
    assert clearing.wait().kind is Kind.REFUSED
    assert line.open("C").wait().reason is Reason.LATCHED
    again(house)


def test_an_opening_that_arms_is_answered_and_the_count_gets_to_the_disk(line, house, ending, monkeypatch):
    monkeypatch.setattr(line_durable, "AGAIN_S", 0.05)
    opening = line.open("A")
    ending()
    assert opening.wait().kind is Kind.MOVED
    alarm = line.chronicle.wait_for(News, lambda news: news.topic == "alarm.pipette")
    assert "pipette Air: 0 shots, armed True: not on disk: " in alarm.extra["text"]
    again(house)
    line.chronicle.clear()
    house.after(0.2)
    assert json.loads(house.ask("store", Recall()).facts[Fact.PIPETTE]["Air"])["armed"]
    told = [news.value for news in line.chronicle.all(News) if news.topic == "alarm.pipette"]
    assert told == [""], "it is over, and was not said twice"


def test_a_count_that_is_not_on_disk_outlives_the_line(line, house):
    line.open("A").wait()
    house.stop("store")
    store = house.recorder("store")
    line.close("A").wait()
    shooting = line.open("B")
    house.tell(line.line, Kept(store.wait_for(Keep), "the disk is full"))
    shooting.wait()
    line.restart()
    assert json.loads(store.wait_for(Keep).value)["shots"] == 1
    answers = Answers()
    house.tell(line.line, Query("pipettes", (), request(answers)))
    (air,) = answers.wait().value
    assert (air.shots, air.armed) == (1, False)


def test_what_the_store_failed_to_do_is_not_called_refused(line, house, monkeypatch):
    def failing(_db, _order):
        raise RuntimeError("a fault of its own")

    monkeypatch.setattr(store_facts, "keep", failing)
    locking = line.lock("C")
    outcome = locking.wait()
    assert (outcome.verb, outcome.kind, outcome.reason) == ("lock", Kind.UNKNOWN, Reason.INTERNAL)
    house.failures.get(timeout=PATIENCE_S)


def test_what_got_to_the_disk_and_not_to_the_line_is_not_called_refused(line, house):
    house.stop("store")
    store = house.recorder("store")
    claiming, taking = line.wish(Claim, "C", 60), line.wish(SetService, "D", False, "it leaks")
    keeps = [store.wait_for(Keep) for _ in range(2)]
    ref, blocked = house.ref(line.line), threading.Event()
    house.context.loop.call(lambda: blocked.wait(PATIENCE_S))
    ref.tell("no message of the line's")
    for keep in keeps:
        ref.tell(Kept(keep))
    blocked.set()
    told = [(outcome.verb, outcome.kind) for outcome in (claiming.wait(), taking.wait())]
    assert told == [("claim", Kind.DONE), ("out of service", Kind.DONE)]
