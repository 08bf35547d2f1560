"""What a driver of a temperature controller has that offers no more than it must."""

import pytest

from hardware.device import OUTPUT_READINGS, TemperatureDevice
from hardware.errors import BadReply, DeviceRefused, SensorBroken
from hardware.settings import TemperatureSettings
from hardware.temperature import Pid, check_pid, was_kept


class Least(TemperatureDevice):
    """The four methods that one must have, without a wire."""

    setpoint_c, outputs, measured_c = 800.0, (40.0,), 23.4
    terminator = b""

    def read_temperature_c(self):
        return self.check_reading(self.measured_c)

    def read_setpoint_c(self):
        return self.setpoint_c

    def set_setpoint_c(self, setpoint_c):
        self.check_setpoint(setpoint_c)
        self.setpoint_c = setpoint_c

    def read_output_percent(self):
        first, *rest = self.outputs
        self.outputs = rest or [first]
        return first


@pytest.fixture
def least():
    given = {"name": "oven", "klass": "Least", "port": "tcp://127.0.0.1:1", "setpoint_min": 15.0, "setpoint_max": 900.0}
    return Least(TemperatureSettings.model_validate(given), None)


def test_its_heater_is_off_with_the_set_point_at_its_lowest(least):
    least.outputs = (40.0, 0.0)
    least.heater_off()
    least.heater_on()
    assert least.setpoint_c == 15.0


def test_a_heater_that_goes_on_is_told_and_the_set_point_is_at_its_lowest(least):
    with pytest.raises(DeviceRefused, match="told to stop heating, and its output is still 40 %"):
        least.heater_off()
    assert least.setpoint_c == 15.0


def test_it_says_that_it_has_no_pid(least):
    assert least.proportional_units == ""
    with pytest.raises(DeviceRefused, match="oven: a Least does not tell its PID"):
        least.read_pid()
    with pytest.raises(DeviceRefused, match="oven: a Least takes no PID"):
        least.set_pid(Pid(1.0, 2.0, 3.0))


@pytest.mark.parametrize("setpoint_c", [14.9, 900.1, float("nan"), float("inf")])
def test_a_set_point_out_of_range_is_refused(least, setpoint_c):
    with pytest.raises(ValueError, match="expected 15 to 900 C"):
        least.set_setpoint_c(setpoint_c)
    assert least.setpoint_c == 800.0


@pytest.mark.parametrize("setpoint_c", [15.0, 900.0])
def test_the_ends_of_the_range_are_in_it(least, setpoint_c):
    least.set_setpoint_c(setpoint_c)
    assert least.setpoint_c == setpoint_c


@pytest.mark.parametrize("measured_c", [-200.1, 2300.1, float("nan"), float("inf")])
def test_what_no_sensor_measures_is_a_broken_one_and_it_is_there_all_the_same(least, measured_c):
    least.measured_c = measured_c
    with pytest.raises(SensorBroken, match=r"oven: it shows .* C: expected -200 to 2300 C"):
        least.read_temperature_c()
    assert least.identify().startswith("Least, it shows ")


def test_it_is_there_if_it_says_how_warm_it_is(least):
    assert least.identify() == "Least, 23.4 C"


def test_an_output_has_some_readings_to_fall(least):
    least.outputs = (40.0,) * (OUTPUT_READINGS - 1) + (0.0,)
    least.check_output_is_off()
    least.outputs = (40.0,) * OUTPUT_READINGS + (0.0,)
    with pytest.raises(DeviceRefused, match="told to stop heating, and its output is still 40 %"):
        least.check_output_is_off()


def test_a_little_output_is_not_off_and_cooling_is(least):
    least.outputs = (0.1,)
    with pytest.raises(DeviceRefused, match=r"its output is still 0\.1 %"):
        least.check_output_is_off()
    least.outputs = (0.1, -0.1)
    least.check_output_is_off()


@pytest.mark.parametrize("percent", [-100.5, -100.0, 0.0, 49.9, 100.0, 100.5])
def test_an_output_is_between_full_cooling_and_full_heating(least, percent):
    assert least.check_output(percent) == percent


@pytest.mark.parametrize("percent", [-100.6, 100.6, -3276.8, float("nan"), float("-inf")])
def test_what_is_beyond_is_no_output(least, percent):
    with pytest.raises(BadReply, match=r"oven: its output is .* %: expected -100 to 100 %"):
        least.check_output(percent)


@pytest.mark.parametrize(
    ("kept", "sent", "decimals"),
    [
        (800.0, 800.0, 1),
        (812.2999877929688, 812.3, 1),  # as a float of 32 bits
        (25.04, 25.04, 1),
        (25.0, 25.04, 1),
        (25.1, 25.06, 1),
        (25.06, 25.064, 2),
        (22.0, 22.4, 1),  # a controller may keep whole degrees only
        (23.0, 22.5, 1),
        (-1.0, -0.6, 1),
        (0.0, 0.0, 0),
    ],
)
def test_what_is_kept_is_what_was_sent_or_rounded(kept, sent, decimals):
    assert was_kept(kept, sent, decimals)


@pytest.mark.parametrize(
    ("kept", "sent", "decimals"),
    [
        (22.0, 22.9, 1),
        (1.0, 2.0, 1),
        (1.0, 0.0, 1),
        (24.0, 22.9, 1),
        (22.8, 22.9, 1),
        (22.95, 22.9, 1),
        (22.91, 22.9, 1),
        (22.4, 22.0, 0),
        (25.0, 25.6, 2),
        (float("nan"), 22.0, 1),
    ],
)
def test_anything_else_is_another_number(kept, sent, decimals):
    assert not was_kept(kept, sent, decimals)


@pytest.mark.parametrize("wrong", [-0.1, float("nan"), float("inf")])
@pytest.mark.parametrize("term", [0, 1, 2])
def test_terms_are_numbers_from_nothing(term, wrong):
    terms = [0.0, 0.0, 0.0]
    check_pid(Pid(*terms))
    terms[term] = wrong
    with pytest.raises(ValueError, match="expected three numbers from 0"):
        check_pid(Pid(*terms))


def test_a_broken_sensor_is_the_devices_own_word():
    """So that the conversation goes on: it is no fault of the line."""
    assert issubclass(SensorBroken, DeviceRefused)
