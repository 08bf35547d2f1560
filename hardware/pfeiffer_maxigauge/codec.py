"""Mnemonics and replies of the TPG 256 A (Pfeiffer Vacuum, MaxiGauge Operating Instructions BG 5186, Communication)."""

import re
from typing import Literal

from hardware.errors import BadChannel, BadReply
from hardware.gauge import GaugeState, Reading

RESET = b"\x03"  # ETX: forget what was begun
ENQUIRE = b"\x05"  # ENQ: send what was asked for
ACK, NAK = b"\x06", b"\x15"
TERMINATOR = b"\r\n"

UNITS = {"0": "mbar", "1": "Torr", "2": "Pa"}
ASK_UNITS = "UNI"
ASK_GAUGES = "TID"

STATUS = {
    "0": (GaugeState.GOOD, ""),
    "1": (GaugeState.UNDER, "underrange"),
    "2": (GaugeState.OVER, "overrange"),
    "3": (GaugeState.FAULT, "sensor error"),
    "4": (GaugeState.OFF, "sensor off"),
    "5": (GaugeState.NO_GAUGE, "no sensor"),
    "6": (GaugeState.FAULT, "identification error"),
}

FLAGS = ("controller error", "no hardware", "inadmissible parameter", "syntax error")
"""The digits of an error word of four, from the left."""

SYSTEM_ERRORS = {
    1: "watchdog", 2: "task failed", 4: "IDCX idle", 8: "stack overflow", 16: "EPROM", 32: "RAM", 64: "EEPROM",
    128: "key", 4096: "syntax error", 8192: "inadmissible parameter", 16384: "no hardware", 32768: "fatal",
}  # fmt: skip
"""The first of two error words, by bits."""

_CHANNEL = re.compile(r"[1-6]")
# the exponent and its sign are demanded: of a reply that lost its end the rest would be another pressure
_PRESSURE = re.compile(rb"([0-6]), ?([+-]?\d\.\d{1,4}E[+-]\d{1,2})")
_UNITS = re.compile(rb"[0-2]")
_ERROR = re.compile(rb"(\d{4,5})|(\d{1,5}), ?(\d{1,5})")
_TEXT = re.compile(rb"[ -~]+")

Kind = Literal["acknowledgement", "pressure", "units", "text"]


def check_channel(channel: str) -> str:
    """Return a channel as given: 1 to 6. Raises `BadChannel`."""
    if not _CHANNEL.fullmatch(channel):
        raise BadChannel(f"channel {channel!r}: expected 1 to 6")
    return channel


def ask_pressure(channel: str) -> str:
    """Return the mnemonic for the status and the pressure of one gauge."""
    return f"PR{channel}"


def encode(mnemonic: str) -> bytes:
    """Make a message of a mnemonic. It is acknowledged; what it asks for comes after an enquiry."""
    return mnemonic.encode() + b"\r"


def answers(line: bytes, wanted: Kind) -> bool:
    """Whether a line may be what is waited for; False if it certainly answers something else, and came late."""
    kinds = {_kind(line)} - {""}
    if wanted == "text":
        return kinds != {"acknowledgement"}
    return kinds <= {wanted}


def decode_acknowledged(line: bytes) -> bool:
    """Read the first step's reply: True accepted, False refused, and an enquiry tells why. Raises `BadReply`."""
    if line not in (ACK, NAK):
        raise BadReply(f"expected ACK or NAK, got {line!r}")
    return line == ACK


def decode_error(line: bytes) -> str:
    """Read an error word in words. Raises `BadReply`."""
    found = _ERROR.fullmatch(line)
    if found is None:
        raise BadReply(f"expected an error word, got {line!r}")
    text = line.decode()
    if found[3]:
        names = [name for bit, name in SYSTEM_ERRORS.items() if int(found[2]) & bit]
        if int(found[3]):
            names.append("a gauge")
    else:
        names = [name for digit, name in zip(text, FLAGS, strict=False) if digit == "1"]
    return f"error {text}: {', '.join(names) or 'none that it names'}"


def decode_pressure(line: bytes) -> Reading:
    """Read status and pressure, like `0,8.3400E-03`. Raises `BadReply`.

    With any other status than 0 a number comes, too; what it is worth is told nowhere, so that it is none.
    """
    found = _PRESSURE.fullmatch(line)
    if found is None:
        raise BadReply(f"expected status and pressure, got {line!r}")
    state, said = STATUS[found[1].decode()]
    return Reading(float(found[2]) if state is GaugeState.GOOD else None, state, said)


def decode_units(line: bytes) -> str:
    """Read the reply to `UNI`: mbar, Torr or Pa. Raises `BadReply`."""
    if not _UNITS.fullmatch(line):
        raise BadReply(f"expected 0, 1 or 2 for the units, got {line!r}")
    return UNITS[line.decode()]


def decode_text(line: bytes) -> str:
    """Read a reply that is text, like that to `TID`. Raises `BadReply`."""
    if not _TEXT.fullmatch(line):
        raise BadReply(f"expected text, got {line!r}")
    return line.decode()


def _kind(line: bytes) -> str:
    if line in (ACK, NAK):
        return "acknowledgement"
    if _PRESSURE.fullmatch(line):
        return "pressure"
    return "units" if _UNITS.fullmatch(line) else ""
