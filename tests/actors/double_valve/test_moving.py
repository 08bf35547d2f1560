"""A double-actuation valve moves: its two relays, one after the other."""

import time

import pytest

from actors.actuation import Seen, Switch, Switched
from actors.messages import Kind, Reason, Source, Tick
from tests.actors.double_valve.rig import CLOSED, OPEN, OPENED, SHUT, UNKNOWN, Faults, Rig
from tests.actors.house import RELAYS, request


def test_it_opens_by_switching_the_primary_on_and_then_the_secondary_off(house):
    rig = Rig(house)
    end = rig.move(OPEN)
    assert (end.kind, end.state, end.source) == (Kind.MOVED, OPEN, Source.READBACK)
    assert rig.driver.writes == [("101", True), ("102", False)]
    assert rig.intents.open == {}


def test_it_closes_by_switching_the_secondary_on_and_then_the_primary_off(house):
    rig = Rig(house, start=OPENED)
    end = rig.move(CLOSED)
    assert (end.kind, end.state) == (Kind.MOVED, CLOSED)
    assert rig.driver.writes == [("102", True), ("101", False)]


@pytest.mark.parametrize(("target", "delay"), [(OPEN, "open_delay_s"), (CLOSED, "close_delay_s")])
def test_its_delay_lies_between_the_two_and_keeps_nobody_else_from_the_device(house, target, delay):
    rig = Rig(house, start=SHUT if target is OPEN else OPENED, **{delay: 0.1})
    began = time.monotonic()
    rig.order(target)
    rig.first_is_written()
    answers = house.recorder("extraction_line/valve.E")
    house.tell(RELAYS, Switch("extraction_line/valve.E", "E", OPEN, check=True, epoch=0, request=request()))
    assert answers.wait_for(Switched).state is OPEN
    assert rig.end().state is target
    assert time.monotonic() - began >= 0.1
    assert [channel for channel, _ in rig.driver.writes][1] == "103"


def test_between_its_relays_it_is_unknown(house):
    rig = Rig(house, open_delay_s=60.0)
    assert rig.first.states["D"] is CLOSED
    rig.order()
    rig.first_is_written()
    rig.line.clear()
    house.tell(RELAYS, Tick("now"))
    seen = rig.line.wait_for(Seen)
    assert seen.states["D"] is UNKNOWN
    assert seen.knowing == rig.first.knowing, "that is no surprise: nobody else's move is decided anew"
    assert rig.intents.open == {"D": OPEN}


def test_polls_read_both_relays(house):
    rig = Rig(house)
    for start, state in ((OPENED, OPEN), (SHUT, CLOSED), ({"101": True, "102": True}, UNKNOWN)):
        rig.driver.relays.update(start)
        assert rig.look() is state


def test_a_link_that_is_lost_between_two_readings_makes_them_none(house):
    """The primary was read on the old link; the device was reset, and closed the valve, before the secondary was."""
    rig = Rig(house, start=OPENED, check_delay_s=0.01)
    reset = Faults(lambda: (rig.driver.relays.update(SHUT), rig.lose_link()))
    rig.link.after_read = reset.once
    end = rig.move()
    assert reset.happened
    assert (end.kind, end.state, end.reason) == (Kind.UNKNOWN, CLOSED, Reason.FAILED)


@pytest.mark.parametrize("inverted", [True, False])
def test_its_senses_are_turned_together(house, inverted):
    start = OPENED if inverted else SHUT
    rig = Rig(house, start=start, inverted_logic=inverted)
    assert rig.first.states["D"] is CLOSED
    assert rig.move(OPEN).state is OPEN
    assert rig.pair() == (SHUT if inverted else OPENED)


@pytest.mark.parametrize("stuck", ["101", "102"])
def test_a_stuck_relay_is_a_failure_that_stands_neither_way(house, stuck):
    rig = Rig(house)
    rig.driver.stuck.add(stuck)
    end = rig.move()
    assert (end.kind, end.state, end.reason) == (Kind.UNKNOWN, UNKNOWN, Reason.FAILED)
    assert end.text == "Valve D failed to actuate open: it reads neither open nor closed, twice"


def test_a_lying_readback_is_told_as_it_is_read(house):
    rig = Rig(house)
    rig.driver.lying |= {"101", "102"}
    end = rig.move()
    assert (end.kind, end.state, end.reason) == (Kind.UNKNOWN, CLOSED, Reason.FAILED)


def test_a_box_without_readback_is_assumed(house):
    rig = Rig(house, readback=False)
    end = rig.move()
    assert (end.kind, end.state, end.source) == (Kind.MOVED, OPEN, Source.ASSUMED)
    assert rig.driver.writes == [("101", True), ("102", False)]


def test_the_check_waits_for_the_check_delay_after_the_second(house):
    rig = Rig(house, check_delay_s=0.01)
    assert rig.move().source is Source.READBACK
    calls = list(rig.driver.entered.queue)
    assert calls[-4:] == ["set", "set", "read", "read"]
