"""The simulated EZ-Zone, byte by byte."""

import pytest

from hardware.watlow_ez_zone.simulator import WatlowEZZoneSimulator
from tests.hardware.scripted import rtu


@pytest.fixture
def simulator():
    made = WatlowEZZoneSimulator(lambda: 0.0)
    made.zones[1].degrees = 15
    return made


@pytest.fixture
def line(simulator):
    return simulator.session("serial")


def test_the_vectors(simulator, line):  # [2+T]
    write = bytes.fromhex("01 10 08 70 00 02 04 00 00 42 96 23 85")
    assert line.feed(write) == bytes.fromhex("01 10 08 70 00 02 42 73")
    assert simulator.furnace.setpoint_c == 75.0
    simulator.furnace.temperature_c = 75.0
    assert line.feed(bytes.fromhex("01 03 01 68 00 02 44 2B")) == bytes.fromhex("01 03 04 00 00 42 96 4A FD")


def test_the_other_word_order(simulator, line):
    simulator.low_word_first = False
    assert line.feed(rtu("01 10 08 70 00 02 04 42 96 00 00")) == rtu("01 10 08 70 00 02")
    assert simulator.furnace.setpoint_c == 75.0
    assert line.feed(rtu("01 03 08 70 00 02")) == rtu("01 03 04 42 96 00 00")


def test_it_leaves_the_factory_with_fahrenheit_on_the_wire():
    simulator = WatlowEZZoneSimulator(lambda: 0.0)
    line = simulator.session("serial")
    assert line.feed(rtu("01 03 09 BA 00 01")) == rtu("01 03 02 00 1E")
    line.feed(rtu("01 10 08 70 00 02 04 00 00 43 54"))
    assert simulator.furnace.setpoint_c == 100.0
    assert line.feed(rtu("01 03 08 70 00 02")) == rtu("01 03 04 00 00 43 54")
    line.feed(rtu("01 06 09 BA 00 0F"))
    assert line.feed(rtu("01 03 08 70 00 02")) == rtu("01 03 04 00 00 42 C8")


def test_each_zone_is_a_controller_of_its_own(simulator):
    for zone in (2, 4):
        address = (2160 + 5000 * (zone - 1)).to_bytes(2, "big").hex()
        head = "00 01 00 00 00 0B 01 10"
        simulator.feed(bytes.fromhex(f"{head} {address} 00 02 04 00 00 43 54"))
        assert simulator.zones[zone].furnace.setpoint_c == 100.0
    assert simulator.zones[3].furnace.setpoint_c == 22.0
    answer = simulator.feed(bytes.fromhex("00 02 00 00 00 06 01 03") + (20360).to_bytes(2, "big") + b"\0\2")
    assert answer[7:] == b"\x83\x02"


@pytest.mark.parametrize(("word", "mode"), [(0x3E, "off"), (0x0A, "auto"), (0x36, "manual")])
def test_its_control_has_three_modes(simulator, line, word, mode):
    write = rtu(f"01 06 07 58 00 {word:02X}")
    assert line.feed(write) == write
    assert simulator.furnace.mode == mode
    assert line.feed(rtu("01 03 07 58 00 02")) == rtu(f"01 03 04 00 {word:02X} 00 00")


@pytest.mark.parametrize(
    ("register", "text"), [("07 62", "00 00 42 34"), ("07 66", "00 00 43 7A"), ("07 68", "00 00 42 24")]
)
def test_the_three_terms_are_kept(line, register, text):
    assert line.feed(rtu(f"01 03 {register} 00 02")) != rtu(f"01 03 04 {text}")
    line.feed(rtu(f"01 10 {register} 00 02 04 {text}"))
    assert line.feed(rtu(f"01 03 {register} 00 02")) == rtu(f"01 03 04 {text}")


def test_a_broken_sensor_is_an_input_error(simulator, line):
    assert line.feed(rtu("01 03 01 6A 00 01")) == rtu("01 03 02 00 3D")
    simulator.furnace.faults.broken_sensor = True
    assert line.feed(rtu("01 03 01 68 00 04")) == rtu("01 03 08 00 00 00 00 00 41 00 00")


def test_what_is_written_wears_its_memory_out_until_that_is_switched_off(simulator, line):
    write = rtu("01 10 08 70 00 02 04 00 00 42 96")
    line.feed(write)
    line.feed(write)
    assert simulator.zones[1].eeprom_writes == 2
    line.feed(rtu("01 06 09 BE 00 3B"))
    line.feed(write)
    assert simulator.zones[1].eeprom_writes == 2
    assert line.feed(rtu("01 03 09 BE 00 01")) == rtu("01 03 02 00 3B")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("01 10 08 70 00 02 04 00 00 47 00", 3),  # out of range
        ("01 06 07 58 00 01", 3),  # no such mode
        ("01 06 08 70 42 96", 2),  # half a float
        ("01 10 01 68 00 02 04 00 00 42 96", 2),  # read only
        ("01 03 00 01 00 01", 2),  # not there
        ("01 01 00 01 00 01", 2),
        ("01 05 00 01 FF 00", 2),
    ],
)
def test_what_it_does_not_do_is_an_exception(simulator, line, text, code):
    answer = line.feed(rtu(text))
    assert (answer[1] & 0x80, answer[2]) == (0x80, code)
    assert simulator.writes == 0


def test_a_register_may_lie_or_stick(simulator, line):
    simulator.faults.lie.add("2160")
    assert line.feed(rtu("01 03 08 70 00 02")) == rtu("01 03 04 00 00 C1 B0")
    simulator.faults.stuck.add("2160")
    line.feed(rtu("01 10 08 70 00 02 04 00 00 42 96"))
    assert simulator.furnace.setpoint_c == 22.0
