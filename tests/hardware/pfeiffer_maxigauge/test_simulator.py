"""The simulated TPG 256 A, byte by byte as the manual has it."""

import pytest

from hardware.pfeiffer_maxigauge.simulator import MaxiGaugeSimulator

ACK, NAK, ENQ, ETX = b"\x06\r\n", b"\x15\r\n", b"\x05", b"\x03"


@pytest.fixture
def simulator():
    return MaxiGaugeSimulator()


VECTORS = [
    (bytes.fromhex("50 52 31 0D"), bytes.fromhex("06 0D 0A")),
    (bytes.fromhex("05"), bytes.fromhex("30 2C 38 2E 33 34 30 30 45 2D 30 33 0D 0A")),
    (ENQ, b"0,8.3400E-03\r\n"),
    (b"PR2\r\n", ACK),
    (ENQ, b"0,1.5300E-09\r\n"),
    (b"PR5\r", ACK),
    (ENQ, b"5,2.0000E-02\r\n"),
    (b"UNI\r", ACK),
    (ENQ, b"0\r\n"),
    (b"U N I, 1\r", ACK),
    (ENQ, b"1\r\n"),
    (b"UNI,3\r", NAK),
    (ENQ, b"0010\r\n"),
    (b"PR7\r", NAK),
    (ENQ, b"0001\r\n"),
    (ENQ, b"0000\r\n"),
    (b"\r", NAK),
    (b"PR1,5\r", NAK),
    (b"ERR\r", ACK),
    (ENQ, b"0000\r\n"),
    (b"TID\r", ACK),
    (ENQ, b"TPR/PCR,IKR9,CMR,PKR,noSen,noSen\r\n"),
    (b"PNR\r", ACK),
    (ENQ, b"302-510-A\r\n"),
    (b"SEN\r", ACK),
    (ENQ, b"2,2,2,1,2,2\r\n"),
    (b"PR", b""),
    (ETX, b""),
    (b"PR1\r", ACK),
    (ETX, b""),
    (ENQ, b"0000\r\n"),
]


def test_the_vectors_of_the_manual(simulator):
    assert [simulator.feed(data) for data, _ in VECTORS] == [answer for _, answer in VECTORS]


def test_input_may_be_split_anywhere_and_joined(simulator):
    whole = b"".join(data for data, _ in VECTORS)
    answers = b"".join(simulator.feed(bytes([byte])) for byte in whole)
    assert answers == b"".join(answer for _, answer in VECTORS) == MaxiGaugeSimulator().feed(whole)


def test_a_lost_acknowledgement_leaves_it_waiting_until_an_enquiry_or_etx(simulator):
    simulator.lost = 2
    assert simulator.feed(b"PR1\r") == b""
    assert simulator.waiting
    assert simulator.feed(b"PR2\rPR3\r") == b""
    assert simulator.feed(ENQ) == b"0,8.3400E-03\r\n"
    assert simulator.feed(b"PR1\r") == b""
    assert simulator.feed(ETX + b"PR2\r") == ACK
    assert simulator.session("tcp") is simulator  # another client finds it as the last one has left it


def test_it_writes_as_different_firmware_does(simulator):
    simulator.space, simulator.exponent_digits, simulator.two_words, simulator.confirms_reset = " ", 1, True, True
    assert simulator.feed(ETX + b"PR1\r" + ENQ) == ACK + ACK + b"0, 8.3400E-3\r\n"
    assert simulator.feed(b"XYZ\r" + ENQ + ENQ) == NAK + b"4096,0\r\n0,0\r\n"


def test_what_is_late_comes_once(simulator):
    simulator.late = [b"0,1.0000E+03\r\n", ACK]
    assert simulator.feed(b"PR1\r" + ENQ + ENQ) == b"0,1.0000E+03\r\n" + ACK + ACK + 2 * b"0,8.3400E-03\r\n"


def test_mute_it_is_left_waiting_and_garbled_it_damages_one_byte(simulator):
    simulator.faults.mute = True
    assert simulator.feed(b"PR1\r") == b""
    assert simulator.waiting
    simulator.faults.mute, simulator.faults.garble = False, True
    assert simulator.feed(ENQ) == b"p,8.3400E-03\r\n"
