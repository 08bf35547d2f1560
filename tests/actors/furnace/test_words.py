"""What a furnace is asked and told, and what is answered where that fails."""

import json
import time

import pytest

from actors.actuation import Settled
from actors.furnace import DUTY, STOP, STOPPING
from actors.messages import Kind, Reason
from hardware.errors import BadReply, DeviceRefused, NoAnswer, NotSent
from tests.actors.furnace.bench import Controller, Rig, Wire


@pytest.mark.parametrize(
    ("what", "text"),
    [("GetTemperature", "812.46"), ("GetProcessValue", "812.46"), ("GetSetpoint", "20"), ("GetPercentOutput", "41.5")],
)
def test_a_question_is_answered_with_its_value(rig, what, text):
    outcome = rig.ask(what)
    assert (outcome.kind, outcome.text, outcome.subject) == (Kind.DONE, text, "Furnace")


def test_the_summary_is_json(rig):
    assert json.loads(rig.ask("GetFurnaceSummary").text) == {"setpoint": 20.0, "response": 812.46, "output": 41.5}


def test_the_full_summary_has_all_there_is(rig):
    rig.shows(1.0)
    rig.shows(None, "door")
    told = json.loads(rig.ask("GetFullSummary").text)
    assert told["inputs"] == {"door": None, "water": 1.0}
    assert (told["response"], told["ramp"], told["trip"], told["version"]) == (812.46, "none", "", "2.0")


def test_a_setpoint_is_set_and_journaled(rig):
    outcome = rig.ask("SetSetpoint", "850.5")
    assert (outcome.kind, outcome.text, rig.controller.setpoint_c) == (Kind.DONE, "850.5", 850.5)
    assert rig.chronicle.wait_for(Settled).outcome == outcome


@pytest.mark.parametrize(
    "args", [(), ("hot",), ("-1",), ("1500.1",), ("nan",), ("inf",), ("1e400",), ("1_2",), ("1", "200"), ("\uff11",)]
)
def test_a_setpoint_that_is_none_is_refused_and_nothing_is_set(rig, args):
    outcome = rig.ask("SetSetpoint", *args)
    assert (outcome.kind, outcome.reason, rig.controller.setpoint_c) == (Kind.REFUSED, Reason.BAD_ARGUMENTS, 20.0)


@pytest.mark.parametrize("celsius", ["19.9", "250.1"])
def test_the_range_is_that_of_its_file(house, celsius):
    controller = Controller()
    rig = Rig(house, controller, range_c=(20.0, 250.0))
    assert rig.ask("SetSetpoint", celsius).reason is Reason.BAD_ARGUMENTS
    assert controller.written == []


def test_a_setpoint_past_its_deadline_is_refused_and_nothing_is_set(rig):
    outcome = rig.ask("SetSetpoint", "500", deadline=time.monotonic() - 0.1)
    assert (outcome.reason, rig.controller.setpoint_c) == (Reason.EXPIRED, 20.0)


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (NotSent("refused", "oven"), Kind.REFUSED, Reason.NOT_CONNECTED),
        (NoAnswer("silence", "oven"), Kind.UNKNOWN, Reason.NO_ANSWER),
        (BadReply("what?", "oven"), Kind.UNKNOWN, Reason.NO_ANSWER),
        (DeviceRefused("no", "oven"), Kind.REFUSED, Reason.FAILED),
    ],
)
@pytest.mark.parametrize("what", ["SetSetpoint", "GetTemperature"])
def test_a_device_that_does_not_answer_is_told_as_it_is(rig, what, error, kind, reason):
    rig.controller.error = error
    outcome = rig.ask(what, "500")
    assert (outcome.kind, outcome.reason) == (kind, reason)
    assert outcome.text.startswith(str(error))


def test_a_word_that_it_does_not_know_is_refused(rig):
    assert rig.ask("Dance").reason is Reason.UNKNOWN_VERB


def test_what_was_written_before_the_deadline_passed_is_not_told_as_refused(house):
    controller = Controller()
    guard = Wire(controller)
    rig = Rig(house, controller, guard=guard)
    set_setpoint = controller.set_setpoint_c

    def slowly(setpoint_c):
        set_setpoint(setpoint_c)
        until = time.monotonic() + 0.05
        while time.monotonic() < until:
            pass

    controller.set_setpoint_c = slowly
    outcome = rig.ask("SetSetpoint", "1200", deadline=time.monotonic() + 0.04)
    assert (outcome.kind, controller.setpoint_c) == (Kind.UNKNOWN, 1200.0)
    assert outcome.text.startswith("it was written, and then: its deadline passed")


def test_what_was_half_written_is_not_told_as_refused(house):
    controller = Controller()
    rig = Rig(house, controller, guard=Wire(controller))

    def lost():
        raise NotSent("the link went down in between", "oven")

    controller.heater_on = lost
    outcome = rig.ask("SetSetpoint", "1200")
    assert (outcome.kind, controller.setpoint_c) == (Kind.UNKNOWN, 1200.0)


def test_what_was_half_refused_says_where_it_stands(house):
    controller = Controller()
    rig = Rig(house, controller, guard=Wire(controller))

    def refuse():
        raise DeviceRefused("it stays in manual", "oven")

    controller.heater_on = refuse
    outcome = rig.ask("SetSetpoint", "1200")
    assert (outcome.kind, outcome.text) == (Kind.REFUSED, "oven: it stays in manual; its set-point is 1200 C")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, True, "812"])
def test_what_is_no_number_is_no_temperature(rig, value):
    rig.controller.temperature_c = value
    outcome = rig.ask("GetTemperature")
    assert (outcome.kind, outcome.reason) == (Kind.UNKNOWN, Reason.NO_ANSWER)
    assert "no number" in outcome.text


def test_the_pid_is_read_and_set(rig):
    assert rig.ask("GetPID").text == "5,360,60"
    assert rig.ask("SetPID", "8", "120", "20").text == "8,120,20"
    assert rig.ask("SetPID", "8").reason is Reason.BAD_ARGUMENTS


def test_the_heart_beats_since_the_node_began(rig):
    began = rig.ask("GetHeartBeat").text.partition(",")[2]
    rig.restart()
    assert rig.ask("GetHeartBeat").text.partition(",")[2] == began


@pytest.mark.parametrize("what", ["GetPID", "HeaterOff", "SetSetpoint"])
def test_a_driver_that_fails_in_its_own_way_does_not_end_the_actor(often, what):
    def fails(*_args):
        raise RuntimeError("a bug")

    often.controller.read_pid = often.controller.heater_off = often.controller.set_setpoint_c = fails
    outcome = often.ask(what, *(["500"] if what == "SetSetpoint" else []))
    assert (outcome.kind, "its driver failed: RuntimeError: a bug" in outcome.text) == (Kind.UNKNOWN, True)
    assert often.ask("GetTemperature").kind is Kind.DONE


def test_off_is_owed_also_where_the_driver_fails(often):
    heater_off = often.controller.heater_off

    def fails():
        often.controller.heater_off = heater_off
        raise RuntimeError("a bug")

    often.controller.heater_off = fails
    assert often.ask("HeaterOff").kind is Kind.UNKNOWN
    often.news("alarm.furnace_heater", lambda news: news.value == "")
    assert not often.controller.heats


def test_nothing_is_told_to_heat_once_the_node_stops(rig):
    rig.house.context.facts[STOPPING] = True
    outcome = rig.ask("SetSetpoint", "500")
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.BUSY)
    assert rig.ask(STOP).kind is Kind.DONE


def test_off_that_a_stopping_node_could_not_reach_is_owed(often):
    often.news()
    often.controller.stays_on = NoAnswer("silence", "oven")
    assert often.ask(STOP).kind is Kind.UNKNOWN
    assert often.house.context.facts[DUTY]["furnace"].owed == "the node stops"


# --- to stop heating ----------------------------------------------------------------------------------------------


def test_off_is_never_too_late(rig):
    outcome = rig.ask("HeaterOff", deadline=time.monotonic() - 1.0)
    assert (outcome.kind, rig.controller.heats, rig.controller.setpoint_c) == (Kind.DONE, False, 0.0)


@pytest.mark.parametrize("error", [NotSent("down", "oven"), DeviceRefused("its output is still 40 %", "oven")])
def test_off_that_fails_is_told_again_until_it_is_off(often, error):
    often.ask("StartRamp", "900", "1")
    often.controller.stays_on = error
    outcome = often.ask("HeaterOff")
    assert often.ask("GetRamp").text == "none"
    assert (outcome.kind, "told again with each look" in outcome.text) == (Kind.UNKNOWN, True)
    assert often.ask("SetSetpoint", "500").reason is Reason.LATCHED
    often.news("alarm.furnace_heater", lambda news: news.value == "on?")
    often.controller.stays_on = None
    often.news("alarm.furnace_heater", lambda news: news.value == "")
    assert not often.controller.heats
    assert often.ask("GetTrip").text == "none"  # a person wanted it off: nothing has to be reset
    assert often.ask("SetSetpoint", "500").kind is Kind.DONE


def test_on_lets_it_heat_again(rig):
    rig.ask("HeaterOff")
    assert not rig.controller.heats
    assert rig.ask("HeaterOn").kind is Kind.DONE
    assert rig.controller.heats
