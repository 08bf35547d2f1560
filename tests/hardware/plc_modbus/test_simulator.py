"""The simulated PLC, byte by byte."""

import pytest

from hardware.modbus.far_end import crc16
from hardware.plc_modbus.simulator import PlcSimulator


@pytest.fixture
def simulator():
    return PlcSimulator()


def h(text):
    return bytes.fromhex(text)


def test_the_vectors_of_the_manual(simulator):  # [T]
    write = h("000a 0000 0006 02 05 0003 ff00")
    assert simulator.feed(write) == write
    assert simulator.relays["4"]
    assert simulator.feed(h("000b 0000 0006 02 01 0000 0008")) == h("000b 0000 0004 02 01 01 08")
    release = h("000c 0000 0006 02 05 0003 0000")
    assert simulator.feed(release) == release
    assert (simulator.relays["4"], simulator.moves) == (False, 2)


@pytest.mark.parametrize("value", ["0001", "ff01", "ffff", "00ff"])
def test_other_values_of_a_coil_are_exception_3(simulator, value):  # [T]
    assert simulator.feed(h(f"000a 0000 0006 02 05 0003 {value}")) == h("000a 0000 0003 02 85 03")
    assert simulator.moves == 0


@pytest.mark.parametrize(("wire", "coil"), [(2048, "2049"), (3072, "3073"), (8192, "8193"), (16384, "16385")])
def test_it_has_the_coils_of_each_kind(simulator, wire, coil):
    frame = h("0001 0000 0006 01 05") + wire.to_bytes(2, "big") + h("ff00")
    assert simulator.feed(frame) == frame
    assert simulator.relays[coil]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("05 1388 ff00", "85 02"),
        ("01 0bff 0002", "81 02"),
        ("02 0000 0001", "82 02"),
        ("03 0000 0001", "83 01"),
        ("06 0000 0001", "86 01"),
    ],
)
def test_what_it_does_not_have_is_an_exception(simulator, asked, said):
    assert simulator.feed(h("0001 0000 0006 01") + h(asked)) == h("0001 0000 0003 01") + h(said)


def test_on_a_serial_line_it_speaks_rtu(simulator):
    line = simulator.session("serial")
    frame = h("01 05 0003 ff00") + crc16(h("01 05 0003 ff00"))
    assert line.feed(frame) == frame
    assert simulator.relays["4"]


def test_a_stuck_coil_stays_and_a_lying_one_is_inverted(simulator):
    simulator.faults.stuck.add("4")
    simulator.faults.lie.add("1")
    simulator.feed(h("000a 0000 0006 02 05 0003 ff00"))
    assert simulator.feed(h("000b 0000 0006 02 01 0000 0008")) == h("000b 0000 0004 02 01 01 01")
    assert simulator.moves == 0
