"""What is in the registers of an EZ-Zone PM."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import BadReply
from hardware.watlow_ez_zone import codec


def test_registers_are_those_of_the_guide():
    assert (codec.PV, codec.SETPOINT, codec.HEAT_POWER, codec.CONTROL_MODE) == (360, 2160, 1904, 1880)  # [2]
    assert (codec.BAND, codec.INTEGRAL, codec.DERIVATIVE) == (1890, 1894, 1896)  # [2]
    assert (codec.DEGREES, codec.FAHRENHEIT, codec.CELSIUS) == (2490, 30, 15)  # [2]
    assert (codec.SAVE, codec.SAVE_YES, codec.SAVE_NO) == (2494, 106, 59)  # [2]
    assert (codec.INPUT_ERROR, codec.NO_ERROR, codec.MODE_OFF, codec.MODE_AUTO) == (362, 61, 62, 10)  # [1]


@pytest.mark.parametrize(("zone", "address"), [(1, 360), (2, 5360), (13, 60360)])
def test_each_zone_is_so_many_registers_further(zone, address):  # [2]
    assert codec.at(360, zone, 5000) == address


@pytest.mark.parametrize(("fahrenheit", "celsius"), [(32.0, 0.0), (212.0, 100.0), (-40.0, -40.0), (1472.0, 800.0)])
def test_degrees(fahrenheit, celsius):
    assert codec.to_celsius(fahrenheit, "F") == pytest.approx(celsius)
    assert codec.from_celsius(celsius, "F") == pytest.approx(fahrenheit)
    assert codec.to_celsius(celsius, "C") == codec.from_celsius(celsius, "C") == celsius


def test_a_band_is_a_difference():
    assert codec.to_kelvins(45.0, "F") == codec.to_kelvins(25.0, "C") == 25.0
    assert codec.from_kelvins(25.0, "F") == 45.0
    assert codec.from_kelvins(25.0, "C") == 25.0


@given(st.floats(-200, 2000), st.sampled_from(["F", "C"]))
def test_there_and_back_it_is_the_same(celsius, degrees):
    assert codec.to_celsius(codec.from_celsius(celsius, degrees), degrees) == pytest.approx(celsius, abs=1e-9)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (61, ""),
        (65, "the sensor is open"),
        (127, "the sensor is shorted"),
        (140, "measurement error"),
        (139, "bad calibration data"),
        (9, "ambient error"),
        (141, "RTD error"),
        (32, "the input failed"),
        (246, "the input has no source"),
        (0, "input error 0"),
        (7777, "input error 7777"),
    ],
)
def test_an_input_error_has_words(code, words):  # [1]
    assert codec.to_error(code) == words


def test_degrees_are_one_of_two():
    assert (codec.to_degrees(30), codec.to_degrees(15)) == ("F", "C")
    with pytest.raises(BadReply):
        codec.to_degrees(0)
