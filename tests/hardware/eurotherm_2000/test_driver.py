"""`Eurotherm`: what it writes, on TCP and on a serial line: each number is these bytes, and is read back."""

import pytest

from hardware.errors import BadReply, DeviceRefused, LinkDown
from hardware.temperature import Pid
from tests.hardware.eurotherm_2000.messages import ask, frame


def test_a_setpoint_is_written(rig):
    rig.driver.set_setpoint_c(800.04)
    assert rig.driver.read_setpoint_c() == 800.0


@pytest.mark.parametrize("setpoint_c", [-0.1, 1600.1, float("nan"), float("inf")])
def test_a_setpoint_out_of_range_is_refused_before_anything_is_sent(rig, setpoint_c):
    with pytest.raises(ValueError, match="expected 0 to 1600 C"):
        rig.driver.set_setpoint_c(setpoint_c)
    assert rig.handle.opened == 0


def test_the_controllers_own_limit_is_told_in_words(rig):
    with pytest.raises(DeviceRefused, match="set-point 1500 C refused: the value is over a limit"):
        rig.driver.set_setpoint_c(1500.0)
    assert rig.driver.read_setpoint_c() == 22.0


def test_hanging_up_after_a_write_leaves_its_outcome_unknown(rig):
    rig.driver.read_setpoint_c()
    rig.far_end.faults.disconnect = True
    with pytest.raises(LinkDown):
        rig.driver.set_setpoint_c(800.0)
    assert rig.far_end.writes == 1


def test_a_guard_prevents_the_write(rig):
    def too_late():
        raise TimeoutError

    with pytest.raises(TimeoutError), rig.exchange.guarded(too_late):
        rig.driver.set_setpoint_c(800.0)
    assert rig.far_end.writes == 0


def test_a_set_point_is_these_bytes_and_is_read_back(scripted):
    write = bytes.fromhex("04 30 30 31 31 02 53 4C 32 32 2E 30 03 02")
    on = scripted({write: b"\x06", ask(b"SL"): frame(b"SL22.")})
    on.driver.set_setpoint_c(22.0)
    assert on.far_end.heard == [write, ask(b"SL")]


def test_a_remote_set_point_may_be_named(scripted):
    write = b"\x040011" + frame(b"RS22.0")
    on = scripted({write: b"\x06", ask(b"RS"): frame(b"RS22.0")}, setpoint_mnemonic="RS")
    on.driver.set_setpoint_c(22.0)
    assert on.driver.read_setpoint_c() == 22.0
    assert on.far_end.heard == [write, ask(b"RS"), ask(b"RS")]


def test_an_acknowledgement_is_not_believed_where_it_kept_another_number(rig):
    rig.far_end.faults.stuck.add("SL")
    with pytest.raises(DeviceRefused, match="set-point 800 C was acknowledged, and it kept 22"):
        rig.driver.set_setpoint_c(800.0)


def test_a_controller_that_keeps_whole_degrees_is_believed(scripted):
    on = scripted({b"\x040011" + frame(b"SL22.4"): b"\x06", ask(b"SL"): frame(b"SL22")})
    on.driver.set_setpoint_c(22.4)


def test_a_write_is_never_repeated(scripted):
    on = scripted({b"\x040011" + frame(b"SL22.0"): b"\x07"})
    with pytest.raises(BadReply):
        on.driver.set_setpoint_c(22.0)
    assert len(on.far_end.heard) == 1


def test_terms_that_it_does_not_take_are_told(rig):
    with pytest.raises(DeviceRefused, match="TI 10000 refused: the value is over a limit"):
        rig.driver.set_pid(Pid(20.0, 10000.0, 1.0))


@pytest.mark.parametrize(
    ("stuck", "pid", "kept"), [("XP", Pid(2.0, 100.0, 15.0), "1"), ("TD", Pid(1.0, 100.0, 0.0), "1")]
)
def test_terms_that_it_keeps_by_chance_are_told(rig, stuck, pid, kept):
    tuning = rig.far_end.furnace.tuning
    tuning.band_k = tuning.derivative_s = 1.0
    rig.far_end.faults.stuck.add(stuck)
    with pytest.raises(DeviceRefused, match=f"{stuck} [02] was acknowledged, and it kept {kept}"):
        rig.driver.set_pid(pid)


def test_a_guard_is_asked_before_each_of_several_writes(rig):
    asked = []

    def second_is_too_late():
        asked.append(1)
        if len(asked) == 2:
            raise TimeoutError

    before = rig.driver.read_pid()
    with pytest.raises(TimeoutError), rig.exchange.guarded(lambda: None, second_is_too_late):
        rig.driver.set_pid(Pid(20.0, 30.0, 4.0))
    assert rig.driver.read_pid() == Pid(20.0, before.integral_s, before.derivative_s)


def test_more_than_a_degree_off_is_another_set_point(scripted):
    on = scripted({b"\x040011" + frame(b"SL22.0"): b"\x06", ask(b"SL"): frame(b"SL23.1")})
    with pytest.raises(DeviceRefused, match=r"kept 23\.1"):
        on.driver.set_setpoint_c(22.0)
