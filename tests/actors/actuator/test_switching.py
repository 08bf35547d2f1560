"""An actuator is told to switch: what is written, what is read back, what prevents it."""

import time
from dataclasses import replace

import pytest

from actors.actuation import OriginLost, Seen, Switched
from actors.messages import Kind, Reason, Source, Tick
from tests.actors.actuator.rig import CLOSED, OPEN, UNKNOWN, Rig
from tests.actors.fakes import FakeDriver
from tests.actors.house import RELAYS


def test_a_switch_is_read_back(house):
    rig = Rig(house)
    began = time.monotonic()
    result = rig.switch()
    assert replace(result, read_at=0.0) == Switched("A", Kind.MOVED, OPEN, Source.READBACK)
    assert began < result.read_at < time.monotonic()
    assert rig.driver.writes == [("101", True)]


@pytest.mark.parametrize("opens_when_closed", [True, False])
@pytest.mark.parametrize("inverted", [True, False])
@pytest.mark.parametrize("target", [OPEN, CLOSED])
def test_polarity_both_ways(house, opens_when_closed, inverted, target):
    rig = Rig(house, opens_when_closed=opens_when_closed, inverted=inverted)
    assert rig.switch(target).state is target
    energised = ((target is OPEN) == opens_when_closed) != inverted
    assert rig.driver.writes == [("101", energised)]
    rig.line.clear()
    house.tell(RELAYS, Tick("now"))
    assert rig.line.wait_for(Seen).states["A"] is target


def test_a_switch_that_is_not_checked_is_assumed(house):
    assert Rig(house).switch(check=False) == Switched("A", Kind.MOVED, OPEN, Source.ASSUMED)


def test_a_device_that_cannot_be_read_back_is_assumed(house):
    rig = Rig(house, driver=FakeDriver(["101", "102"], has_readback=False))
    assert rig.switch() == Switched("A", Kind.MOVED, OPEN, Source.ASSUMED, unread=True)


def test_a_stuck_relay_reads_as_it_stands(house):
    rig = Rig(house)
    rig.driver.stuck.add("101")
    assert rig.switch().state is CLOSED


def test_what_was_not_sent_is_refused_and_the_device_is_lost(house):
    rig = Rig(house)
    rig.driver.absent.set()
    result = rig.switch()
    assert (result.kind, result.reason) == (Kind.REFUSED, Reason.NOT_CONNECTED)
    assert result.text == "A: relays: connection refused"
    lost = rig.line.wait_for(OriginLost)
    assert (lost.origin, lost.why) == (RELAYS, "relays: connection refused")


def test_silence_after_the_write_is_unknown(house):
    rig = Rig(house)
    rig.driver.mute.set()
    result = rig.switch()
    assert (result.kind, result.state, result.reason) == (Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER)
    assert rig.driver.writes == [("101", True)]


def test_a_readback_that_cannot_be_sent_is_unknown_because_the_relay_has_moved(house):
    """The write was done; only the question after it was not sent."""
    rig = Rig(house)
    rig.driver.read_absent.set()
    result = rig.switch()
    assert rig.driver.writes == [("101", True)]
    assert (result.kind, result.state) == (Kind.UNKNOWN, UNKNOWN)


@pytest.mark.parametrize("wired", [False, True])
def test_what_an_earlier_line_ordered_is_not_written(house, wired):
    rig = Rig(house, wired=wired)
    rig.fence.advance()
    result = rig.switch(epoch=0)
    assert (result.kind, result.reason) == (Kind.REFUSED, Reason.EXPIRED)
    assert "restarted" in result.text
    assert rig.driver.writes == []


@pytest.mark.parametrize("wired", [False, True])
def test_a_switch_past_its_deadline_is_not_written(house, wired):
    rig = Rig(house, wired=wired)
    result = rig.switch(deadline=time.monotonic() - 0.1)
    assert (result.kind, result.reason) == (Kind.REFUSED, Reason.EXPIRED)
    assert rig.driver.writes == []


def test_the_fence_is_looked_at_right_before_the_write(house):
    """The order was valid when it was taken up; the line restarts while the link is being opened."""
    rig = Rig(house, wired=True)
    rig.wire.before_write = rig.fence.advance
    assert rig.switch(epoch=0).reason is Reason.EXPIRED
    assert rig.driver.writes == []


def test_the_deadline_is_looked_at_right_before_the_write(house):
    rig = Rig(house, wired=True)
    deadline = time.monotonic() + 0.05
    rig.wire.before_write = lambda: house.after(0.06)
    assert rig.switch(deadline=deadline).reason is Reason.EXPIRED
    assert rig.driver.writes == []


def test_a_deadline_that_passes_during_the_write_does_not_make_it_unwritten(house):
    rig = Rig(house, wired=True)
    write = rig.driver.set

    def slowly(channel, energised):
        write(channel, energised)
        house.after(0.06)

    rig.driver.set = slowly
    assert rig.switch(deadline=time.monotonic() + 0.05).kind is Kind.MOVED
