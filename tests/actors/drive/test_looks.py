"""A drive is looked at while it moves; what is found is told."""

import pytest

from actors import drive as drive_module
from actors.messages import Kind, News, Reason, Tick
from hardware.errors import NoAnswer
from tests.actors.drive.rig import Rig
from tests.actors.house import until


def test_a_move_goes_on_without_whoever_looks_at_it(rig):
    rig.motor.arrives = False
    rig.text("MoveAbsolute", "50")
    rig.house.stop("device.feeder")
    assert rig.motor.told == [("move_to", 50.0, None)]


def test_a_timer_of_an_earlier_plan_is_passed_over(rig):
    rig.house.quiet()
    rig.motor.looked.clear()
    rig.house.tell("device.feeder", Tick("0"))
    rig.house.quiet()
    assert not rig.motor.looked.is_set()


def test_a_drive_that_is_down_is_not_looked_at_more_often(house, monkeypatch):
    monkeypatch.setattr(drive_module, "MOVING_POLL_S", 0.02)
    rig = Rig(house)
    rig.text("StartJitter", "5", "60", "60")
    rig.motor.error = NoAnswer("silence")
    until(lambda: house.detail("device.feeder") == "down: silence", "it is silent")
    rig.motor.looked.clear()
    house.after(0.2)
    assert not rig.motor.looked.is_set()


def test_where_it_is_at_home_it_is_where_it_shall_be(often):
    often.motor.arrives = False
    often.text("MoveAbsolute", "50")
    often.motor.position, often.motor.moving = 30.0, False
    often.chronicle.wait_for(News, lambda news: news.topic == "alarm.drive_feeder" and news.value)
    often.text("SetHome")
    often.chronicle.wait_for(News, lambda news: news.topic == "alarm.drive_feeder" and not news.value)


def test_a_move_that_ends_elsewhere_is_an_alarm(often):
    often.motor.arrives = False
    often.text("MoveAbsolute", "50")
    often.motor.position, often.motor.moving = 30.0, False
    alarm = often.chronicle.wait_for(News, lambda news: news.topic == "alarm.drive_feeder")
    assert alarm.extra["text"] == "feeder: it stopped at 30 mm on its way to 50 mm"


def test_a_stall_is_an_alarm_and_its_end_is_told(often):
    often.motor.stalled = True
    alarm = often.chronicle.wait_for(News, lambda news: news.topic == "alarm.drive_feeder")
    assert alarm.value == "it has stalled at 10 mm"
    often.text("StopDrive")
    assert often.chronicle.wait_for(News, lambda news: news.topic == "alarm.drive_feeder").value == ""


def test_what_it_shows_is_news_and_that_it_is_gone(often):
    shown = often.chronicle.wait_for(News, lambda news: news.topic == "drive.feeder")
    assert (shown.value, shown.units, shown.quality) == (10.0, "mm", "good")
    often.motor.error = NoAnswer("silence")
    gone = often.chronicle.wait_for(News, lambda news: news.topic == "drive.feeder")
    assert (gone.value, gone.quality, gone.extra["why"]) == (None, "unknown", "silence")
    assert often.house.detail("device.feeder") == "down: silence"
    often.motor.error = None
    assert often.chronicle.wait_for(News, lambda news: news.topic == "drive.feeder").value == 10.0


def test_it_goes_to_and_fro_until_it_is_stopped(often):
    assert often.text("StartJitter", "5", "0", "0") == "OK"
    until(lambda: len(often.motor.told) > 4, "it goes to and fro")
    assert often.ask("MoveAbsolute", "1").reason is Reason.BUSY
    often.text("StopJitter")
    assert often.motor.told[:2] == [("move_to", 15.0, None), ("move_to", 10.0, None)]
    assert often.text("MoveAbsolute", "1") == "1"


def test_to_and_fro_ends_also_where_it_could_not_be_looked_at_or_told(often):
    often.text("StartJitter", "5", "0", "0")
    until(lambda: len(often.motor.told) > 4, "it goes to and fro")

    def silent():
        raise NoAnswer("silence")

    often.motor.stop = silent
    assert often.ask("StopJitter").kind is Kind.UNKNOWN
    told = list(often.motor.told)
    often.house.after(0.2)
    assert often.motor.told == told


@pytest.mark.parametrize("args", [(), ("x",), ("91",), ("-11",), ("1", "-1"), ("1", "61")])
def test_to_and_fro_is_within_its_range(rig, args):
    assert rig.ask("StartJitter", *args).reason is Reason.BAD_ARGUMENTS


def test_it_knows_no_other_word(rig):
    assert rig.ask("Fire").reason is Reason.NOT_AVAILABLE


def test_it_says_whether_it_is_there(rig):
    assert rig.text("ping") == "True"
    rig.motor.error = NoAnswer("silence")
    assert rig.text("ping") == "False"


def test_a_drive_is_asked_by_its_name(rig):
    assert rig.ask("GetPosition", "feeder", path="drives").text == "10"
    assert rig.ask("MoveAbsolute", "feeder", "20", path="drives").text == "20"


@pytest.mark.parametrize(("name", "hint"), [("fedder", "did you mean feeder?"), ("x", "no drive x on this node")])
def test_a_drive_that_there_is_not_is_refused(rig, name, hint):
    outcome = rig.ask("MoveAbsolute", name, "20", path="drives")
    assert outcome.reason is Reason.NOT_CONNECTED
    assert hint in outcome.text
