"""Registers of an EZ-Zone PM (its User's Guide, Modbus addresses, map 1), and what is in them.

A float takes two registers, a word of a list (an enumeration) the first of two.
"""

from hardware.errors import BadReply

PV, INPUT_ERROR = 360, 362
CONTROL_MODE = 1880
BAND, INTEGRAL, DERIVATIVE = 1890, 1894, 1896  # heat
HEAT_POWER = 1904
SETPOINT = 2160  # closed loop
DEGREES = 2490  # of the numbers on the wire, whatever the display shows
SAVE = 2494  # whether what is written is kept in its EEPROM

WORD_ORDER = (PV, SETPOINT, BAND, INTEGRAL, DERIVATIVE)
"""By these it is seen, and not by the heat power: a loop may give any output, and ever so little of it."""

MODE_OFF, MODE_AUTO = 62, 10
FAHRENHEIT, CELSIUS = 30, 15
SAVE_YES, SAVE_NO = 106, 59
NO_ERROR = 61
INPUT_ERRORS = {
    9: "ambient error",
    32: "the input failed",
    65: "the sensor is open",
    127: "the sensor is shorted",
    139: "bad calibration data",
    140: "measurement error",
    141: "RTD error",
    246: "the input has no source",
}

FREEZING_F = 32.0
F_PER_C = 1.8

TINY, HUGE = 1e-6, 1e5  # of what is measured or kept, but for 0, nothing is below the one or above the other


def at(register: int, zone: int, zone_offset: int) -> int:
    """Return where a register of a zone is, the first of which is 1."""
    return register + (zone - 1) * zone_offset


def to_celsius(number: float, degrees: str) -> float:
    """Return a temperature on the wire, in "F" or "C", in degrees Celsius."""
    return (number - FREEZING_F) / F_PER_C if degrees == "F" else number


def from_celsius(celsius: float, degrees: str) -> float:
    """Return a temperature as it goes on the wire."""
    return celsius * F_PER_C + FREEZING_F if degrees == "F" else celsius


def to_kelvins(span: float, degrees: str) -> float:
    """Return a difference of temperatures on the wire in kelvins."""
    return span / F_PER_C if degrees == "F" else span


def from_kelvins(kelvins: float, degrees: str) -> float:
    """Return a difference of temperatures as it goes on the wire."""
    return kelvins * F_PER_C if degrees == "F" else kelvins


def is_likely(number: float) -> bool:
    """Whether a number may be one that is measured or kept; not 0, of which nothing is seen."""
    return TINY <= abs(number) <= HUGE


def is_in_order(number: float, swapped: float) -> bool | None:
    """Whether a float is read in the right word order; None: nobody can tell.

    A number of few digits, like all whole ones up to 256, is nothing likely with its two words the other way round.
    """
    return is_likely(number) if is_likely(number) != is_likely(swapped) else None


def to_error(code: int) -> str:
    """Return what the input error says; "": none."""
    return "" if code == NO_ERROR else INPUT_ERRORS.get(code, f"input error {code}")


def to_degrees(code: int) -> str:
    """Return "F" or "C" for what the wire's degrees are. Raises `BadReply`."""
    if code not in (FAHRENHEIT, CELSIUS):
        raise BadReply(f"expected {FAHRENHEIT} (F) or {CELSIUS} (C) for the degrees on the wire, got {code}")
    return "F" if code == FAHRENHEIT else "C"
