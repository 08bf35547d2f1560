"""Coils and registers over an exchange: what goes out, and what is taken for an answer."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import BadReply, DeviceRefused, NoAnswer
from hardware.exchange import Exchange
from hardware.links.address import parse_address
from hardware.links.handle import LinkHandle
from hardware.modbus.far_end import crc16
from hardware.modbus.wire import REFUSALS, ModbusWire, from_float, silence_s, to_float
from tests.hardware.fakes import FakeLink


def h(text):
    return bytes.fromhex(text)


def rtu(text):
    return h(text) + crc16(h(text))


class Answering(FakeLink):
    """A link on which each write is answered by the next of the given replies, in the pieces that they are given in."""

    def __init__(self, *replies) -> None:
        super().__init__()
        self.replies = list(replies)
        self.written = []

    def send_some(self, data):
        self.written.append(data)
        if self.replies:
            reply = self.replies.pop(0)
            self.arrivals.extend([reply] if isinstance(reply, bytes) else reply)
        return len(data)


def wired(*replies, framing="auto", unit=1, first=1):
    """Return a wire whose next transaction is `first`, and its link."""
    link = Answering(*replies)
    handle = LinkHandle("tcp://127.0.0.1:1", 0.02, link_to=lambda _: link)
    wire = ModbusWire(Exchange("plc", handle, terminator=b"\r\n", timeout_s=0.02), framing=framing, unit=unit)
    for _ in range(first - 1):
        next(wire._numbers)
    return wire, link


@pytest.mark.parametrize(
    ("first", "unit", "call", "asked", "said", "value"),
    [
        (1, 1, lambda w: w.read_holding(0, 2), "0001 0000 0006 01 03 0000 0002",
         "0001 0000 0007 01 03 04 3fa00000", [0x3FA0, 0]),  # LabJack AIN0 [1+T]
        (2, 1, lambda w: w.read_holding(55100, 2), "0002 0000 0006 01 03 d73c 0002",
         "0002 0000 0007 01 03 04 00112233", [0x0011, 0x2233]),  # LabJack TEST [1+T]
        (3, 1, lambda w: w.write_registers(2004, [1]), "0003 0000 0009 01 10 07d4 0001 02 0001",
         "0003 0000 0006 01 10 07d4 0001", None),  # LabJack FIO4 [2+T]
        (4, 1, lambda w: w.write_register(2004, 1), "0004 0000 0006 01 06 07d4 0001",
         "0004 0000 0006 01 06 07d4 0001", None),  # LabJack FIO4 [2+T]
        (5, 1, lambda w: w.read_holding(2500, 1), "0005 0000 0006 01 03 09c4 0001",
         "0005 0000 0005 01 03 02 0010", [0x10]),  # LabJack FIO_STATE [1+T]
        (6, 1, lambda w: w.write_registers(1000, from_float(2.5)), "0006 0000 000b 01 10 03e8 0002 04 40200000",
         "0006 0000 0006 01 10 03e8 0002", None),  # LabJack DAC0 [1+T]
        (6, 1, lambda w: w.read_holding(2800, 2), "0006 0000 0006 01 03 0af0 0002",
         "0006 0000 0007 01 03 04 00000010", [0, 0x10]),  # LabJack DIO_STATE [1+T]
        (10, 2, lambda w: w.write_coil(3, True), "000a 0000 0006 02 05 0003 ff00",
         "000a 0000 0006 02 05 0003 ff00", None),  # AutomationDirect [1+T]
        (10, 2, lambda w: w.write_coil(3, False), "000a 0000 0006 02 05 0003 0000",
         "000a 0000 0006 02 05 0003 0000", None),  # AutomationDirect [1+T]
        (11, 2, lambda w: w.read_coils(0, 8), "000b 0000 0006 02 01 0000 0008",
         "000b 0000 0004 02 01 01 08", [False] * 3 + [True] + [False] * 4),  # AutomationDirect [1+T]
        (11, 2, lambda w: w.read_coils(0, 10), "000b 0000 0006 02 01 0000 000a",
         "000b 0000 0005 02 01 02 0002", [False] * 9 + [True]),
        (12, 2, lambda w: w.read_inputs(2048, 1), "000c 0000 0006 02 02 0800 0001",
         "000c 0000 0004 02 02 01 01", [True]),
        (13, 2, lambda w: w.read_input_registers(1, 1), "000d 0000 0006 02 04 0001 0001",
         "000d 0000 0005 02 04 02 00b2", [178]),
    ],
)  # fmt: skip
def test_over_tcp_it_is_these_bytes(first, unit, call, asked, said, value):
    wire, link = wired(h(said), unit=unit, first=first)
    assert call(wire) == value
    assert link.written == [h(asked)]


@pytest.mark.parametrize(
    ("unit", "call", "asked", "said", "value"),
    [
        (2, lambda w: w.read_holding(1, 2), "02 03 00 01 00 02 95 F8", "02 03 04 00 B2 00 D8 69 4E",
         [178, 216]),  # 2000 series, 17.8 and 21.6 [2], CRC [T]
        (2, lambda w: w.write_register(2, 250), "02 06 00 02 00 FA A8 7A", "02 06 00 02 00 FA A8 7A",
         None),  # 2000 series, 25.0 [2], CRC [T]
        (1, lambda w: w.write_registers(2160, from_float(75.0, "little")),
         "01 10 08 70 00 02 04 00 00 42 96 23 85", "01 10 08 70 00 02 42 73", None),  # EZ-Zone PM [2+T]
        (1, lambda w: to_float(w.read_holding(360, 2), "little"), "01 03 01 68 00 02 44 2B",
         "01 03 04 00 00 42 96 4A FD", 75.0),  # EZ-Zone PM [2+T]
    ],
)  # fmt: skip
def test_over_rs485_it_is_these_bytes(unit, call, asked, said, value):
    wire, link = wired(h(said), unit=unit, framing="rtu")
    assert call(wire) == value
    assert link.written == [h(asked)]


@pytest.mark.parametrize(
    ("framing", "said"), [("auto", h("0001 0000 0005 01 03 02 0010")), ("rtu", rtu("01 03 02 0010"))]
)
def test_an_answer_may_come_byte_by_byte(framing, said):
    wire, _ = wired([bytes([byte]) for byte in said], framing=framing)
    assert wire.read_holding(2500, 1) == [16]


def test_each_question_has_a_number_of_its_own():
    wire, link = wired(h("ffff 0000 0005 01 03 02 0010"), h("0000 0000 0005 01 03 02 0011"), first=0xFFFF)
    assert [wire.read_holding(1, 1), wire.read_holding(1, 1)] == [[16], [17]]
    assert [data[:2] for data in link.written] == [b"\xff\xff", b"\0\0"]


def test_the_answer_to_an_earlier_question_is_passed_over():
    wire, _ = wired(h("0001 0000 0005 01 03 02 0010 0002 0000 0005 01 03 02 0011"), first=2)
    assert wire.read_holding(1, 1) == [17]


def test_only_the_answer_to_another_question_is_none():
    wire, _ = wired(h("0001 0000 0005 01 03 02 0010"), first=2)
    with pytest.raises(NoAnswer):
        wire.read_holding(1, 1)


@pytest.mark.parametrize(("code", "text"), [*REFUSALS.items(), (0x55, "not in the standard")])
@pytest.mark.parametrize("framing", ["auto", "rtu"])
def test_an_exception_is_the_devices_refusal(framing, code, text):
    said = h(f"0001 0000 0003 01 83 {code:02x}") if framing == "auto" else rtu(f"01 83 {code:02x}")
    wire, _ = wired(said, framing=framing)
    with pytest.raises(DeviceRefused, match=f"^plc: Modbus exception {code}: {text}$"):
        wire.read_holding(1, 1)


def test_the_exceptions_of_the_standard_have_these_numbers():
    assert sorted(REFUSALS) == [1, 2, 3, 4, 5, 6, 10, 11]
    assert (REFUSALS[2], REFUSALS[6]) == ("no such address", "it is busy")


@pytest.mark.parametrize(
    "said",
    [
        "0001 0000 0005 02 03 02 0010",  # another unit
        "0001 0000 0005 01 04 02 0010",  # another function
        "0001 0000 0007 01 03 04 00100011",  # more than was asked for
        "0001 0000 0003 01 03 00",
        "0001 0000 0005 01 03 04 0010",
        "0001 0000 0006 01 03 02 0010 00",
        "0001 0001 0005 01 03 02 0010",  # another protocol
        "0001 0000 0003 01 84 02",  # an exception of another function
        "0001 0000 0002 01 83",
        "0001 0000 0001 01",
        "0001 0000 0000",
        "0001 0000 0002 01 03",
    ],
)
def test_over_tcp_anything_else_is_no_answer(said):
    wire, _ = wired(h(said))
    with pytest.raises(BadReply):
        wire.read_holding(1, 1)


@pytest.mark.parametrize(
    "said",
    [
        rtu("02 03 02 0010"),
        rtu("01 04 02 0010"),
        rtu("01 03 04 00100011"),
        rtu("01 84 02"),
        h("01 03 02 0010 b98c"),  # a wrong CRC
        h("01 03 02 0011") + crc16(h("01 03 02 0010")),
        b"\x05\x83\x02" + rtu("01 83 02")[:2],
    ],
)
def test_on_a_line_anything_else_is_no_answer(said):
    wire, _ = wired(said, framing="rtu")
    with pytest.raises(BadReply):
        wire.read_holding(1, 1)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda w: w.write_coil(3, True), "05 0003 0000"),
        (lambda w: w.write_coil(3, True), "05 0002 ff00"),
        (lambda w: w.write_register(3, 1), "06 0003 0000"),
        (lambda w: w.write_register(3, 1), "06 0004 0001"),
        (lambda w: w.write_registers(3, [1, 2]), "10 0003 0001"),
        (lambda w: w.write_registers(3, [1, 2]), "10 0004 0002"),
    ],
)
@pytest.mark.parametrize("framing", ["auto", "rtu"])
def test_a_write_that_is_confirmed_otherwise_is_not_confirmed(framing, call, said):
    wire, _ = wired(h(f"0001 0000 0006 01 {said}") if framing == "auto" else rtu(f"01 {said}"), framing=framing)
    with pytest.raises(BadReply, match="expected the answer of unit 1"):
        call(wire)


def test_a_write_is_guarded_as_an_act_unless_it_says_that_it_is_none():
    class TooLateError(Exception):
        pass

    def too_late():
        raise TooLateError

    wire, link = wired(h("0001 0000 0006 01 06 0003 0001"), h("0002 0000 0006 01 10 0003 0001"))
    with wire._exchange.guarded(lambda: None, too_late):
        wire.write_register(3, 1, acts=False)
        wire.write_registers(3, [1], acts=False)
        for call in (
            lambda: wire.write_coil(3, True),
            lambda: wire.write_register(3, 1),
            lambda: wire.write_registers(3, [1]),
        ):
            with pytest.raises(TooLateError):
                call()
    assert len(link.written) == 2


@given(st.binary(min_size=1, max_size=30), st.booleans())
def test_whatever_comes_is_an_answer_or_no_reply(said, is_tcp):
    head = b"\0\1\0\0" + (len(said) + 1).to_bytes(2, "big") + b"\1"
    wire, _ = wired(head + said if is_tcp else b"\1" + said + crc16(b"\1" + said), framing="auto" if is_tcp else "rtu")
    with contextlib.suppress(BadReply, NoAnswer, DeviceRefused):
        assert len(wire.read_holding(1, 2)) == 2


@given(st.floats(width=32, allow_nan=False), st.sampled_from(["big", "little"]))
def test_a_float_is_the_same_after_it_was_registers(value, word_order):
    assert to_float(from_float(value, word_order), word_order) == value


def test_the_high_word_of_a_float_comes_first_or_last():
    assert from_float(75.0, "big") == [0x4296, 0x0000]
    assert from_float(75.0, "little") == [0x0000, 0x4296]
    assert to_float([0xC61C, 0x3C00]) == -9999.0  # LabJack TEST_FLOAT32 [1]


@pytest.mark.parametrize(
    ("address", "silence"),
    [
        ("serial:///dev/x?baud=9600", 38.5 / 9600),  # 3.5 characters of 11 bits
        ("serial:///dev/x?baud=38400", 0.00175),
        ("tcp://127.0.0.1:1", 0.00175),
    ],
)
def test_a_line_is_silent_between_two_frames(address, silence):
    assert silence_s(parse_address(address)) == pytest.approx(silence)


def test_only_frames_that_nothing_else_tells_apart_need_silence_and_hearing_out():
    for framing, gap_s, late_s in (("auto", 0.0, 0.0), ("rtu", 0.00175, 0.5)):
        exchange = Exchange("plc", LinkHandle("tcp://127.0.0.1:1", 0.02), timeout_s=0.5, late_s=0.5)
        ModbusWire(exchange, framing=framing)
        assert (exchange.gap_s, exchange.late_s) == (gap_s, late_s)
