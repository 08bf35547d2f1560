"""What fails between the two acts of a double-actuation valve."""

from actors.actuation import OriginLost
from actors.actuator import Actuator
from actors.messages import Kind, Reason
from tests.actors.double_valve.rig import CLOSED, OPEN, OPENED, SHUT, UNKNOWN, Rig
from tests.actors.house import RELAYS


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
