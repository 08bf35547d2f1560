"""Commands and replies of ProXR controllers (NCD, ProXR manual, relay control commands): values to bytes and back.

Only the forms that name their bank are used: nothing depends on which bank somebody has selected. Bank 0, which means
every bank at once, is never written. No reply has an end: each is one byte, and what it means depends on the question.
"""

import re

from hardware.errors import BadChannel, BadReply

DONE = b"\x55"
TEST = b"\xfe\x21"  # answered with `DONE`, and does nothing
REFRESH = b"\xfe\x19"  # relays follow what they are told at once; answered with `DONE`
REPLY_BYTES = 1
BANKS = 32
RELAYS = 8  # of a bank

_OFF, _ON, _STATUS, _BANK = 0x64, 0x6C, 0x74, 0x7C
_CHANNEL = re.compile(r"([1-9][0-9]?)\.([1-8])")
_NUMBER = re.compile(r"[0-9]+")
_STATES = {b"\x00": False, b"\x01": True}

Place = tuple[int, int]
"""A relay: bank 1-32, relay 1-8."""


def parse_channel(channel: str) -> Place:
    """Read a channel `bank.relay`, both counted from 1: `2.5` is the fifth relay of the second bank.

    Running numbers are refused: whether they begin with 0 or 1 differs from program to program, and a wrong guess
    moves the neighbour's valve. Raises `BadChannel`.
    """
    found = _CHANNEL.fullmatch(channel) if channel.isascii() else None
    if found is None or int(found[1]) > BANKS:
        why = "expected bank 1-32, a dot and relay 1-8, like 1.1 or 2.5"
        if channel.isascii() and _NUMBER.fullmatch(channel):
            why += "; a running number is not taken, as some count from 0 and some from 1"
        raise BadChannel(f"channel {channel!r}: {why}")
    return int(found[1]), int(found[2])


def encode_set(place: Place, energised: bool) -> bytes:
    """Energise or release one relay; answered with `DONE`."""
    bank, relay = place
    return bytes([0xFE, (_ON if energised else _OFF) + relay - 1, bank])


def encode_ask(place: Place) -> bytes:
    """Ask whether one relay is energised."""
    bank, relay = place
    return bytes([0xFE, _STATUS + relay - 1, bank])


def encode_ask_bank(bank: int) -> bytes:
    """Ask for the eight relays of a bank, 1-32."""
    return bytes([0xFE, _BANK, bank])


def framing(data: bytes) -> int | None:
    """See `hardware.exchange.Framing`: every reply that is asked for here has one byte."""
    return REPLY_BYTES if data else None


def decode_done(reply: bytes) -> None:
    """Return if a command was confirmed. Raises `BadReply`."""
    if reply != DONE:
        raise BadReply(f"expected 55, got {reply.hex(' ')}")


def decode_state(reply: bytes) -> bool:
    """Read the reply to `encode_ask`. Raises `BadReply`."""
    state = _STATES.get(reply)
    if state is None:
        raise BadReply(f"expected 00 or 01, got {reply.hex(' ')}")
    return state


def decode_bank(reply: bytes) -> dict[int, bool]:
    """Read the reply to `encode_ask_bank`: relay 1-8 to energised. Any byte is one. Raises `BadReply`."""
    if len(reply) != REPLY_BYTES:
        raise BadReply(f"expected one byte, got {reply.hex(' ')}")
    return {relay: bool(reply[0] >> (relay - 1) & 1) for relay in range(1, RELAYS + 1)}
