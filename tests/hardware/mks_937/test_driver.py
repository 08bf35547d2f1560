"""`MKS937` against the simulated controller: the hazards of a shared bus, and the switching of gauges."""

import pytest

from hardware.errors import BadChannel, BadReply, DeviceRefused, NoAnswer
from hardware.gauge import GaugeState, Reading
from tests.hardware.bench import wrong_places

GAUGES = {"IG": "1", "CG1": "2", "IG2": "3", "CM": "4"}


@pytest.fixture
def rigs(gauge_rigs):
    def make(wire="tcp", **keys):
        made = gauge_rigs("MKS937", GAUGES, wire, **keys)
        made.simulator.faults.slow_s = 0.0
        return made

    return make


def test_all_gauges_are_read_at_once_in_the_units_that_it_tells(rig):
    rig.simulator.units = "MBAR"
    assert rig.driver.units == ""
    assert rig.driver.read_all() == {
        "1": Reading(3.2e-9), "2": Reading(8.34e-3), "3": Reading(5.6e-8), "4": Reading(760.0),
    }  # fmt: skip
    assert rig.driver.units == "mbar"


def test_units_that_are_changed_at_its_front_panel_are_noticed(rig):
    rig.driver.read("1")
    assert rig.driver.units == "Torr"
    rig.simulator.units = "PASCAL"
    rig.driver.read("1")
    assert rig.driver.units == "Pa"


def test_named_units_are_not_asked_for(rigs):
    rig = rigs(units="Torr")
    rig.simulator.old = True
    assert rig.driver.units == "Torr"
    assert rig.driver.read("1") == Reading(3.2e-9)


def test_firmware_that_cannot_tell_units_refuses_to_be_read(rig):
    rig.simulator.old = True
    with pytest.raises(DeviceRefused, match="bench: NAK160: message not understood"):
        rig.driver.read("1")


def test_firmware_that_omits_the_attention_character_is_understood(rig):
    rig.simulator.attention, rig.simulator.exponent_digits = False, 2
    assert rig.driver.read("1") == Reading(3.2e-9)


def test_another_controllers_replies_and_the_lines_echo_are_passed_over(rig):
    rig.simulator.chatter, rig.simulator.echo = b"@004ACK1.00E-3;FF@004NAK160;FF", True
    assert rig.driver.read("1") == Reading(3.2e-9)
    rig.driver.switch("1", False)
    assert rig.driver.read_all()["1"] == Reading(None, GaugeState.OFF, "OFF")


def test_each_controller_has_its_address(rigs):
    rig = rigs(address=4)
    rig.simulator.address, rig.simulator.chatter = 4, b"@253ACK1.00E-3;FF"
    assert rig.driver.read("1") == Reading(3.2e-9)
    rig.driver.switch("1", False)


def test_another_address_is_not_answered(rigs):
    rig = rigs(address=4, timeout=0.1)
    with pytest.raises(NoAnswer, match="@004U"):
        rig.driver.read("1")


@pytest.mark.parametrize("late", [b"@253ACK7.60E+2;FF", b"@253ACKOFF;FF", b"@253ACKOFF OFF ATM WAIT OFF OFF;FF"])
def test_a_late_reading_is_taken_for_nothing_else(rig, late):
    rig.driver.read("1")
    rig.simulator.late = late
    assert rig.driver.read("1") == Reading(3.2e-9)
    rig.simulator.late = late
    assert rig.driver.is_on("1") is True
    rig.simulator.late = late
    assert rig.driver.read_all()["1"] == Reading(3.2e-9)
    assert rig.handle.opened == 1


def test_a_late_off_is_no_confirmation(rig):
    rig.simulator.contrary = True
    rig.driver.read("1")
    rig.simulator.late = b"@253ACKOFF;FF"
    with pytest.raises(BadReply, match="was to be off, and it confirms on"):
        rig.driver.switch("1", False)


def test_late_units_are_taken_for_no_reading(rigs):
    rig = rigs(units="mbar")
    rig.simulator.late = b"@253ACKTORR;FF"
    assert rig.driver.read("1") == Reading(3.2e-9)


def test_a_stray_reading_confirms_nothing(rig):
    rig.simulator.chatter = b"@253ACK7.60E+2;FF"
    with pytest.raises(BadReply, match=r"expected ON or OFF, got '7\.60E\+2'"):
        rig.driver.switch("1", False)


def test_an_unknown_word_is_a_fault_of_that_gauge_only(rig):
    fault = Reading(None, GaugeState.FAULT, "BURNT")
    rig.simulator.shown["1"] = rig.simulator.shown["5"] = "BURNT"
    assert rig.driver.read_all() == {
        "1": fault, "2": Reading(8.34e-3), "3": Reading(5.6e-8), "4": Reading(760.0),
    }  # fmt: skip
    assert rig.driver.read("1") == fault
    assert rig.handle.opened == 1


def test_what_is_neither_a_word_nor_a_number_is_a_bad_reply_where_it_matters(rig):
    rig.simulator.shown["5"] = "BURNT1"
    assert rig.driver.read_all()["1"] == Reading(3.2e-9)
    rig.simulator.shown["1"] = "BURNT1"
    with pytest.raises(BadReply, match="got 'BURNT1'"):
        rig.driver.read_all()
    with pytest.raises(BadReply, match="got 'BURNT1'"):
        rig.driver.read("1")


def test_a_gauge_is_switched_and_says_so(rig):
    for on in (False, True):
        rig.driver.switch("1", on)
        assert rig.simulator.powered["1"] is on
        assert rig.driver.is_on("1") is on
    assert rig.simulator.moves == 2


def test_a_gauge_that_stays_as_it_is_is_no_success(rig):
    rig.simulator.faults.stuck.add("1")
    with pytest.raises(DeviceRefused, match="channel 1 was to be off, and stays on"):
        rig.driver.switch("1", False)
    assert rig.handle.opened == 1


@pytest.mark.parametrize(
    ("channel", "text"), [("4", "NAK150: not for this type of gauge"), ("5", "NAK151: no gauge on this channel")]
)
def test_a_gauge_that_cannot_be_switched_is_refused_in_its_words(rig, channel, text):
    with pytest.raises(DeviceRefused, match=text):
        rig.driver.switch(channel, True)
    rig.simulator.locked = True
    with pytest.raises(DeviceRefused, match="NAK161: locked"):
        rig.driver.switch("1", False)
    assert rig.driver.read("1") == Reading(3.2e-9)
    assert rig.handle.opened == 1


def test_a_confirmation_of_the_reverse_is_a_bad_reply(rig):
    rig.simulator.contrary = True
    with pytest.raises(BadReply, match="channel 1 was to be on, and it confirms off"):
        rig.driver.switch("1", True)


def test_switching_is_an_act(rig):
    class NotNow(Exception):
        pass

    def prevent():
        raise NotNow

    with rig.exchange.guarded(lambda: None, acting=prevent):
        assert rig.driver.is_on("1")
        with pytest.raises(NotNow):
            rig.driver.switch("1", False)
    assert rig.simulator.moves == 0


def test_silence_after_switching_leaves_the_outcome_open(rigs):
    rig = rigs(timeout=0.1, units="Torr")
    rig.driver.read("1")
    rig.simulator.faults.mute = True
    with pytest.raises(NoAnswer):
        rig.driver.switch("1", False)
    assert rig.simulator.powered["1"] is False


def test_it_says_who_it_is(rigs):
    assert rigs().driver.identify() == "MKS 937B, serial number 0123456789"
    old = rigs(units="Torr")
    old.simulator.old = True
    assert old.driver.identify() == "MKS937"


def test_channels_that_it_cannot_have_are_refused_before_anything_is_sent(rig):
    for call in (rig.driver.read, rig.driver.is_on, lambda channel: rig.driver.switch(channel, True)):
        with pytest.raises(BadChannel):
            call("7")
    assert rig.handle.opened == 0


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        ({"gauges": {"IG": "7"}}, ("gauges", "IG")),
        ({"address": 0}, ("address",)),
        ({"address": 254}, ("address",)),
        ({"units": "bar"}, ("units",)),
        ({"colour": "red"}, ("colour",)),
    ],
)
def test_a_wrong_file_is_told_where(keys, where):
    assert wrong_places("MKS937", **{"gauges": GAUGES} | keys) == [where]
