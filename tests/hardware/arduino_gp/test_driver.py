"""`ArduinoGPActuator`: the hazards of a board that restarts, and of valves that are nowhere."""

import time

import pytest
from pydantic import ValidationError

from hardware.arduino_gp.driver import ArduinoGPActuator, ArduinoGPActuatorSettings
from hardware.arduino_gp.simulator import ArduinoSimulator
from hardware.conformance.bench import Bench
from hardware.errors import BadChannel, BadReply, DeviceError, NoAnswer, NoState, NotSent

CHANNELS = ("0", "5")
QUICK = {"valve_opens_when": "relay_closed", "timeout": 0.1, "quiet_s": 0.0, "boot_s": 1.0, "look_every_s": 0.01}


class Heard(ArduinoSimulator):
    """A board that starts at once, and keeps every byte that reaches its wire, heard or not."""

    def __init__(self):
        super().__init__(time.monotonic)
        self.boots_s, self.loses_first = 0.0, False
        self.wire = b""

    def session(self, wire):
        inner = super().session(wire)
        feed = inner.feed

        def keep(data):
            self.wire += data
            return feed(data)

        inner.feed = keep
        return inner


class HeardBench(Bench):
    def __init__(self, *args, **board):
        self.board = board
        super().__init__(*args)

    def make_simulator(self):
        made = Heard()
        for name, value in self.board.items():
            setattr(made, name, value)
        return made


@pytest.fixture
def benches(tmp_path):
    made = []

    def make(*, keys=(), **board):
        given = {**QUICK, **dict(keys)}
        made.append(HeardBench("ArduinoGPActuator", "pty", given, CHANNELS, tmp_path, **board))
        return made[-1]

    yield make
    for each in made:
        each.close()


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
    try:
        assert bench.driver.read("0") is stands
    except (NoState, BadReply):
        assert stray in {b"0", b"1"}
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
    assert bench.simulator.wire.endswith(b"w 51 1\r")


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


def settings(**keys):
    given = {"name": "x", "klass": "ArduinoGPActuator", "port": "serial:///dev/x", "valve_opens_when": "relay_closed"}
    return ArduinoGPActuatorSettings.model_validate({**given, **keys})


def test_the_pins_are_those_of_the_sketch():
    pins = {address: pins.used for address, pins in settings().pins.items()}  # [1] PY
    assert pins == {
        "0": (51, 50, 49), "1": (48, 47, 46), "2": (45, 44, 43), "3": (42, 41, 40), "4": (39, 38, 37),
        "5": (36, 35, 34), "6": (33, 32, 31), "7": (30, 29, 28), "8": (27, 26, 25), "9": (24, 23, 22),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"pins": {"0": {"output": 51, "open": 50}}}, "one indicator alone"),
        ({"pins": {"0": {"output": 51}, "1": {"output": 51}}}, "pin 51 is given twice, for address 0 and 1"),
        ({"pins": {"0": {"output": 51, "open": 51, "closed": 49}}}, "pin 51 is given twice, for address 0 and 0"),
        ({"pins": {"A": {"output": 51}}}, "expected an address"),
        ({"pins": {"0": {"output": 1}}}, "greater than or equal to 2"),
        ({"pins": {"0": {"output": 70}}}, "less than or equal to 69"),
        ({"pins": {}}, "at least 1 item"),
        ({"pins": {"0": {"output": 51, "pulse": 1}}}, "Extra inputs"),
        ({"valve_opens_when": None}, "is never guessed"),
        ({"quiet_s": 2.0, "boot_s": 2.0}, "nothing would be asked"),
        ({"boot_s": 13.0}, "less than or equal to 12"),
        ({"travel_s": -1.0}, "greater than or equal to 0"),
        ({"look_every_s": 0.0}, "greater than or equal to 0.01"),
    ],
)
def test_settings_that_would_not_work_are_refused(keys, why):
    with pytest.raises(ValidationError, match=why):
        settings(**keys)


def test_an_address_that_the_pin_map_does_not_have_is_refused(benches):
    bench = benches()
    with pytest.raises(BadChannel, match="the pin map has 0, 1, 2"):
        ArduinoGPActuator(settings(), bench.exchange, ["0", "10"])
    for use in (lambda: bench.driver.set("10", True), lambda: bench.driver.read("x")):
        with pytest.raises(BadChannel):
            use()
    assert bench.handle.opened == 0
