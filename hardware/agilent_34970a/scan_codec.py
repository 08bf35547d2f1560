"""Scanning with a 34901A multiplexer (Keysight, 34970A/34972A Command Reference): values to bytes and back."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hardware.agilent_34970a.codec import channel_list
from hardware.errors import BadChannel, BadReply
from hardware.gauge import GaugeState, Reading

ABORT = b"ABOR\n"
ASK_SCAN_LIST = b"ROUT:SCAN?\n"
SCAN = b"READ?\n"
FORMAT = (b"FORM:READ:ALAR OFF\n", b"FORM:READ:CHAN ON\n", b"FORM:READ:TIME OFF\n", b"FORM:READ:UNIT ON\n")
ONCE = (b"TRIG:SOUR TIMER\n", b"TRIG:TIMER 0\n", b"TRIG:COUNT 1\n")  # one pass over the list per READ?, at once

MODEL = "34901A"
OVERLOAD = 9.9e37  # what is told instead of a reading out of range, and of a thermocouple that is torn

_CHANNEL = re.compile(r"[1-3](?:0[1-9]|1[0-9]|20)")
_MEASURE = re.compile(r"(?:TC,[BEJKNRST]|RTD,(?:85|91)|THER,(?:2252|5000|10000)|VOLT)")
_NUMBER = r"[+-]?\d+\.\d+E[+-]\d+"
_READING = re.compile(rf"({_NUMBER}) *(C|VDC)")
_BLOCK = re.compile(r"#([1-9])(\d+)(\(@.*\))")
_LIST = re.compile(r"\(@((?:\d{3}(?::\d{3})?(?:,(?=\d))?)*)\)")
_CARD = re.compile(r"[^,]*,([^,]+),[^,]*,[^,]*")
_SAID = {"C": "C", "V": "VDC"}


@dataclass(frozen=True, slots=True)
class Measure:
    """What one channel measures.

    Attributes:
        command: what `CONF:` is given before the channels.
        units: of its readings: C (degrees Celsius) or V.
    """

    command: str
    units: str


def check_channel(channel: str) -> str:
    """Return a channel of a 34901A card that measures volts and temperatures: slot 1-3, then 01-20. `BadChannel`."""
    if not (channel.isascii() and _CHANNEL.fullmatch(channel)):
        raise BadChannel(f"channel {channel!r}: expected slot 1-3 and channel 01-20, like 103 or 320")
    return channel


def measure(text: str) -> Measure:
    """Read what a device file says of a channel: `TC,K`, `RTD,85`, `THER,5000` or `VOLT`. Raises `ValueError`."""
    if _MEASURE.fullmatch(text) is None:
        raise ValueError(
            f"expected TC,K (B, E, J, K, N, R, S, T), RTD,85 (or 91), THER,5000 (2252, 10000) or VOLT, got {text!r}"
        )
    return Measure("VOLT:DC ", "V") if text == "VOLT" else Measure(f"TEMP {text},", "C")


def encode_configure(measures: Mapping[str, Measure]) -> list[bytes]:
    """Say what each channel measures. It sets the format of readings and the scan list back: send those after it."""
    groups: dict[str, list[str]] = {}
    for channel in sorted(measures):
        groups.setdefault(measures[channel].command, []).append(channel)
    return [f"CONF:{command}{channel_list(channels)}\n".encode() for command, channels in groups.items()]


def encode_scan_list(channels: Sequence[str]) -> bytes:
    """Say which sorted channels a scan takes."""
    return f"ROUT:SCAN {channel_list(channels)}\n".encode()


def encode_ask_card(slot: str) -> bytes:
    """Ask which card is in a slot."""
    return f"SYST:CTYP? {slot}00\n".encode()


def decode_card(reply: bytes) -> str:
    """Read the model of a card; "0": the slot is empty. Raises `BadReply`."""
    found = _CARD.fullmatch(_text(reply))
    if found is None:
        raise BadReply(f"expected a card like HEWLETT-PACKARD,34901A,0,2.0, got {reply!r}")
    return found[1]


def decode_scan_list(reply: bytes) -> list[str]:
    """Read the channels of the scan list, as the definite block `#214(@101,102,103)`. Raises `BadReply`."""
    text = _text(reply)
    block = _BLOCK.fullmatch(text)
    if block is not None:
        digits = int(block[1])
        length, listed = text[2 : 2 + digits], text[2 + digits :]
        found = _LIST.fullmatch(listed)
        if found is not None and length.isdigit() and len(length) == digits and int(length) == len(listed):
            return [channel for item in found[1].split(",") if item for channel in _run(item)]
    raise BadReply(f"expected a scan list like #214(@101,102,103), got {reply!r}")


def decode_readings(reply: bytes, measures: Mapping[str, Measure]) -> dict[str, Reading]:
    """Read the reply to `SCAN`: value with units and channel, in the order of the channels. Raises `BadReply`."""
    words = _text(reply).split(",")
    channels = sorted(measures)
    if len(words) != 2 * len(channels) or words[1::2] != channels:
        raise BadReply(f"expected a reading and its channel for each of {', '.join(channels)}, got {reply!r}")
    return {channel: _reading(word, measures[channel]) for channel, word in zip(channels, words[::2], strict=True)}


def _reading(word: str, wanted: Measure) -> Reading:
    found = _READING.fullmatch(word.strip(" "))
    said = _SAID[wanted.units]
    if found is None or found[2] != said:
        raise BadReply(f"expected a reading like +2.61950000E+01 {said}, got {word!r}")
    value = float(found[1])
    if abs(value) >= OVERLOAD:
        return Reading(None, GaugeState.UNDER if found[1].startswith("-") else GaugeState.OVER, found[1])
    return Reading(value)


def _run(item: str) -> list[str]:
    first, _, last = item.partition(":")
    return [str(number) for number in range(int(first), int(last or first) + 1)]


def _text(reply: bytes) -> str:
    return reply.removesuffix(b"\r").decode("ascii", "replace")
