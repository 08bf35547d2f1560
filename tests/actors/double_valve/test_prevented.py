"""What prevents the first of the two acts, and not the second."""

import math
import time

import pytest

from actors.actuation import GiveUp, HurryUp, Switched
from actors.double_valve import DoubleActuationValve
from actors.messages import Kind, Reason, Refusal, Tick
from tests.actors.double_valve.rig import CLOSED, OPEN, OPENED, PATH, Rig
from tests.actors.house import RELAYS, until


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
