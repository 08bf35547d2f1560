"""Device errors as text, and device files as settings."""

import pytest
from pydantic import ValidationError

from hardware.agilent_34970a.driver import AgilentGPActuatorSettings
from hardware.device import GaugeDevice
from hardware.errors import BadChannel, DeviceError, NoAnswer
from hardware.eurotherm_2000.driver import EurothermSettings
from hardware.in_memory.driver import DummyGPActuatorSettings
from hardware.settings import GaugeSettings

GIVEN = {
    "name": "switch_controller",
    "klass": "AgilentGPActuator",
    "port": "tcp://192.168.1.60:5025",
    "valve_opens_when": "relay_closed",
}


def findings(model, given):
    with pytest.raises(ValidationError) as caught:
        model.model_validate(given)
    return [(".".join(map(str, each["loc"])), each["type"]) for each in caught.value.errors()]


def test_an_error_names_its_device():
    assert str(NoAnswer("no answer within 1 s", "relay-1")) == "relay-1: no answer within 1 s"
    assert str(NoAnswer("no answer within 1 s")) == "no answer within 1 s"


def test_a_bad_channel_is_a_wrong_value_and_a_device_error():
    assert issubclass(BadChannel, ValueError)
    assert issubclass(BadChannel, DeviceError)


def test_defaults_are_one_second_and_a_look_every_two():
    settings = AgilentGPActuatorSettings.model_validate(GIVEN)
    assert (settings.timeout, settings.poll, settings.simulate) == (1.0, 2.0, False)


def test_a_whole_number_of_seconds_is_a_timeout():
    assert AgilentGPActuatorSettings.model_validate(GIVEN | {"timeout": 2}).timeout == 2.0


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"chanel": 3}, ("chanel", "extra_forbidden")),
        ({"port": "192.168.1.60"}, ("port", "value_error")),
        ({"timeout": 0}, ("timeout", "greater_than")),
        ({"timeout": "1"}, ("timeout", "float_type")),
        ({"timeout": True}, ("timeout", "float_type")),
        ({"poll": -1}, ("poll", "greater_than_equal")),
        ({"simulate": "yes"}, ("simulate", "bool_type")),
        ({"valve_opens_when": "open"}, ("valve_opens_when", "literal_error")),
        ({"klass": "T4Actuator"}, ("klass", "literal_error")),
    ],
)
def test_a_wrong_key_or_value_is_found(change, finding):
    assert findings(AgilentGPActuatorSettings, GIVEN | change) == [finding]


def test_all_findings_come_at_once():
    assert len(findings(AgilentGPActuatorSettings, {"klass": "AgilentGPActuator", "timeout": -1})) == 3


def test_a_polarity_that_is_left_to_the_valves_is_no_polarity():
    given = {key: word for key, word in GIVEN.items() if key != "valve_opens_when"}
    assert AgilentGPActuatorSettings.model_validate(given).valve_opens_when is None


def test_the_dummy_needs_a_name_only():
    settings = DummyGPActuatorSettings.model_validate({"name": "dummy", "klass": "DummyGPActuator"})
    assert (settings.port, settings.valve_opens_when) == ("", "relay_closed")


def test_an_empty_setpoint_range_is_found():
    given = {"name": "f", "klass": "Eurotherm", "port": "tcp://h:1", "setpoint_min": 50, "setpoint_max": 50}
    assert findings(EurothermSettings, given) == [("", "value_error")]


def test_a_furnace_that_is_off_is_told_no_set_point_that_could_hurt():
    given = {"name": "f", "klass": "Eurotherm", "port": "tcp://h:1", "setpoint_min": 50.1}
    assert findings(EurothermSettings, given) == [("setpoint_min", "less_than_equal")]


GAUGES = {"name": "gauges", "klass": "my_gauge.driver:MyGauge", "port": "tcp://192.168.1.61:4001"}


def test_gauges_are_named_and_a_driver_has_their_channels():
    settings = GaugeSettings.model_validate(GAUGES | {"gauges": {"IG": "1", "CG1": "4"}})
    assert GaugeDevice(settings, None).channels == ("1", "4")
    assert GaugeDevice(settings, None, ["4"]).channels == ("4",)


@pytest.mark.parametrize(
    ("gauges", "text"),
    [
        ({"IG": "1", "CG": "1"}, "IG and CG are both on channel '1'"),
        ({"": "1"}, "the gauge on channel '1' has no name"),
        ({}, "at least 1 item"),
    ],
)
def test_gauges_that_cannot_be_told_apart_are_refused(gauges, text):
    with pytest.raises(ValidationError, match=text) as caught:
        GaugeSettings.model_validate(GAUGES | {"gauges": gauges})
    assert [each["loc"] for each in caught.value.errors()] == [("gauges",)]
