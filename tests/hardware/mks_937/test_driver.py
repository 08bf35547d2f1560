"""`MKS937` against the simulated controller: the hazards of a shared bus, and the switching of gauges."""

import pytest
from pydantic import ValidationError

from hardware.conformance.bench import Bench
from hardware.errors import BadChannel, BadReply, DeviceRefused, NoAnswer
from hardware.gauge import GaugeState, Reading
from hardware.mks_937.driver import MKS937Settings

GAUGES = {"IG": "1", "CG1": "2", "IG2": "3", "CM": "4"}


@pytest.fixture
def benches(tmp_path):
    made = []

    def make(wire="tcp", **keys):
        made.append(Bench("MKS937", wire, {"gauges": GAUGES, **keys}, (), tmp_path))
        made[-1].simulator.faults.slow_s = 0.0
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(params=["tcp", "pty"])
def bench(benches, request):
    return benches(request.param)


def test_all_gauges_are_read_at_once_in_the_units_that_it_tells(bench):
    bench.simulator.units = "MBAR"
    assert bench.driver.units == ""
    assert bench.driver.read_all() == {
        "1": Reading(3.2e-9), "2": Reading(8.34e-3), "3": Reading(5.6e-8), "4": Reading(760.0),
    }  # fmt: skip
    assert bench.driver.units == "mbar"


def test_units_that_are_changed_at_its_front_panel_are_noticed(bench):
    bench.driver.read("1")
    assert bench.driver.units == "Torr"
    bench.simulator.units = "PASCAL"
    bench.driver.read("1")
    assert bench.driver.units == "Pa"


def test_named_units_are_not_asked_for(benches):
    bench = benches(units="Torr")
    bench.simulator.old = True
    assert bench.driver.units == "Torr"
    assert bench.driver.read("1") == Reading(3.2e-9)


def test_firmware_that_cannot_tell_units_refuses_to_be_read(bench):
    bench.simulator.old = True
    with pytest.raises(DeviceRefused, match="bench: NAK160: message not understood"):
        bench.driver.read("1")


def test_firmware_that_omits_the_attention_character_is_understood(bench):
    bench.simulator.attention, bench.simulator.exponent_digits = False, 2
    assert bench.driver.read("1") == Reading(3.2e-9)


def test_another_controllers_replies_and_the_lines_echo_are_passed_over(bench):
    bench.simulator.chatter, bench.simulator.echo = b"@004ACK1.00E-3;FF@004NAK160;FF", True
    assert bench.driver.read("1") == Reading(3.2e-9)
    bench.driver.switch("1", False)
    assert bench.driver.read_all()["1"] == Reading(None, GaugeState.OFF, "OFF")


def test_each_controller_has_its_address(benches):
    bench = benches(address=4)
    bench.simulator.address, bench.simulator.chatter = 4, b"@253ACK1.00E-3;FF"
    assert bench.driver.read("1") == Reading(3.2e-9)
    bench.driver.switch("1", False)


def test_another_address_is_not_answered(benches):
    bench = benches(address=4, timeout=0.1)
    with pytest.raises(NoAnswer, match="@004U"):
        bench.driver.read("1")


@pytest.mark.parametrize("late", [b"@253ACK7.60E+2;FF", b"@253ACKOFF;FF", b"@253ACKOFF OFF ATM WAIT OFF OFF;FF"])
def test_a_late_reading_is_taken_for_nothing_else(bench, late):
    bench.driver.read("1")
    bench.simulator.late = late
    assert bench.driver.read("1") == Reading(3.2e-9)
    bench.simulator.late = late
    assert bench.driver.is_on("1") is True
    bench.simulator.late = late
    assert bench.driver.read_all()["1"] == Reading(3.2e-9)
    assert bench.handle.opened == 1


def test_a_late_off_is_no_confirmation(bench):
    bench.simulator.contrary = True
    bench.driver.read("1")
    bench.simulator.late = b"@253ACKOFF;FF"
    with pytest.raises(BadReply, match="was to be off, and it confirms on"):
        bench.driver.switch("1", False)


def test_late_units_are_taken_for_no_reading(benches):
    bench = benches(units="mbar")
    bench.simulator.late = b"@253ACKTORR;FF"
    assert bench.driver.read("1") == Reading(3.2e-9)


def test_a_stray_reading_confirms_nothing(bench):
    bench.simulator.chatter = b"@253ACK7.60E+2;FF"
    with pytest.raises(BadReply, match=r"expected ON or OFF, got '7\.60E\+2'"):
        bench.driver.switch("1", False)


def test_an_unknown_word_is_a_bad_reply_where_it_matters(bench):
    bench.simulator.shown["5"] = "BURNT"
    assert bench.driver.read_all()["1"] == Reading(3.2e-9)
    bench.simulator.shown["1"] = "BURNT"
    with pytest.raises(BadReply, match="got 'BURNT'"):
        bench.driver.read_all()
    with pytest.raises(BadReply, match="got 'BURNT'"):
        bench.driver.read("1")


def test_a_gauge_is_switched_and_says_so(bench):
    for on in (False, True):
        bench.driver.switch("1", on)
        assert bench.simulator.powered["1"] is on
        assert bench.driver.is_on("1") is on
    assert bench.simulator.moves == 2


def test_a_gauge_that_stays_as_it_is_is_no_success(bench):
    bench.simulator.faults.stuck.add("1")
    with pytest.raises(DeviceRefused, match="channel 1 was to be off, and stays on"):
        bench.driver.switch("1", False)
    assert bench.handle.opened == 1


@pytest.mark.parametrize(
    ("channel", "text"), [("4", "NAK150: not for this type of gauge"), ("5", "NAK151: no gauge on this channel")]
)
def test_a_gauge_that_cannot_be_switched_is_refused_in_its_words(bench, channel, text):
    with pytest.raises(DeviceRefused, match=text):
        bench.driver.switch(channel, True)
    bench.simulator.locked = True
    with pytest.raises(DeviceRefused, match="NAK161: locked"):
        bench.driver.switch("1", False)
    assert bench.driver.read("1") == Reading(3.2e-9)
    assert bench.handle.opened == 1


def test_a_confirmation_of_the_reverse_is_a_bad_reply(bench):
    bench.simulator.contrary = True
    with pytest.raises(BadReply, match="channel 1 was to be on, and it confirms off"):
        bench.driver.switch("1", True)


def test_switching_is_an_act(bench):
    class NotNow(Exception):
        pass

    def prevent():
        raise NotNow

    with bench.exchange.guarded(lambda: None, acting=prevent):
        assert bench.driver.is_on("1")
        with pytest.raises(NotNow):
            bench.driver.switch("1", False)
    assert bench.simulator.moves == 0


def test_silence_after_switching_leaves_the_outcome_open(benches):
    bench = benches(timeout=0.1, units="Torr")
    bench.driver.read("1")
    bench.simulator.faults.mute = True
    with pytest.raises(NoAnswer):
        bench.driver.switch("1", False)
    assert bench.simulator.powered["1"] is False


def test_it_says_who_it_is(benches):
    assert benches().driver.identify() == "MKS 937B, serial number 0123456789"
    old = benches(units="Torr")
    old.simulator.old = True
    assert old.driver.identify() == "MKS937"


def test_channels_that_it_cannot_have_are_refused_before_anything_is_sent(bench):
    for call in (bench.driver.read, bench.driver.is_on, lambda channel: bench.driver.switch(channel, True)):
        with pytest.raises(BadChannel):
            call("7")
    assert bench.handle.opened == 0


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
    with pytest.raises(ValidationError) as caught:
        MKS937Settings.model_validate(
            {"name": "gauges", "klass": "MKS937", "port": "tcp://h:1", "gauges": GAUGES} | keys
        )
    assert [each["loc"] for each in caught.value.errors()] == [where]
