"""The simulated valve box, from the far end."""

import pytest

from hardware.arduino_gp.simulator import ArduinoSimulator


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def board(clock):
    made = ArduinoSimulator(clock)
    made.boots_s, made.loses_first = 0.0, False
    return made


VECTORS = [
    ("77 20 35 31 20 31 0d", "4f 4b 0d 0a"),  # [1] both ends of PY
    ("72 20 35 30 0d", "31 0d 0a"),  # [1] both ends of PY
    ("72 20 34 39 0d", "30 0d 0a"),
    ("72 20 35 31 0d 0a", "31 0d 0a"),  # LF is passed over
    ("77 20 35 31 20 30 0d", "4f 4b 0d 0a"),
    ("72 20 34 39 0d", "31 0d 0a"),
]


def test_the_vectors(board):
    assert [board.feed(bytes.fromhex(line)).hex(" ") for line, _ in VECTORS] == [reply for _, reply in VECTORS]


def test_input_may_be_split_and_joined_anywhere(board):
    whole = bytes.fromhex("".join(line for line, _ in VECTORS))
    replies = bytes.fromhex("".join(reply for _, reply in VECTORS))
    assert b"".join(board.feed(bytes([byte])) for byte in whole) == replies
    assert board.feed(whole) == replies


@pytest.mark.parametrize("line", [b"p m 51 0\r", b"x\r", b"\r", b"\xff\xfe\r", b"W 51 1\r", b"y" * 200])
def test_what_it_does_not_know_has_no_answer(board, line):
    assert board.feed(line) == b""
    assert board.moves == 0


def test_a_pin_without_a_valve_answers_and_moves_nothing(board):
    assert board.feed(b"w 50 1\rr 50\rr 7\rr\r") == b"OK\r\n0\r\n0\r\n0\r\n"
    assert board.moves == 0


def test_opening_the_port_restarts_it_and_its_outputs_fall(clock, board):
    board.feed(b"w 51 1\r")
    board.boots_s, board.loses_first, board.greeting = 2.0, True, b"\x00"
    session = board.session("serial")
    assert board.relays["0"] is False
    assert session.feed(b"w 51 1\r") == b""
    clock.now += 2.0
    assert session.feed(b"w 51 1\r") == b"\x00"
    assert board.relays["0"] is False
    assert session.feed(b"r 51\r") == b"0\r\n"


def test_with_its_dtr_line_cut_it_does_not(board):
    board.feed(b"w 51 1\r")
    board.boots_s, board.loses_first, board.resets = 2.0, True, False
    assert board.session("serial").feed(b"r 51\r") == b"1\r\n"


def test_a_valve_takes_its_time(clock, board):
    board.travel_s = 0.5
    board.feed(b"w 48 1\r")
    assert board.feed(b"r 48\rr 47\rr 46\r") == b"1\r\n0\r\n0\r\n"
    clock.now += 0.5
    assert board.feed(b"r 48\rr 47\rr 46\r") == b"1\r\n1\r\n0\r\n"


def test_valves_jam_and_switches_stick(board):
    board.jammed["0"] = False
    assert board.feed(b"w 51 1\rr 51\rr 50\rr 49\r") == b"OK\r\n1\r\n0\r\n1\r\n"
    board.jammed["0"] = None
    assert board.feed(b"r 50\rr 49\r") == b"0\r\n0\r\n"
    board.switches = {50: True, 49: True}
    assert board.feed(b"r 50\rr 49\r") == b"1\r\n1\r\n"


def test_faults_show_from_the_far_end(board):
    board.faults.stuck.add("0")
    assert board.feed(b"w 51 1\rr 51\r") == b"OK\r\n0\r\n"
    board.faults.lie.add("1")
    assert board.feed(b"r 48\rr 47\rr 46\r") == b"1\r\n1\r\n0\r\n"
    board.faults.garble = True
    assert board.feed(b"w 45 1\r") == b"\x0fK\r\n"
    board.faults.mute = True
    assert board.feed(b"w 45 0\r") == b""
    assert board.moves == 2
