"""When a furnace is switched off, and what a ramp comes to: pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.furnace_ramp import Ramp
from actors.furnace_trips import TripLimits, Trips

LIMITS = TripLimits(1500.0, fastest_c_per_min=60.0, blind_s=10.0)


@pytest.fixture
def trips():
    return Trips(LIMITS, now=0.0)


def test_what_is_as_it_should_be_is_no_trip(trips):
    assert [trips.seen(20.0 + second, second) for second in range(60)] == [""] * 60


def test_over_temperature_is_at_once(trips):
    assert trips.seen(1500.0, 1.0) == ""
    assert trips.seen(1500.1, 60.0) == "over-temperature: 1500.1 C is over 1500 C"


def test_too_fast_is_over_a_window_and_not_a_step(trips):
    assert trips.seen(100.0, 0.0) == ""
    assert trips.seen(104.9, 1.0) == ""
    assert trips.seen(110.5, 2.0).startswith("it heats too fast")


def test_to_cool_fast_is_no_trip(trips):
    assert [trips.seen(1000.0 - 50 * second, float(second)) for second in range(10)] == [""] * 10


def test_a_gap_hides_no_rate(trips):
    trips.seen(100.0, 0.0)
    trips.blind("silence", 1.0)
    assert trips.seen(180.0, 2.0).startswith("it heats too fast")
    assert trips.seen(100.0, 3.0) == ""


def test_neither_glitches_nor_slow_looks_hide_a_rate():
    glitches = Trips(LIMITS, 0.0)
    told = [
        glitches.blind("glitch", float(s)) if s % 3 == 2 else glitches.seen(20.0 + 4.9 * s, float(s)) for s in range(30)
    ]
    assert any(told)
    slow = Trips(LIMITS, 0.0)
    assert any(slow.seen(20.0 + 10.0 * s, float(s)) for s in range(0, 130, 11))
    in_time = Trips(LIMITS, 0.0)
    assert not any(in_time.seen(20.0 + 0.95 * s, float(s)) for s in range(0, 130, 11))


def test_noise_is_no_rate():
    trips = Trips(TripLimits(1500.0, fastest_c_per_min=10.0), 0.0)
    assert [trips.seen(100.0 + 4.9 * (s % 2), float(s)) for s in range(30)] == [""] * 30
    assert trips.seen(105.1, 30.0).startswith("it heats too fast")


def test_full_output_without_effect_is_a_loop_break():
    trips = Trips(TripLimits(1500.0, loop_break_s=60.0), 0.0)

    def seen(temperature_c, now, setpoint_c=800.0, output_percent=100.0):
        return trips.seen(temperature_c, now, setpoint_c=setpoint_c, output_percent=output_percent)

    assert [seen(100.0 + 0.1 * s, float(s)) for s in range(300)] == [""] * 300  # it becomes warmer
    assert [seen(130.0, 300.0 + s) for s in range(60)] == [""] * 60
    assert seen(130.0, 361.0) == "loop break: 61 s at full output, and it does not become warmer"
    assert trips.seen(130.0, 362.0).startswith("loop break")  # what else it was could not be read
    assert seen(130.0, 363.0, output_percent=98.0) == ""
    assert [seen(790.0, 500.0 + s) for s in range(100)] == [""] * 100  # near its set-point


def test_no_reading_for_a_while_is_one(trips):
    trips.seen(100.0, 100.0)
    assert trips.blind("silence", 110.0) == ""
    assert trips.blind("silence", 110.5) == "no reading for 10 s: silence"


def test_a_broken_sensor_is_at_once(trips):
    assert trips.blind("it shows 9999 C", 0.1, broken=True) == "thermocouple break: it shows 9999 C"


def test_without_a_limit_it_may_heat_as_fast_as_it_will():
    trips = Trips(TripLimits(1500.0), 0.0)
    assert [trips.seen(100.0 * second, float(second)) for second in range(15)] == [""] * 15


def test_a_ramp_a_soak_and_what_comes_then():
    ramp = Ramp(100.0, 400.0, 60.0, began=1000.0, soak_s=30.0, then_c=50.0)
    assert [ramp.setpoint_c(1000.0 + s) for s in (0, 150, 300, 329, 330)] == [100.0, 250.0, 400.0, 400.0, 50.0]
    assert ramp.said(1100.0) == "ramp to 400 C, 200 s left"
    assert ramp.said(1310.0) == "soak at 400 C, 20 s left"
    assert Ramp(1.0, 2.0, 60.0, 0.0).said(5.0) == "soak at 2 C"


@given(st.floats(0, 1500), st.floats(0, 1500), st.floats(0.1, 1000), st.floats(0, 1e6), st.none() | st.floats(0, 1e4))
def test_a_setpoint_never_leaves_what_was_asked_for(from_c, to_c, rate, passed_s, soak_s):
    ramp = Ramp(from_c, to_c, rate, 0.0, soak_s, then_c=min(from_c, to_c))
    lowest, highest = sorted((from_c, to_c))
    assert lowest - 1e-6 <= ramp.setpoint_c(passed_s) <= highest + 1e-6
    if ramp.is_over(passed_s):
        assert ramp.setpoint_c(passed_s) == ramp.then_c
