"""The simulated 937B, byte by byte as the manual has it."""

import pytest

from hardware.mks_937.simulator import Mks937Simulator


@pytest.fixture
def simulator():
    return Mks937Simulator()


VECTORS = [
    (b"@253PR4?;FF", b"@253ACK7.602E+2;FF"),
    (b"@253CP1!OFF;FF", b"@253ACKOFF;FF"),
    (b"@253CP1?;FF", b"@253ACKOFF;FF"),
    (b"@253PR1?;FF", b"@253ACKOFF;FF"),
    (b"@253PRZ?;FF", b"@253ACKOFF 8.340E-3 5.600E-8 7.602E+2 NOGAUGE NOGAUGE;FF"),
    (b"@253CP1!ON;FF", b"@253ACKON;FF"),
    (b"@253PR1?;FF", b"@253ACK3.200E-9;FF"),
    (b"@253BR!19200;FF", b"@253ACK19200;FF"),
    (b"@253U?;FF", b"@253ACKTORR;FF"),
    (b"@253U!MBAR;FF", b"@253ACKMBAR;FF"),
    (b"@253SN?;FF", b"@253ACK0123456789;FF"),
    (b"@253AD?;FF", b"@253ACK253;FF"),
    (b"@253DLY?;FF", b"@253ACK8;FF"),
    (b"@253XY?;FF", b"@253NAK160;FF"),
    (b"@253PR1;FF", b"@253NAK160;FF"),
    (b"@253U1?;FF", b"@253NAK160;FF"),
    (b"@253PR7?;FF", b"@253NAK162;FF"),
    (b"@253PR1!5;FF", b"@253NAK175;FF"),
    (b"@253SN!5;FF", b"@253NAK175;FF"),
    (b"@253CP1!UP;FF", b"@253NAK169;FF"),
    (b"@253DLY!0;FF", b"@253NAK172;FF"),
    (b"@253CP4!OFF;FF", b"@253NAK150;FF"),
    (b"@253CP5!ON;FF", b"@253NAK151;FF"),
    (b"@252PR1?;FF", b""),
    (b"PR1?;FF", b""),
    (b"\r\n\x00@253PR6?;FF", b"@253ACKNOGAUGE;FF"),
    (b"@254PR6?;FF", b"@253ACKNOGAUGE;FF"),
    (b"@255PR6?;FF", b""),
]


def test_the_vectors_of_the_manual(simulator):
    simulator.decimals = 3
    assert [simulator.feed(data) for data, _ in VECTORS] == [answer for _, answer in VECTORS]
    assert simulator.moves == 2


def test_input_may_be_split_anywhere_and_joined(simulator):
    simulator.decimals = 3
    whole = b"".join(data for data, _ in VECTORS)
    answers = b"".join(simulator.feed(bytes([byte])) for byte in whole)
    other = Mks937Simulator()
    other.decimals = 3
    assert answers == b"".join(answer for _, answer in VECTORS) == other.feed(whole)


def test_to_everybody_it_acts_and_to_255_it_does_not_answer(simulator):
    assert simulator.feed(b"@254CP1!OFF;FF") == b"@253ACKOFF;FF"
    assert simulator.feed(b"@255CP2!OFF;FF") == b""
    assert (simulator.powered["1"], simulator.powered["2"], simulator.moves) == (False, False, 2)


def test_its_delay_is_kept_by_whoever_serves_it(simulator):
    assert simulator.faults.slow_s == 0.008
    simulator.feed(b"@253DLY!20;FF")
    assert simulator.faults.slow_s == 0.02


def test_locked_it_changes_nothing(simulator):
    simulator.locked = True
    assert simulator.feed(b"@253CP1!OFF;FF@253CP1?;FF") == b"@253NAK161;FF@253ACKON;FF"
    assert simulator.moves == 0


def test_a_stuck_gauge_confirms_and_stays_and_a_lying_one_tells_the_reverse(simulator):
    simulator.faults.stuck.add("1")
    simulator.faults.lie.add("2")
    assert simulator.feed(b"@253CP1!OFF;FF@253CP1?;FF@253CP2?;FF") == b"@253ACKOFF;FF@253ACKON;FF@253ACKOFF;FF"


def test_it_writes_as_different_firmware_does(simulator):
    simulator.attention, simulator.exponent_digits = False, 2
    assert simulator.feed(b"@253PR1?;FF") == b"253ACK3.20E-09;FF"
    simulator.old = True
    assert simulator.feed(b"@253U?;FF@253PRZ?;FF") == b"253NAK160;FF253NAK160;FF"


def test_others_are_heard_on_the_bus(simulator):
    simulator.chatter, simulator.echo = b"@004ACK1.00E-3;FF", True
    assert simulator.feed(b"@253PR1?;FF") == b"@253PR1?;FF@004ACK1.00E-3;FF@253ACK3.20E-9;FF"


def test_mute_it_acts_and_garbled_it_damages_one_byte(simulator):
    simulator.faults.mute = True
    assert simulator.feed(b"@253CP1!OFF;FF") == b""
    assert simulator.powered["1"] is False
    simulator.faults.mute, simulator.faults.garble = False, True
    assert simulator.feed(b"@253CP1?;FF") == b"\x00253ACKOFF;FF"
