"""`ASCIIGPActuator` and `PychronGPActuator`: what is particular about them."""

import pytest
from pydantic import ValidationError

from hardware.ascii_gp.driver import ASCIIGPActuatorSettings, PychronGPActuatorSettings
from hardware.conformance.bench import Bench
from hardware.errors import BadChannel, BadReply, DeviceRefused, LinkDown, NotSent

CHANNELS = ("A", "B")
TCP = "tcp://h:1061"


@pytest.fixture
def benches(tmp_path):
    made = []

    def make(klass, wire="tcp", **keys):
        made.append(Bench(klass, wire, {"timeout": 0.2, **keys}, CHANNELS, tmp_path))
        return made[-1]

    yield make
    for each in made:
        each.close()


def settings(**keys):
    return ASCIIGPActuatorSettings.model_validate({"name": "x", "klass": "ASCIIGPActuator", "port": TCP, **keys})


@pytest.mark.parametrize("wire", ["tcp", "pty"])
def test_words_and_ends_are_those_of_the_settings(benches, wire):
    bench = benches(
        "ASCIIGPActuator", wire, reply_terminator=";", done_words=["Done"], open_words=["1"], closed_words=["0"]
    )
    simulator = bench.simulator
    simulator.end, simulator.done, simulator.open_word, simulator.closed_word, simulator.pad = (
        ";",
        "Done",
        "1",
        "0",
        " ",
    )
    bench.driver.set("A", True)
    assert bench.driver.read_all() == {"A": True, "B": False}


def test_a_reply_in_other_words_is_no_state_and_no_success(benches):
    bench = benches("ASCIIGPActuator")
    bench.simulator.open_word, bench.simulator.closed_word, bench.simulator.done = "open", "closed", "ok"
    with pytest.raises(BadReply):
        bench.driver.read("A")
    with pytest.raises(BadReply):
        bench.driver.set("A", True)


def test_an_error_of_the_controller_is_told_in_its_words_and_keeps_the_link(benches):
    bench = benches("ASCIIGPActuator")
    bench.simulator.relays = {"A": False}
    with pytest.raises(DeviceRefused, match=r"^bench: ERROR 004 : invalid arguments: Open B$"):
        bench.driver.set("B", True)
    with pytest.raises(DeviceRefused, match=r"^bench: ERROR 005 : B is not a registered valve name$"):
        bench.driver.read("B")
    assert bench.handle.opened == 1


def test_a_pychron_is_asked_on_a_connection_for_each_question(benches):
    bench = benches("PychronGPActuator")
    assert bench.driver.hangs_up
    bench.driver.set("A", True)
    assert bench.driver.read_all() == {"A": True, "B": False}
    assert bench.handle.opened == 3
    bench.simulator.open_word = "True"
    assert bench.driver.read("A") is True


def test_a_pychron_gets_each_line_in_one_packet(benches):
    bench = benches("PychronGPActuator")
    bench.simulator.by_packet = True
    bench.driver.set("A", True)
    assert (bench.driver.read("A"), dict(bench.simulator.relays)) == (True, {"A": True})


def test_a_locked_valve_of_a_pychron_has_not_moved(benches):
    bench = benches("PychronGPActuator")
    bench.simulator.locked.add("A")
    with pytest.raises(DeviceRefused, match="'ok': taken, but not carried out"):
        bench.driver.set("A", True)
    assert bench.driver.read("A") is False


def test_a_pychron_that_hangs_up_without_a_word_has_not_confirmed(benches):
    bench = benches("PychronGPActuator", open_command="Opne")
    with pytest.raises(LinkDown, match="hung up"):
        bench.driver.set("A", True)


def test_one_that_keeps_the_connection_may_be_told_so(benches):
    bench = benches("PychronGPActuator", hangs_up=False, reply_terminator="\n")
    bench.simulator.hangs_up, bench.simulator.end = False, "\r\n"
    bench.driver.set("A", True)
    assert bench.driver.read_all() == {"A": True, "B": False}
    assert (bench.handle.opened, bench.driver.hangs_up) == (1, False)


def test_one_that_should_hang_up_and_does_not_is_left_all_the_same(benches):
    bench = benches("ASCIIGPActuator", hangs_up=True)
    bench.driver.set("A", True)
    assert bench.driver.read("A") is True
    assert bench.handle.opened == 2


def test_it_is_not_sent_to_one_that_is_gone(benches):
    bench = benches("PychronGPActuator")
    bench.driver.set("A", True)
    bench.unplug()
    with pytest.raises(NotSent):
        bench.driver.set("A", False)


def test_a_name_that_would_be_two_words_is_refused_before_anything_is_sent(benches):
    bench = benches("ASCIIGPActuator")
    for use in (lambda: bench.driver.set("A B", True), lambda: bench.driver.read("A,B")):
        with pytest.raises(BadChannel):
            use()
    assert bench.handle.opened == 0


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"open_command": "Close"}, "must differ"),
        ({"state_command": "Open"}, "must differ"),
        ({"open_words": ["1"], "closed_words": ["10"]}, "neither may be the beginning"),
        ({"done_words": ["OK"], "refused_words": ["OK"]}, "neither may be the beginning"),
        ({"reply_terminator": ""}, "without hangs_up nothing would tell"),
        ({"hangs_up": True, "port": "serial:///dev/ttyS0"}, "a serial line cannot be hung up on"),
        ({"valve_opens_when": "relay_open"}, "relay_closed"),
        ({"terminator": ""}, "at least 1 character"),
        ({"terminator": "\u2028"}, "pattern"),
        ({"open_command": "Open\r"}, "pattern"),
        ({"open_command": ""}, "at least 1 character"),
        ({"closed_words": []}, "at least 1 item"),
        ({"words": []}, "Extra inputs"),
    ],
)
def test_settings_that_could_be_misunderstood_are_refused(keys, why):
    with pytest.raises(ValidationError, match=why):
        settings(**keys)


def test_pychrons_settings_need_no_more_than_a_port():
    made = PychronGPActuatorSettings(name="x", klass="PychronGPActuator", port=TCP)
    assert (made.hangs_up, made.reply_terminator, made.refused_words) == (True, "", ["ok"])
