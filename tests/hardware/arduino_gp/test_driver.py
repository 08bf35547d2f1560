"""`ArduinoGPActuator`: where its valves are, and what it says of those that are nowhere."""

import itertools
import time

import pytest

from hardware.errors import BadReply, DeviceError, DeviceRefused, NoState
from tests.hardware.arduino_gp.board import Heard


def test_a_move_is_over_when_the_indicator_says_so(benches):
    bench = benches(travel_s=0.1)
    began = time.monotonic()
    bench.driver.set("0", True)
    took_s = time.monotonic() - began
    assert 0.1 <= took_s < 1.0
    assert bench.driver.read("0") is True


def test_a_valve_that_stays_under_way_is_moving_and_no_state(benches):
    bench = benches(keys={"travel_s": 0.1}, jammed={"0": None})
    began = time.monotonic()
    with pytest.raises(NoState, match=r"^bench: 0: moving: neither indicator$"):
        bench.driver.set("0", True)
    assert time.monotonic() - began < 0.5
    with pytest.raises(NoState, match="moving"):
        bench.driver.read("0")
    assert (bench.simulator.relays["0"], bench.handle.opened) == (True, 1)


def test_a_valve_that_does_not_follow_is_said_to_be_where_it_is(benches):
    bench = benches(keys={"travel_s": 0.1}, jammed={"0": False})
    with pytest.raises(DeviceError, match=r"^bench: 0: it is still closed after 0\.1 s$"):
        bench.driver.set("0", True)
    assert bench.driver.read("0") is False
    assert (bench.simulator.relays["0"], bench.handle.opened) == (True, 1)


@pytest.mark.parametrize("stands", [True, False])
def test_a_switch_that_sticks_contradicts_the_other_and_is_no_state(benches, stands):
    bench = benches()
    bench.driver.set("0", stands)
    bench.simulator.switches = {50: True, 49: True}
    with pytest.raises(NoState, match=r"^bench: 0: contradictory: both indicators$"):
        bench.driver.read("0")


def test_a_contradiction_of_one_moment_is_looked_at_again(benches):
    class Passing(Heard):
        reads = 0

        def read(self, pin):
            self.reads += 1
            return True if self.reads <= 4 else super().read(pin)  # one for the question at opening

    bench = benches()
    bench.unplug()
    bench.simulator = Passing()
    bench.plug_in()
    assert bench.driver.read("0") is False


def test_an_indicator_that_changes_while_it_is_looked_at_is_no_state(benches):
    class Flickering(Heard):
        reads = 0

        def read(self, pin):
            self.reads += 1
            return bool(self.reads % 3 == 0) if pin == 50 else super().read(pin)

    bench = benches()
    bench.unplug()
    bench.simulator = Flickering()
    bench.plug_in()
    with pytest.raises(NoState, match="moving: its indicators change"):
        bench.driver.read("0")


def test_of_many_valves_only_the_one_without_a_state_is_left_out(benches):
    bench = benches()
    bench.driver.set("5", True)
    bench.simulator.jammed["0"] = None
    assert bench.driver.read_all() == {"5": True}
    assert bench.driver.whys == {"0": "0: moving: neither indicator"}
    bench.simulator.jammed.clear()
    assert bench.driver.read_all() == {"0": False, "5": True}
    assert (bench.driver.whys, bench.handle.opened) == ({}, 1)


def test_it_is_there_whatever_its_valves_do(benches):
    assert benches(jammed={"0": None}).driver.identify() == "ArduinoGPActuator"


def test_with_no_time_to_travel_it_does_not_wait_for_the_indicators(benches):
    bench = benches(keys={"travel_s": 0.0}, jammed={"0": None})
    bench.driver.set("0", True)
    assert bench.simulator.wire.endswith(b"w 51 1\rr 51\r")


@pytest.mark.parametrize("keys", [{"indicators": False}, {"travel_s": 0.0}])
@pytest.mark.parametrize("energised", [True, False])
def test_an_output_that_was_confirmed_and_stays_is_no_success(benches, keys, energised):
    bench = benches(keys=keys)
    bench.driver.set("0", not energised)
    bench.simulator.faults.stuck.add("0")
    with pytest.raises(DeviceRefused, match=f"pin 51 was confirmed, and is still {'low' if energised else 'high'}"):
        bench.driver.set("0", energised)
    assert bench.handle.opened == 1


def test_a_valve_that_does_not_go_back_is_said_to_be_where_it_is(benches):
    bench = benches(keys={"travel_s": 0.1})
    bench.driver.set("0", True)
    bench.simulator.jammed["0"] = True
    with pytest.raises(DeviceError, match=r"^bench: 0: it is still open after 0\.1 s$"):
        bench.driver.set("0", False)


def test_an_output_that_is_read_twice_and_differs_is_not_believed(benches):
    bench = benches(keys={"indicators": False})
    bench.driver.identify()
    levels, read = itertools.cycle([True, False]), bench.simulator.read
    bench.simulator.read = lambda _pin: next(levels)
    with pytest.raises(BadReply, match="pin 51 was read twice, and differs"):
        bench.driver.read("0")
    bench.simulator.read = read
    assert bench.driver.read("0") is False


def test_a_line_that_nobody_asked_for_between_two_answers_makes_no_state(benches):
    bench = benches(keys={"indicators": False})
    bench.driver.set("0", True)
    bench.simulator.stray = b"1\r\n"
    for use in (lambda: bench.driver.read("0"), lambda: bench.driver.set("0", True)):
        with pytest.raises(BadReply, match="nobody had asked"):
            use()
    bench.simulator.stray = b""
    assert bench.driver.read("0") is True
    assert bench.handle.opened == 1


def test_what_may_be_prevented_is_the_output(benches):
    bench = benches()
    bench.driver.identify()
    acts = []
    with bench.exchange.guarded(lambda: None, lambda: acts.append(bench.simulator.wire.count(b"w "))):
        bench.driver.read_all()
        bench.driver.set("0", True)
    assert acts == [0]


def test_indicators_that_changed_once_are_looked_at_again(benches):
    class Passing(Heard):
        reads = 0

        def read(self, pin):
            self.reads += 1
            return self.reads == 2 if self.reads <= 4 else super().read(pin)  # one for the question at opening

    bench = benches()
    bench.unplug()
    bench.simulator = Passing()
    bench.plug_in()
    assert bench.driver.read("0") is False


def test_without_indicators_the_output_is_the_readback(benches):
    for keys in ({"indicators": False}, {"pins": {"0": {"output": 51}, "5": {"output": 36}}}):
        bench = benches(keys={**keys, "valve_opens_when": None}, jammed={"0": False})
        bench.driver.set("0", True)
        assert bench.driver.read_all() == {"0": True, "5": False}
        assert b"r 50" not in bench.simulator.wire
        bench.unplug()


def test_a_valve_may_differ_from_the_others_in_what_opens_it(benches):
    odd = {"output": 51, "open": 49, "closed": 50, "opens_when": "relay_open"}
    bench = benches(keys={"pins": {"0": odd, "5": {"output": 36, "open": 35, "closed": 34}}})
    for energised in (True, False):
        bench.driver.set("0", energised)
        assert bench.driver.read_all() == {"0": energised, "5": False}


def test_indicators_that_are_taken_the_wrong_way_round_show_with_the_first_move(benches):
    bench = benches(keys={"valve_opens_when": "relay_open", "travel_s": 0.05})
    with pytest.raises(DeviceError, match="it is still open"):
        bench.driver.set("0", True)
