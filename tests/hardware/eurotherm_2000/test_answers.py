"""`Eurotherm`: what it asks, and whose answer it believes."""

import time

import pytest

from hardware.errors import BadReply, NoAnswer
from hardware.eurotherm_2000.simulator import EurothermSimulator
from hardware.temperature import Pid
from tests.hardware.eurotherm_2000.messages import ask, frame
from tests.hardware.scripted import Heard


def test_temperature_setpoint_and_output_are_read(rig):
    controller = rig.driver
    read = controller.read_temperature_c(), controller.read_setpoint_c(), controller.read_output_percent()
    assert read == (22.0, 22.0, 0.0)


def test_another_station_stays_silent(rigs, serve):
    rig = rigs(serve, timeout_s=0.05, unit=2)
    with pytest.raises(NoAnswer):
        rig.driver.read_temperature_c()


def test_a_damaged_answer_is_a_bad_reply(rig):
    rig.far_end.faults.garble = True
    with pytest.raises(BadReply):
        rig.driver.read_temperature_c()
    rig.far_end.faults.garble = False
    assert rig.driver.read_temperature_c() == 22.0


def test_it_follows_a_real_clock(on):
    controller = on(EurothermSimulator(time.monotonic, speed=100_000.0), timeout_s=2.0).driver
    controller.set_setpoint_c(800.0)
    while controller.read_temperature_c() < 799.0:
        pass


def test_each_reading_is_this_question(scripted):
    answers = {
        ask(b"PV"): bytes.fromhex("02 50 56 31 36 2E 34 03 18"),
        ask(b"SO"): frame(b"SO>FFDF"),
        ask(b"SL"): frame(b"SL 22.0"),
        ask(b"OP"): frame(b"OP12.5"),
        ask(b"XP"): frame(b"XP20.0"),
        ask(b"TI"): frame(b"TI360"),
        ask(b"TD"): frame(b"TD60"),
    }
    controller = scripted(answers).driver
    assert controller.read_temperature_c() == 16.4
    assert controller.read_setpoint_c() == 22.0
    assert controller.read_output_percent() == 12.5
    assert controller.read_pid() == Pid(20.0, 360.0, 60.0)


def test_a_damaged_answer_is_asked_for_once_more(scripted):
    damaged = bytes.fromhex("02 50 56 31 36 2E 35 03 18")
    on = scripted({ask(b"SL"): damaged, b"\x15": frame(b"SL16.4")})
    assert on.driver.read_setpoint_c() == 16.4
    assert on.far_end.heard == [ask(b"SL"), b"\x15"]


def test_a_repeated_answer_is_checked_as_well(scripted):
    on = scripted({ask(b"SL"): b"\x02SL", b"\x15": frame(b"PV16.4")}, timeout_s=0.05)
    with pytest.raises(NoAnswer):
        on.driver.read_setpoint_c()
    on.far_end.answers[ask(b"SL")] = b"?"
    with pytest.raises(BadReply):
        on.driver.read_setpoint_c()


def test_nothing_is_sent_before_it_is_asked_for(on):
    far_end = Heard(EurothermSimulator(lambda: 0.0))
    quiet = on(far_end)
    assert quiet.handle.opened == 0
    quiet.driver.read_output_percent()
    assert far_end.data == [ask(b"OP")]
