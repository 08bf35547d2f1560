"""A status monitor polls: at its pace, one word at a time, and what is late."""

import threading
import time

from actors.actuation import Seen
from actors.messages import Source
from actors.remote import AskWord, LocksSeen, OwnersSeen, ServiceSeen
from tests.actors.status_monitor.rig import CLOSED, LATER, NODE, OPEN, PATH, UNKNOWN, Rig


def test_states_and_locks_are_asked_for_at_their_own_pace(rig):
    times = {"states": 0, "locks": 0}
    for _ in range(6):
        ask = rig.node.wait_for(AskWord, lambda ask: ask.what in times)
        times[ask.what] += 1
        assert ask.reply_path == PATH
        rig.word(ask.what)
    assert times["states"] > times["locks"] >= 1


def test_no_poll_waits_behind_another(rig):
    rig.asked("states")
    rig.asked("locks")
    rig.house.after(0.1)  # five ticks, and no answer
    assert rig.polls("states", "locks") == []
    rig.word("states")
    rig.asked("states")


def test_a_tick_that_comes_late_is_not_made_up_for(rig):
    rig.asked()
    held = threading.Event()
    rig.house.context.loop.call(lambda: held.wait(0.1))  # the loop is held: five ticks are missed
    rig.word()
    rig.asked()
    rig.house.quiet()
    assert len(rig.polls("states", "locks")) <= 1


def test_a_word_of_states_is_a_whole_look(slow):
    slow.word(A="1", B="0", C="?")
    seen = slow.line.wait_for(Seen)
    assert (seen.origin, seen.source, seen.complete) == (NODE, Source.POLL, True)
    assert seen.states == {"A": OPEN, "B": CLOSED, "C": UNKNOWN}


def test_a_word_of_locks_is_told_as_locks(slow):
    slow.word("locks", asked_at=LATER, A="1", B="0")
    seen = slow.line.wait_for(LocksSeen)
    assert (seen.locks, seen.asked_at) == ({"A": "locked there", "B": ""}, LATER)


def test_news_of_the_service_are_told(slow):
    slow.hear("service.A", False, extra={"why": "leaks"})
    slow.hear("service.A", True, rev=2)
    assert slow.line.wait_for(ServiceSeen) == ServiceSeen(NODE, "A", "leaks")
    assert slow.line.wait_for(ServiceSeen) == ServiceSeen(NODE, "A", "")


def test_a_word_that_failed_says_nothing_of_the_valves(slow):
    slow.word(error="no answer in 2.0 s")
    slow.house.quiet()
    assert slow.line.all(Seen) == []


def test_a_node_that_fails_two_polls_is_late_until_it_answers_again(slow, logs):
    slow.word(error="no answer")
    slow.house.quiet()
    assert logs.named("node.late") == []
    for _ in range(3):
        slow.word(error="no answer")
    assert logs.wait_for("node.late")["why"] == "no answer"
    slow.house.quiet()
    assert logs.named("node.late") == []
    assert slow.house.detail(PATH).startswith("late: 4 polls failed, ")
    slow.word(A="1")
    assert logs.wait_for("node.answers_again")["after_failed_polls"] == 4
    slow.house.quiet()
    assert slow.house.detail(PATH) == "1 polls, 10 bytes, 1.0 ms"


def test_owners_are_asked_for_and_told(house):
    rig = Rig(house, owner_freq=1)
    rig.asked("owners")
    rig.word("owners", asked_at=LATER, A="jan@acq/1", B="")
    seen = rig.line.wait_for(OwnersSeen)
    assert (seen.owners, seen.asked_at) == ({"A": "jan@acq/1", "B": ""}, LATER)


def test_a_poll_that_is_not_answered_in_time_has_failed_and_is_asked_again(house, logs):
    rig = Rig(house, timeout_s=0.05)
    for _ in range(3):
        rig.asked("states")
    assert logs.wait_for("node.late")["why"] == "no answer in 0.1 s"


def test_what_comes_after_its_time_is_told_for_when_it_was_asked_and_is_no_success(house, logs):
    rig = Rig(house, timeout_s=0.05, lock_freq=1_000_000)
    before = time.monotonic()
    for _ in range(3):
        rig.asked("states")
    rig.word(asked_at=before, A="1")
    assert rig.line.wait_for(Seen).asked_at == before
    house.quiet()
    assert logs.named("node.answers_again") == []
    rig.asked("states")
    rig.word(A="1")
    logs.wait_for("node.answers_again")
