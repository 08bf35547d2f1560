"""How a pin is found: asked of the kernel, which no pin library can.

A level can be read only of a line that one has: it is taken without a direction, read, and given back at once. While
it is had it stays what it is. When it is given back an output stays one where the kernel has `persist_gpio_outputs`;
any other kernel makes an input of it then.
"""

import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hardware.errors import NotSent
from hardware.raspberry_pi_gpio import codec

KEEPS = "pinctrl_*/parameters/persist_gpio_outputs"
_YES = ("Y", "1")

Ioctl = Callable[[int, int, bytearray], int]


@dataclass(frozen=True, slots=True)
class Found:
    """How a pin stands: an output or an input, high or low."""

    output: bool
    high: bool


def as_found(chip: int, line: int, ioctl: Ioctl = fcntl.ioctl, device: str = "") -> Found:
    """Read how a line of `/dev/gpiochip<chip>` stands. Raises `NotSent`: it cannot be read, or somebody else has it.

    Without `persist_gpio_outputs` an output is an input afterwards: see above.
    """
    device = device or f"/dev/gpiochip{chip}"
    try:
        descriptor = os.open(device, os.O_RDWR | os.O_CLOEXEC)
        try:
            return _line(descriptor, line, ioctl)
        finally:
            os.close(descriptor)
    except OSError as error:
        hint = ": is this user in the group gpio?" if isinstance(error, PermissionError) else ""
        raise NotSent(f"{device}: GPIO{line}: {error.strerror}{hint}") from error


def _line(chip: int, line: int, ioctl: Ioctl) -> Found:
    info = codec.encode_line_info(line)
    ioctl(chip, codec.GET_LINE_INFO, info)
    output, user = codec.decode_line_info(bytes(info))
    if user:
        raise NotSent(f"GPIO{line} is used by {user}")
    request = codec.encode_line_as_is(line)
    ioctl(chip, codec.GET_LINE, request)
    descriptor = codec.decode_line(bytes(request))
    try:
        values = codec.encode_values()
        ioctl(descriptor, codec.GET_VALUES, values)
        return Found(output, codec.decode_values(bytes(values)))
    finally:
        os.close(descriptor)


def outputs_outlive(modules: Path = Path("/sys/module")) -> bool | None:
    """Return whether the kernel keeps an output as it is when the process that has it ends; None: it does not say."""
    said = [path.read_text().strip() for path in sorted(modules.glob(KEEPS))]
    return all(word in _YES for word in said) if said else None
