"""`NCDProXRActuator` against the simulated controller: what is particular about it."""

import itertools

import pytest

from hardware.conformance.bench import Bench
from hardware.errors import BadChannel, BadReply, DeviceRefused, NoAnswer, NotSent
from hardware.ncd_proxr.driver import NCDProXRActuator, NCDProXRActuatorSettings
from hardware.ncd_proxr.simulator import ProXRSimulator
from tests.hardware.fakes import Listener

CHANNELS = ("1.1", "1.8", "3.4")
KEYS = {"valve_opens_when": "relay_closed", "timeout": 0.1, "banks": 3}


class Heard(ProXRSimulator):
    """A simulator that keeps the commands that it carries out."""

    def __init__(self):
        self.heard = []
        super().__init__()

    def carry_out(self, code, bank):
        self.heard.append((code, bank))
        return super().carry_out(code, bank)


class QuickBench(Bench):
    def make_simulator(self):
        return Heard()


@pytest.fixture(params=["tcp", "pty"])
def bench(request, tmp_path):
    made = QuickBench(
        "NCDProXRActuator", request.param, {**KEYS, **getattr(request.function, "keys", {})}, CHANNELS, tmp_path
    )
    yield made
    made.close()


def test_opening_asks_and_tests_and_moves_nothing(bench):
    assert bench.driver.read("1.1") is False
    assert bench.simulator.heard == [(0x7C, 1), (0x21, None), (0x74, 1), (0x21, None)]
    assert bench.simulator.moves == 0


def test_a_relay_is_asked_for_after_it_was_switched(bench):
    bench.driver.identify()
    del bench.simulator.heard[:]
    bench.driver.set("3.4", True)
    assert bench.simulator.heard == [(0x6F, 3), (0x19, None), (0x77, 3)]


def test_a_board_that_was_told_to_keep_commands_to_itself_moves_all_the_same(bench):
    bench.driver.identify()
    bench.simulator.refreshes = False
    bench.driver.set("3.4", True)
    assert bench.simulator.relays["3.4"]
    assert bench.driver.read("3.4")


def with_keys(**keys):
    """Have a test's bench made with these keys of its device file, too."""

    def give(test):
        test.keys = keys
        return test

    return give


@with_keys(refreshes=False)
def test_a_board_that_does_not_know_refreshing_is_not_told_of_it(bench):
    bench.driver.identify()
    del bench.simulator.heard[:]
    bench.driver.set("3.4", True)
    assert bench.simulator.heard == [(0x6F, 3), (0x77, 3)]


def test_what_may_be_prevented_is_all_that_moves(bench):
    bench.driver.identify()
    acts = []
    with bench.exchange.guarded(lambda: None, lambda: acts.append(len(bench.simulator.heard))):
        bench.driver.read("1.1")
        bench.driver.read_all()
        assert acts == []
        before = len(bench.simulator.heard)
        bench.driver.set("1.1", True)
    assert acts == [before]


def test_the_bank_that_somebody_has_selected_does_not_matter(bench):
    for selected in (0, 2):
        bench.simulator.selected = selected
        bench.driver.set("3.4", True)
        assert bench.driver.read_all() == {"1.1": False, "1.8": False, "3.4": True}
        bench.driver.set("3.4", False)
        assert bench.simulator.selected == selected


def test_each_bank_is_read_with_one_question_and_read_again(bench):
    bench.driver.identify()
    del bench.simulator.heard[:]
    bench.driver.read_all()
    assert bench.simulator.heard == [(0x7C, 1), (0x21, None), (0x7C, 1), (0x7C, 3), (0x21, None), (0x7C, 3)]


@pytest.mark.parametrize("stray", [b"\x00", b"\x01", b"\x55", b"\xff"])
@pytest.mark.parametrize("use", ["read", "read_all"])
def test_a_byte_too_many_is_never_taken_for_an_answer(bench, stray, use):
    bench.driver.set("1.1", True)
    bench.simulator.stray = stray
    truth = {"read": True, "read_all": {"1.1": True, "1.8": False, "3.4": False}}[use]
    question = {"read": lambda: bench.driver.read("1.1"), "read_all": bench.driver.read_all}[use]
    with pytest.raises(BadReply):
        question()
    assert question() == truth


@pytest.mark.parametrize("stray", [b"\x00", b"\x01", b"\x55", b"\xff"])
def test_a_byte_too_many_is_never_taken_for_a_confirmation(bench, stray):
    bench.driver.identify()
    bench.simulator.stray = stray
    with pytest.raises(BadReply):
        bench.driver.set("1.1", True)
    assert bench.driver.read("1.1") is True


def test_reporting_that_was_saved_off_is_said_when_the_link_is_opened(bench):
    bench.simulator.reporting = False
    for use in (lambda: bench.driver.set("1.1", True), bench.driver.identify):
        with pytest.raises(NotSent, match=r"it answers questions, and not a test: .*reporting mode"):
            use()
    assert bench.simulator.moves == 0


def test_reporting_that_the_test_does_not_show_is_said_with_the_first_command(bench):
    bench.simulator.reporting = bench.simulator.tests_count = False
    with pytest.raises(NoAnswer, match=r"no answer to .*reporting mode"):
        bench.driver.set("1.1", True)
    assert bench.driver.read("1.1") is True


def test_a_relay_that_is_confirmed_and_stays_is_the_controllers_own_fault(bench):
    bench.simulator.faults.stuck.add("1.8")
    with pytest.raises(DeviceRefused, match=r"relay 1\.8 was confirmed and is still off"):
        bench.driver.set("1.8", True)
    assert bench.handle.opened == 1


def test_a_relay_that_is_not_released_is_the_controllers_own_fault(bench):
    bench.driver.set("1.8", True)
    bench.simulator.faults.stuck.add("1.8")
    with pytest.raises(DeviceRefused, match=r"relay 1\.8 was confirmed and is still on"):
        bench.driver.set("1.8", False)


def test_a_bank_that_is_read_twice_and_differs_is_not_believed(bench):
    bench.driver.identify()
    byte = bench.simulator._byte
    answers = itertools.cycle([0x01, 0x00])
    bench.simulator._byte = lambda _bank: next(answers)
    with pytest.raises(BadReply, match="bank 1 was read twice, and differs"):
        bench.driver.read_all()
    bench.simulator._byte = byte
    assert bench.driver.read_all() == dict.fromkeys(CHANNELS, False)


def test_what_confirms_otherwise_is_not_spoken_to(tmp_path):
    class Framed(QuickBench):
        def make_simulator(self):
            return Listener(answer=b"\xaa\x01\x55\x00")

    bench = Framed("NCDProXRActuator", "tcp", KEYS, CHANNELS, tmp_path)
    with pytest.raises(NotSent, match="nobody had asked"):
        bench.driver.set("1.1", True)
    assert bench.simulator.data == b"\xfe\x7c\x01"
    bench.close()


def test_a_channel_that_it_cannot_have_is_refused_when_it_is_built(bench):
    settings = NCDProXRActuatorSettings(name="r", klass="NCDProXRActuator", port="tcp://h:2101", banks=2)
    with pytest.raises(BadChannel):
        NCDProXRActuator(settings, bench.exchange, ["1.1", "7"])
    with pytest.raises(BadChannel, match=r"channel '3\.1': the board has banks 1 to 2"):
        NCDProXRActuator(settings, bench.exchange, ["1.1", "3.1"])
    with pytest.raises(BadChannel):
        bench.driver.set("7", True)
    assert bench.handle.opened == 0
