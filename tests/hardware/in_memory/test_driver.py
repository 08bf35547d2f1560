"""The actuator in memory."""

import pytest

from hardware.errors import BadChannel
from hardware.in_memory.driver import DummyGPActuator, DummyGPActuatorSettings


@pytest.fixture
def actuator():
    return DummyGPActuator(DummyGPActuatorSettings(name="dummy", klass="DummyGPActuator"), None, ["101", "x"])


def test_all_relays_begin_released(actuator):
    assert actuator.read_all() == {"101": False, "x": False}


def test_a_relay_stays_as_it_was_set(actuator):
    actuator.set("x", True)
    assert (actuator.read("x"), actuator.read("101")) == (True, False)


def test_setting_again_does_not_move_it(actuator):
    actuator.set("x", True)
    actuator.set("x", True)
    assert actuator.moves == 1


def test_an_unknown_channel_is_refused(actuator):
    with pytest.raises(BadChannel, match=r"^dummy: no channel '102'$"):
        actuator.set("102", True)
