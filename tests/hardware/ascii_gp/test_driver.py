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
    words = {"done_words": ["OK"], "open_words": ["True"]}
    bench = benches("PychronGPActuator", hangs_up=False, reply_terminator="\n", **words)
    bench.simulator.hangs_up, bench.simulator.end, bench.simulator.open_word = False, "\r\n", "True"
    bench.driver.set("A", True)
    assert bench.driver.read_all() == {"A": True, "B": False}
    assert (bench.handle.opened, bench.driver.hangs_up) == (1, False)


def test_one_that_should_hang_up_and_does_not_is_left_all_the_same(benches):
    bench = benches("ASCIIGPActuator", hangs_up=True)
    bench.driver.set("A", True)
    assert bench.driver.read("A") is True
    assert bench.handle.opened == 2


class Told:
    """The lines that a controller is told, answered in turn as given; when that is over, as the simulator does."""

    def __init__(self, simulator, *answers):
        self.lines = []
        self._answers = list(answers)
        self._answer = simulator.answer
        simulator.answer = self

    def __call__(self, line):
        self.lines.append(line)
        return self._answers.pop(0) if self._answers else self._answer(line)


@pytest.mark.parametrize("wire", ["tcp", "pty"])
def test_a_state_is_asked_for_twice_and_one_that_differs_is_none(benches, wire):
    bench = benches("ASCIIGPActuator", wire)
    told = Told(bench.simulator, "True", "False")
    with pytest.raises(BadReply, match="A was read twice, and differs"):
        bench.driver.read("A")
    assert bench.driver.read("A") is False
    assert told.lines == ["GetValveState A"] * 4


def test_a_confirmation_of_another_command_is_no_success(benches):
    bench = benches("ASCIIGPActuator", travel_s=0.0)
    bench.driver.set("B", True)
    told = Told(bench.simulator, "OK")
    with pytest.raises(DeviceRefused, match="B was confirmed, and is still open"):
        bench.driver.set("B", False)
    assert told.lines == ["Close B", "GetValveState B"]
    Told(bench.simulator, "OK", "OK")  # the one to its question is still under way
    with pytest.raises(BadReply, match="expected 'True' or 'False', got b'OK"):
        bench.driver.set("B", False)


@pytest.mark.parametrize("energised", [True, False])
def test_a_valve_that_is_under_way_is_asked_for_again(benches, energised):
    bench = benches("ASCIIGPActuator")
    told = Told(bench.simulator, "OK", *["False" if energised else "True"] * 2)
    bench.simulator.relays["A"] = energised
    bench.driver.set("A", energised)
    assert told.lines[1:] == ["GetValveState A"] * 3


def test_what_nobody_asked_for_between_two_answers_is_no_state(benches):
    bench = benches("ASCIIGPActuator")
    bench.driver.set("A", True)
    Told(bench.simulator, "True\r\nTrue")
    with pytest.raises(BadReply, match="nobody had asked"):
        bench.driver.read("A")


@pytest.mark.parametrize("klass", ["ASCIIGPActuator", "PychronGPActuator"])
def test_what_may_be_prevented_is_the_command(benches, klass):
    bench = benches(klass)
    bench.driver.read_all()
    told, acts = Told(bench.simulator), []
    with bench.exchange.guarded(lambda: None, lambda: acts.append(list(told.lines))):
        bench.driver.set("A", True)
        bench.driver.read_all()
    assert acts == [[]]


def test_one_that_keeps_the_connection_and_hangs_up_in_a_reply_has_not_given_it(benches):
    bench = benches("ASCIIGPActuator")
    bench.driver.read("A")
    bench.simulator.end, bench.simulator.hangs_up = "", True
    with pytest.raises(LinkDown):
        bench.driver.read("A")


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
        ({"done_words": ["True"]}, "a late answer to a command would be taken for a state"),
        ({"refused_words": ["Falsely"]}, "a late answer to a command would be taken for a state"),
        ({"error_words": ["T"]}, "'T' and 'True': neither may be the beginning of the other"),
        ({"error_words": ["OK"]}, "neither may be the beginning of the other"),
        ({"error_words": ["not"], "refused_words": ["not now"]}, "neither may be the beginning of the other"),
        ({"delimiter": "\r"}, "pattern"),
        ({"delimiter": "\n"}, "pattern"),
        ({"travel_s": 10.5}, "less than or equal to 10"),
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


def test_words_of_commands_may_be_words_of_states_where_each_has_a_connection_of_its_own():
    assert settings(done_words=["True"], hangs_up=True).done_words == ["True"]
    with pytest.raises(ValidationError, match="'OK' and 'OK': neither may be the beginning of the other: a late"):
        PychronGPActuatorSettings(name="x", klass="PychronGPActuator", port=TCP, hangs_up=False, reply_terminator=";")


def test_pychrons_settings_need_no_more_than_a_port():
    made = PychronGPActuatorSettings(name="x", klass="PychronGPActuator", port=TCP)
    assert (made.hangs_up, made.reply_terminator, made.refused_words) == (True, "", ["ok"])
