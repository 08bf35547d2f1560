"""What is in the registers of a Eurotherm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import BadReply
from hardware.eurotherm_modbus import codec


@pytest.mark.parametrize(
    ("register", "decimals", "number"),
    [
        (0x00B2, 1, 17.8),  # [2] the handbook's example
        (0x00D8, 1, 21.6),  # [2]
        (0x00FA, 1, 25.0),  # [2]
        (0x00FA, 0, 250.0),
        (0x00FA, 2, 2.5),
        (0xFFFF, 1, -0.1),
        (0x8000, 0, -32768.0),
        (0x7FFF, 0, 32767.0),
    ],
)
def test_a_register_is_a_scaled_integer(register, decimals, number):
    assert codec.to_number(register, decimals) == number
    assert codec.to_register(number, decimals) == register


@pytest.mark.parametrize(("number", "decimals"), [(3276.8, 1), (-3276.9, 1), (327.68, 2), (32768.0, 0)])
def test_what_does_not_fit_is_refused(number, decimals):
    with pytest.raises(ValueError, match="does not fit into a register"):
        codec.to_register(number, decimals)


@given(st.integers(0, 0xFFFF), st.integers(0, 2))
def test_every_register_is_read_and_written_alike(register, decimals):
    assert codec.to_register(codec.to_number(register, decimals), decimals) == register


def test_addresses_are_those_of_the_handbook():
    assert (codec.PV, codec.SETPOINT, codec.OUTPUT, codec.VERSION) == (1, 2, 3, 122)  # [2]
    assert (codec.BAND, codec.INTEGRAL, codec.DERIVATIVE, codec.MANUAL) == (6, 8, 9, 273)  # [1]


@pytest.mark.parametrize(
    ("scaled", "exact", "decimals", "same"),
    [
        (22.0, 22.0, 1, True),
        (220.0, 22.0, 0, False),
        (2.2, 22.0, 2, False),
        (1200.0, 1210.0, 1, True),  # it heats between the two questions
        (-15.0, -15.04, 1, True),
        (-1.5, -15.04, 2, False),
        (2.0, 2.0, 1, True),
        (0.2, 2.0, 2, False),
        (20.0, 2.0, 0, False),
        (1.9, 1.9, 1, None),
        (0.0, 0.0, 1, None),
        (327.67, 500.0, 2, None),  # it ends there
        (327.0, 327.0, 2, True),
        (3276.7, 3276.7, 1, None),
        (1372.0, float("nan"), 1, None),
        (1372.0, float("inf"), 1, None),
    ],
)
def test_an_integer_and_a_float_are_the_same_or_not_or_nobody_can_tell(scaled, exact, decimals, same):
    assert codec.is_same(scaled, exact, decimals) is same


def test_a_float_is_in_two_registers_from_8000h_on():
    assert [codec.ieee_address(register) for register in (1, 2, 273)] == [0x8002, 0x8004, 0x8222]  # [2]


def test_a_flag_is_0_or_1():
    assert (codec.to_flag(0, "x"), codec.to_flag(1, "x")) == (False, True)
    for garbage in (2, 0x5A5A, 0xFFFF):
        with pytest.raises(BadReply, match="is this its register"):
            codec.to_flag(garbage, "sensor break")
