"""Deadlines in the far end's time."""

import time

import pytest

from actors.messages import (
    SetLock,
)
from tests.actors.house import request
from tests.transports.rpc.client.pair import AHEAD_MS, Pair, far_clock_ms
from tests.transports.rpc.near import NODE


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
