"""The simulated Micro-Ion module, byte by byte as the manual has it."""

import itertools

import pytest

from hardware.granville_phillips.simulator import MicroIonSimulator


@pytest.fixture
def simulator():
    return MicroIonSimulator(itertools.count().__next__)


VECTORS = [
    (b"#01RD\r", b"*01 1.53E-06\r"),
    (b"#01RDCG1\r", b"*01 1.20E-03\r"),
    (b"#01RDCG2\r", b"*01 1.01E+03\r"),
    (b"#01IGS\r", b"*01 1 IG ON \r"),
    (b"#01IG1\r", b"?01 INVALID \r"),
    (b"#01IG0\r", b"*01 PROGM OK\r"),
    (b"#01RD\r", b"*01 9.90E+09\r"),
    (b"#01IGS\r", b"*01 0 IG OFF\r"),
    (b"#01IG1\r", b"*01 PROGM OK\r"),
    (b"#01XX\r", b"?01 SYNTX ER\r"),
    (b"#01DS IG\r", b"?01 SYNTX ER\r"),
    (b"\n#01RD\r", b"?01 SYNTX ER\r"),
    (b"#02RD\r", b""),
    (b"RD\r", b""),
    (b"\r", b""),
]


def test_the_vectors_of_the_manual(simulator):
    assert [simulator.feed(data) for data, _ in VECTORS] == [answer for _, answer in VECTORS]
    assert simulator.moves == 2


def test_input_may_be_split_anywhere_and_joined(simulator):
    whole = b"".join(data for data, _ in VECTORS)
    answers = b"".join(simulator.feed(bytes([byte])) for byte in whole)
    other = MicroIonSimulator(itertools.count().__next__)
    assert answers == b"".join(answer for _, answer in VECTORS) == other.feed(whole)


def test_what_comes_too_early_is_not_heard():
    times = iter([0.0, 0.04, 0.1])
    simulator = MicroIonSimulator(lambda: next(times))
    assert [simulator.feed(b"#01RD\r") for _ in range(3)] == [b"*01 1.53E-06\r", b"", b"*01 1.53E-06\r"]


def test_it_writes_as_its_relatives_do(simulator):
    simulator.addressed, simulator.dialect, simulator.line_feed = False, "DS", True
    assert simulator.feed(b"#01DS IG\r") == b"* 1.53E-06\r\n"
    simulator.dialect = "RD1"
    assert simulator.feed(b"#01RD1\r#01RD\r") == b"* 1.53E-06\r\n? SYNTX ER\r\n"


def test_others_are_heard_on_the_line(simulator):
    simulator.chatter, simulator.echo = b"*02 1.00E-03\r", True
    assert simulator.feed(b"#01RD\r") == b"#01RD\r*02 1.00E-03\r*01 1.53E-06\r"


def test_a_stuck_gauge_says_done_and_stays_mute_it_acts_and_garbled_it_damages_one_byte(simulator):
    simulator.faults.stuck.add("IG")
    assert simulator.feed(b"#01IG0\r#01IGS\r") == b"*01 PROGM OK\r*01 1 IG ON \r"
    simulator.faults.stuck.clear()
    simulator.faults.mute = True
    assert simulator.feed(b"#01IG0\r") == b""
    assert not simulator.powered
    simulator.faults.mute, simulator.faults.garble = False, True
    assert simulator.feed(b"#01RD\r") == b"j01 9.90E+09\r"
