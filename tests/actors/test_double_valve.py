"""A valve with two relays: switched in turn, on a box whose relays have every fault and whose link is lost."""

import math
import time

import pytest

from actors import valve as valve_module
from actors.actuation import Actuate, GiveUp, HurryUp, OriginLost, Seen, Switch, Switched
from actors.actuator import Actuator, ActuatorSetup
from actors.double_valve import DoubleActuationValve
from actors.fence import Fence
from actors.intents import IntentLog
from actors.messages import Kind, Move, Reason, Refusal, Source, State, Tick
from actors.polarity import DOUBLE
from actors.table import ValveSpec
from tests.actors.fakes import FakeDriver, FakeLink
from tests.actors.house import RELAYS, request, until

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
PATH = "extraction_line/valve.D"
OPENED, SHUT = {"101": True, "102": False}, {"101": False, "102": True}


class Rig:
    """D on two relays, and E on a third; the line is the test. A delay of 60 s never ends by itself."""

    def __init__(self, house, *, poll_s=0.0, readback=True, start=SHUT, **spec):
        self.house = house
        self.line = house.recorder("extraction_line")
        self.intents = IntentLog()
        self.fence = Fence()
        self.spec = ValveSpec("D", "101,102", RELAYS, kind=DOUBLE, **spec)
        self.driver = FakeDriver(["101", "102", "103"], has_readback=readback)
        self.driver.relays.update(start)
        self.link = FakeLink(self.driver)
        self.setup = ActuatorSetup([self.spec, ValveSpec("E", "103", RELAYS)], opens_when_closed=True, poll_s=poll_s)
        house.start(Actuator, RELAYS, self.driver, self.link, self.setup, self.fence)
        self.first = self.line.wait_for(Seen)
        self.valve = house.start(DoubleActuationValve, PATH, self.spec, "extraction_line", self.intents)
        self.orders = 0

    def order(self, target=OPEN, *, deadline=None, **more):
        self.orders += 1
        move = Move("D", target, request(deadline=deadline))
        self.house.tell(PATH, Actuate(move, self.fence.epoch, self.orders, **more))

    def end(self):
        return self.line.wait_for(Switched)

    def move(self, target=OPEN, **more):
        self.order(target, **more)
        return self.end()

    def first_is_written(self, count=1):
        until(lambda: len(self.driver.writes) == count, "the first relay is switched")
        self.house.quiet()

    def after_first(self, then):
        self.link.after_write = then

    def lose_link(self):
        self.link.up = False

    def look(self):
        self.line.clear()
        self.house.tell(RELAYS, Tick("now"))
        return self.line.wait_for(Seen).states["D"]

    def pair(self):
        return {channel: self.driver.relays[channel] for channel in ("101", "102")}


class Faults:
    """Something that happens once."""

    def __init__(self, what):
        self.what, self.happened = what, False

    def once(self):
        if not self.happened:
            self.happened = True
            self.what()


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(valve_module, "SECOND_LOOK_S", 0.01)


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


# --- what prevents the first, and not the second ----------------------------------------------------------------


@pytest.mark.parametrize("why", ["deadline", "void", "fence", "knowing", "epoch"])
def test_what_permitted_it_is_looked_at_before_the_first(house, why):
    rig = Rig(house)
    more = {
        "deadline": {"deadline": time.monotonic() - 1},
        "void": {"void_after": time.monotonic() - 1},
        "knowing": {"knowing": -1},
    }.get(why, {})
    if why == "fence":
        rig.fence.void(1, Refusal(Reason.EXPIRED, "taken back"))
    if why == "epoch":
        rig.driver.gate.clear()
        house.tell(RELAYS, Tick("now"))
        rig.order(**more)
        house.quiet()
        rig.fence.advance()
        rig.driver.gate.set()
    else:
        rig.order(**more)
    end = rig.end()
    assert (end.kind, end.reason) == (Kind.REFUSED, Reason.EXPIRED)
    assert end.stale is (why == "knowing")
    assert rig.driver.writes == []
    assert rig.intents.open == {}


@pytest.mark.parametrize("why", ["deadline", "fence", "knowing", "epoch"])
def test_what_changes_after_the_first_does_not_keep_the_second_back(house, why):
    """It would stand between its relays otherwise: neither open nor closed, and both coils under current."""
    rig = Rig(house, open_delay_s=0.6)
    soon = time.monotonic() + 0.5 if why == "deadline" else math.inf
    rig.order(deadline=soon, knowing=rig.first.knowing, void_after=soon)
    rig.first_is_written()
    if why == "fence":
        rig.fence.void(1, Refusal(Reason.EXPIRED, "taken back"))
    elif why == "epoch":
        rig.fence.advance()
    elif why == "knowing":
        rig.driver.relays["103"] = True
        rig.look()
    end = rig.end()
    assert (end.kind, end.state) == (Kind.MOVED, OPEN)
    assert rig.pair() == OPENED


def test_an_order_that_is_given_up_between_the_two_is_finished_at_once(house):
    rig = Rig(house, open_delay_s=60.0)
    rig.order()
    rig.first_is_written()
    house.tell(PATH, GiveUp(1))
    until(lambda: rig.pair() == OPENED, "the second followed")
    house.quiet()
    assert rig.line.all(Switched) == []


def test_an_opening_that_a_close_waits_for_does_not_wait_out_its_delay(house):
    rig = Rig(house, open_delay_s=60.0, settling_time_s=60.0)
    rig.order()
    rig.first_is_written()
    house.tell(PATH, HurryUp())
    assert rig.end().state is OPEN
    assert rig.driver.writes == [("101", True), ("102", False)]


def test_an_order_that_is_given_up_while_its_first_is_being_written_is_finished_too(house):
    rig = Rig(house, open_delay_s=60.0)
    rig.driver.entered.get(timeout=5)
    while not rig.driver.entered.empty():
        rig.driver.entered.get()
    rig.driver.gate.clear()
    rig.order()
    assert rig.driver.entered.get(timeout=5) == "set"
    house.tell(PATH, GiveUp(1))
    house.quiet()
    rig.driver.gate.set()
    until(lambda: rig.pair() == OPENED, "the second followed")


def test_a_first_that_was_refused_is_followed_by_nothing(house):
    rig = Rig(house)
    rig.driver.absent.set()
    end = rig.move()
    assert (end.kind, end.reason, end.text) == (Kind.REFUSED, Reason.NOT_CONNECTED, "D: relays: connection refused")
    rig.driver.absent.clear()
    assert rig.move().kind is Kind.MOVED


def test_a_valve_that_is_stopped_between_the_two_is_finished_at_once(house):
    rig = Rig(house, open_delay_s=60.0)
    rig.order()
    rig.first_is_written()
    rig.valve.stop(timeout=5)
    until(lambda: rig.pair() == OPENED, "the second followed")
    assert rig.intents.open == {"D": OPEN}, "nobody saw its end: two looks will tell"


def test_what_is_ordered_after_that_ends_as_it_should(house):
    """The second of the cut-short opening comes first, then both of the closing: nothing gets in between."""
    rig = Rig(house, open_delay_s=60.0)
    rig.order()
    rig.first_is_written()
    rig.driver.gate.clear()
    rig.valve.stop(timeout=5)
    house.start(DoubleActuationValve, PATH, rig.spec, "extraction_line", rig.intents)
    rig.order(CLOSED)
    rig.driver.gate.set()
    assert rig.end().state is CLOSED
    assert rig.driver.writes == [("101", True), ("102", False), ("102", True), ("101", False)]


# --- what fails between the two -----------------------------------------------------------------------------


def test_silence_at_the_first_leaves_it_unknown_and_the_second_alone(house):
    rig = Rig(house)
    rig.driver.mute.set()
    end = rig.move()
    assert (end.kind, end.state, end.reason) == (Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER)
    assert end.text == "D: relays: silence; its secondary relay was not touched"
    assert rig.driver.writes == [("101", True)]
    assert rig.intents.open == {"D": OPEN}


def test_silence_at_the_second_is_unknown_and_says_which_half_was_done(house):
    rig = Rig(house, open_delay_s=0.01)
    rig.after_first(rig.driver.mute.set)
    end = rig.move()
    assert (end.kind, end.state, end.reason) == (Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER)
    text = "D: its primary relay was switched, its secondary one may not have been: relays: silence"
    assert end.text == text
    assert rig.intents.open == {"D": OPEN}


def test_a_device_that_is_gone_before_the_second_is_unknown_and_not_refused(house):
    rig = Rig(house, open_delay_s=0.01)
    rig.after_first(rig.driver.absent.set)
    end = rig.move()
    assert (end.kind, end.state, end.reason) == (Kind.UNKNOWN, UNKNOWN, Reason.NO_ANSWER)
    assert end.text == "D: its primary relay was switched, its secondary one was not: relays: connection refused"
    assert rig.line.wait_for(OriginLost).origin == RELAYS


def test_an_actuator_that_is_gone_before_the_second_is_said(house):
    rig = Rig(house, open_delay_s=0.5)
    rig.order()
    rig.first_is_written()
    house.stop(RELAYS)
    end = rig.end()
    assert (end.kind, end.state) == (Kind.UNKNOWN, UNKNOWN)
    assert end.text == "D: its primary relay was switched, its secondary one was not: actuator.relays is not running"


def test_a_link_that_is_lost_in_between_is_read_before_the_second_is_written(house):
    rig = Rig(house, open_delay_s=0.01)
    rig.after_first(rig.lose_link)
    assert rig.move().state is OPEN
    calls = list(rig.driver.entered.queue)
    second = len(calls) - 1 - calls[::-1].index("set")
    assert "read_all" in calls[calls.index("set") : second]


def test_a_device_that_was_reset_in_between_is_not_told_the_second(house):
    rig = Rig(house, open_delay_s=0.01)
    rig.after_first(lambda: (rig.driver.relays.update(SHUT), rig.lose_link()))
    end = rig.move()
    assert (end.kind, end.state) == (Kind.UNKNOWN, UNKNOWN)
    assert end.text.endswith("the link was lost in between, and the first relay stands otherwise since")
    assert rig.pair() == SHUT
    assert rig.look() is CLOSED


def test_a_link_lost_in_between_to_a_box_that_cannot_be_read_leaves_it_unknown(house):
    rig = Rig(house, readback=False, open_delay_s=0.01)
    rig.after_first(rig.lose_link)
    end = rig.move()
    assert (end.kind, end.state) == (Kind.UNKNOWN, UNKNOWN)
    assert rig.driver.writes == [("101", True)]


def test_an_actuator_that_was_restarted_in_between_reads_before_it_writes_the_second(house):
    rig = Rig(house, open_delay_s=0.5)
    rig.order()
    rig.first_is_written()
    house.stop(RELAYS)
    house.start(Actuator, RELAYS, rig.driver, rig.link, rig.setup, rig.fence)
    assert rig.end().state is OPEN
    assert rig.pair() == OPENED
