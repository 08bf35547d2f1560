"""The simulated Eurotherm on Modbus, byte by byte."""

import struct

import pytest

from hardware.eurotherm_modbus.simulator import EurothermModbusSimulator
from tests.hardware.scripted import rtu


@pytest.fixture
def simulator():
    made = EurothermModbusSimulator(lambda: 0.0, unit=2)
    made.furnace.temperature_c, made.furnace.setpoint_c = 17.8, 21.6
    return made


@pytest.fixture
def line(simulator):
    return simulator.session("serial")


def test_the_vectors_of_the_handbook(simulator, line):  # [2]
    assert line.feed(bytes.fromhex("02 03 00 01 00 02 95 F8")) == bytes.fromhex("02 03 04 00 B2 00 D8 69 4E")
    write = bytes.fromhex("02 06 00 02 00 FA A8 7A")
    assert line.feed(write) == write
    assert simulator.furnace.setpoint_c == 25.0


def test_bytes_may_come_one_by_one_and_another_station_gets_silence(line):
    whole = bytes.fromhex("02 03 00 01 00 02 95 F8")
    assert b"".join(line.feed(bytes([byte])) for byte in whole) == bytes.fromhex("02 03 04 00 B2 00 D8 69 4E")
    assert line.feed(rtu("01 03 00 01 00 02")) == b""


def test_a_wrong_crc_gets_silence(line):
    assert line.feed(bytes.fromhex("02 03 00 01 00 02 95 F9")) == b""


def test_over_tcp_it_has_the_header_of_modbus_tcp(simulator):
    asked = bytes.fromhex("00 07 00 00 00 06 02 03 00 01 00 01")
    assert simulator.feed(asked) == bytes.fromhex("00 07 00 00 00 05 02 03 02 00 B2")


def test_the_other_area_holds_floats_high_word_first(simulator, line):
    answer = line.feed(rtu("02 03 80 02 00 04"))
    assert answer == rtu("02 03 08" + struct.pack(">ff", 17.8, 21.6).hex())
    assert line.feed(rtu("02 10 80 04 00 02 04" + struct.pack(">f", 812.25).hex())) == rtu("02 10 80 04 00 02")
    assert simulator.furnace.setpoint_c == 812.25


@pytest.mark.parametrize("text", ["02 03 80 03 00 02", "02 03 80 02 00 01", "02 06 80 04 00 01", "02 01 00 01 00 01"])
def test_floats_are_blocks_and_there_are_no_coils(line, text):
    answer = line.feed(rtu(text))
    assert (answer[1] & 0x80, answer[2]) == (0x80, 2)


def test_a_register_that_is_not_there_reads_as_garbage(line):
    assert line.feed(rtu("02 03 03 E8 00 01")) == rtu("02 03 02 5A 5A")


def test_a_bad_value_is_refused_alone_and_dropped_without_a_word_in_a_block(simulator, line):
    assert line.feed(rtu("02 06 00 02 7F FF")) == rtu("02 86 03")
    assert line.feed(rtu("02 10 80 04 00 02 04" + struct.pack(">f", 5000.0).hex())) == rtu("02 10 80 04 00 02")
    assert simulator.furnace.setpoint_c == 21.6
    assert simulator.writes == 0


def test_a_broken_sensor_is_told_in_a_register_of_its_own(simulator, line):
    assert line.feed(rtu("02 03 01 02 00 01")) == rtu("02 03 02 00 00")
    simulator.furnace.faults.broken_sensor = True
    assert line.feed(rtu("02 03 01 02 00 01")) == rtu("02 03 02 00 01")
    assert line.feed(rtu("02 03 00 01 00 01")) == rtu("02 03 02 35 98")
    simulator.tells_break = False
    assert line.feed(rtu("02 03 01 02 00 01")) == rtu("02 03 02 00 00")


@pytest.mark.parametrize(
    ("register", "value", "term"), [("00 06", 355, 35.5), ("00 08", 250, 250.0), ("00 09", 41, 41.0)]
)
def test_the_three_terms_are_kept(simulator, line, register, value, term):
    write = rtu(f"02 06 {register} {value:04X}")
    assert line.feed(write) == write
    tuning = simulator.furnace.tuning
    kept = {"00 06": tuning.band_k, "00 08": tuning.integral_s, "00 09": tuning.derivative_s}
    assert kept[register] == term


def test_the_output_is_written_in_manual_only_and_goes_on_where_it_was(simulator, line):
    simulator.furnace.setpoint_c = 800.0
    assert line.feed(rtu("02 06 00 03 00 64")) == rtu("02 86 03")
    assert line.feed(rtu("02 06 01 11 00 01")) == rtu("02 06 01 11 00 01")
    assert simulator.furnace.output_percent == 100.0
    line.feed(rtu("02 06 00 03 00 64"))
    assert simulator.furnace.output_percent == 10.0
    line.feed(rtu("02 06 01 11 00 00"))
    assert simulator.furnace.mode == "auto"
