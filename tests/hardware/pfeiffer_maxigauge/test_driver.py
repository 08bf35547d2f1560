"""`MaxiGauge` against the simulated unit: the two steps, and what is left over when one of them gets lost."""

from functools import partial

import pytest

from hardware.errors import BadChannel, BadReply, DeviceRefused, NoAnswer, NotSent
from hardware.gauge import GaugeState, Reading
from tests.hardware.bench import wrong_places

GAUGES = {"CG1": "1", "IG": "2", "CM": "3", "IG2": "4", "SPARE": "5"}
ALL = {
    "1": Reading(8.34e-3),
    "2": Reading(1.53e-9),
    "3": Reading(760.2),
    "4": Reading(None, GaugeState.OFF, "sensor off"),
    "5": Reading(None, GaugeState.NO_GAUGE, "no sensor"),
}


@pytest.fixture
def rigs(gauge_rigs):
    return partial(gauge_rigs, "MaxiGauge", GAUGES)


def test_all_gauges_are_read_in_the_units_that_it_tells(rig):
    rig.simulator.units = "2"
    assert rig.driver.units == ""
    assert rig.driver.read_all() == ALL
    assert rig.driver.units == "Pa"


def test_units_that_are_changed_at_its_front_panel_are_noticed(rig):
    rig.driver.read("1")
    assert rig.driver.units == "mbar"
    rig.simulator.units = "1"
    rig.driver.read("1")
    assert rig.driver.units == "Torr"


def test_it_is_understood_however_it_writes(rig):
    rig.simulator.space, rig.simulator.exponent_digits, rig.simulator.confirms_reset = " ", 1, True
    assert rig.driver.read_all() == ALL


@pytest.mark.parametrize("wire", ["tcp", "pty"])
def test_after_a_lost_acknowledgement_it_is_reset(rigs, wire):
    rig = rigs(wire, timeout=0.2)
    rig.driver.read("1")
    rig.simulator.lost = 1
    with pytest.raises(NoAnswer, match=r"no answer to b'UNI\\r' within 0.2 s"):
        rig.driver.read("1")
    assert rig.simulator.waiting
    assert rig.driver.read("2") == Reading(1.53e-9)
    assert rig.handle.opened == 2


def test_a_unit_that_somebody_has_left_waiting_is_reset_when_the_link_is_opened(rig):
    rig.simulator.feed(b"PR1\r")
    assert rig.simulator.waiting
    assert rig.driver.read("2") == Reading(1.53e-9)


@pytest.mark.parametrize(
    "late",
    [b"\x06\r\n", b"0,1.0000E+03\r\n", b"\x06\r\n0,1.0000E+03\r\n", b"0\r\n", b"\x06\r\n0\r\n", b"\x06\r\n2\r\n"],
)
@pytest.mark.parametrize("units", [None, "mbar"])
def test_a_late_line_is_never_taken_for_a_pressure(rigs, late, units):
    rig = rigs(units=units)
    rig.simulator.late = [late]
    assert rig.driver.read("2") == Reading(1.53e-9)
    assert rig.driver.read_all() == ALL
    assert rig.driver.units == "mbar"
    assert rig.handle.opened == 1


@pytest.mark.parametrize("late", [b"\x06\r\n", b"\x15\r\n", b"0,1.0000E+03\r\n", b"\x06\r\n0,1.0000E+03\r\n"])
def test_neither_is_one_that_comes_after_the_enquiry(rig, late):
    rig.simulator.late = [b"", late]
    assert rig.driver.read("2") == Reading(1.53e-9)
    rig.simulator.late = [b"", b"", b"", late.removesuffix(b"0,1.0000E+03\r\n")]
    assert rig.driver.read("2") == Reading(1.53e-9)
    assert rig.handle.opened == 1


def test_a_late_refusal_costs_one_attempt(rig):
    rig.simulator.late = [b"\x15\r\n"]
    with pytest.raises(NotSent, match="expected an error word"):
        rig.driver.read("2")
    assert rig.driver.read("2") == Reading(1.53e-9)


def test_an_answer_that_is_none_drops_the_link_and_resets_the_unit(rig):
    rig.driver.read("1")
    rig.simulator.shown["1"] = "9"
    with pytest.raises(BadReply, match=r"got b'9,2\.0000E-02'"):
        rig.driver.read("1")
    assert rig.driver.read("2") == Reading(1.53e-9)
    assert rig.handle.opened == 2


@pytest.mark.parametrize(("two_words", "word"), [(False, "0001"), (True, "4096,0")])
def test_a_refusal_is_told_in_its_words_and_the_conversation_goes_on(rig, two_words, word):
    rig.simulator.two_words = two_words
    del rig.simulator.shown["1"]
    with pytest.raises(DeviceRefused, match=f"bench: PR1 refused: error {word}: syntax error"):
        rig.driver.read("1")
    assert rig.driver.read("2") == Reading(1.53e-9)
    assert rig.handle.opened == 1


def test_an_error_word_that_is_none_is_a_bad_reply(rig):
    rig.driver.read("2")
    del rig.simulator.shown["1"]
    rig.simulator.error_word = "what?"
    with pytest.raises(BadReply, match="expected an error word"):
        rig.driver.read("1")


def test_a_unit_that_knows_no_units_is_read_where_they_are_named(rigs):
    rig = rigs(units="Torr")
    rig.simulator.knows_units = False
    assert rig.driver.read("1") == Reading(8.34e-3)
    assert rig.driver.units == "Torr"
    asked = rigs()
    asked.simulator.knows_units = False
    with pytest.raises(DeviceRefused, match="UNI refused"):
        asked.driver.read("1")


def test_units_that_no_manual_knows_are_a_bad_reply(rig):
    rig.simulator.units = "5"
    with pytest.raises(NotSent, match="expected 0, 1 or 2 for the units"):
        rig.driver.read("1")


def test_it_says_who_it_is(rig):
    assert rig.driver.identify() == "MaxiGauge with TPR/PCR,IKR9,CMR,PKR,noSen,noSen"


def test_channels_that_it_does_not_have_are_refused_before_anything_is_sent(rig):
    with pytest.raises(BadChannel):
        rig.driver.read("7")
    assert rig.handle.opened == 0


@pytest.mark.parametrize(
    ("keys", "where"),
    [({"gauges": {"IG": "7"}}, ("gauges", "IG")), ({"units": "bar"}, ("units",)), ({"address": 1}, ("address",))],
)
def test_a_wrong_file_is_told_where(keys, where):
    assert wrong_places("MaxiGauge", **{"gauges": GAUGES} | keys) == [where]
