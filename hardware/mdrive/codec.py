r"""MCode (IMS, Programming and Software Reference: MDrive and MForce Motion Control): commands and replies.

A command ends with CR; in party mode it begins with the drive's name and ends with LF. Replies end with CR LF. Several
variables in one `PR` are joined by a character of ours, so that the reply shows how many there are: a single number
could be any variable's. What the reply looks like to the space is told nowhere, so spaces are taken as they come.
"""

import re
from collections.abc import Sequence

from hardware.errors import BadReply

TERMINATOR = b"\r\n"
BETWEEN = "_"

LOOK = ("P", "MV")  # position in steps, moving flag
STALLED, ECHO, ENCODER = "ST", "EM", "EE"  # stall flag, echo mode, encoder in use
ERROR, VELOCITY, VERSION = "ER", "VM", "VR"

ERRORS = {
    20: "it does not know that variable or flag",
    21: "the value is out of range",
    22: "the initial velocity is not below the maximum velocity",
    23: "the maximum velocity is not over the initial velocity",
    24: "it does not understand what was sent",
    25: "that variable or flag is read only",
    37: "it has no such command or variable",
    48: "its program was stopped by an input",
    63: "characters came too fast for it",
    70: "the checksum of its memory is wrong",
    71: "it is near its highest temperature",
    72: "it is too hot, and has switched itself off",
    80: "no home switch is defined",
    82: "it went to both limits and found no home",
    83: "it reached the limit switch in plus direction",
    84: "it reached the limit switch in minus direction",
    85: "not while it looks for its home, or moves",
    86: "it has stalled",
    90: "its velocities or accelerations are too low for the encoder",
    91: "it was stopped by an input",
    92: "three times it did not come into position",
    93: "not while it corrects its position",
}
"""Codes of `ER`, the last error. IMS's table; some are of certain models only."""

_NUMBER = re.compile(r"[+-]?\d{1,10}")
_TEXT = re.compile(rb"[ -~]+")


def encode(address: str | None, command: str) -> bytes:
    """Make a message of a command; `address`: the drive's name in party mode, None without it."""
    return f"{command}\r".encode() if address is None else f"{address}{command}\n".encode()


def ask(*variables: str) -> str:
    """Return the command that prints variables in one line."""
    return "PR " + f',"{BETWEEN}"'.join(variables)


def move_to(steps: int) -> str:
    """Return the command for an absolute move."""
    return f"MA {steps}"


def slew(steps_per_s: int) -> str:
    """Return the command to turn at a velocity; 0 stops it, slowing down."""
    return f"SL {steps_per_s}"


def assign(variable: str, number: int) -> str:
    """Return the command that sets a variable."""
    return f"{variable}={number}"


def decode_numbers(line: bytes, variables: Sequence[str]) -> list[int]:
    """Read the reply to `ask` of these variables: a whole number each. Raises `BadReply`."""
    parts = [part.strip() for part in line.decode("ascii", "replace").split(BETWEEN)]
    if len(parts) != len(variables) or not all(_NUMBER.fullmatch(part) for part in parts):
        raise BadReply(f"expected {len(variables)} numbers for {' '.join(variables)}, got {line!r}")
    return [int(part) for part in parts]


def decode_flag(number: int, variable: str) -> bool:
    """Read a flag: 0 or 1. Raises `BadReply`."""
    if number not in (0, 1):
        raise BadReply(f"expected 0 or 1 for {variable}, got {number}")
    return bool(number)


def decode_text(line: bytes) -> str:
    """Read a reply that is text, like that to `PR VR`. Raises `BadReply`."""
    if not _TEXT.fullmatch(line):
        raise BadReply(f"expected text, got {line!r}")
    return line.decode().strip()


def decode_error(number: int) -> str:
    """Return what an error code means, for a person."""
    return f"error {number}: {ERRORS.get(number, 'see the MCode manual')}" if number else "it tells no error"
