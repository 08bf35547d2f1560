"""A slew ends at the end of its range, whatever is lost."""

from actors import drive as drive_module
from actors.messages import Kind, Reason
from hardware.errors import DeviceRefused, NoAnswer
from tests.actors.drive.rig import Rig
from tests.actors.house import until


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
