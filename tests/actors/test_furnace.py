"""A furnace on its own thread, with a controller that does as it is told."""

import json
import threading
import time

import pytest

from actors import furnace as furnace_module
from actors.actuation import Settled
from actors.furnace import Furnace, FurnaceSetup
from actors.furnace_inputs import GaugeSeen, WaterLimit
from actors.furnace_trips import TripLimits
from actors.messages import Kind, News, Query, Reason, SafeState
from hardware.errors import BadChannel, DeviceRefused, NoAnswer, NotSent, SensorBroken
from hardware.temperature import Pid
from tests.actors.house import Answers, request, until


class Controller:
    def __init__(self):
        self.setpoint_c, self.temperature_c, self.output, self.error = 20.0, 812.46, 41.5, None
        self.heats, self.pid, self.stays_on = True, Pid(5.0, 360.0, 60.0), None
        self.asked = threading.Event()

    def _ask(self):
        self.asked.set()
        if self.error:
            raise self.error

    def read_temperature_c(self):
        self._ask()
        return self.temperature_c

    def read_setpoint_c(self):
        self._ask()
        return self.setpoint_c

    def set_setpoint_c(self, setpoint_c):
        self._ask()
        self.setpoint_c = setpoint_c

    def read_output_percent(self):
        self._ask()
        return self.output

    def read_pid(self):
        return self.pid

    def set_pid(self, pid):
        self.pid = pid

    def heater_off(self):
        self._ask()
        if self.stays_on:
            raise self.stays_on
        self.setpoint_c, self.output, self.heats = 0.0, 0.0, False

    def heater_on(self):
        self._ask()
        self.heats = True


class Rig:
    def __init__(self, house, controller, water=None):
        self.house, self.controller = house, controller
        self.chronicle = house.recorder("chronicle")
        setup = FurnaceSetup("Furnace", 1500.0, TripLimits(1550.0, fastest_c_per_min=300.0, blind_s=10.0), water)
        house.start(Furnace, "furnace", controller, setup)

    def ask(self, what, *args, **more):
        answers = Answers()
        self.house.tell("furnace", Query(what, args, request(answers, **more)))
        return answers.wait()


@pytest.fixture
def rig(house):
    return Rig(house, Controller())


@pytest.fixture
def often(house, monkeypatch):
    monkeypatch.setattr(furnace_module, "POLL_S", 0.02)
    return Rig(house, Controller())


@pytest.mark.parametrize(
    ("what", "text"),
    [("GetTemperature", "812.46"), ("GetProcessValue", "812.46"), ("GetSetpoint", "20"), ("GetPercentOutput", "41.5")],
)
def test_a_question_is_answered_with_its_value(rig, what, text):
    outcome = rig.ask(what)
    assert (outcome.kind, outcome.text, outcome.subject) == (Kind.DONE, text, "Furnace")


def test_the_summary_is_json(rig):
    assert json.loads(rig.ask("GetFurnaceSummary").text) == {"setpoint": 20.0, "response": 812.46, "output": 41.5}


def test_a_setpoint_is_set_and_journaled(rig):
    outcome = rig.ask("SetSetpoint", "850.5")
    assert (outcome.kind, outcome.text, rig.controller.setpoint_c) == (Kind.DONE, "850.5", 850.5)
    assert rig.chronicle.wait_for(Settled).outcome == outcome


@pytest.mark.parametrize("args", [(), ("hot",), ("-1",), ("1500.1",), ("nan",), ("inf",), ("1e400",)])
def test_a_setpoint_that_is_none_is_refused_and_nothing_is_set(rig, args):
    outcome = rig.ask("SetSetpoint", *args)
    assert (outcome.kind, outcome.reason, rig.controller.setpoint_c) == (Kind.REFUSED, Reason.BAD_ARGUMENTS, 20.0)


def test_a_setpoint_past_its_deadline_is_refused_and_nothing_is_set(rig):
    outcome = rig.ask("SetSetpoint", "500", deadline=time.monotonic() - 0.1)
    assert (outcome.reason, rig.controller.setpoint_c) == (Reason.EXPIRED, 20.0)


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (NotSent("refused", "oven"), Kind.REFUSED, Reason.NOT_CONNECTED),
        (NoAnswer("silence", "oven"), Kind.UNKNOWN, Reason.NO_ANSWER),
    ],
)
@pytest.mark.parametrize("what", ["SetSetpoint", "GetTemperature"])
def test_a_device_that_does_not_answer_is_told_as_it_is(rig, what, error, kind, reason):
    rig.controller.error = error
    outcome = rig.ask(what, "500")
    assert (outcome.kind, outcome.reason, outcome.text) == (kind, reason, str(error))


def test_a_word_that_it_does_not_know_is_refused(rig):
    assert rig.ask("Dance").reason is Reason.UNKNOWN_VERB


def test_the_temperature_is_told_again_and_again(often):
    for _ in range(3):
        news = often.chronicle.wait_for(News)
        assert (news.topic, news.value, news.units, news.quality) == ("furnace.Furnace", 812.46, "C", "good")
        assert news.extra == {"setpoint": 20.0, "output": 41.5}
    assert often.house.detail("furnace") == "812.5 C, set-point 20 C"


def test_a_lost_controller_is_told_once_and_found_again(often, logs):
    often.chronicle.wait_for(News)
    often.controller.error = BadChannel("gone", "oven")
    assert often.chronicle.wait_for(News, lambda news: news.quality == "unknown").value is None
    assert logs.wait_for("device.lost")["why"] == "oven: gone"
    often.controller.asked.clear()
    assert often.controller.asked.wait(5)
    assert often.house.detail("furnace") == "down: oven: gone"
    often.controller.error = None
    logs.wait_for("device.back")
    often.chronicle.wait_for(News, lambda news: news.value == 812.46)
    assert logs.named("device.lost") == []


# --- ramps, PID ---------------------------------------------------------------------------------------------------


def test_a_ramp_begins_where_the_furnace_is_and_goes_on_with_each_look(often):
    often.controller.temperature_c = 100.0
    outcome = often.ask("StartRamp", "101", "600", "0.05", "90")
    assert (outcome.kind, outcome.text) == (Kind.DONE, "ramp to 101 C, 0 s left")
    until(lambda: often.controller.setpoint_c == 101.0, "the ramp had come to its end")
    until(lambda: often.controller.setpoint_c == 90.0, "the soak was over")
    assert often.ask("GetRamp").text == "none"


def test_a_setpoint_ends_a_ramp(rig):
    rig.ask("StartRamp", "900", "1")
    assert rig.ask("GetRamp").text.startswith("ramp to 900 C, ")
    rig.ask("SetSetpoint", "300")
    assert (rig.ask("GetRamp").text, rig.controller.setpoint_c) == ("none", 300.0)


@pytest.mark.parametrize(
    "args", [(), ("900",), ("900", "0"), ("900", "nan"), ("1501", "5"), ("900", "5", "-1"), ("900", "5", "nan")]
)
def test_a_ramp_that_is_none_is_refused(rig, args):
    outcome = rig.ask("StartRamp", *args)
    assert (outcome.reason, rig.controller.setpoint_c) == (Reason.BAD_ARGUMENTS, 20.0)


def test_the_pid_is_read_and_set(rig):
    assert rig.ask("GetPID").text == "5,360,60"
    assert rig.ask("SetPID", "8", "120", "20").text == "8,120,20"
    assert rig.ask("SetPID", "8").reason is Reason.BAD_ARGUMENTS


# --- trips --------------------------------------------------------------------------------------------------------


def tripped(rig, says):
    alarm = rig.chronicle.wait_for(News, lambda news: news.topic == "alarm.furnace")
    assert says in alarm.extra["text"]
    until(lambda: not rig.controller.heats, "the heater was off")
    assert says in rig.ask("GetTrip").text


@pytest.mark.parametrize(
    ("happens", "says"),
    [
        ({"temperature_c": 1551.0}, "over-temperature: 1551.0 C is over 1550 C"),
        ({"error": SensorBroken("it shows 9999 C", "oven")}, "thermocouple break: oven: it shows 9999 C"),
        ({"temperature_c": 900.0}, "it heats too fast"),
    ],
)
def test_what_may_not_be_switches_it_off_and_latches(often, happens, says):
    often.chronicle.wait_for(News)
    for name, value in happens.items():
        setattr(often.controller, name, value)
    if "error" in happens:
        alarm = often.chronicle.wait_for(News, lambda news: news.topic == "alarm.furnace")
        assert says in alarm.extra["text"]
        often.controller.error = None
        until(lambda: not often.controller.heats, "the heater was off")
    else:
        tripped(often, says)
    for word, *args in (["SetSetpoint", "500"], ["StartRamp", "500", "5"], ["HeaterOn"]):
        outcome = often.ask(word, *args)
        assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.LATCHED)
    assert often.controller.setpoint_c == 0.0


def test_a_heater_that_does_not_go_off_is_told_and_tried_again(often):
    often.chronicle.wait_for(News)
    often.controller.stays_on = DeviceRefused("its output is still 40 %", "oven")
    often.controller.temperature_c = 1600.0
    alarm = often.chronicle.wait_for(News, lambda news: news.topic == "alarm.furnace_heater")
    assert "its heater could not be switched off: oven: its output is still 40 %" in alarm.extra["text"]
    assert often.ask("ResetTrip").reason is Reason.FAILED  # not before it is seen to be off
    often.controller.stays_on = None
    often.chronicle.wait_for(News, lambda news: news.topic == "alarm.furnace_heater" and news.value == "")
    assert not often.controller.heats


def test_a_trip_outlives_its_actor_and_ends_by_a_person(often, house):
    often.chronicle.wait_for(News)
    often.controller.temperature_c = 1600.0
    tripped(often, "over-temperature")
    house.stop("furnace")
    often.controller.temperature_c = 400.0
    again = Rig(house, often.controller)
    assert again.ask("SetSetpoint", "500").reason is Reason.LATCHED
    assert again.ask("ResetTrip").text == "OK"
    assert again.ask("SetSetpoint", "500").kind is Kind.DONE
    assert (again.controller.setpoint_c, again.controller.heats) == (500.0, True)


def test_nobody_heard_of_switches_it_off(rig):
    answers = Answers()
    rig.house.tell("furnace", SafeState(False, request(answers, by="dead-man"), here=True))
    assert answers.wait().kind is Kind.DONE
    tripped(rig, "nobody who looks after it is heard (dead-man)")


def test_a_controller_that_was_never_there_is_no_trip(house, monkeypatch):
    monkeypatch.setattr(furnace_module, "POLL_S", 0.02)
    controller = Controller()
    controller.error = NotSent("no such port", "oven")
    rig = Rig(house, controller)
    for _ in range(3):
        controller.asked.clear()
        assert controller.asked.wait(5)
    assert rig.ask("GetTrip").text == "none"


# --- cooling water, inputs ----------------------------------------------------------------------------------------


@pytest.fixture
def cooled(house, monkeypatch):
    monkeypatch.setattr(furnace_module, "POLL_S", 0.02)
    return Rig(house, Controller(), WaterLimit("water"))


def shows(rig, value, name="water"):
    rig.house.tell("furnace", GaugeSeen(name, "CIO0", value, "", time.monotonic()))


def test_without_water_nothing_is_heated(cooled):
    cooled.controller.output = 0.0
    assert cooled.ask("SetSetpoint", "500").reason is Reason.NOT_AVAILABLE
    shows(cooled, 0.0)
    outcome = cooled.ask("StartRamp", "500", "5")
    assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.NOT_AVAILABLE)
    assert outcome.text == "no cooling water: water shows 0, less than 0.5"
    assert cooled.ask("GetTrip").text == "none"  # it does not heat, so that nothing is to be ended
    shows(cooled, 1.0)
    assert cooled.ask("SetSetpoint", "500").kind is Kind.DONE


def test_water_that_fails_while_it_heats_switches_it_off(cooled):
    shows(cooled, 1.0)
    assert cooled.ask("SetSetpoint", "500").kind is Kind.DONE
    cooled.chronicle.wait_for(News, lambda news: news.topic == "furnace.Furnace")
    shows(cooled, 0.0)
    tripped(cooled, "no cooling water: water shows 0, less than 0.5")


def test_water_that_fails_while_the_controller_is_silent_switches_it_off_as_well(cooled):
    shows(cooled, 1.0)
    cooled.chronicle.wait_for(News, lambda news: news.topic == "furnace.Furnace" and news.quality == "good")
    cooled.controller.error = NoAnswer("silence", "oven")
    shows(cooled, 0.0)
    alarm = cooled.chronicle.wait_for(News, lambda news: news.topic == "alarm.furnace")
    assert "no cooling water" in alarm.extra["text"]


def test_an_input_is_told_by_the_words_of_the_firmware(rig):
    assert rig.ask("GetDIState", "water").reason is Reason.NOT_AVAILABLE
    shows(rig, 1.0)
    shows(rig, 21.25, "lab_temperature")
    assert (rig.ask("GetDIState", "water").text, rig.ask("GetLabTemperature").text) == ("OK", "21.25")
    assert rig.ask("GetLabHumidity").reason is Reason.NOT_AVAILABLE
    assert json.loads(rig.ask("GetFurnaceSummary", "water").text)["h2o_state"] is True
    shows(rig, 0.0)
    assert rig.ask("GetDIState", "water").text == "False"
    assert json.loads(rig.ask("GetFurnaceSummary", "water").text)["h2o_state"] is False
    assert "h2o_state" not in json.loads(rig.ask("GetFurnaceSummary").text)
