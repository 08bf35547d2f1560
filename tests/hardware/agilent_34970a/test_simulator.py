"""The simulated 34970A / 34972A, byte by byte as the manual has it."""

import pytest

from hardware.agilent_34970a.simulator import CARD_34903A, Agilent34970aSimulator

NO_ERROR = b'+0,"No error"\n'


@pytest.fixture
def simulator():
    return Agilent34970aSimulator()


VECTORS = [
    (b"ROUT:CLOS (@101)\n", b""),
    (b"ROUT:CLOS? (@101)\n", b"1\n"),
    (b"ROUT:OPEN? (@101)\n", b"0\n"),
    (b"ROUT:CLOS? (@101,102)\n", b"1,0\n"),
    (b"ROUT:CLOSE (@103:105)\n", b""),
    (b"ROUT:CLOS? (@101,103:106)\n", b"1,1,1,1,0\n"),
    (b"ROUTE:OPEN (@101)\r\n", b""),
    (b"rout:clos? (@101)\n", b"0\n"),
    (b":ROUT:CLOS? (@101)\n", b"0\n"),
    (b"SYST:ERR?\n", NO_ERROR),
    (b"SYSTEM:ERROR?\n", NO_ERROR),
    (b"ROUT:DONE?\n", b"1\n"),
    (b"*IDN?\n", b"Keysight Technologies,34972A,SIMULATED,1.16-1.12-02-02\n"),
    (b"SYST:CTYP? 100\n", b"HEWLETT-PACKARD,34903A,0,2.0\n"),
    (b"SYST:CTYP? 200\n", b"HEWLETT-PACKARD,0,0,0\n"),
    (b"\n", b""),
]


def test_the_vectors_of_the_manual(simulator):
    assert [simulator.feed(data) for data, _ in VECTORS] == [answer for _, answer in VECTORS]


def test_input_may_be_split_anywhere(simulator):
    whole = b"".join(data for data, _ in VECTORS)
    answers = b"".join(simulator.feed(bytes([byte])) for byte in whole)
    assert answers == b"".join(answer for _, answer in VECTORS)


def test_input_may_be_joined(simulator):
    assert simulator.feed(b"".join(data for data, _ in VECTORS)) == b"".join(answer for _, answer in VECTORS)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"ROUT:CLOS (@421)\n", b'+111,"Channel list: slot number out of range"\n'),
        (b"ROUT:CLOS (@121)\n", b'+112,"Channel list: channel number out of range"\n'),
        (b"ROUT:CLOS (@105:101)\n", b'+112,"Channel list: channel number out of range"\n'),
        (b"ROUT:CLOS (@201)\n", b'+302,"No module was detected in this slot"\n'),
        (b"ROUT:CLOS (@101,421)\n", b'+111,"Channel list: slot number out of range"\n'),
        (b"ROUT:CLOS 101\n", b'-222,"Data out of range"\n'),
        (b"ROUT:CLOZ (@101)\n", b'-113,"Undefined header"\n'),
        (b"\xff\xfe\n", b'-113,"Undefined header"\n'),
        (b"SYST:CTYP? 101\n", b'-222,"Data out of range"\n'),
        (b"x" * 5000, b'-113,"Undefined header"\n'),
    ],
)
def test_a_wrong_command_moves_nothing_and_is_queued_as_an_error(simulator, data, error):
    assert simulator.feed(data) == b""
    assert simulator.feed(b"SYST:ERR?\nSYST:ERR?\n") == error + NO_ERROR
    assert simulator.moves == 0


@pytest.mark.parametrize(("wire", "length", "end"), [("tcp", 20, b"\n"), ("serial", 10, b"\r\n")])
def test_the_error_queue_overflows_at_its_end(simulator, wire, length, end):
    session = simulator.session(wire)
    session.feed(b"SYST:REM\n" + b"bad\n" * (length + 5))
    lines = session.feed(b"SYST:ERR?\n" * (length + 1)).split(end)[:-1]
    assert lines == [b'-113,"Undefined header"'] * (length - 1) + [b'-350,"Error queue overflow"', b'+0,"No error"']


def test_the_interfaces_own_errors_are_read_before_the_devices(simulator):
    simulator.device_errors.append((501, "Cannot calibrate while scan initiated"))
    simulator.feed(b"bad\n")
    answers = simulator.feed(b"SYST:ERR?\nSYST:ERR?\n")
    assert answers == b'-113,"Undefined header"\n+501,"Cannot calibrate while scan initiated"\n'


def test_clear_empties_the_queue_and_reset_does_not(simulator):
    simulator.feed(b"bad\n*RST\n")
    assert simulator.feed(b"SYST:ERR?\n") != NO_ERROR
    simulator.feed(b"bad\n*CLS\n")
    assert simulator.feed(b"SYST:ERR?\n") == NO_ERROR


def test_reset_opens_all_relays(simulator):
    simulator.feed(b"ROUT:CLOS (@101:120)\n*RST\n")
    assert not any(simulator.relays.values())


def test_resetting_a_card_opens_its_relays_only():
    simulator = Agilent34970aSimulator({1: CARD_34903A, 3: CARD_34903A})
    simulator.feed(b"ROUT:CLOS (@101,301)\nSYST:CPON 300\n")
    assert (simulator.relays["101"], simulator.relays["301"]) == (True, False)


def test_only_real_movements_are_counted(simulator):
    simulator.feed(b"ROUT:CLOS (@101)\nROUT:CLOS (@101)\nROUT:OPEN (@101)\nROUT:OPEN (@102)\n")
    assert simulator.moves == 2


def test_over_rs232_it_starts_in_local_mode_and_ends_lines_with_cr_lf(simulator):
    session = simulator.session("serial")
    assert session.feed(b"ROUT:CLOS (@101)\nSYST:ERR?\n") == b'+550,"Command not allowed in local mode"\r\n'
    assert session.feed(b"SYST:REM\nROUT:CLOS (@101)\nROUT:CLOS? (@101)\n") == b"1\r\n"
    assert session.feed(b"SYST:LOC\nROUT:OPEN (@101)\nSYST:ERR?\n").startswith(b"+550")
    assert simulator.relays["101"]


def test_a_stuck_relay_accepts_commands_and_stays(simulator):
    simulator.faults.stuck.add("101")
    assert simulator.feed(b"ROUT:CLOS (@101)\nSYST:ERR?\nROUT:CLOS? (@101)\n") == NO_ERROR + b"0\n"
    assert simulator.moves == 0


def test_a_lying_readback_is_inverted(simulator):
    simulator.faults.lie.add("101")
    assert simulator.feed(b"ROUT:CLOS (@101)\nROUT:CLOS? (@101,102)\n") == b"0,0\n"
    assert simulator.relays["101"]


def test_a_mute_device_acts_and_stays_silent(simulator):
    simulator.faults.mute = True
    assert simulator.feed(b"ROUT:CLOS (@101)\nSYST:ERR?\n") == b""
    assert simulator.relays["101"]


def test_garbling_damages_each_answer_inside_its_frame(simulator):
    simulator.faults.garble = True
    assert simulator.feed(b"ROUT:CLOS? (@101)\nSYST:ERR?\n") == b'p\nk0,"No error"\n'
