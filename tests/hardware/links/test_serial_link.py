"""A serial line as a link, on pseudo-terminals."""

import os
import tty

import pytest

from hardware.errors import LinkDown, NotSent
from hardware.links.address import SerialAddress, parse_address
from hardware.links.serial_link import SerialLink
from hardware.simulation import serve_pty
from tests.hardware.fakes import Caller, Listener


@pytest.fixture
def served():
    served = serve_pty(Listener(answer=b"+0\r\n"))
    yield served
    served.close()


@pytest.fixture
def link(served):
    link = SerialLink(parse_address(served.address))
    link.open(1.0)
    yield link
    link.close()


def opening_fails(address, why):
    link = SerialLink(address)
    with pytest.raises(NotSent, match=why):
        link.open(1.0)
    link.close()


def test_bytes_go_there_and_back(link):
    assert link.send_some(b"hello\n") == 6
    assert link.receive(5.0).startswith(b"+0")
    assert link.receive(0.001) in (b"", b"\r\n", b"\n")


def test_a_missing_port_is_one_clear_sentence():
    opening_fails(
        SerialAddress("/dev/no-such-port"), "^/dev/no-such-port: no such port: unplugged, or .* another one.$"
    )


def test_what_is_no_serial_port_is_named(tmp_path):
    path = tmp_path / "file"
    path.touch()
    opening_fails(SerialAddress(str(path)), "is no serial port")


@pytest.mark.usefixtures("link")
def test_a_port_is_held_exclusively(served):
    opening_fails(parse_address(served.address), "in use by another program")


def test_a_shape_that_the_port_cannot_have_is_refused_or_ignored_but_never_crashes():
    master, slave = os.openpty()
    for end in (master, slave):
        tty.setraw(end)
    seven_even = SerialAddress(os.ttyname(slave), bytesize=7, parity="E")
    first = SerialLink(seven_even)
    first.open(1.0)  # Linux ignores it the first time, and refuses it ever after
    first.close()
    opening_fails(seven_even, "cannot have this speed, bytesize, parity or stopbits")
    os.close(master)
    os.close(slave)


def test_unplugging_under_a_read_is_noticed_at_once(link, served):
    caller = Caller(lambda: link.receive(30.0))
    served.close()
    assert isinstance(caller.end(), LinkDown)


def test_an_unplugged_port_is_down_for_reading_and_writing_and_can_be_closed(link, served):
    served.close()
    with pytest.raises(LinkDown):
        link.receive(1.0)
    with pytest.raises(LinkDown):
        link.send_some(b"hello")


def test_cancel_ends_a_wait(link):
    caller = Caller(lambda: link.receive(30.0))
    link.cancel()
    assert caller.end() is None
