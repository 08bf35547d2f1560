"""Questions and replies of the 937B / 946 (MKS, 937B Operation Manual, Serial Communication Commands)."""

import re

from hardware.errors import BadChannel, BadReply, DeviceRefused
from hardware.gauge import GaugeState, Reading

TERMINATOR = b";FF"
CHANNELS = 6  # three modules with two gauges each

UNITS = {"TORR": "Torr", "MBAR": "mbar", "PASCAL": "Pa", "MICRON": "micron"}

WORDS = {
    "ATM": GaugeState.OVER,
    "OVER": GaugeState.OVER,
    "OFF": GaugeState.OFF,
    "RP_OFF": GaugeState.OFF,  # switched off at the rear panel
    "HV_OFF": GaugeState.OFF,  # high voltage of a cold cathode
    "WAIT": GaugeState.WAITING,
    "CTRL_OFF": GaugeState.PROTECTED,  # switched off by the gauge that controls it
    "PROT_OFF": GaugeState.PROTECTED,  # switched off by itself, at its protection set-point
    "NOGAUGE": GaugeState.NO_GAUGE,
    "NO_GAUGE": GaugeState.NO_GAUGE,  # two spellings of other firmware
    "NOGAUGE!": GaugeState.NO_GAUGE,
    "MISCONN": GaugeState.FAULT,
}
"""What stands where no number is, beside `LO<E-11` and its like."""

REFUSALS = {
    "150": "not for this type of gauge",
    "151": "no gauge on this channel",
    "152": "not an ion gauge",
    "160": "message not understood",
    "161": "locked",
    "162": "no such channel",
    "163": "no such channel",
    "169": "argument not allowed",
    "172": "value out of range",
    "175": "a question where only a command is known, or the reverse",
}

_CHANNEL = re.compile(r"[1-6]")
_REPLY = re.compile(rb"@?(\d{3})(ACK|NAK)([ -~]*)")
_WORD = re.compile(r"[A-Za-z_]{2,}")
# the exponent and its sign are demanded: of a reply that lost its end the rest would be another pressure
_NUMBER = re.compile(r"([<>]?)([+-]?\d\.\d{1,3}E[+-]\d{1,2})", re.ASCII)
_LOW = re.compile(r"LO<E-\d{1,2}", re.ASCII)
_LIMITS = {"": GaugeState.GOOD, "<": GaugeState.UNDER, ">": GaugeState.OVER}

ASK_UNITS = "U?"
ASK_SERIAL_NUMBER = "SN?"
ASK_ALL = "PRZ?"


def check_channel(channel: str) -> str:
    """Return a channel as given: 1 to 6, which is A1 to C2 on the rear panel. Raises `BadChannel`."""
    if not (channel.isascii() and _CHANNEL.fullmatch(channel)):
        raise BadChannel(f"channel {channel!r}: expected 1 to {CHANNELS}")
    return channel


def encode(address: int, message: str) -> bytes:
    """Frame a message for one controller, address 1 to 253."""
    return f"@{address:03d}{message}".encode() + TERMINATOR


def ask_pressure(channel: str) -> str:
    """Ask for what one gauge shows."""
    return f"PR{channel}?"


def ask_power(channel: str) -> str:
    """Ask whether one gauge is switched on."""
    return f"CP{channel}?"


def tell_power(channel: str, on: bool) -> str:
    """Switch one gauge on or off: the high voltage of a cold cathode, the filament of a hot one."""
    return f"CP{channel}!{_on_off(on)}"


def answers(reply: bytes, address: int, message: str) -> bool:
    """Whether a reply may answer a message; False if it certainly does not.

    It does not if it is the line's echo of the message, another controller's, or tells pressures where units were
    asked for, or units where pressures were: what was asked before, and came late.
    """
    if reply == encode(address, message).removesuffix(TERMINATOR):
        return False
    found = _REPLY.fullmatch(reply)
    if found is None:
        return True
    if int(found[1]) != address:
        return False
    told = found[3].decode()
    if message == ASK_UNITS:
        return not _is_readings(told)
    return not (message.startswith("PR") and told.upper() in UNITS)


def decode_reply(reply: bytes, address: int) -> str:
    """Read the text of a reply, which is without its terminator; some firmware omits the `@`.

    Raises:
        DeviceRefused: NAK, with the meaning of its code.
        BadReply: anything else.
    """
    found = _REPLY.fullmatch(reply)
    if found is None or int(found[1]) != address:
        raise BadReply(f"expected @{address:03d}ACK or @{address:03d}NAK, got {reply!r}")
    text = found[3].decode()
    if found[2] == b"NAK":
        if not re.fullmatch(r"\d{1,3}", text):
            raise BadReply(f"expected a number after NAK, got {reply!r}")
        raise DeviceRefused(f"NAK{text}: {REFUSALS.get(text, 'not in the manual')}")
    return text


def decode_reading(text: str) -> Reading:
    """Read what a gauge shows: a number like 7.602E+2, a limit like >1.10E+1, or a word. Raises `BadReply`.

    A word that is not in `WORDS` is a fault of that gauge, and of no other; but units, and what `CPn?` is answered by,
    belong to another question.
    """
    if (reading := _known(text)) is not None:
        return reading
    if _WORD.fullmatch(text) and text.upper() not in (*UNITS, "ON"):
        return Reading(None, GaugeState.FAULT, text)
    raise BadReply(f"expected a pressure or a state, got {text!r}")


def _known(text: str) -> Reading | None:
    """Read what the manual knows; None: anything else. `LO<E-11` is told without units, so it becomes no number."""
    if found := _NUMBER.fullmatch(text):
        state = _LIMITS[found[1]]
        return Reading(float(found[2]), state, "" if state is GaugeState.GOOD else text)
    if _LOW.fullmatch(text):
        return Reading(None, GaugeState.UNDER, text)
    if text in WORDS:
        return Reading(None, WORDS[text], text)
    return None


def decode_all(text: str) -> dict[str, str]:
    """Cut the reply to `PRZ?` into what each channel shows. Raises `BadReply` unless there are six."""
    shown = text.split()
    if len(shown) != CHANNELS:
        raise BadReply(f"expected {CHANNELS} pressures or states, got {text!r}")
    return {str(number): each for number, each in enumerate(shown, 1)}


def decode_units(text: str) -> str:
    """Read the reply to `U?`: Torr, mbar, Pa or micron. Raises `BadReply`."""
    if text.upper() not in UNITS:
        raise BadReply(f"expected units, got {text!r}")
    return UNITS[text.upper()]


def decode_power(text: str) -> bool:
    """Read the reply to `CPn?` or `CPn!`. Raises `BadReply`."""
    if text not in ("ON", "OFF"):
        raise BadReply(f"expected ON or OFF, got {text!r}")
    return text == "ON"


def _on_off(on: bool) -> str:
    return "ON" if on else "OFF"


def _is_readings(text: str) -> bool:
    shown = text.split()
    return bool(shown) and all(_known(each) for each in shown)
