"""A LabJack's lines: what is written, what is read, and which are in no state."""

import pytest
import structlog

from hardware.errors import DeviceRefused, NoState
from hardware.modbus.wire import ModbusWire
from tests.hardware.labjack_t.rig import functions


@pytest.mark.parametrize("model", ["T4", "T7"])
def test_the_register_of_a_single_line_is_never_read(benches, model):
    bench = benches(model)
    for channel in bench.driver.channels:
        bench.driver.set(channel, True)
        bench.driver.read(channel)
    bench.driver.read_all()
    bench.driver.identify()
    reads = [(address, data) for function, address, data in bench.simulator.requests if function in (3, 4)]
    touched = {at for address, data in reads for at in range(address, address + int.from_bytes(data, "big"))}
    assert not touched & set(range(2000, 2023))
    assert [bench.simulator.relays[channel] for channel in bench.driver.channels] == [True] * 3


def test_a_driver_that_read_it_would_drop_the_valve(benches):
    bench = benches("T7")
    bench.driver.set("FIO4", True)
    careless = ModbusWire(bench.driver.exchange)
    assert careless.read_holding(2004, 1) == [1]  # what it reads is still true
    assert (bench.simulator.relays["FIO4"], bench.simulator.moves) == (False, 2)
    assert bench.driver.read_all() == {}


@pytest.mark.parametrize("model", ["T4", "T7"])
def test_to_open_the_link_and_look_writes_nothing(benches, model):
    bench = benches(model)
    bench.driver.read_all()
    bench.driver.identify()
    assert functions(bench.simulator) == {3}
    assert bench.simulator.analog == set(bench.simulator.flexible)


def test_a_line_is_switched_by_its_own_register_and_looked_at_by_the_bank(benches):
    bench = benches("T7")
    bench.driver.read_all()
    bench.simulator.requests.clear()
    bench.driver.set("FIO4", True)
    bench.driver.set("FIO4", False)
    looked = (3, 2850, b"\0\2")
    assert bench.simulator.requests == [(6, 2004, b"\0\1"), looked, (6, 2004, b"\0\0"), looked]


def test_all_lines_are_read_with_as_many_questions_as_one(benches):
    for model, banks in (("T4", [2850, 2880, 2800]), ("T7", [2850, 2800])):
        bench = benches(model)
        bench.driver.set("FIO4", True)
        bench.simulator.requests.clear()
        bench.driver.read("FIO4")
        bench.driver.read_all()
        assert bench.simulator.requests == 2 * [(3, bank, b"\0\2") for bank in banks]


def test_without_channels_nothing_is_asked(benches):
    bench = benches(channels=())
    assert bench.driver.read_all() == {}
    assert bench.handle.opened == 0


@pytest.mark.parametrize("level", [True, False])
@pytest.mark.parametrize("model", ["T4", "T7"])
def test_an_input_is_in_no_state_whatever_its_level_is(benches, model, level):
    bench = benches(model)
    if not level:
        bench.simulator.pulled_up.clear()
    bench.driver.set("EIO0", False)
    assert bench.driver.read_all() == {"EIO0": False}
    why = "it is an input, and drives nothing until it is told to"
    assert bench.driver.whys == {"FIO4": why, "CIO0": why}
    with pytest.raises(NoState, match=f"^labjack: FIO4: {why}$"):
        bench.driver.read("FIO4")
    bench.driver.set("FIO4", False)
    assert bench.driver.read("FIO4") is False
    assert bench.handle.opened == 1


def test_lines_in_no_state_are_logged_once(benches):
    bench = benches("T7", channels=("FIO4",))
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            bench.driver.read_all()
    assert [log["channels"] for log in logs if log["event"] == "device.no_state"] == [bench.driver.whys]


@pytest.mark.parametrize("model", ["T4", "T7"])
def test_after_a_power_cycle_none_is_in_a_state_and_nothing_is_driven_by_itself(benches, model):
    bench = benches(model)
    for channel in bench.driver.channels:
        bench.driver.set(channel, True)
    bench.power_cycle()
    assert bench.driver.read_all() == {}
    assert functions(bench.simulator) == {3}
    bench.driver.set("EIO0", True)
    assert bench.driver.read_all() == {"EIO0": True}
    assert bench.simulator.outputs == {"EIO0"}


def test_only_the_analog_bit_of_the_line_that_is_driven_is_cleared_and_only_once(benches):
    bench = benches("T4")
    bench.driver.set("FIO4", True)
    assert bench.simulator.analog == {"FIO5", "FIO6", "FIO7", "EIO0", "EIO1", "EIO2", "EIO3"}
    bench.driver.set("FIO4", False)
    bench.driver.set("CIO0", True)  # never analog
    written = [(address, data) for function, address, data in bench.simulator.requests if function == 16]
    assert written == [(2880, b"\0\2\4\0\0\x0f\xe0")]


def test_a_line_that_an_inhibit_mask_keeps_analog_is_not_taken_for_switched(benches):
    bench = benches("T4")
    bench.simulator.inhibit = 0x10
    with pytest.raises(DeviceRefused, match=r"^labjack: FIO4 stays an analog input: its DIO_INHIBIT is 0x10, "):
        bench.driver.set("FIO4", True)
    assert (2004 in {address for _, address, _ in bench.simulator.requests}, bench.simulator.moves) == (False, 0)


def test_a_line_that_stays_an_input_is_not_taken_for_switched(benches):
    bench = benches("T7")
    bench.simulator._drive = lambda *_: None
    with pytest.raises(DeviceRefused, match=r"^labjack: FIO4 was written, and is still an input$"):
        bench.driver.set("FIO4", True)


def test_what_stands_is_left_alone_by_a_second_program(benches):
    bench = benches("T4")
    bench.driver.set("FIO4", True)
    second = bench.another(("FIO4", "EIO0"))
    assert second.read_all() == {"FIO4": True}
    second.set("EIO0", True)
    assert bench.driver.read_all() == {"FIO4": True, "EIO0": True}
    assert bench.simulator.moves == 2
