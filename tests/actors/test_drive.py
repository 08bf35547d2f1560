"""A drive's actor on its own thread, with a motor that does as it is told."""

import threading
import time

import pytest

from actors import drive as drive_module
from actors.actuation import Settled
from actors.drive import Drive
from actors.drive_motion import DriveSeen
from actors.drives import Drives
from actors.messages import Kind, News, Query, Reason, Tick
from hardware.drive import DriveReading
from hardware.drive_device import DriveSettings
from hardware.errors import BadReply, DeviceRefused, NoAnswer, NotSent
from tests.actors.house import Answers, request, until

SETTINGS = {
    "name": "feeder", "klass": "MDrive", "port": "tcp://127.0.0.1:1", "units": "mm", "steps_per_unit": 100.0,
    "lowest": 0.0, "highest": 100.0, "tolerance": 0.5, "slew_velocity": 5.0, "poll": 60.0,
}  # fmt: skip


class Motor:
    """It is where `position` says, and does what it is told at once, unless `error` is raised."""

    def __init__(self):
        self.position, self.moving, self.stalled = 10.0, False, False
        self.error, self.told = None, []
        self.arrives = True
        self.looked = threading.Event()

    def read(self):
        self.looked.set()
        self._raise()
        return DriveReading(self.position, self.moving, self.stalled)

    def move_to(self, position, velocity=None):
        self.told.append(("move_to", position, velocity))
        self._raise()
        self.position, self.moving = (position, False) if self.arrives else (self.position, True)

    def slew(self, velocity):
        self.told.append(("slew", velocity))
        self.moving = True

    def stop(self):
        self.told.append(("stop",))
        self.moving = self.stalled = False

    def set_home(self):
        self.told.append(("set_home",))

    def _raise(self):
        if self.error:
            raise self.error


class Rig:
    def __init__(self, house, **settings):
        self.house, self.motor = house, Motor()
        self.chronicle = house.recorder("chronicle")
        given = DriveSettings.model_validate({**SETTINGS, **settings})
        house.start(Drives, "drives")
        house.start(Drive, "device.feeder", self.motor, given)

    def ask(self, what, *args, path="device.feeder", **more):
        answers = Answers()
        self.house.tell(path, Query(what, args, request(answers, **more)))
        return answers.wait()

    def text(self, what, *args):
        outcome = self.ask(what, *args)
        assert outcome.kind is Kind.DONE, outcome
        return outcome.text


@pytest.fixture
def rig(house):
    return Rig(house)


@pytest.fixture
def often(house, monkeypatch):
    monkeypatch.setattr(drive_module, "MOVING_POLL_S", 0.02)
    return Rig(house, poll=0.05)


def test_it_is_asked_where_it_is_in_its_units_and_in_steps(rig):
    assert [rig.text("GetPosition"), rig.text("read"), rig.text("GetPosition", "steps")] == ["10", "10", "1000"]
    assert [rig.text("Moving"), rig.text("Stalled")] == ["False", "False"]
    rig.motor.moving = rig.motor.stalled = True
    assert [rig.text("Moving"), rig.text("Stalled")] == ["OK", "OK"]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("20",), ("move_to", 20.0, None)),
        (("20", "mm"), ("move_to", 20.0, None)),
        (("2000", "steps"), ("move_to", 20.0, None)),
        (("20", "7.5"), ("move_to", 20.0, 7.5)),
        (("2000", "steps", "750"), ("move_to", 20.0, 7.5)),
    ],
)
def test_a_move_is_told_in_its_units_and_in_steps(rig, args, told):
    outcome = rig.ask("MoveAbsolute", *args)
    assert (outcome.kind, outcome.text, rig.motor.told) == (Kind.DONE, "20", [told])
    assert rig.chronicle.wait_for(Settled).outcome == outcome


def test_a_velocity_is_none_that_goes_backwards_where_its_steps_count_so(house):
    rig = Rig(house, steps_per_unit=-100.0)
    rig.text("MoveAbsolute", "-2000", "steps", "750")
    assert rig.motor.told == [("move_to", 20.0, 7.5)]


def test_a_relative_move_goes_from_where_it_is(rig):
    assert rig.text("MoveRelative", "-4") == "6"
    assert rig.motor.told == [("move_to", 6.0, None)]


@pytest.mark.parametrize(
    "args", [(), ("far",), ("100.1",), ("-0.1",), ("nan",), ("1_0",), ("10", "inch"), ("1", "mm", "fast")]
)
def test_a_position_that_is_none_is_refused(rig, args):
    assert rig.ask("MoveAbsolute", *args).reason is Reason.BAD_ARGUMENTS
    assert rig.motor.told == []


def test_a_relative_move_beyond_its_range_is_refused(rig):
    assert rig.ask("MoveRelative", "-10.1").reason is Reason.BAD_ARGUMENTS


@pytest.mark.parametrize("word", ["MoveAbsolute", "MoveRelative", "SetHome", "Slew", "StartJitter"])
def test_while_it_moves_nothing_else_is_begun(rig, word):
    rig.motor.moving = True
    assert rig.ask(word, "1").reason is Reason.BUSY
    assert rig.motor.told == []


@pytest.mark.parametrize("word", ["MoveAbsolute", "MoveRelative", "SetHome", "Slew", "StartJitter"])
def test_past_its_deadline_nothing_is_begun(rig, word):
    assert rig.ask(word, "1", deadline=time.monotonic() - 0.1).reason is Reason.EXPIRED
    assert rig.motor.told == []


@pytest.mark.parametrize("word", [("StopDrive",), ("StopJitter",), ("Slew", "0")])
def test_it_is_stopped_however_late_it_is_and_without_a_look(rig, word):
    rig.motor.moving, rig.motor.error = True, BadReply("MV is 7")
    assert rig.ask(*word, deadline=time.monotonic() - 0.1).kind is Kind.DONE
    assert rig.motor.told == [("stop",)]


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (NotSent("no link"), Kind.REFUSED, Reason.NOT_CONNECTED),
        (DeviceRefused("too hot"), Kind.REFUSED, Reason.FAILED),
        (NoAnswer("silence"), Kind.UNKNOWN, Reason.NO_ANSWER),
        (BadReply("what"), Kind.UNKNOWN, Reason.NO_ANSWER),
    ],
)
def test_what_goes_wrong_is_said_as_it_is(rig, error, kind, reason):
    rig.motor.error = error
    outcome = rig.ask("MoveAbsolute", "20")
    assert (outcome.kind, outcome.reason, outcome.text) == (kind, reason, str(error))


def test_a_drive_that_does_not_know_where_it_is_says_so(rig):
    rig.motor.position = None
    assert rig.ask("GetPosition").reason is Reason.NOT_AVAILABLE
    assert rig.ask("MoveRelative", "1").reason is Reason.NOT_AVAILABLE
    assert "position not known" in rig.house.detail("device.feeder")


def test_a_look_tells_all_of_it(rig):
    began = time.monotonic()
    seen = rig.ask("look").value
    assert isinstance(seen, DriveSeen)
    assert (seen.name, seen.reading) == ("feeder", DriveReading(10.0, moving=False, stalled=False))
    assert seen.at >= began


def test_it_slews_by_a_share_of_its_velocity_and_stops(rig):
    assert rig.text("Slew", "-0.5") == "OK"
    assert rig.text("Slew", "0") == "OK"
    assert rig.text("StopDrive") == "OK"
    assert rig.motor.told == [("slew", -2.5), ("stop",), ("stop",)]
    for scalar in ("1.1", "x"):
        assert rig.ask("Slew", scalar).reason is Reason.BAD_ARGUMENTS


def test_without_a_velocity_it_is_not_slewed(house):
    assert Rig(house, slew_velocity=None).ask("Slew", "1").reason is Reason.NOT_PERMITTED


def test_a_slew_that_comes_to_its_end_is_stopped(house, monkeypatch):
    """However seldom it is looked at while it stands."""
    monkeypatch.setattr(drive_module, "MOVING_POLL_S", 0.02)
    rig = Rig(house, poll=60.0)
    rig.text("Slew", "1")
    rig.motor.position = 100.5
    until(lambda: ("stop",) in rig.motor.told, "it is stopped")


def test_a_slew_whose_stop_is_lost_is_told_so_again(often):
    lost, stop = [NoAnswer("lost"), DeviceRefused("it still moves")], often.motor.stop

    def loses():
        if lost:
            raise lost.pop(0)
        stop()

    often.motor.stop = loses
    often.text("Slew", "1")
    often.motor.position = 100.6
    until(lambda: ("stop",) in often.motor.told, "it is stopped")
    assert not lost


def test_a_slew_whose_answer_is_lost_is_stopped_at_its_end(house, monkeypatch):
    monkeypatch.setattr(drive_module, "MOVING_POLL_S", 0.02)
    monkeypatch.setattr(drive_module, "LOST_POLL_S", 0.02)
    rig = Rig(house)

    def loses(_velocity):
        rig.motor.moving, rig.motor.error = True, NoAnswer("lost")
        raise rig.motor.error

    rig.motor.slew = loses
    assert rig.ask("Slew", "1").kind is Kind.UNKNOWN
    until(lambda: house.detail("device.feeder") == "down: lost", "it is silent")
    rig.motor.position, rig.motor.error = 100.6, None
    until(lambda: ("stop",) in rig.motor.told, "it is stopped")


def test_a_slew_whose_answer_is_lost_ends_with_whoever_looks_at_it(rig):
    def loses(_velocity):
        rig.motor.moving, rig.motor.error = True, NoAnswer("lost")
        raise rig.motor.error

    rig.motor.slew = loses
    assert rig.ask("Slew", "1").kind is Kind.UNKNOWN
    rig.house.stop("device.feeder")
    assert rig.motor.told == [("stop",)]


def test_a_slew_whose_stop_by_hand_is_lost_goes_on_to_be_looked_at(rig):
    rig.text("Slew", "1")
    stop, rig.motor.stop = rig.motor.stop, rig.motor._raise
    rig.motor.error = NoAnswer("lost")
    assert rig.ask("StopDrive").kind is Kind.UNKNOWN
    rig.motor.stop = stop
    rig.house.stop("device.feeder")
    assert rig.motor.told == [("slew", 5.0), ("stop",)]


def test_a_drive_that_moves_beyond_its_end_by_itself_is_stopped(often):
    often.motor.position, often.motor.moving = 100.6, True
    until(lambda: ("stop",) in often.motor.told, "it is stopped")


def test_a_slew_ends_with_whoever_looks_at_it(rig):
    rig.text("Slew", "1")
    rig.house.stop("device.feeder")
    assert rig.motor.told == [("slew", 5.0), ("stop",)]


def test_a_slew_that_cannot_be_stopped_any_more_is_said(rig, logs):
    rig.text("Slew", "1")
    rig.motor.stop = rig.motor._raise
    rig.motor.error = NoAnswer("silence")
    rig.house.stop("device.feeder")
    assert [line["why"] for line in logs.named("drive.not_stopped")] == ["silence"]


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
