"""The far end of a Modbus line, byte by byte as the standard has it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.far_end import Faults
from hardware.modbus.far_end import ILLEGAL_ADDRESS, ModbusSession, Refused, crc16


class Table:
    """Eight coils and eight registers from 0 on, in unit 2."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.unit = 2
        self.coils = [False] * 16
        self.registers = [0] * 125
        self.kinds = []

    def read_bits(self, kind, address, count):
        self.kinds.append(kind)
        return self._within(self.coils, address, count)

    def read_registers(self, kind, address, count):
        self.kinds.append(kind)
        return self._within(self.registers, address, count)

    def write_coil(self, address, on):
        self._within(self.coils, address, 1)
        self.coils[address] = on

    def write_registers(self, address, values):
        self._within(self.registers, address, len(values))
        self.registers[address : address + len(values)] = values

    def _within(self, table, address, count):
        if address + count > len(table):
            raise Refused(ILLEGAL_ADDRESS)
        return table[address : address + count]


@pytest.fixture
def table():
    return Table()


@pytest.fixture
def tcp(table):
    return ModbusSession(table, "tcp")


@pytest.fixture
def rtu(table):
    return ModbusSession(table, "serial")


def h(text):
    return bytes.fromhex(text)


def test_a_coil_is_written_and_read_over_tcp(tcp):  # [T] AutomationDirect
    write = h("000a 0000 0006 02 05 0003 ff00")
    assert tcp.feed(write) == write
    assert tcp.feed(h("000b 0000 0006 02 01 0000 0008")) == h("000b 0000 0004 02 01 01 08")


def test_coils_of_several_bytes_are_packed_lowest_first(tcp, table):
    table.coils[:10] = [True, False, True, False, False, False, False, False, False, True]
    assert tcp.feed(h("0001 0000 0006 02 01 0000 000a")) == h("0001 0000 0005 02 01 02 0502")
    assert tcp.feed(h("0001 0000 0006 02 02 0001 0003")) == h("0001 0000 0004 02 02 01 02")


def test_registers_are_written_and_read_over_tcp(tcp, table):
    assert tcp.feed(h("0006 0000 000b 01 10 0008 0002 04 40200000")) == h("0006 0000 0006 01 10 0008 0002")
    assert tcp.feed(h("0006 0000 0006 01 06 0007 1234")) == h("0006 0000 0006 01 06 0007 1234")
    assert tcp.feed(h("0007 0000 0006 01 03 0007 0003")) == h("0007 0000 0009 01 03 06 1234 40200000")
    assert tcp.feed(h("0007 0000 0006 01 04 0008 0001")) == h("0007 0000 0005 01 04 02 4020")
    assert table.kinds == [3, 4]


def test_the_registers_of_a_2000_series_over_rs485(rtu, table):  # [2] handbook, CRC [T]
    table.registers[1:3] = [178, 216]
    assert rtu.feed(h("02 03 00 01 00 02 95 F8")) == h("02 03 04 00 B2 00 D8 69 4E")
    assert rtu.feed(h("02 06 00 02 00 FA A8 7A")) == h("02 06 00 02 00 FA A8 7A")
    assert table.registers[2] == 250


def test_the_registers_of_an_ez_zone_over_rs485(rtu, table):  # [2+T]
    table.unit = 1
    table.registers = [0] * 2200
    assert rtu.feed(h("01 10 08 70 00 02 04 00 00 42 96 23 85")) == h("01 10 08 70 00 02 42 73")
    assert table.registers[2160:2162] == [0x0000, 0x4296]
    table.registers[360:362] = [0x0000, 0x4296]
    assert rtu.feed(h("01 03 01 68 00 02 44 2B")) == h("01 03 04 00 00 42 96 4A FD")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("05 0003 0001", "85 03"),  # only ff00 and 0000 are values of a coil
        ("05 0010 ff00", "85 02"),
        ("01 0000 0000", "81 03"),
        ("01 0000 07d1", "81 03"),
        ("01 0000 0011", "81 02"),
        ("03 0000 0000", "83 03"),
        ("03 0000 007e", "83 03"),
        ("03 007d 0001", "83 02"),
        ("10 0000 0001 04 00000000", "90 03"),
        ("10 0000 0000 00", "90 03"),
        ("10 0000 0002 04 0000", "90 03"),
        ("03 0000", "83 03"),
        ("07", "87 01"),
        ("17 0000 0001", "97 01"),
    ],
)
def test_what_it_cannot_do_is_an_exception(tcp, table, asked, said):
    body = h(asked)
    length = (len(body) + 1).to_bytes(2, "big")
    assert tcp.feed(h("0001 0000") + length + b"\x02" + body) == h("0001 0000 0003 02") + h(said)
    assert not any(table.coils)
    assert not any(table.registers)


def test_frames_may_be_split_anywhere_or_joined(tcp, rtu, table):
    over_tcp = h("000a 0000 0006 02 05 0003 ff00 000b 0000 0006 02 01 0000 0008")
    over_rtu = h("02 06 00 02 00 FA A8 7A 02 10 0001 0001 02 00b2") + crc16(h("02 10 0001 0001 02 00b2"))
    for session, data in ((tcp, over_tcp), (rtu, over_rtu)):
        together = session.feed(data)
        assert b"".join(session.feed(bytes([byte])) for byte in data) == together
        assert len(together) > 12
    assert table.registers[1:3] == [178, 250]


def test_another_protocol_gets_no_answer(tcp):
    assert tcp.feed(h("0001 0001 0006 02 01 0000 0008")) == b""
    assert tcp.feed(h("0001 0000 0001 02")) == b""
    assert tcp.feed(h("000b 0000 0006 02 01 0000 0008")) == h("000b 0000 0004 02 01 01 00")


def test_another_unit_on_the_line_is_silent(rtu, table):
    table.unit = 3
    assert rtu.feed(h("02 06 00 02 00 FA A8 7A")) == b""
    assert table.registers[2] == 0


def test_a_damaged_frame_is_silence_and_the_next_one_is_heard(rtu, table):
    assert rtu.feed(h("02 06 00 02 00 FB A8 7A")) == b""
    assert table.registers[2] == 0
    assert rtu.feed(h("02 06 00 02 00 FA A8 7A"))[-8:] == h("02 06 00 02 00 FA A8 7A")


def test_rtu_may_come_over_tcp(table):
    session = ModbusSession(table, "tcp", rtu=True)
    assert session.feed(h("02 06 00 02 00 FA A8 7A")) == h("02 06 00 02 00 FA A8 7A")


def test_a_mute_one_acts_and_a_garbling_one_damages_its_answers(tcp, table):
    table.faults.mute = True
    assert tcp.feed(h("000a 0000 0006 02 05 0003 ff00")) == b""
    assert table.coils[3]
    table.faults.mute = False
    table.faults.garble = True
    assert tcp.feed(h("000a 0000 0006 02 05 0003 ff00")) == h("000a 0000 0006 02 05 0003 bf00")


@given(st.binary(max_size=60))
def test_nothing_breaks_it(data):
    for wire in ("tcp", "serial"):
        ModbusSession(Table(), wire).feed(data)
