"""Ramps and soaks: where they begin and end, what ends them, and what is never gone on with."""

import time

import pytest

from actors.furnace_duty import Duty
from actors.furnace_inputs import Inputs
from actors.furnace_words import Words
from actors.messages import Kind, Reason
from hardware.errors import BadReply, DeviceRefused, NoAnswer, NotSent
from tests.actors.furnace.bench import Controller, Rig, Wire
from tests.actors.house import until


def test_a_ramp_begins_where_the_furnace_is_and_goes_on_with_each_look(often):
    often.controller.temperature_c = 100.0
    outcome = often.ask("StartRamp", "101", "600", "0.05", "90")
    assert (outcome.kind, outcome.text) == (Kind.DONE, "ramp to 101 C, 0 s left")
    until(lambda: often.controller.setpoint_c == 101.0, "the ramp had come to its end")
    until(lambda: often.controller.setpoint_c == 90.0, "the soak was over")
    assert often.ask("GetRamp").text == "none"
    assert often.controller.written[0] == 100.0


def test_a_ramp_lets_it_heat(rig):
    rig.ask("HeaterOff")
    rig.ask("StartRamp", "900", "1")
    assert rig.controller.heats


def test_after_a_soak_it_goes_to_the_lowest_set_point(house, quick):  # noqa: ARG001
    controller = Controller()
    controller.range_c = (20.0, 1500.0)
    rig = Rig(house, controller, range_c=controller.range_c)
    assert rig.ask("StartRamp", "812", "1000", "0.05").kind is Kind.DONE
    until(lambda: rig.ask("GetRamp").text == "none", "the soak was over")
    assert controller.setpoint_c == 20.0


@pytest.mark.parametrize(("measured_c", "first_c"), [(1510.0, 1500.0), (10.0, 20.0)])
def test_a_ramp_begins_within_what_it_may_be_told(house, measured_c, first_c):
    controller = Controller()
    controller.range_c, controller.temperature_c = (20.0, 1500.0), measured_c
    rig = Rig(house, controller, range_c=controller.range_c)
    assert rig.ask("StartRamp", "900", "1").kind is Kind.DONE
    assert controller.written == [first_c]


def test_a_ramp_whose_answer_is_lost_ends_the_one_before(often):
    often.ask("StartRamp", "1400", "1")
    often.controller.temperature_c = 100.0
    set_setpoint = often.controller.set_setpoint_c

    def lost(setpoint_c):
        often.controller.set_setpoint_c = set_setpoint
        set_setpoint(setpoint_c)
        raise NoAnswer("written, no answer", "oven")

    often.controller.set_setpoint_c = lost
    assert often.ask("StartRamp", "200", "1").kind is Kind.UNKNOWN
    assert often.ask("GetRamp").text == "none"


def test_a_set_point_that_holds_is_not_written_again_and_again(often):
    often.controller.temperature_c = 812.0
    often.ask("StartRamp", "813", "1000")
    until(lambda: often.controller.setpoint_c == 813.0, "the ramp had come to its end")
    written = list(often.controller.written)
    often.looked(10)
    assert often.controller.written == written


def test_a_ramp_writes_no_step_that_is_too_small(house, quick):  # noqa: ARG001
    rig = Rig(house, Controller(), step_c=500.0)
    rig.controller.temperature_c = 100.0
    rig.ask("StartRamp", "110", "1000")
    until(lambda: rig.controller.setpoint_c == 110.0, "the ramp had come to its end")
    assert rig.controller.written == [100.0, 110.0]


@pytest.mark.parametrize(("what", "args"), [("SetSetpoint", ("300",)), ("HeaterOff", ())])
def test_another_wish_ends_a_ramp(rig, what, args):
    rig.ask("StartRamp", "900", "1")
    assert rig.ask("GetRamp").text.startswith("ramp to 900 C, ")
    rig.ask(what, *args)
    assert (rig.ask("GetRamp").text, rig.controller.setpoint_c) == ("none", float(args[0]) if args else 0.0)


def test_a_ramp_that_is_stopped_holds_its_set_point_even_where_nobody_can_read_it(often):
    often.ask("StartRamp", "900", "1")
    often.controller.error = NotSent("down", "oven")
    outcome = often.ask("StopRamp", deadline=time.monotonic() - 1.0)
    assert outcome.kind is Kind.DONE
    assert "the ramp is over; its set-point could not be read" in outcome.text
    often.controller.error = None
    assert often.ask("GetRamp").text == "none"


@pytest.mark.parametrize(
    "args",
    [
        (), ("900",), ("900", "0"), ("900", "nan"), ("1501", "5"), ("900", "5", "-1"), ("900", "5", "nan"),
        ("900", "5", "1", "1501"), ("900", "5", "1", "-1"), ("900", "1001"),
    ],
)  # fmt: skip
def test_a_ramp_that_is_none_is_refused(rig, args):
    outcome = rig.ask("StartRamp", *args)
    assert (outcome.reason, rig.controller.setpoint_c) == (Reason.BAD_ARGUMENTS, 20.0)


@pytest.mark.parametrize("error", [NotSent("down for this one", "oven"), ValueError("out of range")])
def test_a_ramp_that_was_refused_goes_on_nowhere(often, error):
    set_setpoint = often.controller.set_setpoint_c

    def once(_setpoint_c):
        often.controller.set_setpoint_c = set_setpoint
        raise error

    often.controller.set_setpoint_c = once
    assert often.ask("StartRamp", "1400", "1000").kind is Kind.REFUSED
    often.looked(5)
    assert (often.controller.setpoint_c, often.ask("GetRamp").text) == (20.0, "none")


def test_what_is_refused_leaves_the_ramp_that_is_under_way(house):
    controller = Controller()
    rig = Rig(house, controller, guard=Wire(controller))
    rig.ask("StartRamp", "900", "1")
    controller.error = NotSent("down", "oven")

    def before_anything_is_written(_setpoint_c):
        raise NotSent("down", "oven")

    controller.set_setpoint_c = before_anything_is_written
    assert rig.ask("SetSetpoint", "300").reason is Reason.NOT_CONNECTED
    assert rig.ask("GetRamp").text.startswith("ramp to 900 C")


def test_a_set_point_whose_answer_is_lost_ends_the_ramp(often):
    often.ask("StartRamp", "1400", "1000")
    set_setpoint = often.controller.set_setpoint_c

    def lost(setpoint_c):
        often.controller.set_setpoint_c = set_setpoint
        set_setpoint(setpoint_c)
        raise NoAnswer("written, no answer", "oven")

    often.controller.set_setpoint_c = lost
    assert often.ask("SetSetpoint", "0").kind is Kind.UNKNOWN
    often.looked(5)
    assert often.controller.setpoint_c == 0.0


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (DeviceRefused("over its limit", "oven"), "oven: over its limit"),
        (RuntimeError("a bug"), "RuntimeError: a bug"),
    ],
)
def test_a_ramp_that_cannot_go_on_is_a_trip(often, error, says):
    often.controller.temperature_c = 100.0
    often.ask("StartRamp", "1400", "1000")

    def refuse(_setpoint_c):
        raise error

    often.controller.set_setpoint_c = refuse
    often.trips(f"the ramp cannot go on: {says}")


def test_silence_for_a_while_only_delays_a_ramp(often, logs):
    often.controller.temperature_c = 100.0
    often.ask("StartRamp", "200", "1000")
    set_setpoint = often.controller.set_setpoint_c

    def once(_setpoint_c):
        often.controller.set_setpoint_c = set_setpoint
        raise NoAnswer("silence", "oven")

    often.controller.set_setpoint_c = once
    logs.wait_for("furnace.ramp_late")
    until(lambda: often.controller.setpoint_c > 101.0, "it went on")


def test_a_ramp_goes_no_further_while_nobody_knows_how_warm_it_is(often):
    often.controller.temperature_c = 100.0
    often.ask("StartRamp", "1400", "1000")
    until(lambda: often.controller.setpoint_c > 100.5, "it went on")
    often.controller.blind = BadReply("what?", "oven")
    often.looked()
    before = often.controller.setpoint_c
    often.looked(5)
    assert often.controller.setpoint_c == before


def test_a_ramp_does_not_make_up_for_a_time_in_which_nobody_looked():
    controller, duty = Controller(), Duty()
    words = Words(controller, (0.0, 1500.0), Inputs(None, 10.0, 0.0), duty)
    controller.temperature_c = 100.0
    words.tells["StartRamp"](("700", "10"))
    began = duty.ramp.began
    words.follow_ramp(began + 60.0 - 59.0, 0.1)
    words.follow_ramp(began + 3600.0, 0.1)
    assert controller.setpoint_c < 101.0
    words.follow_ramp(began + 3606.0 - 2.0, 0.1)
    assert controller.setpoint_c < 102.0
    assert duty.ramp.setpoint_c(began + 7200.0) > 600.0


def test_a_soak_outlives_its_actor(often):
    assert often.ask("StartRamp", "812", "1000", "0.2", "90").kind is Kind.DONE
    often.restart()
    until(lambda: often.controller.setpoint_c == 90.0, "the soak was over")
