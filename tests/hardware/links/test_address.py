"""Addresses of devices, as they stand in site files."""

import pytest

from hardware.links.address import SerialAddress, TcpAddress, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("tcp://192.168.1.60:5025", TcpAddress("192.168.1.60", 5025)),
        ("tcp://[::1]:5025", TcpAddress("::1", 5025)),
        ("serial:///dev/ttyUSB0", SerialAddress("/dev/ttyUSB0", 9600, 8, "N", 1.0)),
        (
            "serial:///dev/serial/by-id/usb-A_B#1-if00?baud=57600&bytesize=7&parity=E&stopbits=2&flow=xonxoff",
            SerialAddress("/dev/serial/by-id/usb-A_B#1-if00", 57600, 7, "E", 2.0, "xonxoff"),
        ),
    ],
)
def test_addresses_are_read(text, address):
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("192.168.1.60:5025", "is no address"),
        ("", "is no address"),
        ("udp://a:1", "is no address"),
        ("tcp://192.168.1.60", "needs a host and a port"),
        ("tcp://192.168.1.60:0", "needs a host and a port"),
        ("tcp://192.168.1.60:99999", "out of range"),
        ("tcp://:5025", "needs a host and a port"),
        ("tcp://a:1/x", "nothing more"),
        ("serial://ttyUSB0", "absolute device path"),
        ("serial:///dev/ttyUSB0?buad=9600", "did you mean baud"),
        ("serial:///dev/ttyUSB0?baud=fast", "expected a number"),
        ("serial:///dev/ttyUSB0?baud=0", "expected a number"),
        ("serial:///dev/ttyUSB0?baud=9600&baud=19200", "given twice"),
        ("serial:///dev/ttyUSB0?parity=even", "expected one of N, E, O"),
    ],
)
def test_wrong_addresses_say_what_was_expected(text, why):
    with pytest.raises(ValueError, match=why):
        parse_address(text)
