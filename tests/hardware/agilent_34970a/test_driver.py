"""`AgilentGPActuator` against the simulated device, over TCP as a 34972A and over RS-232 as a 34970A."""

import threading

import pytest

from hardware.agilent_34970a.driver import AgilentGPActuator, AgilentGPActuatorSettings
from hardware.agilent_34970a.simulator import CARD_34903A, Agilent34970aSimulator
from hardware.errors import BadChannel, BadReply, DeviceRefused, LinkDown, NoAnswer, NotSent
from hardware.exchange import Exchange
from hardware.links.handle import LinkHandle
from hardware.simulation import serve_pty, serve_tcp
from tests.hardware.fakes import Caller, Listener


class Heard(Agilent34970aSimulator):
    """A simulator that remembers the lines it was sent, and says when it has carried them out."""

    def __init__(self, cards=None) -> None:
        self.lines = []
        self.acted = threading.Event()
        super().__init__(cards)

    def session(self, wire):
        inner = super().session(wire)
        feed = inner.feed

        def remember(data):
            self.lines += data.decode().splitlines()
            answer = feed(data)
            self.acted.set()
            return answer

        inner.feed = remember
        return inner


class Bench:
    """A driver on a wire to a simulated device."""

    def __init__(self, serve, simulator=None, channels=("101", "102", "103"), timeout_s=2.0) -> None:
        self.simulator = simulator or Heard()
        self.served = serve(self.simulator)
        self.handle = LinkHandle(self.served.address, timeout_s)
        self.exchange = Exchange("relay-1", self.handle, terminator=AgilentGPActuator.terminator, timeout_s=timeout_s)
        self.actuator = AgilentGPActuator(SETTINGS, self.exchange, channels)

    def close(self):
        self.handle.revoke("the test is over")
        self.served.close()


SETTINGS = AgilentGPActuatorSettings(
    name="relay-1", klass="AgilentGPActuator", port="tcp://h:1", valve_opens_when="relay_closed"
)


@pytest.fixture
def benches():
    made = []

    def make(*args, **kwargs):
        made.append(Bench(*args, **kwargs))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(params=[serve_tcp, serve_pty], ids=["tcp", "rs232"])
def serve(request):
    return request.param


@pytest.fixture
def bench(benches, serve):
    return benches(serve)


@pytest.fixture
def impatient(benches, serve):
    """A bench that waits 50 ms for an answer, opened and greeted."""
    bench = benches(serve, timeout_s=0.05)
    bench.actuator.read("101")
    return bench


def test_energising_closes_the_relay_and_releasing_opens_it(bench):
    bench.actuator.set("101", True)
    assert (bench.actuator.read("101"), bench.simulator.relays["101"]) == (True, True)
    bench.actuator.set("101", False)
    assert (bench.actuator.read("101"), bench.simulator.relays["101"]) == (False, False)


def test_setting_again_does_not_move_the_relay(bench):
    bench.actuator.set("101", True)
    bench.actuator.set("101", True)
    assert bench.simulator.moves == 1


def test_all_channels_are_read_with_one_question(bench):
    bench.actuator.set("102", True)
    del bench.simulator.lines[:]
    assert bench.actuator.read_all() == {"101": False, "102": True, "103": False}
    assert bench.simulator.lines == ["ROUT:CLOS? (@101:103)"]


def test_channels_of_several_cards_keep_their_states_apart(benches, serve):
    simulator = Agilent34970aSimulator({1: CARD_34903A, 2: CARD_34903A})
    actuator = benches(serve, simulator, ["201", "120", "101", "119"]).actuator
    actuator.set("120", True)
    assert actuator.read_all() == {"101": False, "119": False, "120": True, "201": False}


def test_without_channels_nothing_is_asked(benches, serve):
    bench = benches(serve, channels=())
    assert bench.actuator.read_all() == {}
    assert bench.handle.opened == 0


def test_over_tcp_the_wire_carries_exactly_this(benches):
    bench = benches(serve_tcp)
    bench.actuator.set("101", True)
    bench.actuator.read("101")
    assert bench.simulator.lines == [
        *["SYST:ERR?", "ROUT:CLOS? (@101:104)", "SYST:ERR?", "ROUT:SCAN?"],  # once, when the link is opened
        *["ROUT:CLOS (@101)", "SYST:ERR?"],
        *["ROUT:CLOS? (@101)"],
    ]


def test_over_rs232_it_asks_for_remote_mode_after_each_opening(benches):
    bench = benches(serve_pty)
    bench.actuator.set("101", True)
    assert bench.simulator.lines[:2] == ["SYST:REM", "SYST:ERR?"]
    del bench.simulator.lines[:]
    bench.handle.drop()
    bench.actuator.read("101")
    greeting = ["SYST:REM", "SYST:ERR?", "ROUT:CLOS? (@101:105)", "SYST:ERR?", "ROUT:SCAN?"]
    assert bench.simulator.lines == [*greeting, "ROUT:CLOS? (@101)"]


def test_opening_the_link_again_moves_nothing(bench):
    bench.actuator.set("101", True)
    bench.handle.drop()
    assert bench.actuator.read("101")
    assert bench.simulator.moves == 1


def test_it_says_who_it_is(bench):
    assert "3497" in bench.actuator.identify()


def test_errors_left_behind_by_others_are_not_blamed_on_our_command(bench):
    for wire in ("tcp", "serial"):
        for _ in range(30):
            bench.simulator.report(wire, (-113, "Undefined header"))
    bench.actuator.set("101", True)
    assert bench.simulator.relays["101"]


def test_the_devices_own_error_is_told_in_its_words(benches, serve):
    bench = benches(serve)
    with pytest.raises(DeviceRefused, match=r"^relay-1: \+302 No module was detected in this slot$"):
        bench.actuator.set("201", True)
    assert bench.simulator.moves == 0
    bench.actuator.set("101", True)  # the queue is empty again, and the link still open
    assert bench.handle.opened == 1


def test_a_missing_card_is_named_from_the_second_try_on(benches, serve):
    bench = benches(serve, channels=("201",), timeout_s=0.05)
    with pytest.raises(NotSent, match="no answer"):
        bench.actuator.read("201")
    with pytest.raises(NotSent, match=r"\+302 No module was detected in this slot"):
        bench.actuator.read("201")


def test_channels_that_no_card_has_are_refused_before_anything_is_sent(bench):
    with pytest.raises(BadChannel):
        bench.actuator.set("121", True)
    with pytest.raises(BadChannel):
        bench.actuator.read("A")
    with pytest.raises(BadChannel):
        AgilentGPActuator(SETTINGS, bench.exchange, ["101", "400"])
    assert bench.handle.opened == 0


def test_a_stuck_relay_shows_in_the_readback(bench):
    bench.simulator.faults.stuck.add("101")
    bench.actuator.set("101", True)
    assert bench.actuator.read("101") is False


def test_a_lying_readback_is_what_the_driver_reports(bench):
    bench.simulator.faults.lie.add("101")
    bench.actuator.set("101", True)
    assert bench.actuator.read("101") is False


def test_a_mute_device_is_no_answer_and_works_again_later(impatient):
    impatient.simulator.faults.mute = True
    with pytest.raises(NoAnswer, match=r"SYST:ERR"):
        impatient.actuator.set("101", True)
    with pytest.raises(NotSent, match="when the link was opened"):
        impatient.actuator.set("101", True)
    impatient.simulator.faults.mute = False
    assert impatient.actuator.read("101")


def test_a_garbled_answer_is_a_bad_reply_and_works_again_later(bench):
    bench.actuator.read("101")
    bench.simulator.faults.garble = True
    with pytest.raises(BadReply):
        bench.actuator.read("101")
    bench.simulator.faults.garble = False
    assert bench.actuator.read("101") is False


def eventually(call):
    """Try until a device that was slow has caught up."""
    for _ in range(200):
        try:
            return call()
        except (NotSent, NoAnswer):
            continue
    pytest.fail("it never caught up")


@pytest.mark.parametrize("late_s", [0.06, 0.12])
def test_late_answers_are_never_taken_for_those_of_the_next_question(impatient, late_s):
    impatient.simulator.faults.slow_s = late_s
    with pytest.raises(NoAnswer):
        impatient.actuator.read("101")
    for _ in range(4):
        with pytest.raises(NotSent):
            impatient.actuator.set("101", True)
    assert impatient.simulator.moves == 0
    impatient.simulator.faults.slow_s = 0.0
    assert eventually(impatient.actuator.read_all) == {"101": False, "102": False, "103": False}
    impatient.actuator.set("102", True)
    assert impatient.actuator.read_all() == {"101": False, "102": True, "103": False}


def test_a_device_that_hangs_up_leaves_the_outcome_unknown(bench):
    bench.actuator.read("101")
    bench.simulator.faults.disconnect = True
    with pytest.raises(LinkDown):
        bench.actuator.set("101", True)
    assert bench.simulator.relays["101"]


def test_a_missing_device_is_not_sent_and_found_when_it_is_back(benches):
    bench = benches(serve_tcp)
    bench.actuator.set("101", True)
    bench.served.close()
    with pytest.raises(NotSent, match=f"^relay-1: tcp://127.0.0.1:{bench.served.port}: Connection refused$"):
        bench.actuator.set("101", False)
    bench.served = serve_tcp(bench.simulator, port=bench.served.port)
    assert bench.actuator.read("101")


def test_a_guard_prevents_the_write(bench):
    bench.actuator.read("101")

    def too_late():
        raise TimeoutError

    with pytest.raises(TimeoutError), bench.exchange.guarded(too_late):
        bench.actuator.set("101", True)
    assert "ROUT:CLOS (@101)" not in bench.simulator.lines
    assert bench.simulator.moves == 0


def test_a_guard_whose_time_runs_out_during_the_greeting_prevents_the_write(bench):
    checks = []

    def in_time_twice():
        checks.append(True)
        if len(checks) > 2:
            raise TimeoutError

    with pytest.raises(TimeoutError), bench.exchange.guarded(in_time_twice):
        bench.actuator.set("101", True)
    assert bench.simulator.moves == 0
    bench.actuator.set("101", True)  # greeted anew and in full
    assert bench.simulator.moves == 1


@pytest.mark.parametrize("wire", [serve_tcp, serve_pty])
def test_revoking_under_a_hanging_read_returns_promptly_and_ends_all_writing(benches, wire):
    listener = Listener()
    bench = benches(wire, listener, timeout_s=30.0)
    caller = Caller(lambda: bench.actuator.read("101"))
    assert listener.heard.wait(5)
    bench.handle.revoke("it hung")
    assert isinstance(caller.end(), NotSent)  # the question itself was not: it hung in the greeting
    with pytest.raises(NotSent, match="it hung"):
        bench.actuator.set("101", True)
    assert b"ROUT" not in listener.data


def test_revoking_under_a_hanging_command_leaves_its_outcome_unknown(benches, serve):
    bench = benches(serve, timeout_s=30.0)
    bench.actuator.read("101")
    bench.simulator.faults.slow_s = 60.0
    bench.simulator.acted.clear()
    caller = Caller(lambda: bench.actuator.set("101", True))
    assert bench.simulator.acted.wait(5)
    bench.handle.revoke("it hung")
    assert isinstance(caller.end(), LinkDown)
    with pytest.raises(NotSent, match="it hung"):
        bench.actuator.set("101", False)
    assert bench.simulator.relays["101"]


def test_unplugging_a_serial_adapter_under_a_read_is_noticed_at_once(benches):
    bench = benches(serve_pty, timeout_s=30.0)
    bench.actuator.read("101")
    bench.simulator.faults.slow_s = 60.0
    bench.simulator.acted.clear()
    caller = Caller(lambda: bench.actuator.read("101"))
    assert bench.simulator.acted.wait(5)
    bench.served.close()
    assert isinstance(caller.end(), LinkDown)
    with pytest.raises(NotSent, match="no such port"):
        bench.actuator.read("101")
