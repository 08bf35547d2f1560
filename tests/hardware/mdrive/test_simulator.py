"""The simulated motor by itself: it turns as time goes on, and answers as a real one does."""

import pytest

from hardware.mdrive.simulator import MDriveSimulator
from tests.hardware.mdrive.conftest import Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def motor(clock):
    made = MDriveSimulator(clock)
    made.variables["VM"] = 1000
    return made


def test_it_turns_as_time_goes_on(motor, clock):
    assert motor.feed(b"MA 3000\r") == b"\r\n"
    clock.now = 1.0
    assert motor.feed(b"PR P\rPR MV\r") == b"1000\r\n1\r\n"
    clock.now = 5.0
    assert motor.feed(b"PR P\rPR MV\r") == b"3000\r\n0\r\n"
    motor.feed(b"MR -500\r")
    clock.now = 6.0
    assert motor.steps == 2500


def test_it_slews_until_it_is_told_otherwise(motor, clock):
    motor.feed(b"SL -200\r")
    clock.now = 10.0
    motor.feed(b"SL 0\r")
    clock.now = 20.0
    assert (motor.steps, motor.moving) == (-2000, False)


def test_it_stalls_where_it_cannot_pass_and_comes_back(motor, clock):
    motor.stalls_over = 500
    motor.feed(b"MA 3000\r")
    clock.now = 5.0
    assert motor.feed(b"PR P\rPR ST\rPR ER\rPR MV\r") == b"500\r\n1\r\n86\r\n0\r\n"
    motor.feed(b"ST=0\rMA 0\r")
    clock.now = 9.0
    assert motor.feed(b"PR P\rPR ST\r") == b"0\r\n0\r\n"


def test_several_variables_in_one_line(motor):
    assert motor.feed(b'PR P,"_"MV,"_"ST\r') == b"0 _ 0 _ 0\r\n"
    motor.space = ""
    assert motor.feed(b'PR P,"_"MV,"_"ST\r') == b"0_0_0\r\n"


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (b"XX=1", 20), (b"PR QQ", 20), (b"ST=2", 21), (b"VM=0", 21), (b"VM=5000001", 21), (b"HELLO", 24),
        (b"MV=1", 25), (b"MA 1\rMA 2", 85),
    ],
)  # fmt: skip
def test_what_it_does_not_take_is_an_error(motor, message, error):
    motor.feed(message + b"\r")
    assert motor.variables["ER"] == error


def test_in_party_mode_only_its_own_name_is_heard(clock):
    motor = MDriveSimulator(clock, name="X")
    assert motor.feed(b"YPR P\nPR P\rXPR P\n") == b"0\r\n"


def test_alone_it_answers_to_any_name(motor):
    assert motor.feed(b"XPR P\nPR P\r") == b"0\r\n0\r\n"


def test_without_acknowledgements_it_says_what_it_prints_only(motor):
    motor.variables["EM"] = 2
    assert motor.feed(b"MA 0\rPR P\r") == b"0\r\n"
