"""Cooling water, and the inputs of the node by the words of the firmware."""

import json

from actors.messages import Kind, Reason
from tests.actors.furnace.bench import SILENCE


def test_without_water_nothing_is_heated(cooled):
    cooled.ask("HeaterOff")
    assert cooled.ask("SetSetpoint", "500").reason is Reason.NOT_AVAILABLE
    cooled.shows(0.0)
    outcome = cooled.ask("StartRamp", "500", "5")
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.NOT_AVAILABLE)
    assert outcome.text == "no cooling water: water shows 0, less than 0.5"
    cooled.shows(1.0)
    assert cooled.ask("SetSetpoint", "500").kind is Kind.DONE


def test_it_is_no_trip_as_long_as_it_is_off(cooled):
    cooled.ask("HeaterOff")
    cooled.shows(0.0)
    cooled.looked(5)
    assert cooled.ask("GetTrip").text == "none"


def test_water_that_fails_while_it_heats_switches_it_off(cooled):
    cooled.shows(1.0)
    assert cooled.ask("SetSetpoint", "500").kind is Kind.DONE
    cooled.news()
    cooled.shows(0.0)
    cooled.trips("no cooling water: water shows 0, less than 0.5")


def test_water_that_fails_while_the_controller_is_silent_switches_it_off_as_well(cooled):
    cooled.shows(1.0)
    cooled.news(fits=lambda news: news.quality == "good")
    cooled.controller.blind = SILENCE
    cooled.shows(0.0)
    cooled.trips("no cooling water")


def test_an_input_is_told_by_the_words_of_the_firmware(rig):
    assert rig.ask("GetDIState", "water").reason is Reason.NOT_AVAILABLE
    rig.shows(1.0)
    rig.shows(21.25, "lab_temperature")
    assert (rig.ask("GetDIState", "water").text, rig.ask("GetLabTemperature").text) == ("OK", "21.25")
    assert rig.ask("GetLabHumidity").reason is Reason.NOT_AVAILABLE
    assert json.loads(rig.ask("GetFurnaceSummary", "water").text)["h2o_state"] is True
    rig.shows(0.0)
    assert rig.ask("GetDIState", "water").text == "False"
    assert json.loads(rig.ask("GetFurnaceSummary", "water").text)["h2o_state"] is False
    assert "h2o_state" not in json.loads(rig.ask("GetFurnaceSummary").text)
