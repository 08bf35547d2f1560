"""What switches a furnace off by itself, and that it stays off until a person resets that."""

import pytest

from actors import furnace as furnace_module
from actors.actuation import Settled
from actors.furnace import DUTY
from actors.furnace_trips import TripLimits
from actors.messages import Kind, News, Reason, SafeState
from hardware.errors import DeviceRefused, NoAnswer, NotSent, SensorBroken
from tests.actors.furnace.bench import LIMITS, SILENCE, Controller, Rig
from tests.actors.house import Answers, request, until

BLIND_S = 0.1
SHORT = TripLimits(1550.0, blind_s=BLIND_S)


@pytest.fixture
def short(house, quick):  # noqa: ARG001
    return Rig(house, Controller(), limits=SHORT)


@pytest.mark.parametrize(
    ("happens", "says"),
    [
        ({"temperature_c": 1551.0}, "over-temperature: 1551.0 C is over 1550 C"),
        ({"temperature_c": 900.0}, "it heats too fast"),
    ],
)
def test_what_may_not_be_switches_it_off_and_latches(often, happens, says):
    often.news()
    for name, value in happens.items():
        setattr(often.controller, name, value)
    often.trips(says)
    for word, *args in (["SetSetpoint", "500"], ["StartRamp", "500", "5"], ["HeaterOn"]):
        outcome = often.ask(word, *args)
        assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.LATCHED)
    assert often.controller.setpoint_c == 0.0
    assert often.ask("HeaterOff").kind is Kind.DONE
    assert often.house.detail("furnace").startswith("TRIPPED: ")


def test_a_broken_thermocouple_is_one(often):
    often.news()

    often.controller.blind = SensorBroken("it shows 9999 C", "oven")
    often.trips("thermocouple break: oven: it shows 9999 C")


def test_it_is_one_also_where_the_heater_is_off(often):
    often.ask("HeaterOff")
    often.controller.blind = SensorBroken("it shows 9999 C", "oven")
    alarm = often.news("alarm.furnace", lambda news: news.value == "tripped")
    assert "thermocouple break" in alarm.extra["text"]


def test_one_look_that_finds_it_off_is_not_enough(short):
    short.news()
    short.controller.output = 0.0
    short.looked()
    assert short.house.context.facts[DUTY]["furnace"].may_heat


def test_whoever_may_be_heating_and_is_silent_is_switched_off(short):
    short.news()
    short.controller.blind = SILENCE
    short.trips("silence")


def test_that_holds_while_it_cools_to_its_set_point(short):
    short.controller.output, short.controller.setpoint_c = 0.0, 800.0
    short.looked(furnace_module.OFF_LOOKS * 2)
    short.controller.blind = SILENCE
    short.trips("silence")


@pytest.mark.parametrize(("what", "args"), [("SetSetpoint", ("1200",)), ("HeaterOn", ())])
def test_and_from_the_moment_it_is_told_to_heat(short, what, args):
    short.controller.output = 0.0
    short.looked(furnace_module.OFF_LOOKS * 2)
    assert not short.house.context.facts[DUTY]["furnace"].may_heat
    short.controller.blind = SILENCE
    short.looked(10)
    assert short.ask("GetTrip").text == "none"
    assert short.ask(what, *args).kind is Kind.DONE
    short.trips("silence")


def test_and_over_a_restart_of_its_actor(short):
    short.news()
    short.controller.blind = SILENCE
    short.restart()
    short.trips("silence")


def test_a_controller_that_was_never_there_is_none(house, quick):  # noqa: ARG001
    controller = Controller()
    controller.error = NotSent("no such port", "oven")
    rig = Rig(house, controller, limits=SHORT)
    rig.looked(10)
    assert rig.ask("GetTrip").text == "none"


@pytest.mark.parametrize("value", [float("nan"), None, True])
def test_what_is_no_number_is_no_reading(short, value):
    short.news()
    short.controller.temperature_c = value
    short.trips("which is no number")


def test_the_temperature_is_judged_whatever_else_cannot_be_read(often):
    def refused():
        raise DeviceRefused("no such parameter", "oven")

    often.controller.read_output_percent = refused
    assert often.news(fits=lambda news: news.extra["output"] is None).value == 812.46
    often.controller.temperature_c = 1600.0
    often.trips("over-temperature")


def test_a_driver_that_fails_in_its_own_way_does_not_end_the_actor(short):
    short.news()
    short.controller.blind = RuntimeError("could not convert string to float: 'x'")
    short.trips("its driver failed: RuntimeError")
    assert short.house.ref("furnace") is not None


# --- once it has tripped ------------------------------------------------------------------------------------------


def test_whatever_heats_again_is_switched_off_again(often, logs):
    often.news()
    often.controller.temperature_c = 1600.0
    often.trips("over-temperature")
    often.controller.temperature_c = 600.0
    often.controller.power_cycle()
    assert logs.wait_for("furnace.heater_off")["why"].startswith("over-temperature")
    logs.wait_for("furnace.on_again")
    assert logs.wait_for("furnace.heater_off")["why"].startswith("over-temperature")
    until(lambda: not often.controller.heats, "the heater was off again")
    assert (often.controller.setpoint_c, often.controller.output) == (0.0, 0.0)


def test_that_holds_while_its_thermocouple_is_broken(often):
    often.news()
    often.controller.blind = SensorBroken("it shows 9999 C", "oven")
    often.trips("thermocouple break")
    often.controller.power_cycle()
    until(lambda: not often.controller.heats, "the heater was off again")


def test_a_complaint_is_not_made_with_each_look(often):
    often.news()
    often.controller.stays_on = DeviceRefused("its output is still 40 %", "oven")
    often.controller.temperature_c = 1600.0
    often.news("alarm.furnace_heater")
    often.looked(10)
    assert [news for news in often.chronicle.all(News) if news.topic == "alarm.furnace_heater"] == []


def test_one_that_is_off_is_not_told_so_again_and_again(often):
    often.news()
    often.controller.temperature_c = 1600.0
    often.trips("over-temperature")
    often.looked(5)
    assert often.controller.offs == 1


def test_a_reset_switches_off_first(often):
    often.news()
    often.controller.temperature_c = 1600.0
    often.trips("over-temperature")
    often.controller.temperature_c = 600.0
    often.controller.stays_on = NoAnswer("silence", "oven")
    often.controller.power_cycle()
    assert often.ask("ResetTrip").kind is Kind.UNKNOWN
    assert often.ask("GetTrip").text != "none"
    often.controller.stays_on = None
    assert often.ask("ResetTrip").text == "OK"
    assert (often.ask("GetTrip").text, often.controller.heats) == ("none", False)


def test_a_reset_is_told_and_journaled_and_begins_anew(often):
    often.news()
    often.controller.temperature_c = 900.0
    often.trips("it heats too fast")
    assert often.ask("ResetTrip").kind is Kind.DONE
    assert "the trip has been reset" in often.news("alarm.furnace", lambda news: news.value == "").extra["text"]
    settled = often.chronicle.wait_for(Settled, lambda settled: settled.outcome.verb == "ResetTrip")
    assert settled.outcome.kind is Kind.DONE
    often.looked(5)
    assert often.ask("GetTrip").text == "none"


def test_a_reset_of_what_is_still_so_is_refused(often):
    often.news()
    often.controller.temperature_c = 1600.0
    often.trips("over-temperature")
    outcome = often.ask("ResetTrip")
    assert (outcome.reason, "still so: over-temperature" in outcome.text) == (Reason.FAILED, True)
    assert often.ask("GetTrip").text != "none"


def test_an_alarm_of_the_heater_ends_whoever_has_it_off(often):
    often.news()
    often.controller.stays_on = DeviceRefused("its output is still 40 %", "oven")
    often.ask("HeaterOff")
    often.news("alarm.furnace_heater", lambda news: news.value == "on?")
    often.controller.stays_on = None
    assert often.ask("HeaterOff").kind is Kind.DONE
    often.news("alarm.furnace_heater", lambda news: news.value == "")


def test_a_heater_that_does_not_go_off_is_told_and_tried_again(often):
    often.news()
    often.controller.stays_on = DeviceRefused("its output is still 40 %", "oven")
    often.controller.temperature_c = 1600.0
    alarm = often.news("alarm.furnace_heater")
    assert "its heater could not be switched off: oven: its output is still 40 %" in alarm.extra["text"]
    assert often.ask("ResetTrip").reason is Reason.FAILED  # not before it is seen to be off
    often.controller.stays_on = None
    often.news("alarm.furnace_heater", lambda news: news.value == "")
    assert not often.controller.heats


def test_a_driver_that_fails_while_it_switches_off_is_told_to_again(often):
    often.news()
    often.controller.stays_on = RuntimeError("a bug")
    often.controller.temperature_c = 1600.0
    assert "RuntimeError: a bug" in often.news("alarm.furnace_heater").extra["text"]
    often.controller.stays_on = None
    until(lambda: not often.controller.heats, "the heater was off")


def test_a_trip_outlives_its_actor_and_ends_by_a_person(often):
    often.news()
    often.controller.temperature_c = 1600.0
    often.trips("over-temperature")
    often.controller.temperature_c = 400.0
    often.restart()
    assert often.ask("SetSetpoint", "500").reason is Reason.LATCHED
    assert often.ask("ResetTrip").text == "OK"
    assert often.ask("SetSetpoint", "500").kind is Kind.DONE
    assert (often.controller.setpoint_c, often.controller.heats) == (500.0, True)


# --- nobody looks after it ----------------------------------------------------------------------------------------


def dead_man(rig, *, clear=False):
    answers = Answers()
    rig.house.tell("furnace", SafeState(clear, request(answers, by="dead-man"), here=True))
    return answers.wait()


def test_nobody_heard_of_switches_it_off(often):
    often.news()
    assert dead_man(often).kind is Kind.DONE
    often.trips("nobody who looks after it is heard (dead-man)")


def test_one_that_is_off_stays_as_it_is(often):
    often.ask("HeaterOff")
    assert dead_man(often).kind is Kind.DONE
    assert often.ask("GetTrip").text == "none"


def test_somebody_heard_again_trips_nothing(often):
    often.news()
    assert dead_man(often, clear=True).kind is Kind.DONE
    assert often.ask("GetTrip").text == "none"


def test_one_that_could_not_be_switched_off_is_told_as_that(often):
    often.news()
    often.controller.stays_on = NoAnswer("silence", "oven")
    outcome = dead_man(often)
    assert (outcome.kind, outcome.reason) == (Kind.UNKNOWN, Reason.NO_ANSWER)


def test_the_limits_of_the_bench_are_those_that_it_says():
    assert (LIMITS.blind_s, SHORT.blind_s) == (10.0, BLIND_S)
