"""Further ovens of a node, each an actor like the furnace, by the firmware's words for them."""

import pytest

from actors.actuation import Settled
from actors.furnace import DUTY, Furnace
from actors.furnace_setup import FurnaceSetup
from actors.messages import Kind, Reason
from tests.actors.furnace.bench import LIMITS, Controller

OVEN = "furnace.bakeout1"


@pytest.fixture
def oven(rig):
    controller = Controller()
    controller.temperature_c, controller.setpoint_c, controller.output = 99.0, 100.0, 50.0
    rig.house.start(Furnace, OVEN, controller, FurnaceSetup("bakeout1", (0.0, 250.0), LIMITS))
    return controller


@pytest.mark.parametrize("channel", ["1", "bakeout1"])
@pytest.mark.parametrize(
    ("what", "text"),
    [("GetBakeoutSetpoint", "100"), ("GetBakeoutTemperature", "99"), ("GetBakeoutTempPower", "99,50")],
)
def test_an_oven_is_asked_by_its_channel_or_its_name(rig, oven, channel, what, text):  # noqa: ARG001
    outcome = rig.ask(what, channel)
    assert (outcome.kind, outcome.text, outcome.subject) == (Kind.DONE, text, "bakeout1")


def test_an_oven_is_told_and_not_the_furnace(rig, oven):
    assert rig.ask("SetBakeoutClosedLoopSetpoint", "1", "120").kind is Kind.DONE
    assert (oven.setpoint_c, rig.controller.setpoint_c) == (120.0, 20.0)
    assert rig.chronicle.wait_for(Settled).outcome.subject == "bakeout1"
    assert rig.ask("SetBakeoutControlMode", "1", "off").kind is Kind.DONE
    assert (oven.heats, rig.controller.heats) == (False, True)
    assert rig.ask("SetBakeoutControlMode", "1", "closed").kind is Kind.DONE
    assert oven.heats


@pytest.mark.parametrize(
    ("what", "args", "reason"),
    [
        ("GetBakeoutSetpoint", ("2",), Reason.NOT_AVAILABLE),
        ("SetBakeoutClosedLoopSetpoint", ("1", "251"), Reason.BAD_ARGUMENTS),
        ("SetBakeoutClosedLoopSetpoint", ("1",), Reason.BAD_ARGUMENTS),
        ("SetBakeoutControlMode", ("1", "open"), Reason.BAD_ARGUMENTS),
    ],
)
def test_what_is_none_is_refused(rig, oven, what, args, reason):
    assert rig.ask(what, *args).reason is reason
    assert (oven.setpoint_c, oven.heats) == (100.0, True)


@pytest.mark.parametrize("channel", ["1_dead_man", "furnace", ""])
def test_no_other_actor_is_asked(rig, oven, channel):  # noqa: ARG001
    stranger = rig.house.recorder("furnace.bakeout1_dead_man")
    assert rig.ask("GetBakeoutSetpoint", channel).reason is Reason.NOT_AVAILABLE
    assert stranger.all() == []


def test_its_trip_is_its_own_and_ends_by_its_name(rig, oven):
    rig.looked()
    oven.temperature_c = 1600.0
    rig.news(f"alarm.{OVEN}", lambda news: news.value == "tripped")
    assert rig.ask("GetTrip", "bakeout1").text.startswith("over-temperature")
    assert rig.ask("GetTrip").text == "none"
    assert "ResetTrip bakeout1 ends that" in rig.ask("SetBakeoutClosedLoopSetpoint", "1", "100").text
    oven.temperature_c = 100.0
    assert rig.ask("ResetTrip", "1").text == "OK"
    assert rig.ask("GetTrip", "1").text == "none"
    assert rig.controller.heats, "the furnace itself was not touched"


def test_each_has_its_own_duty_and_its_own_alarm(rig, oven):
    rig.looked()
    duties = rig.house.context.facts[DUTY]
    assert set(duties) == {"furnace", OVEN}
    oven.temperature_c = 1600.0
    alarm = rig.news(f"alarm.{OVEN}", lambda news: news.value == "tripped")
    assert alarm.extra["text"].startswith("bakeout1: over-temperature")
    assert rig.ask("GetTrip").text == "none"
    assert rig.ask("SetBakeoutClosedLoopSetpoint", "1", "100").reason is Reason.LATCHED
