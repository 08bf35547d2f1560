"""What a drive is asked and told."""

import time

import pytest

from actors.actuation import Settled
from actors.drive_motion import DriveSeen
from actors.messages import Kind, Reason
from hardware.drive import DriveReading
from hardware.errors import BadReply, DeviceRefused, NoAnswer, NotSent
from tests.actors.drive.rig import Rig


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
