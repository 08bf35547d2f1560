"""Where a device is: `tcp://host:port` or `serial:///dev/...?baud=57600&bytesize=8&parity=N&stopbits=1`."""

import difflib
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

Flow = Literal["none", "xonxoff", "rtscts"]

_FORMS = "expected tcp://host:port or serial:///dev/...?baud=9600"
_FLOWS: dict[str, Flow] = {"none": "none", "xonxoff": "xonxoff", "rtscts": "rtscts"}
_SERIAL_CHOICES: dict[str, tuple[str, ...]] = {
    "bytesize": ("5", "6", "7", "8"),
    "parity": ("N", "E", "O", "M", "S"),
    "stopbits": ("1", "1.5", "2"),
    "flow": tuple(_FLOWS),
}


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """A socket: host name or IP address, and port 1 to 65535."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"tcp://[{self.host}]:{self.port}" if ":" in self.host else f"tcp://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class SerialAddress:
    """A serial line: device path, speed in baud, and the shape of a character."""

    device: str
    baud: int = 9600
    bytesize: int = 8
    parity: str = "N"
    stopbits: float = 1.0
    flow: Flow = "none"

    def __str__(self) -> str:
        shape = f"baud={self.baud}&bytesize={self.bytesize}&parity={self.parity}&stopbits={self.stopbits:g}"
        return f"serial://{self.device}?{shape}" + (f"&flow={self.flow}" if self.flow != "none" else "")


Address = TcpAddress | SerialAddress


def parse_address(text: str) -> Address:
    """Parse an address as it stands in a site file.

    Raises:
        ValueError: what is wrong and what was expected.
    """
    scheme, colon, _ = text.partition("://")
    if colon and scheme == "tcp":
        return _tcp(text)
    if colon and scheme == "serial":
        return _serial(text)
    raise ValueError(f"{text!r} is no address: {_FORMS}")


def is_serial(address: Address | str) -> bool:
    """Whether an address is that of a serial line. Raises `ValueError`: see `parse_address`."""
    return isinstance(parse_address(address) if isinstance(address, str) else address, SerialAddress)


def place(text: str) -> str:
    """Return which wire an address is about, however it is set up: the device's path, or `host:port`.

    Raises:
        ValueError: see `parse_address`.
    """
    address = parse_address(text)
    return address.device if isinstance(address, SerialAddress) else str(address)


def _tcp(text: str) -> TcpAddress:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as problem:
        raise ValueError(f"{text!r}: {problem}; {_FORMS}") from problem
    if not parts.hostname or not port or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(f"{text!r} needs a host and a port from 1 to 65535 and nothing more: {_FORMS}")
    return TcpAddress(parts.hostname, port)


def _serial(text: str) -> SerialAddress:
    # split by hand: a device path is taken as written, also with characters that mean something in a URL
    device, _, query = text.removeprefix("serial://").partition("?")
    if not device.startswith("/") or device == "/":
        raise ValueError(f"{text!r} needs an absolute device path: {_FORMS}")
    given: dict[str, str] = {}
    for key, word in parse_qsl(query, keep_blank_values=True):
        if key in given:
            raise ValueError(f"{text!r}: {key} is given twice")
        given[key] = _checked(text, key, word)
    return SerialAddress(
        device,
        baud=int(given.get("baud", "9600")),
        bytesize=int(given.get("bytesize", "8")),
        parity=given.get("parity", "N"),
        stopbits=float(given.get("stopbits", "1")),
        flow=_FLOWS[given.get("flow", "none")],
    )


def _checked(text: str, key: str, word: str) -> str:
    if key == "baud":
        if not re.fullmatch("[1-9][0-9]{1,6}", word):
            raise ValueError(f"{text!r}: baud is {word!r}, expected a number like 9600")
        return word
    if key not in _SERIAL_CHOICES:
        near = difflib.get_close_matches(key, ["baud", *_SERIAL_CHOICES], n=1)
        hint = f", did you mean {near[0]}?" if near else ""
        raise ValueError(f"{text!r}: unknown key {key}{hint}")
    if word not in _SERIAL_CHOICES[key]:
        raise ValueError(f"{text!r}: {key} is {word!r}, expected one of {', '.join(_SERIAL_CHOICES[key])}")
    return word
