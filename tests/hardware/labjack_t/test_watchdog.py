"""The watchdog's registers, and what is written to them."""

import pytest

from hardware.errors import DeviceRefused
from hardware.labjack_t import watchdog
from hardware.labjack_t.watchdog import Plan

PLAN = Plan(30, frozenset({4, 8}), frozenset({8}))


def test_the_registers_are_these():  # [1] register list; what the device does with them was not tried
    assert (watchdog.ENABLE, watchdog.ADVANCED, watchdog.TIMEOUT_S) == (61600, 61602, 61604)
    assert watchdog.STARTUP_DELAY_S == 61606
    assert (watchdog.STRICT_ENABLE, watchdog.RESET_ENABLE) == (61610, 61620)
    assert (watchdog.DIO_ENABLE, watchdog.DIO_STATE) == (61630, 61632)
    assert (watchdog.DIO_DIRECTION, watchdog.DIO_INHIBIT) == (61634, 61636)


def test_a_plan_is_about_its_lines_only():
    assert PLAN.registers() == {
        61602: 0, 61604: 30, 61606: 0, 61610: 0, 61620: 0, 61630: 1, 61632: 0x100, 61634: 0x110, 61636: 0x7FFEEF,
    }  # fmt: skip


class Registers:
    """A wire to 32-bit registers."""

    def __init__(self, **found) -> None:
        self.values = dict.fromkeys(range(61600, 61640, 2), 0) | {int(key[1:]): value for key, value in found.items()}
        self.asked = []
        self.written = []
        self.deaf = False

    def read_holding(self, address, count):
        self.asked.append((address, count))
        words = []
        for at in range(address, address + count, 2):
            words += [self.values[at] >> 16, self.values[at] & 0xFFFF]
        return words

    def write_registers(self, address, values, *, acts):
        assert not acts
        if address != 61600:
            assert not self.values[61600]
        self.written.append((address, values[0] << 16 | values[1]))
        if not self.deaf:
            self.values[address] = values[0] << 16 | values[1]


def test_it_is_read_with_four_questions_none_of_which_reads_what_can_only_be_written():  # 61614
    wire = Registers()
    assert set(watchdog.read(wire)) == {61600, 61602, 61604, 61606, 61610, 61620, 61630, 61632, 61634, 61636}
    assert wire.asked == [(61600, 8), (61610, 2), (61620, 2), (61630, 8)]


def test_a_fresh_one_is_written_and_armed_last():
    wire = Registers()
    assert watchdog.arm(wire, PLAN) == [61604, 61630, 61632, 61634, 61636, 61600]
    assert wire.values[61600] == 1
    assert {address: wire.values[address] for address in PLAN.registers()} == PLAN.registers()


def test_what_stands_there_already_is_not_written_again():
    wire = Registers()
    watchdog.arm(wire, PLAN)
    wire.written.clear()
    assert watchdog.arm(wire, PLAN) == []
    assert wire.written == []


def test_an_armed_one_is_disarmed_before_it_is_changed():
    wire = Registers()
    watchdog.arm(wire, PLAN)
    assert watchdog.arm(wire, Plan(60, PLAN.lines, PLAN.high)) == [61600, 61604, 61600]
    assert wire.written[-3:] == [(61600, 0), (61604, 60), (61600, 1)]


def test_one_that_was_only_disarmed_is_armed():
    wire = Registers()
    watchdog.arm(wire, PLAN)
    wire.values[61600] = 0
    assert watchdog.arm(wire, PLAN) == [61600]


def test_what_others_set_that_would_do_more_is_undone():
    wire = Registers(r61602=1, r61606=3600, r61610=1, r61620=1)
    assert watchdog.arm(wire, PLAN)[:5] == [61602, 61604, 61606, 61610, 61620]
    assert [wire.values[register] for register in (61602, 61606, 61610, 61620)] == [0, 0, 0, 0]


def test_one_that_does_not_take_it_is_not_armed():
    wire = Registers()
    wire.deaf = True
    with pytest.raises(DeviceRefused, match=r"^its watchdog is not armed: register 61604 is 0, not 30$"):
        watchdog.arm(wire, PLAN)


def test_one_that_was_only_disarmed_and_does_not_arm_is_told():
    wire = Registers()
    watchdog.arm(wire, PLAN)
    wire.values[61600] = 0
    wire.deaf = True
    with pytest.raises(DeviceRefused, match=r"^its watchdog is not armed: register 61600 is 0, not 1$"):
        watchdog.arm(wire, PLAN)


@pytest.mark.parametrize(
    ("found", "moves"),
    [
        ({}, False),
        ({"r61630": 1}, False),
        ({"r61600": 1}, False),
        ({"r61600": 1, "r61630": 1}, True),
        ({"r61600": 1, "r61630": 1, "r61636": 0x10}, False),
        ({"r61600": 1, "r61630": 1, "r61636": 0x20}, True),
        ({"r61600": 1, "r61620": 1}, True),
        ({"r61600": 1, "r61602": 2}, True),
    ],
)
def test_one_that_others_armed_is_told_by_what_it_would_move(found, moves):
    assert watchdog.would_move(watchdog.read(Registers(**found)), [4]) is moves
