"""Valves that a person turns: the rules first, then what is remembered is the state."""

import pytest

from actors.actuation import Switch
from actors.facts import Fact
from actors.messages import Assume, Kind, News, Reason, Source
from actors.store import Recall
from actors.table import MANUAL, ValveSpec
from tests.actors.bench import Bench
from tests.actors.house import until
from tests.actors.line_bench import CLOSED, OPEN, UNKNOWN, four


def by_hand(**more):
    return (*four(A={"interlocks": ("M",)}), ValveSpec("M", kind=MANUAL, interlocks=("A",), **more))


@pytest.fixture
def line(line_of):
    return line_of(by_hand())


def test_a_manual_valve_stands_where_it_is_said_to_have_been_turned(line, house):
    outcome = line.close("M").wait()
    assert (outcome.kind, outcome.state, outcome.source) == (Kind.MOVED, CLOSED, Source.MEMORY)
    assert outcome.text == "turn it by hand"
    assert house.ask("store", Recall()).facts[Fact.MANUAL] == {"M": "closed"}
    assert line.close("M").wait().kind is Kind.ALREADY


def test_the_rules_hold_for_it_and_by_it(line):
    assert line.states()["M"] is UNKNOWN
    assert line.open("A").wait().reason is Reason.INTERLOCKED
    line.close("M").wait()
    assert line.open("A").wait().kind is Kind.MOVED
    assert line.open("M").wait().reason is Reason.INTERLOCKED


def test_it_is_remembered_for_ever_and_over_restarts(line_of, house):
    line = line_of(by_hand(), facts={Fact.MANUAL: {"M": "open"}})
    row = house.context.facts["table"]["M"]
    assert row.known(row.learned + 1e9) is OPEN
    row.learned -= 1e9
    assert not line.views()["M"].stale
    assert line.views()["M"].source is Source.MEMORY


def test_a_lock_holds_for_it_too(line):
    line.lock("M").wait()
    assert line.close("M").wait().reason is Reason.LOCKED


def test_what_cannot_be_remembered_is_refused(line, house):
    house.stop("store")
    refused = line.close("M").wait()
    assert (refused.kind, refused.reason) == (Kind.REFUSED, Reason.INTERNAL)
    assert line.states()["M"] is UNKNOWN


def test_a_persons_word_about_it_is_remembered_too(line, house):
    line.open("M").wait()
    line.wish(Assume, "M", CLOSED, "looked at it").wait()
    until(lambda: house.ask("store", Recall()).facts[Fact.MANUAL] == {"M": "closed"}, "it is on disk")
    row = house.context.facts["table"]["M"]
    assert row.known(row.learned + 1e9) is CLOSED


def test_where_it_stands_is_told_from_the_start_and_when_a_line_begins_again(line_of, house):
    line = line_of(by_hand(), facts={Fact.MANUAL: {"M": "open"}})
    told = line.chronicle.wait_for(News, lambda news: news.topic == "valve.M")
    assert (told.value, told.source) == ("open", "memory")
    line.chronicle.clear()
    line.restart(manual={"M": "open"})
    again = line.chronicle.wait_for(News, lambda news: news.topic == "valve.M")
    house.quiet()
    assert (again.value, again.rev > told.rev) == ("open", True)
    assert [news for news in line.chronicle.all(News) if news.topic == "valve.M"] == []


def test_it_is_never_said_to_be_stale(line, house):
    line.close("M").wait()
    row = house.context.facts["table"]["M"]
    row.learned -= 60
    assert not line.views()["M"].stale


def test_where_nobody_has_said_how_it_is_turned_that_is_why_it_is_unknown(line):
    assert line.views()["M"].why == "nobody has said yet where it is turned: open it, close it, or assume it"


def test_one_of_another_node_is_remembered_there_and_turned_here(house):
    """Where two nodes remembered it, they could say two things of one valve."""
    kept = {Fact.MANUAL: {"M": "open"}}  # by an earlier version
    far = Bench(house, (ValveSpec("M", "", "node.Far", kind=MANUAL, remote=True),), facts=kept, timeout_s=10.0)
    node = house.recorder("node.Far")
    far.start()
    assert far.states()["M"] is UNKNOWN
    closing = far.close("M")
    far.done(node.wait_for(Switch), final=True, source=Source.REPLY)
    outcome = closing.wait()
    assert (outcome.kind, outcome.state, outcome.source) == (Kind.MOVED, CLOSED, Source.REPLY)
    assert outcome.text == "turn it by hand"
