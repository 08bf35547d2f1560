"""The simulated U3, as an object."""

import pytest

from hardware.errors import BadReply, DeviceRefused, LinkDown
from hardware.labjack_u3.simulator import U3Simulator


@pytest.fixture
def simulator():
    return U3Simulator()


def test_switched_on_all_lines_are_inputs_and_high(simulator):
    assert simulator.connect().look() == (0xFFFFF, 0)


def test_what_is_written_becomes_an_output(simulator):
    opened = simulator.connect()
    assert opened.write(4, False) == (True, False)
    assert opened.look() == (0xFFFFF & ~(1 << 4), 1 << 4)
    assert (simulator.relays["FIO4"], simulator.moves) == (True, 1)
    assert opened.write(4, True) == (True, True)
    assert (simulator.relays["FIO4"], simulator.moves) == (False, 2)


def test_a_board_may_energise_on_high():
    simulator = U3Simulator("high")
    opened = simulator.connect()
    assert opened.look() == (0, 0)
    opened.write(19, True)
    assert simulator.relays["CIO3"]


def test_an_analog_input_is_no_output(simulator):
    simulator.analog.add("FIO0")
    opened = simulator.connect()
    assert opened.analog == 1
    assert opened.write(0, False) == (False, False)
    assert opened.look() == (0xFFFFE, 0)
    assert simulator.moves == 0


def test_a_stuck_relay_does_not_follow_and_a_lying_one_is_read_inverted(simulator):
    simulator.faults.stuck.add("FIO4")
    simulator.faults.lie.add("FIO5")
    opened = simulator.connect()
    opened.write(4, False)
    opened.write(5, False)
    assert opened.look()[0] == 0xFFFFF
    assert (simulator.relays["FIO4"], simulator.relays["FIO5"]) == (False, True)


def test_mute_it_acts_and_says_nothing(simulator):
    opened = simulator.connect()
    simulator.faults.mute = True
    with pytest.raises(LinkDown, match="110"):
        opened.write(4, False)
    assert simulator.relays["FIO4"]


def test_disconnecting_it_acts_and_is_gone(simulator):
    opened = simulator.connect()
    simulator.faults.disconnect = True
    with pytest.raises(LinkDown, match="19"):
        opened.write(4, False)
    simulator.faults.disconnect = False
    with pytest.raises(LinkDown, match="Could only write 0"):
        opened.look()
    assert simulator.connect().look()[1] == 1 << 4


def test_it_may_refuse(simulator):
    opened = simulator.connect()
    simulator.refuses = "no"
    with pytest.raises(DeviceRefused, match="no"):
        opened.write(4, False)
    assert simulator.moves == 0


def test_what_is_closed_is_not_used(simulator):
    opened = simulator.connect()
    opened.close()
    with pytest.raises(LinkDown):
        opened.look()
    with pytest.raises(BadReply):
        opened.close()
