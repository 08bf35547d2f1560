"""`MDrive` on TCP and on a serial line: it moves in time, is where the drive says, and goes nowhere unasked."""

import pytest

from hardware.drive import DriveReading
from hardware.drive_device import Unreferenced
from hardware.errors import DeviceRefused, NotSent
from tests.hardware.bench import wrong_places


def test_a_move_takes_its_time_and_is_read_on_its_way(rig):
    rig.driver.move_to(120.0)
    assert rig.driver.read() == DriveReading(0.0, moving=True, stalled=False)
    rig.clock.now = 1.0
    assert rig.driver.read() == DriveReading(50.0, moving=True, stalled=False)
    rig.clock.now = 3.0
    assert rig.driver.read() == DriveReading(120.0, moving=False, stalled=False)
    assert (rig.driver.read_position(), rig.driver.is_moving(), rig.driver.is_stalled()) == (120.0, False, False)
    assert rig.simulator.steps == 12000


def test_a_move_to_where_it_is_has_ended(rig):
    rig.driver.move_to(0.05)
    assert rig.simulator.moves == 1


def test_a_velocity_is_set_and_read_back(rig):
    rig.driver.move_to(120.0, 10.0)
    rig.clock.now = 1.0
    assert rig.driver.read_position() == 10.0


def test_a_velocity_that_was_not_taken_is_told_and_nothing_moves(rig):
    rig.simulator.faults.stuck.add("VM")
    with pytest.raises(DeviceRefused, match=r"velocity 1000 steps/s was not taken, it is 768000"):
        rig.driver.move_to(120.0, 10.0)
    assert rig.simulator.moves == 0


@pytest.mark.parametrize("position", [-10.1, 200.1, float("nan"), float("inf")])
def test_a_position_beyond_its_range_is_refused_before_anything_is_sent(rigs, position):
    rig = rigs(homed=False)
    with pytest.raises(ValueError, match="expected -10 to 200 mm"):
        rig.driver.move_to(position)
    assert rig.handle.opened == 0


@pytest.mark.parametrize("velocity", [0.0, -1.0, float("nan"), float("inf")])
def test_a_velocity_that_is_none_is_refused_before_anything_is_sent(rigs, velocity):
    rig = rigs(homed=False)
    with pytest.raises(ValueError, match="expected a number over 0"):
        rig.driver.move_to(1.0, velocity)
    assert rig.handle.opened == 0


def test_it_may_turn_the_other_way(rigs):
    rig = rigs(steps_per_unit=-100.0)
    rig.driver.move_to(120.0)
    rig.clock.now = 3.0
    assert (rig.simulator.steps, rig.driver.read_position()) == (-12000, 120.0)


def test_while_it_moves_it_takes_no_other_move(rig):
    rig.driver.move_to(120.0)
    with pytest.raises(DeviceRefused, match="it is moving"):
        rig.driver.move_to(10.0)
    with pytest.raises(DeviceRefused, match="it is moving"):
        rig.driver.set_home()
    assert rig.simulator.moves == 1


def test_it_slews_until_it_is_stopped(rig):
    rig.driver.slew(-20.0)
    rig.clock.now = 2.0
    assert rig.driver.read() == DriveReading(-40.0, moving=True, stalled=False)
    rig.driver.stop()
    rig.clock.now = 9.0
    assert rig.driver.read() == DriveReading(-40.0, moving=False, stalled=False)


def test_a_slew_of_no_steps_is_none(rig):
    with pytest.raises(ValueError, match="stop it instead"):
        rig.driver.slew(0.001)


def test_home_is_where_its_file_says(rigs):
    rig = rigs(home=100.0, homed=False)
    rig.simulator.steps = 777
    rig.driver.set_home()
    assert rig.driver.read_position() == 100.0


def test_a_drive_that_was_switched_off_does_not_know_where_it_is(rig):
    rig.driver.move_to(120.0)
    rig.clock.now = 3.0
    rig.power_cycle()
    assert rig.driver.read() == DriveReading(None, moving=False, stalled=False)
    with pytest.raises(Unreferenced, match="bring it home, then SetHome"):
        rig.driver.read_position()
    with pytest.raises(Unreferenced):
        rig.driver.move_to(10.0)
    assert rig.simulator.moves == 0
    rig.driver.slew(1.0)  # how else would it get home


def test_without_a_register_what_it_counts_is_believed(rigs):
    rig = rigs(home_register=None, homed=False)
    assert rig.driver.read_position() == 0.0


def test_after_its_cable_was_out_it_is_read_again(rig):
    rig.driver.move_to(120.0)
    rig.unplug()
    rig.clock.now = 1.0
    rig.plug_in()
    assert rig.driver.read_position() == 50.0


@pytest.mark.parametrize("echo", [1, 2])
@pytest.mark.parametrize("address", [None, "X"])
def test_alone_and_in_party_mode_with_and_without_acknowledgements(rigs, address, echo):
    rig = rigs(address=address, echo=echo)
    rig.simulator.space = ""
    rig.driver.move_to(10.0)
    rig.clock.now = 1.0
    assert rig.driver.read_position() == 10.0
    assert rig.driver.identify() == "MDrive, 10 mm, firmware 3.010"


def test_an_empty_line_before_a_reply_is_passed_over(rig):
    rig.simulator.blank_first = True
    rig.driver.move_to(10.0)
    rig.clock.now = 1.0
    assert rig.driver.read_position() == 10.0


@pytest.mark.parametrize(("name", "number", "text"), [("EM", 2, "EM is 2"), ("EE", 0, "EE is 0")])
def test_a_drive_that_is_set_up_otherwise_is_not_talked_to(rigs, name, number, text):
    rig = rigs(homed=False)
    rig.simulator.variables[name] = number
    with pytest.raises(NotSent, match=f"its {text}, and its file says"):
        rig.driver.read()


@pytest.mark.parametrize(
    ("place", "keys"),
    [
        ("address", {"address": "12"}),
        ("address", {"address": "*"}),
        ("echo", {"echo": 0}),
        ("home_register", {"home_register": "R5"}),
        ("tolerance", {"tolerance": 0.0}),
        ("poll", {"poll": 0.0}),
    ],
)
def test_what_its_file_may_not_say(place, keys):
    assert wrong_places("MDrive", **{"lowest": 0.0, "highest": 1.0, **keys}) == [(place,)]


@pytest.mark.parametrize("keys", [{"lowest": 1.0}, {"steps_per_unit": 0.0}])
def test_a_range_and_a_scale_that_are_none(keys):
    assert wrong_places("MDrive", **{"lowest": 0.0, "highest": 1.0, **keys}) == [()]
