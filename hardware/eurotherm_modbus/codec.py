"""Registers of a Eurotherm (Series 2000 Communications Handbook HA026230): their addresses, and numbers in them."""

from hardware.errors import BadReply

PV, SETPOINT, OUTPUT = 1, 2, 3
BAND, INTEGRAL, DERIVATIVE = 6, 8, 9
VERSION = 122
MANUAL = 273  # 1: the output stays where it is put; 0: automatic
NO_SETPOINT = frozenset((PV, OUTPUT, BAND, INTEGRAL, DERIVATIVE, VERSION, MANUAL))

LOWEST, HIGHEST = -0x8000, 0x7FFF  # of a scaled integer
HIGHEST_WITH_FLOAT = 0x3FFF  # of the registers that have one
NEAR_ZERO = 2.0  # below it a number and a tenth of it are too much alike


def to_number(register: int, decimals: int) -> float:
    """Return what a register holds as a scaled integer: 178 with one decimal is 17.8."""
    return (register - 0x10000 if register > HIGHEST else register) / 10.0**decimals


def to_register(number: float, decimals: int) -> int:
    """Return a number as a scaled integer. Raises `ValueError` where it does not fit into 16 bits."""
    scaled = round(number * 10.0**decimals)
    if not LOWEST <= scaled <= HIGHEST:
        raise ValueError(f"{number:g} with {decimals} decimals does not fit into a register")
    return scaled & 0xFFFF


def is_same(scaled: float, exact: float, decimals: int) -> bool | None:
    """Whether a parameter as a scaled integer and as a float is the same number, but for rounding.

    None: nobody can tell, as it is near 0, or no number, or does not fit into an integer with so many decimals.
    """
    if not NEAR_ZERO <= abs(exact) < HIGHEST / 10.0**decimals:
        return None
    return abs(scaled - exact) <= 1.0 + abs(exact) / 100.0


def ieee_address(register: int) -> int:
    """Return where a parameter is as a float: two registers, high word first, read and written as a block only."""
    return 0x8000 + 2 * register


def to_flag(register: int, what: str) -> bool:
    """Read a register that is 0 or 1. A register that is not there reads as anything. Raises `BadReply`."""
    if register not in (0, 1):
        raise BadReply(f"expected 0 or 1 for {what}, got {register}: is this its register?")
    return register == 1
