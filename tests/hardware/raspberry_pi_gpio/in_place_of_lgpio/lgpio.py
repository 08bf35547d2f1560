"""lgpio without a Raspberry Pi, for a child process: what happens to each pin is written to a file, as it happens.

As in its C source (0.2.2): to claim an input frees an output first; to claim an output that is one does nothing; to
read what is not claimed makes an input of it.
"""

import json
import os
from pathlib import Path

BOTH_EDGES, RISING_EDGE, FALLING_EDGE = 3, 1, 2
SET_PULL_NONE, SET_PULL_UP, SET_PULL_DOWN = 128, 32, 64
_PULLS = {0: "", SET_PULL_NONE: " without pull", SET_PULL_UP: " pulled up", SET_PULL_DOWN: " pulled down"}

_log = Path(os.environ["IN_PLACE_OF_LGPIO"])
_claimed = {}
_pins = {int(pin): tuple(stands) for pin, stands in json.loads(os.environ["PINS"]).items()}  # pin -> (output, level)


class error(Exception):  # noqa: N801 - as lgpio calls it
    """What lgpio raises."""


def as_found(pin):
    return _pins.get(pin, (False, 1))


def _happens(what):
    with _log.open("a") as file:
        file.write(f"{what}\n")


def gpiochip_open(chip):
    _happens(f"open {chip}")
    return 7


def gpiochip_close(_handle):
    _happens("close")
    return 0


def gpio_get_mode(_handle, pin):
    return 2 if as_found(pin)[0] else 0


def gpio_claim_input(_handle, pin, flags=0):
    if _claimed.get(pin) != "input":
        _happens(f"{pin} input{_PULLS[flags]}")
    _claimed[pin] = "input"
    _pins[pin] = (False, 1)
    return 0


def gpio_claim_output(_handle, pin, level=0, _flags=0):
    if _claimed.get(pin) != "output":
        _claimed[pin] = "output"
        _pins[pin] = (True, level)
        _happens(f"{pin} output {level}")
    return 0


def gpio_read(handle, pin):
    if pin not in _claimed:
        gpio_claim_input(handle, pin)
    return as_found(pin)[1]


def gpio_write(handle, pin, level):
    if _claimed.get(pin) != "output":
        return gpio_claim_output(handle, pin, level)
    if _pins[pin][1] != level:
        _happens(f"{pin} level {int(level)}")
    _pins[pin] = (True, int(level))
    return 0
