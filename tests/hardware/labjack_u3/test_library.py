"""`open_u3` through the real LabJackPython, where that is installed, on a U3 byte by byte."""

import sys

import pytest

from hardware.errors import DeviceRefused, LinkDown, NotSent
from hardware.labjack_u3.driver import U3Actuator, U3ActuatorSettings
from hardware.labjack_u3.library import open_u3
from tests.hardware.labjack_u3.exodriver import Box, Exodriver, checked


def test_without_labjackpython_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "LabJackPython", None)
    with pytest.raises(NotSent, match=r"LabJackPython is not installed .*: pip install 'valvetree\[labjack\]'"):
        open_u3(None)


def test_to_know_the_klass_needs_no_library():
    before = {"u3", "LabJackPython"} & set(sys.modules)
    U3Actuator(U3ActuatorSettings(name="u3", klass="U3Actuator", energised_when="low"))
    assert {"u3", "LabJackPython"} & set(sys.modules) == before


@pytest.mark.parametrize(
    ("packet", "vector"),
    [  # [2] LabJackPython's own examples, recomputed; a check of the fake
        ([0, 0xF8, 2, 0, 0, 0, 0, 0x0B, 0x05, 0], "0bf802001000000b0500"),
        ([0, 0xF8, 2, 0, 0, 0, 0, 0x0B, 0x85, 0], "8bf802009000000b8500"),
        ([0, 0xF8, 2, 0, 0, 0, 0, 0x0A, 0x05, 0], "0af802000f00000a0500"),
        ([0, 0xF8, 2, 0, 0, 0, 0, 0, 0, 0], "faf80200000000000000"),
    ],
)
def test_the_checksums_of_a_packet(packet, vector):
    assert checked(packet) == bytes.fromhex(vector)


@pytest.fixture
def plug(monkeypatch):
    """Have some U3 plugged in, behind the real LabJackPython."""
    pytest.importorskip("u3", reason="LabJackPython is not installed")
    common = sys.modules["LabJackPython"]
    monkeypatch.setattr(common, "_os_name", "posix")

    def plugged(*boxes):
        monkeypatch.setattr(common, "staticLib", Exodriver(common.LabJackException, *boxes))
        return boxes[0] if boxes else None

    return plugged


@pytest.fixture
def opens(plug):
    """Open one, and let go of it at the end of the test."""
    assert plug
    opened = []

    def open_it(serial):
        opened.append(open_u3(serial))
        return opened[-1]

    yield open_it
    for each in opened:
        each.close()


def test_without_the_exodriver_it_says_how_to_get_it(plug, opens, monkeypatch):
    plug()
    monkeypatch.setattr(sys.modules["LabJackPython"], "staticLib", None)
    with pytest.raises(NotSent, match=r"exodriver \(liblabjackusb\) is not installed: pip .* github.com/labjack"):
        opens(None)


def test_opening_it_writes_no_line(plug, opens):
    box = plug(Box(320035782))
    opened = opens(None)
    assert opened.name == "U3-LV 320035782"
    assert [data[3] for data in box.heard] == [0x08, 0x0B]
    assert all(data[6] == 0 for data in box.heard)  # their write masks
    assert (box.high, box.outputs) == (0xFFFFF, 0)


def test_lines_are_written_and_read(plug, opens):
    box = plug(Box(1))
    opened = opens(None)
    assert opened.look() == (0xFFFFF, 0)
    assert opened.write(5, False) == (True, False)
    assert opened.write(19, True) == (True, True)
    assert opened.look() == (0xFFFFF & ~(1 << 5), 1 << 5 | 1 << 19)
    assert [data[7:].rstrip(b"\0").hex() for data in box.heard[2:]] == ["1a1c", "0b050c050a05", "0b930c130a13", "1a1c"]


def test_analog_inputs_are_told(plug, opens):
    box = plug(Box(1))
    box.analog = 1 << 4 | 1 << 15
    assert opens(None).analog == 1 << 4 | 1 << 15


def test_one_of_several_is_found_by_its_serial_number(plug, opens):
    first, second = Box(11), Box(12)
    plug(first, second)
    with pytest.raises(NotSent, match="2 U3 are connected: the device file has to say by `serial` which one"):
        opens(None)
    assert opens(12).name == "U3-LV 12"
    assert (first.claimed, second.claimed) == (False, True)
    assert opens(11).name == "U3-LV 11"
    with pytest.raises(NotSent, match="no U3 of serial number 13 is connected; number 1 cannot be opened: Couldn't"):
        opens(13)


def test_without_any_it_says_so(plug, opens):
    plug()
    with pytest.raises(NotSent, match=r"^no U3 is connected$"):
        opens(None)


def test_one_that_is_used_elsewhere_is_not_opened(plug, opens):
    plug(Box(1)).claimed = True
    with pytest.raises(NotSent, match="number 1 cannot be opened: Couldn't open device"):
        opens(None)


def test_replies_that_came_too_late_for_an_earlier_user_are_passed_over(plug, opens):
    box = plug(Box(1))
    opened = opens(None)
    for late in (["look"], ["look", "look"], ["write"]):
        box.silent = True
        for name in late:
            with pytest.raises(LinkDown, match="LabJackException: Exodriver returned error number 110"):
                opened.look() if name == "look" else opened.write(5, False)
        box.silent = False
        opened.close()
        opened = opens(None)
        box.high ^= 1 << 7
        assert opened.look() == (box.high, box.outputs)


def test_a_late_answer_to_the_greeting_is_passed_over_too(plug, opens):
    box = plug(Box(1))
    box.late.append(box.reply(bytes([0, 0xF8, 0x0A, 0x08, 0, 0, 0, 0])))
    assert opens(None).look() == (0xFFFFF, 0)
    assert not box.late


def test_what_the_device_refuses_is_told_in_its_words(plug, opens):
    box = plug(Box(1))
    opened = opens(None)
    box.error = 97
    with pytest.raises(DeviceRefused, match=r"BitStateWrite.*returned an error"):
        opened.write(5, True)
    box.error = 0
    assert opened.write(5, True) == (True, True)


def test_a_line_that_is_held_at_the_other_level_is_told(plug, opens):
    box = plug(Box(1))
    box.held_low = 1 << 5
    assert opens(None).write(5, True) == (True, False)


def test_pulled_out_it_is_gone_and_can_be_closed(plug, opens):
    box = plug(Box(1))
    opened = opens(None)
    box.gone = True
    for call in (opened.look, lambda: opened.write(5, True)):
        with pytest.raises(LinkDown, match="Could only write 0 of"):
            call()
    opened.close()
    assert not box.claimed


def test_the_driver_works_on_it(plug):
    box = plug(Box(1))
    settings = U3ActuatorSettings(name="u3-real", klass="U3Actuator", energised_when="low")
    actuator = U3Actuator(settings, None, ["FIO4", "CIO3"])
    assert actuator.read_all() == {"FIO4": False, "CIO3": False}
    actuator.set("CIO3", True)
    assert actuator.read_all() == {"FIO4": False, "CIO3": True}
    box.gone = True
    with pytest.raises(LinkDown):
        actuator.read_all()
    with pytest.raises(NotSent):
        actuator.set("FIO4", True)
    box.gone = False
    assert actuator.read_all() == {"FIO4": False, "CIO3": True}
    actuator.set("FIO4", True)
    assert box.outputs == 1 << 4 | 1 << 19
    actuator.held.end()
