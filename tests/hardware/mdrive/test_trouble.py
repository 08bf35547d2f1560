"""`MDrive` when something is wrong: a lost answer is unknown, a stall is told, damage is no position."""

import contextlib
import time

import pytest

from hardware.drive import DriveReading
from hardware.errors import BadReply, DeviceRefused, LinkDown, NoAnswer, NotSent


class TooLate(Exception):
    """What a guard raises."""


@pytest.mark.parametrize("wire", ["tcp", "pty"])
def test_a_move_whose_answer_is_lost_is_unknown_and_is_not_sent_again(rigs, wire):
    rig = rigs(wire, velocity=None)
    with (
        rig.exchange.guarded(lambda: None, lambda: setattr(rig.simulator, "lost", 1)),
        pytest.raises(NoAnswer, match="no answer to b'MA 12000"),
    ):
        rig.driver.move_to(120.0)
    assert rig.simulator.moves == 1
    rig.clock.now = 60.0
    assert rig.driver.read_position() == 120.0
    assert rig.simulator.moves == 1


def test_hanging_up_after_a_move_leaves_it_unknown_and_it_goes_on(rigs):
    rig = rigs(velocity=None)
    with (
        rig.exchange.guarded(lambda: None, lambda: setattr(rig.simulator.faults, "disconnect", True)),
        pytest.raises(LinkDown),
    ):
        rig.driver.move_to(120.0)
    rig.simulator.faults.disconnect = False
    assert rig.simulator.moves == 1
    rig.clock.now = 60.0
    assert rig.driver.read_position() == 120.0


def test_a_drive_that_only_acknowledges_has_not_begun(rig):
    rig.simulator.jammed = True
    with pytest.raises(DeviceRefused, match=r"it was told to move, and stands still at 0\.0 mm; it tells no error"):
        rig.driver.move_to(120.0)
    with pytest.raises(DeviceRefused, match="stands still"):
        rig.driver.slew(1.0)


def test_a_stall_is_told_until_it_is_stopped(rig):
    rig.simulator.stalls_over = 6000
    rig.driver.move_to(120.0)
    rig.clock.now = 5.0
    assert rig.driver.read() == DriveReading(60.0, moving=False, stalled=True)
    assert rig.driver.is_stalled()
    with pytest.raises(DeviceRefused, match="it has stalled: StopDrive ends that"):
        rig.driver.move_to(0.0)
    rig.driver.stop()
    assert not rig.driver.is_stalled()
    rig.driver.move_to(0.0)
    rig.clock.now = 9.0
    assert rig.driver.read_position() == 0.0


def test_a_stall_at_once_is_told_with_its_error(rig):
    rig.simulator.stalls_over = 0
    rig.clock.step = 0.01
    with pytest.raises(DeviceRefused, match=r"it has stalled at 0\.0 mm; error 86: it has stalled"):
        rig.driver.move_to(0.2)


def test_a_stall_at_once_is_not_waited_out(rigs):
    rig = rigs(timeout=30.0)
    rig.simulator.stalls_over = 0
    rig.clock.step = 0.01
    began = time.monotonic()
    with pytest.raises(DeviceRefused, match="it has stalled"):
        rig.driver.move_to(0.2)
    assert time.monotonic() - began < 15.0


def test_a_stall_that_it_does_not_forget_is_told(rig):
    rig.simulator.variables["ST"] = 1
    rig.simulator.faults.stuck.add("ST")
    with pytest.raises(DeviceRefused, match="still says so"):
        rig.driver.stop()


def test_a_drive_that_goes_on_is_told(rig):
    rig.driver.move_to(120.0)
    rig.simulator.faults.lie.add("MV")
    rig.clock.now = 9.0
    with pytest.raises(DeviceRefused, match="still moves"):
        rig.driver.stop()


def test_a_home_that_was_not_taken_is_told(rigs):
    rig = rigs(homed=False)
    rig.simulator.steps = 777
    rig.simulator.faults.stuck.add("P")
    with pytest.raises(DeviceRefused, match=r"it was told that it is home, and shows 7\.77"):
        rig.driver.set_home()


def test_silence_is_no_position(rig):
    rig.simulator.faults.mute = True
    with pytest.raises(NoAnswer):
        rig.driver.read()


def test_damage_is_no_position(rig):
    rig.simulator.steps = 1234
    rig.simulator.faults.garble = True
    with pytest.raises(BadReply, match="expected 4 numbers for P MV ST R4"):
        rig.driver.read()
    rig.simulator.faults.garble = False
    assert rig.driver.read_position() == 12.34


def test_a_late_answer_is_not_taken_for_the_next(rig):
    rig.driver.read()
    rig.simulator.faults.slow_s = rig.timeout_s * 1.2
    with pytest.raises(NoAnswer):
        rig.driver.read()
    rig.simulator.faults.slow_s = 0.0
    rig.simulator.steps = 500
    assert rig.driver.read_position() == 5.0


def test_bytes_may_come_one_by_one(rig):
    rig.simulator.faults.trickle = True
    rig.driver.move_to(10.0)
    rig.clock.now = 1.0
    assert rig.driver.read_position() == 10.0


def test_nobody_there_means_that_nothing_was_sent(rig):
    rig.unplug()
    with contextlib.suppress(LinkDown, NotSent):  # the first may be the one that notices
        rig.driver.read()
    with pytest.raises(NotSent):
        rig.driver.move_to(1.0)


@pytest.mark.parametrize(
    "act",
    [
        lambda driver: driver.move_to(10.0),
        lambda driver: driver.slew(1.0),
        lambda driver: driver.stop(),
        lambda driver: driver.set_home(),
    ],
)
def test_a_guard_is_asked_before_each_act(rig, act):
    def too_late():
        raise TooLate

    before = dict(rig.simulator.variables)
    with pytest.raises(TooLate), rig.exchange.guarded(lambda: None, too_late):
        act(rig.driver)
    assert (rig.simulator.moves, rig.simulator.variables) == (0, before)


def test_without_an_encoder_no_stall_is_told(rigs):
    rig = rigs(encoder=False, homed=False)
    rig.simulator.variables |= {"EE": 0, "ST": 1}
    assert rig.driver.read() == DriveReading(None, moving=False, stalled=False)


def test_a_model_that_has_none_is_not_asked_for_it(rigs):
    rig = rigs(encoder=None, homed=False)
    del rig.simulator.variables["EE"], rig.simulator.variables["ST"]
    rig.driver.set_home()
    rig.driver.move_to(10.0)
    rig.clock.now = 1.0
    assert rig.driver.read() == DriveReading(10.0, moving=False, stalled=False)
    rig.driver.stop()
