"""The furnace behind simulated controllers: it heats, overshoots, holds, cools, and breaks as furnaces do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.thermal import LONGEST_S, Furnace, Tuning


class Clock:
    """A clock that goes when it is told to."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def furnace():
    return Furnace(Clock(), speed=1.0)


def course(furnace, seconds, step=10.0):
    """What is measured on the way."""
    measured = []
    for _ in range(int(seconds / step)):
        furnace.advance(step)
        measured.append(furnace.measured_c)
    return measured


def test_it_begins_at_the_temperature_of_the_room_and_stays_there(furnace):
    assert set(course(furnace, 600.0)) == {22.0}
    assert furnace.output_percent == 0.0


def test_it_heats_overshoots_and_holds(furnace):
    furnace.setpoint_c = 400.0
    assert furnace.output_percent == 100.0
    measured = course(furnace, 6000.0)
    top = measured.index(max(measured))
    assert measured[: top + 1] == sorted(measured[: top + 1])
    assert 405.0 < measured[top] < 425.0
    assert measured[-1] == pytest.approx(400.0, abs=0.05)
    assert 0.0 < furnace.output_percent < 20.0


def test_it_takes_minutes_as_a_furnace_does(furnace):
    furnace.setpoint_c = 800.0
    measured = course(furnace, 1200.0)
    assert measured[29] < 500.0 < measured[59] < 800.0
    assert measured[-1] == pytest.approx(800.0, abs=5.0)


def test_at_the_set_point_it_costs_what_it_loses(furnace):
    furnace.setpoint_c = 800.0
    furnace.advance(LONGEST_S)
    lost_w = 0.5 * 778.0 + 5.670374e-8 * 0.004 * (1073.15**4 - 295.15**4)
    assert furnace.output_percent == pytest.approx(100.0 * lost_w / 2600.0, rel=1e-3)


def test_radiation_makes_the_last_degrees_dear(furnace):
    furnace.mode, furnace.manual_percent = "manual", 50.0
    furnace.advance(LONGEST_S)
    half = furnace.temperature_c
    furnace.manual_percent = 100.0
    furnace.advance(LONGEST_S)
    assert 1400.0 < furnace.temperature_c < 1450.0
    assert half > 0.7 * furnace.temperature_c


def test_it_cools_to_the_room_and_no_further(furnace):
    furnace.temperature_c = 1000.0
    furnace.setpoint_c = 0.0
    measured = course(furnace, 4 * 3600.0, 60.0)
    assert measured == sorted(measured, reverse=True)
    assert measured[0] - measured[1] > 100 * (measured[-2] - measured[-1])
    for _ in range(3):
        furnace.advance(LONGEST_S)
    assert furnace.temperature_c == pytest.approx(22.0, abs=0.01)
    assert furnace.temperature_c >= 22.0


def test_the_thermocouple_lags_behind_the_heat(furnace):
    furnace.setpoint_c = 800.0
    furnace.advance(120.0)
    assert 5.0 < furnace.temperature_c - furnace.measured_c < 30.0


def test_after_a_long_time_at_full_power_the_integral_has_not_run_away(furnace):
    furnace.setpoint_c = 1600.0  # out of its reach
    furnace.advance(LONGEST_S)
    furnace.setpoint_c = 1000.0
    assert furnace.output_percent == 0.0


def test_without_an_integral_it_stays_below_the_set_point(furnace):
    furnace.tuning = Tuning(band_k=40.0, integral_s=0.0, derivative_s=0.0)
    furnace.setpoint_c = 800.0
    furnace.advance(LONGEST_S)
    assert 780.0 < furnace.measured_c < 795.0


def test_a_broken_thermocouple_measures_nothing_and_the_loop_gives_nothing(furnace):
    furnace.setpoint_c = 800.0
    furnace.advance(3600.0)
    furnace.faults.broken_sensor = True
    assert furnace.measured_c is None
    assert furnace.output_percent == 0.0
    furnace.advance(600.0)
    assert furnace.temperature_c < 700.0
    furnace.faults.broken_sensor = False
    assert furnace.measured_c == pytest.approx(furnace.temperature_c, abs=5.0)


def test_an_open_heater_gives_no_heat_whatever_the_output_says(furnace):
    furnace.faults.open_heater = True
    furnace.setpoint_c = 800.0
    furnace.advance(3600.0)
    assert furnace.output_percent == 100.0
    assert furnace.temperature_c == 22.0


def test_a_stuck_power_stage_heats_whatever_the_output_says(furnace):
    furnace.faults.stuck_output_percent = 100.0
    furnace.setpoint_c = 100.0
    furnace.advance(3600.0)
    assert furnace.output_percent == 0.0
    assert furnace.temperature_c > 1300.0


@pytest.mark.parametrize("mode", ["auto", "manual", "off"])
def test_a_loop_that_hangs_has_its_own_output(furnace, mode):
    furnace.mode, furnace.faults.hung_output_percent = mode, 60.0
    assert furnace.output_percent == 60.0
    furnace.advance(3600.0)
    assert furnace.temperature_c > 500.0


@pytest.mark.parametrize(("mode", "percent"), [("off", 0.0), ("manual", 40.0)])
def test_out_of_automatic_the_set_point_means_nothing(furnace, mode, percent):
    furnace.mode, furnace.manual_percent, furnace.setpoint_c = mode, 40.0, 800.0
    assert furnace.output_percent == percent
    furnace.advance(3600.0)
    assert (furnace.temperature_c > 100.0) == (percent > 0)


def test_its_time_is_the_clocks_times_its_speed():
    clock = Clock()
    slow, fast, still = Furnace(clock, speed=1.0), Furnace(clock, speed=60.0), Furnace(clock, speed=0.0)
    for furnace in (slow, fast, still):
        furnace.setpoint_c = 800.0
    for clock.now in (5.0, 10.0):
        for furnace in (slow, fast, still):
            furnace.catch_up()
    twin = Furnace(clock)
    twin.setpoint_c = 800.0
    twin.advance(600.0)
    assert fast.temperature_c == twin.temperature_c
    assert 22.0 == still.temperature_c < slow.temperature_c < fast.temperature_c


@given(st.lists(st.floats(0.0, 100.0), max_size=20))
def test_how_often_it_is_looked_at_changes_nothing(pieces):
    often, once = Furnace(Clock()), Furnace(Clock())
    often.setpoint_c = once.setpoint_c = 900.0
    total = 0.0
    for piece in pieces:
        often.advance(piece)
        total += piece
    once.advance(total)
    assert often.temperature_c == pytest.approx(once.temperature_c, abs=3.0)  # one step more or less


def test_a_very_long_time_is_over_quickly(furnace):
    furnace.setpoint_c = 800.0
    furnace.advance(1e12)
    assert furnace.temperature_c == pytest.approx(800.0, abs=0.01)


def test_its_course_is_this_one(furnace):
    """As built and tuned by default: numbers that a change of the model has to change on purpose."""
    furnace.setpoint_c = 100.0
    course_c, at_s = [], 0
    for until_s in (30, 60, 120, 300, 600, 1200):
        furnace.advance(until_s - at_s)
        at_s = until_s
        course_c.append((furnace.measured_c, furnace.output_percent))
    measured_c, output_percent = zip(*course_c, strict=True)
    assert measured_c == pytest.approx([32.943, 62.035, 108.964, 114.473, 107.345, 100.005], abs=1e-3)
    assert output_percent == pytest.approx([100.0, 72.407, 0.0, 0.0, 0.0, 1.598], abs=1e-3)


def test_a_set_point_that_sticks_stays(furnace):
    furnace.setpoint_c = 800.0
    furnace.faults.stuck_setpoint = True
    furnace.setpoint_c = 900.0
    assert furnace.setpoint_c == 800.0
    furnace.faults.stuck_setpoint = False
    furnace.setpoint_c = 900.0
    assert furnace.setpoint_c == 900.0
