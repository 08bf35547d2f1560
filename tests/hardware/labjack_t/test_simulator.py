"""The simulated T4 and T7, byte by byte as the register list has it."""

import pytest

from hardware.labjack_t.simulator import T4Simulator, T7Simulator


class Clock:
    """Seconds, by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def t4(clock):
    return T4Simulator(clock)


@pytest.fixture
def t7(clock):
    return T7Simulator(clock)


def h(text):
    return bytes.fromhex(text)


def read(device, address, count=1):
    """Return registers as one number; of an exception its code, negative."""
    answer = device.feed(h("0001 0000 0006 01 03") + address.to_bytes(2, "big") + count.to_bytes(2, "big"))
    return -answer[8] if answer[7] & 0x80 else int.from_bytes(answer[9:], "big")


def write(device, address, value, count=1):
    """Write a register of so many words; return 0, or the code of an exception."""
    data = value.to_bytes(2 * count, "big")
    body = b"\x01\x10" + address.to_bytes(2, "big") + count.to_bytes(2, "big") + bytes([len(data)]) + data
    answer = device.feed(h("0001 0000") + len(body).to_bytes(2, "big") + body)
    return answer[8] if answer[7] & 0x80 else 0


VECTORS = [
    ("0001 0000 0006 01 03 0000 0002", "0001 0000 0007 01 03 04 3fa00000"),  # AIN0 [1+T]
    ("0002 0000 0006 01 03 d73c 0002", "0002 0000 0007 01 03 04 00112233"),  # TEST [1+T]
    ("0003 0000 0009 01 10 07d4 0001 02 0001", "0003 0000 0006 01 10 07d4 0001"),  # FIO4 = 1 [2+T]
    ("0004 0000 0006 01 06 07d4 0001", "0004 0000 0006 01 06 07d4 0001"),  # FIO4 = 1 [2+T]
    ("0005 0000 0006 01 03 09c4 0001", "0005 0000 0005 01 03 02 0010"),  # FIO_STATE [1+T]
    ("0006 0000 0006 01 03 0af0 0002", "0006 0000 0007 01 03 04 00000010"),  # DIO_STATE [1+T]
    ("0006 0000 000b 01 10 03e8 0002 04 40200000", "0006 0000 0006 01 10 03e8 0002"),  # DAC0 = 2.5 V [1+T]
    ("0007 0000 0006 01 03 d754 0002", "0007 0000 0007 01 03 04 c61c3c00"),  # TEST_FLOAT32 [1]
    ("0008 0000 0006 01 03 ea60 0002", "0008 0000 0007 01 03 04 40e00000"),  # PRODUCT_ID of a T7 [1]
    ("0009 0000 0006 01 04 03e8 0002", "0009 0000 0007 01 04 04 40200000"),  # 3 and 4 are alike [1]
]


def test_the_vectors_of_the_register_list(t7):
    t7.pulled_up.clear()
    t7.volts[0] = 1.25
    assert [t7.feed(h(asked)).hex() for asked, _ in VECTORS] == [h(said).hex() for _, said in VECTORS]
    assert t7.volts[1000] == 2.5


def test_writing_one_line_makes_it_an_output(t7):  # [2]
    assert write(t7, 2004, 1) == 0
    assert (read(t7, 2600), read(t7, 2850, 2), t7.relays["FIO4"], t7.moves) == (0x10, 0x10, True, 1)


@pytest.mark.parametrize("address", [2004, 2015, 2019, 2022])
def test_reading_one_line_makes_it_an_input_and_drops_its_valve(t7, address):  # [2]
    write(t7, address, 1)
    assert read(t7, address) == 1
    assert (read(t7, 2850, 2), any(t7.relays.values()), t7.moves) == (0, False, 2)


def test_reading_banks_leaves_the_lines_alone(t7):  # [2]
    write(t7, 2004, 1)
    for address in (2500, 2501, 2502, 2503, 2600, 2601, 2602, 2603):
        read(t7, address)
    for address in (2800, 2850, 2900):
        read(t7, address, 2)
    assert (t7.relays["FIO4"], t7.moves) == (True, 1)


def test_each_bank_has_its_lines(t7):  # [1]
    for line in (0, 7, 8, 15, 16, 19, 20, 22):
        write(t7, 2000 + line, 1)
    assert [read(t7, 2600 + bank) for bank in range(4)] == [0x81, 0x81, 0x09, 0x05]
    assert read(t7, 2850, 2) == 0x598181


def test_inputs_are_pulled_up(t7):  # [1] datasheet 13
    assert [read(t7, 2500 + bank) for bank in range(4)] == [0xFF, 0xFF, 0x0F, 0x07]
    assert (read(t7, 2800, 2), read(t7, 2850, 2), any(t7.relays.values())) == (0x7FFFFF, 0, False)


def test_the_upper_half_of_a_bank_says_what_to_leave_alone(t7):  # [1]
    for line in range(8):
        write(t7, 2000 + line, 0)
    assert write(t7, 2500, 0xF0FF) == 0
    assert read(t7, 2500) == 0x0F
    assert write(t7, 2600, 0xFE00) == 0
    assert (read(t7, 2600), t7.relays["FIO0"], t7.relays["FIO1"]) == (0xFE, False, True)


def test_the_inhibit_mask_says_what_banks_of_all_lines_leave_alone(t7):  # [1]
    write(t7, 2000, 0)
    write(t7, 2001, 0)
    assert write(t7, 2900, 0x000002, 2) == 0
    write(t7, 2800, 0x7FFFFF, 2)
    assert (t7.relays["FIO0"], t7.relays["FIO1"], t7.relays["FIO2"]) == (True, False, False)
    write(t7, 2850, 0x4, 2)
    assert (read(t7, 2850, 2), t7.relays["FIO0"]) == (0x6, False)
    write(t7, 2001, 1)  # one line's own register does not ask the mask
    assert t7.relays["FIO1"]


def test_a_t4_begins_with_its_flexible_lines_analog_and_these_do_not_become_outputs(t4):  # [1] datasheet 13.1
    assert read(t4, 2880, 2) == 0xFF0
    assert write(t4, 2004, 1) == 0
    assert (t4.relays["FIO4"], read(t4, 2850, 2), t4.moves) == (False, 0, 0)
    assert write(t4, 2880, 0xFE0, 2) == 0
    assert write(t4, 2004, 1) == 0
    assert (t4.relays["FIO4"], read(t4, 2880, 2), read(t4, 2850, 2)) == (True, 0xFE0, 0x10)


def test_an_output_of_a_t4_that_becomes_analog_drops_its_valve(t4):
    write(t4, 2880, 0, 2)
    write(t4, 2004, 1)
    write(t4, 2880, 0x10, 2)
    assert (t4.relays["FIO4"], read(t4, 2850, 2), t4.moves) == (False, 0, 2)


def test_the_analog_mask_heeds_the_inhibit_mask(t4):  # [1]
    write(t4, 2900, 0xFFFEF, 2)
    write(t4, 2880, 0, 2)
    assert read(t4, 2880, 2) == 0xFE0


@pytest.mark.parametrize("address", [2000, 2003, 2020, 2022, 2023, 1999])
def test_lines_that_a_t4_does_not_have_are_refused(t4, address):  # [1]; the code [G]
    assert read(t4, address) == -2
    assert write(t4, address, 1) == 2


def test_a_t7_has_no_analog_lines(t7):  # [1]
    assert read(t7, 2880, 2) == -2
    assert write(t7, 2880, 0, 2) == 2


@pytest.mark.parametrize("address", [2800, 2850, 2900, 55100, 60000, 60028, 61600, 0, 1000])
def test_half_a_32_bit_register_is_refused(t7, address):  # [1]; the code [G]
    assert read(t7, address, 1) == -2
    assert read(t7, address, 3) == -2
    assert write(t7, address, 0, 1) == 2


def test_coils_are_not_known(t7):
    assert t7.feed(h("0001 0000 0006 01 01 0000 0001")) == h("0001 0000 0003 01 81 01")
    assert t7.feed(h("0001 0000 0006 01 05 0000 ff00")) == h("0001 0000 0003 01 85 01")


def test_stuck_and_lying_lines(t7):
    t7.faults.stuck.add("FIO0")
    t7.faults.lie.add("FIO1")
    write(t7, 2000, 1)
    write(t7, 2001, 1)
    assert (t7.relays["FIO0"], t7.relays["FIO1"], read(t7, 2500) & 3) == (False, True, 0)


def armed(device, timeout_s=10, **keys):
    registers = {61604: timeout_s, 61630: 1, 61632: 0x100, 61634: 0x110, 61636: 0x7FFEEF}
    for address, value in (registers | {int(key[1:]): value for key, value in keys.items()}).items():
        assert write(device, address, value, 2) == 0
    assert write(device, 61600, 1, 2) == 0


def test_the_watchdog_strikes_after_its_time_without_an_exchange(t7, clock):  # [1]
    write(t7, 2004, 1)
    write(t7, 2005, 1)
    armed(t7)
    for clock.now in (9.0, 18.0, 27.0):
        assert read(t7, 2500) & 0x30 == 0x30  # each exchange feeds it
    clock.now = 37.0
    t7.tick()
    assert t7.relays["FIO4"]
    clock.now = 37.1
    t7.tick()
    assert (t7.relays["FIO4"], t7.relays["FIO5"], t7.relays["EIO0"]) == (False, True, True)
    assert read(t7, 2850, 2) == 0x130


def test_a_watchdog_that_is_not_armed_or_has_nothing_to_do_moves_nothing(t7, clock):
    write(t7, 2004, 1)
    clock.now = 1e6
    t7.tick()
    assert t7.relays["FIO4"]
    armed(t7, r61630=0)
    clock.now = 2e6
    t7.tick()
    assert t7.relays["FIO4"]


def test_a_watchdog_that_resets_makes_all_lines_inputs(t7, clock):
    write(t7, 2004, 1)
    armed(t7, r61630=0, r61620=1)
    clock.now = 11.0
    t7.tick()
    assert not t7.relays["FIO4"]


def test_in_strict_mode_an_exchange_does_not_feed_it(t7, clock):
    armed(t7, r61610=1)
    clock.now = 9.0
    read(t7, 2500)
    clock.now = 11.0
    t7.tick()
    assert t7.relays["EIO0"]


def test_an_armed_watchdog_cannot_be_changed(t7):  # [1]; the code [G]
    armed(t7)
    assert write(t7, 61604, 20, 2) == 4
    assert (read(t7, 61604, 2), t7.flash_writes) == (10, 6)
    assert write(t7, 61600, 0, 2) == 0
    assert write(t7, 61604, 20, 2) == 0
