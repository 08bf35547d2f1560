"""`GPMicroIon` against the simulated module: the pause, the prefix, and others on the line."""

import time
from functools import partial

import pytest

from hardware.errors import BadChannel, BadReply, DeviceRefused, NoAnswer
from hardware.gauge import GaugeState, Reading
from hardware.granville_phillips.simulator import MicroIonSimulator
from tests.hardware.bench import settings, wrong_places

GAUGES = {"ion": "IG", "foreline": "CG1", "chamber": "CG2"}
ALL = {"IG": Reading(1.53e-6), "CG1": Reading(1.2e-3), "CG2": Reading(None, GaugeState.OVER, "1.01E+03")}


@pytest.fixture
def rigs(gauge_rigs):
    return partial(gauge_rigs, "GPMicroIon", GAUGES)


def test_all_gauges_are_read_with_a_pause_between_them(rig):
    assert rig.driver.read_all() == ALL
    assert rig.driver.units == "Torr"


def test_without_the_pause_the_module_does_not_hear(rigs):
    rig = rigs(pause=0.0, timeout=0.2)
    with pytest.raises(NoAnswer):
        rig.driver.read_all()


def test_a_gauge_that_is_off_is_off(rig):
    rig.simulator.powered = False
    assert rig.driver.read("IG") == Reading(None, GaugeState.OFF, "9.90E+09")


def test_the_other_dialect_and_replies_without_an_address(rigs):
    rig = rigs(asks="DS", addressed=False, units="mbar")
    rig.simulator.dialect, rig.simulator.addressed = "DS", False
    rig.simulator.shown["CG2"] = "1.35E+03"
    assert rig.driver.read_all() == ALL | {"CG2": Reading(None, GaugeState.OVER, "1.35E+03")}
    assert rig.driver.units == "mbar"


def test_a_series_350_is_asked_in_its_own_way(rigs):
    rig = rigs(asks="RD1", addressed=False)
    rig.simulator.dialect, rig.simulator.addressed = "RD1", False
    assert rig.driver.read_all() == ALL


def test_an_atmosphere_is_a_pressure_in_mbar(rigs):
    assert rigs(units="mbar").driver.read("CG2") == Reading(1010.0)


@pytest.mark.parametrize(("told", "reading"), [("1.01E+03", ALL["CG2"]), ("", Reading(1010.0))])
def test_what_stands_for_no_convection_gauge_may_be_said(rigs, told, reading):
    assert rigs(units="mbar", no_convection=told).driver.read("CG2") == reading


def test_it_is_left_in_peace_for_the_pause_whoever_has_just_talked_to_it(on):
    module = MicroIonSimulator(time.monotonic)
    users = [on("GPMicroIon", module, gauges=GAUGES, timeout_s=0.3).driver for _ in range(3)]
    assert [user.read("IG") for user in users] == [Reading(1.53e-6)] * 3


def test_the_pause_is_kept_after_an_answer_that_was_bad(rig):
    for _ in range(2):
        rig.simulator.shown["IG"] = "PROGM OK"
        with pytest.raises(BadReply):
            rig.driver.read("IG")
        rig.simulator.shown["IG"] = 1.53e-6
        assert rig.driver.read("IG") == Reading(1.53e-6)


def test_a_reply_without_an_address_is_bad_where_one_is_expected(rig):
    rig.simulator.addressed = False
    with pytest.raises(BadReply, match="expected a reply of address 01"):
        rig.driver.read("IG")


def test_others_on_the_line_the_echo_and_line_feeds_are_passed_over(rig):
    rig.simulator.chatter, rig.simulator.echo, rig.simulator.line_feed = b"*02 7.60E+02\r", True, True
    assert rig.driver.read_all() == ALL
    assert rig.handle.opened == 1


def test_a_refusal_is_told_in_its_words_and_the_conversation_goes_on(rig):
    rig.simulator.dialect = "DS"
    with pytest.raises(DeviceRefused, match=r"^bench: SYNTX ER$"):
        rig.driver.read("IG")
    rig.simulator.dialect = "RD"
    assert rig.driver.read("IG") == Reading(1.53e-6)
    assert rig.handle.opened == 1


def test_a_wrong_address_is_silent(rigs):
    rig = rigs(address=2, timeout=0.1)
    with pytest.raises(NoAnswer, match="#02RD"):
        rig.driver.read("IG")


def test_what_the_manual_does_not_know_is_a_bad_reply(rig):
    rig.simulator.shown["IG"] = "PROGM OK"
    with pytest.raises(BadReply, match="got 'PROGM OK'"):
        rig.driver.read("IG")


def test_channels_that_it_does_not_have_are_refused_before_anything_is_sent(rig):
    with pytest.raises(BadChannel):
        rig.driver.read("CG3")
    assert rig.handle.opened == 0


def test_how_it_is_asked_may_be_said():
    assert settings("GPMicroIon", gauges=GAUGES, asks="RD").asks == "RD"


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        ({"gauges": {"IG": "1"}}, ("gauges", "IG")),
        ({"address": 256}, ("address",)),
        ({"units": "bar"}, ("units",)),
        ({"asks": "PR"}, ("asks",)),
        ({"no_convection": "1010"}, ("no_convection",)),
        ({"pause": -0.1}, ("pause",)),
    ],
)
def test_a_wrong_file_is_told_where(keys, where):
    assert wrong_places("GPMicroIon", **{"gauges": GAUGES} | keys) == [where]
