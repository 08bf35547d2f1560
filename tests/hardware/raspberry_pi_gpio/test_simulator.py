"""The simulated pins, as an object."""

import pytest

from hardware.raspberry_pi_gpio.simulator import GpioSimulator, Stands


@pytest.mark.parametrize(("level", "high"), [("low", False), ("high", True)])
def test_a_relay_follows_its_pin(level, high):
    pins = GpioSimulator(level).connect()
    assert pins.look(17) == Stands(output=False, high=not high)
    pins.drive(17, high)
    assert pins.look(17) == Stands(output=True, high=high)
    assert (pins.relays["17"], pins.moves) == (True, 1)
    pins.drive(17, high)
    pins.drive(17, not high)
    assert (pins.relays["17"], pins.moves) == (False, 2)


def test_a_stuck_relay_does_not_follow_and_a_lying_one_is_read_inverted():
    pins = GpioSimulator()
    pins.faults.stuck.add("17")
    pins.faults.lie.add("27")
    pins.drive(17, False)
    pins.drive(27, False)
    assert (pins.relays["17"], pins.relays["27"]) == (False, True)
    assert pins.look(17) == pins.look(27) == Stands(output=True, high=True)


def test_closing_leaves_everything_as_it_is():
    pins = GpioSimulator()
    pins.drive(17, False)
    pins.close()
    assert pins.look(17) == Stands(output=True, high=False)
