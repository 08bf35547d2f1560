"""A status monitor compares checksums, and reads everything where they do not agree."""

import time

import pytest

from actors.remote import AskWord
from tests.actors.status_monitor.rig import CLOSED, NODE, OPEN, UNKNOWN


def test_a_checksum_is_asked_over_what_the_line_knows_in_the_order_of_the_names(summed):
    summed.table["b"].state, summed.table["B"].locked = OPEN, "jan"
    summed.checksum(1, 1)
    wanted = (("B", "valve", False, True), ("b", "switch", True, False))
    summed.node.wait_for(AskWord, lambda ask: ask.over == wanted)


@pytest.mark.parametrize("what", ["unknown", "moving", "stale"])
def test_no_checksum_is_asked_for_while_a_valve_is_not_known(summed, what):
    row = summed.table["B"]
    row.state, row.moving = (UNKNOWN if what == "unknown" else CLOSED), (OPEN if what == "moving" else None)
    if what == "stale":
        row.learned = 0.0
    summed.checksum(1, 1)  # if it was asked for before
    summed.house.quiet()
    summed.node.clear()
    summed.house.after(0.1)  # five ticks
    assert summed.polls("checksum") == []
    row.state, row.moving, row.learned = CLOSED, None, time.monotonic()
    summed.asked("checksum")


def test_no_checksum_is_asked_for_before_all_was_heard_in_this_life_of_the_node(summed):
    summed.asked("checksum")
    summed.up("far-2")
    summed.node.clear()
    summed.word(B="0", b="0")
    summed.house.after(0.1)
    assert {ask.what for ask in summed.node.all(AskWord)} <= {"states", "locks"}
    summed.word("locks", B="0", b="0")
    summed.asked("checksum")


def test_a_checksum_that_does_not_agree_is_said_once_and_everything_is_read(summed, logs):
    for _ in range(3):
        summed.asked("checksum")
        summed.checksum(there=1, here=2)
        summed.both_polled()
        for what in ("states", "locks"):
            summed.word(what, B="0", b="0")
    summed.house.quiet()
    (told,) = logs.named("status_monitor.checksum_mismatch")
    assert (told["peer"], told["here"], told["there"], told["level"]) == (NODE, 2, 1, "warning")
    summed.asked("checksum")
    summed.checksum(2, 2)
    summed.asked("checksum")
    summed.checksum(1, 2)
    summed.both_polled()
    summed.house.quiet()
    assert len(logs.named("status_monitor.checksum_mismatch")) == 2


def test_a_checksum_says_nothing_where_something_changed_meanwhile(summed, logs):
    summed.asked("checksum")
    summed.table["B"].state = OPEN
    summed.checksum(1, 2)
    summed.asked("checksum")
    assert logs.named("status_monitor.checksum_mismatch") == []
