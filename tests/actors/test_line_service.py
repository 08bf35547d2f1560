"""Out of service with a reason, and a person's word for a valve that nobody can read."""

import time

import pytest

from actors.actuation import OriginLost, Seen, Settled
from actors.facts import Fact
from actors.messages import Assume, Claim, Kind, News, Reason, Release, SafeState, SetLock, SetService, Source
from actors.store import Recall
from tests.actors.house import RELAYS
from tests.actors.line_bench import CLOSED, OPEN, UNKNOWN, four


@pytest.fixture
def line(line_of):
    return line_of(four(A={"interlocks": ("B",)}, B={"interlocks": ("A",)}))


def test_a_valve_out_of_service_does_not_move_and_says_why(line, house, box):
    outcome = line.wish(SetService, "A", False, "it leaks").wait()
    assert outcome.kind is Kind.DONE
    assert house.ask("store", Recall()).facts[Fact.SERVICE]["A"].startswith("it leaks (me@bench/1 at ")
    refused = line.open("A").wait()
    assert (refused.kind, refused.reason) == (Kind.REFUSED, Reason.DISABLED)
    assert refused.text.startswith("A is out of service: it leaks (me@bench/1 at ")
    assert box.moved == []


def test_a_valve_put_back_moves_again(line, house):
    line.wish(SetService, "A", False, "it leaks").wait()
    assert line.wish(SetService, "A", True, "").wait().kind is Kind.DONE
    assert house.ask("store", Recall()).facts[Fact.SERVICE] == {}
    assert line.open("A").wait().kind is Kind.MOVED


def test_out_of_service_needs_a_reason(line):
    assert line.wish(SetService, "A", False, "  ").wait().reason is Reason.BAD_ARGUMENTS


def test_what_the_site_disables_is_not_put_back_here(line_of):
    line = line_of(four(A={"enabled": False, "disabled_why": "enabled: false (valves.yaml:3)"}))
    refused = line.wish(SetService, "A", True, "").wait()
    assert (refused.reason, "valves.yaml:3" in refused.text) == (Reason.DISABLED, True)


def test_out_of_service_outlives_the_process(line_of):
    line = line_of(four(), facts={Fact.SERVICE: {"A": "it leaks"}})
    assert line.open("A").wait().reason is Reason.DISABLED
    assert line.wish(SetService, "A", True, "").wait().kind is Kind.DONE
    assert line.open("A").wait().kind is Kind.MOVED


def test_nobody_is_in_service_who_is_unknown(line):
    assert line.wish(SetService, "Q", False, "x").wait().reason is Reason.UNKNOWN_VALVE


# --- assumptions --------------------------------------------------------------------------------------------------


def blind(line, box, valve):
    """Let a valve's readback die, so that nobody knows where it stands."""
    box.silent.add(valve)
    line.house.tell(line.line, OriginLost(RELAYS, "reset"))
    box.tell()
    line.house.quiet()


def test_a_persons_word_counts_for_the_rules_until_the_next_reading(line, box):
    blind(line, box, "B")
    assert line.open("A").wait().reason is Reason.INTERLOCKED
    outcome = line.wish(Assume, "B", CLOSED, "looked at it").wait()
    assert (outcome.kind, outcome.state, outcome.source) == (Kind.DONE, CLOSED, Source.ASSUMED)
    assert line.open("A").wait().kind is Kind.MOVED
    box.silent.clear()
    box.states["B"] = OPEN
    box.tell()
    line.house.quiet()
    assert line.states()["B"] is OPEN


def test_a_device_that_has_nothing_to_tell_does_not_contradict_it(line, box, house):
    blind(line, box, "B")
    line.wish(Assume, "B", CLOSED, "looked at it").wait()
    box.tell()
    house.tell(line.line, Seen(RELAYS, {"B": UNKNOWN}, Source.POLL, time.monotonic(), knowing=1))
    house.tell(line.line, OriginLost(RELAYS, "silence", 1))
    house.quiet()
    views = line.views()
    assert (views["B"].state, views["B"].source, views["A"].state) == (CLOSED, Source.ASSUMED, UNKNOWN)


def test_a_persons_word_holds_for_an_hour_at_most(line, box, monkeypatch):
    monkeypatch.setattr("actors.table.ASSUMED_FOR_S", 0.0)
    monkeypatch.setattr("actors.table.STALE_AFTER_S", 0.0)
    blind(line, box, "B")
    line.wish(Assume, "B", CLOSED, "looked at it").wait()
    row = line.house.context.facts["table"]["B"]
    assert row.term_s() == 10.0
    assert row.known(row.learned + 10.1) is UNKNOWN
    monkeypatch.undo()
    assert (row.known(row.learned + 3599), row.known(row.learned + 3601)) == (CLOSED, UNKNOWN)


def test_an_assumption_is_journaled_and_shown(line, box):
    blind(line, box, "B")
    line.wish(Assume, "B", CLOSED, "looked at it").wait()
    settled = line.chronicle.wait_for(Settled, lambda settled: settled.outcome.verb == "assume")
    assert (settled.outcome.state, settled.before) == (CLOSED, UNKNOWN)
    assert "looked at it" in settled.outcome.text


def test_an_assumption_needs_a_reason(line):
    assert line.wish(Assume, "B", CLOSED, "").wait().reason is Reason.BAD_ARGUMENTS


def test_a_move_ends_an_assumption(line, box):
    blind(line, box, "B")
    line.wish(Assume, "B", CLOSED, "looked at it").wait()
    box.silent.clear()
    assert line.open("B").wait().kind is Kind.MOVED
    assert line.views()["B"].source is Source.READBACK


def test_a_persons_word_takes_back_what_it_forbids_and_was_not_written(line, house, box):
    blind(line, box, "B")
    line.wish(Assume, "B", CLOSED, "looked at it").wait()
    held = []
    box.switch = held.append
    opening = line.open("A")
    house.quiet()
    line.wish(Assume, "B", OPEN, "looked again").wait()
    assert line.fence.objection(held[0].epoch, held[0].order).reason is Reason.INTERLOCKED
    assert opening.left() == []


def test_a_persons_word_that_two_valves_stand_open_which_may_not_is_an_alarm(line, box):
    line.open("A").wait()
    blind(line, box, "B")
    line.see(A=OPEN)
    line.wish(Assume, "B", OPEN, "looked at it").wait()
    alarm = line.chronicle.wait_for(News, lambda news: news.topic == "alarm.interlock")
    assert alarm.value == ["A", "B"]


def test_who_said_so_and_why_is_shown(line, box):
    blind(line, box, "B")
    line.wish(Assume, "B", CLOSED, "looked at it", by="jan@acq/1").wait()
    view = line.views()["B"]
    assert (view.stale, view.why.startswith("assumed by jan@acq/1 at "), "looked at it" in view.why) == (
        False,
        True,
        True,
    )
    box.silent.clear()
    box.tell()
    line.house.quiet()
    assert line.views()["B"].why == ""


def test_a_look_that_began_before_a_persons_word_does_not_undo_it(line, box):
    blind(line, box, "B")
    before = time.monotonic()
    line.wish(Assume, "B", CLOSED, "looked at it").wait()
    line.see(B=OPEN, asked_at=before)
    assert line.states()["B"] is CLOSED


def test_what_differs_from_a_persons_word_is_a_mismatch(line, box, logs):
    blind(line, box, "B")
    line.wish(Assume, "B", CLOSED, "looked at it").wait()
    line.see(B=OPEN)
    assert logs.wait_for("valve.mismatch")["believed"] == "closed"


def test_what_is_out_of_service_from_the_start_is_told_as_news(line_of):
    line = line_of(four(), facts={Fact.SERVICE: {"A": "it leaks"}})
    news = line.chronicle.wait_for(News, lambda news: news.topic == "service.A")
    assert (news.value, news.extra["why"]) == (False, "it leaks")


def test_every_wish_is_journaled_with_its_valve_and_from_where_it_came(line):
    wishes = {
        "lock": (SetLock, "C", True),
        "unlock": (SetLock, "C", False),
        "claim": (Claim, "C", 60),
        "release": (Release, "C"),
        "out of service": (SetService, "C", False, "it leaks"),
        "in service": (SetService, "C", True, ""),
        "assume": (Assume, "C", CLOSED, "looked at it"),
        "safe state": (SafeState, False),
        "clear safe state": (SafeState, True),
    }
    for verb, wish in wishes.items():
        assert line.wish(*wish, origin="10.0.0.7:50123", by="jan@acq/1").wait().verb == verb
    told = {settled.outcome.verb: settled for settled in line.chronicle.all(Settled)}
    assert list(told) == list(wishes)
    for verb, settled in told.items():
        assert (settled.request.origin, settled.request.by) == ("10.0.0.7:50123", "jan@acq/1")
        assert settled.outcome.subject == ("" if "safe" in verb else "C")


def interlock_alarms(line):
    return [news.value for news in line.chronicle.all(News) if news.topic == "alarm.interlock"]


def test_a_forbidden_pair_is_an_alarm_each_time_and_the_alarm_ends_when_a_command_ends_it(line, box):
    line.open("A").wait()
    for _ in range(2):
        box.states["B"] = OPEN  # by hand
        box.tell()
        line.house.quiet()
        assert line.close("B").wait().kind is Kind.MOVED
    assert interlock_alarms(line) == [["A", "B"], [], ["A", "B"], []]


def test_a_valve_that_stands_so_by_a_persons_word_alone_is_moved_when_it_cannot_be_read(line, house, box):
    blind(line, box, "B")
    line.wish(Assume, "B", OPEN, "looked at it").wait()
    house.context.facts["table"]["B"].learned -= 60
    box.silent.clear()
    box.tell = lambda: line.see(A=CLOSED)  # looks still tell nothing of it
    assert line.open("B").wait().kind is Kind.MOVED
    assert box.moved == [("B", OPEN)]
