"""`ArduinoGPActuator`: the hazards of a board that restarts whenever its port is opened."""

import contextlib
import time

import pytest

from hardware.errors import BadReply, NoAnswer, NoState, NotSent


def test_nothing_that_moves_is_sent_before_the_board_has_answered(benches):
    bench = benches(boots_s=0.15, loses_first=True)
    bench.driver.set("0", True)
    questions, _, rest = bench.simulator.wire.partition(b"w ")
    assert questions == b"r 51\r" * questions.count(b"\r")
    assert questions.count(b"\r") >= 3
    assert rest.startswith(b"51 1\r")
    assert bench.simulator.wire.count(b"w ") == 1
    assert (bench.simulator.moves, bench.handle.opened) == (1, 1)


def test_it_is_left_in_peace_first(benches):
    bench = benches(keys={"quiet_s": 0.2}, boots_s=0.1, greeting=b"\x00hello\r\n")
    began = time.monotonic()
    assert bench.driver.read("0") is False
    assert time.monotonic() - began >= 0.2
    assert bench.simulator.wire.startswith(b"r 51\r")
    assert bench.simulator.wire.count(b"r 51\r") == 1


@pytest.mark.parametrize("stray", [b"0", b"1", b"OK", b"ready"])
@pytest.mark.parametrize("stands", [True, False])
@pytest.mark.parametrize("indicators", [True, False])
def test_a_line_too_many_makes_no_wrong_state(benches, stray, stands, indicators):
    bench = benches(keys={"indicators": indicators}, greeting=stray + b"\r\n")
    bench.simulator.relays["0"] = stands
    refusals = (NoState, BadReply) if stray in {b"0", b"1"} else ()
    with contextlib.suppress(*refusals):
        assert bench.driver.read("0") is stands
    with contextlib.suppress(
        *refusals
    ):  # an answer may be under way still, to the question that the line too many took
        assert bench.driver.read_all() == {"0": stands, "5": False}
    assert bench.driver.read_all() == {"0": stands, "5": False}
    assert bench.handle.opened == 1


def test_a_board_that_does_not_start_has_not_been_told_anything(benches):
    bench = benches(keys={"boot_s": 0.3}, boots_s=60.0)
    began = time.monotonic()
    with pytest.raises(NotSent, match=r"no answer to b'r 51\\r', asked 2 times within 0.3 s"):
        bench.driver.set("0", True)
    assert time.monotonic() - began < 1.0
    assert b"w" not in bench.simulator.wire


def test_a_guard_whose_time_runs_out_while_the_board_starts_prevents_the_write(benches):
    class TooLate(Exception):
        pass

    def not_after_questions():
        if bench.simulator.wire:
            raise TooLate

    bench = benches(loses_first=True)
    with pytest.raises(TooLate), bench.exchange.guarded(not_after_questions):
        bench.driver.set("0", True)
    assert bench.simulator.moves == 0


def test_a_command_that_was_not_confirmed_is_not_given_again_and_the_port_stays_open(benches):
    bench = benches()
    bench.driver.set("5", True)
    bench.simulator.faults.mute = True
    for _ in range(2):
        with pytest.raises(NoAnswer):
            bench.driver.read("5")
    with pytest.raises(NoAnswer):
        bench.driver.set("0", True)
    bench.simulator.faults.mute = False
    assert bench.simulator.wire.count(b"w 51 1\r") == 1
    assert bench.driver.read_all() == {"0": True, "5": True}
    assert bench.handle.opened == 1  # else the board would have started again, and all its valves moved


def test_a_wrong_answer_does_not_close_the_port_either(benches):
    bench = benches()
    bench.driver.set("5", True)
    bench.simulator.faults.garble = True
    with pytest.raises(BadReply):
        bench.driver.set("0", True)
    bench.simulator.faults.garble = False
    assert bench.driver.read_all() == {"0": True, "5": True}
    assert bench.handle.opened == 1


def test_opening_the_port_may_move_valves_and_says_so(benches):
    bench = benches()
    assert bench.driver.disturbs_on_open
    bench.driver.set("0", True)
    bench.unplug()
    bench.plug_in()
    assert bench.driver.read("0") is False
    assert bench.handle.opened == 2
