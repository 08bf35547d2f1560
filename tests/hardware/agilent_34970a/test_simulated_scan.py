"""The simulated 34901A, byte by byte as the manual has it."""

import pytest

from hardware.agilent_34970a.simulator import CARD_34901A, CARD_34903A, Agilent34970aSimulator

NO_ERROR = b'+0,"No error"\n'
INITIATED = b'+261,"Not able to execute while scan initiated"\n'
COMMITTED = b'+301,"Module currently committed to scan"\n'


@pytest.fixture
def simulator():
    return Agilent34970aSimulator({1: CARD_34901A, 2: CARD_34903A})


def test_the_card_says_what_it_is(simulator):
    assert simulator.feed(b"SYST:CTYP? 100\n") == b"HEWLETT-PACKARD,34901A,0,2.0\n"


def test_the_scan_list_is_told_as_a_block(simulator):
    assert simulator.feed(b"ROUT:SCAN?\n") == b"#13(@)\n"
    simulator.feed(b"ROUT:SCAN (@101:103)\n")
    assert simulator.feed(b"ROUT:SCAN?\n") == b"#214(@101,102,103)\n"
    simulator.feed(b"ROUT:SCAN (@)\n")
    assert simulator.feed(b"ROUT:SCAN?\n") == b"#13(@)\n"


def test_a_scan_reads_what_is_configured(simulator):
    simulator.shown.update({"101": 4.2715e-3, "103": 26.195, "104": "+9.9E+37"})
    simulator.feed(b"CONF:VOLT:DC (@101)\nCONF:TEMP TC,K,(@103:104)\nROUT:SCAN (@101,103,104)\n")
    assert simulator.feed(b"READ?\n") == b"+4.27150000E-03,+2.61950000E+01,+9.90000000E+37\n"
    simulator.feed(b"FORM:READ:UNIT ON\nFORM:READ:CHAN ON\n")
    assert simulator.feed(b"READ?\n") == b"+4.27150000E-03 VDC,101,+2.61950000E+01 C,103,+9.90000000E+37 C,104\n"
    simulator.feed(b"FORM:READ:TIME ON\nFORM:READ:ALARM 1\nROUT:SCAN (@103)\n")
    assert simulator.feed(b"READ?\n") == b"+2.61950000E+01 C,000000000.017,103,0\n"
    assert simulator.feed(b"SYST:ERR?\n") == NO_ERROR


def test_conf_sets_the_format_and_the_scan_list_back(simulator):
    simulator.feed(b"CONF:TEMP TC,K,(@103)\nFORM:READ:UNIT ON\nROUT:SCAN (@101,103)\nCONF:TEMP RTD,85,(@104)\n")
    assert simulator.feed(b"ROUT:SCAN?\nREAD?\n") == b"#16(@104)\n+2.00000000E+01\n"


def test_readings_are_kept_until_they_are_removed(simulator):
    simulator.feed(b"CONF:VOLT:DC (@101,102)\nTRIG:COUNT 2\nINIT\n")
    assert simulator.feed(b"DATA:POIN?\n") == b"+4\n"
    assert simulator.feed(b"DATA:REM? 3\nDATA:POINTS?\n").count(b"E+01") == 3
    assert simulator.feed(b"DATA:REMOVE? 2\nSYST:ERR?\n") == b'-222,"Data out of range"\n'
    assert simulator.feed(b"FETC?\n") == b"+2.00000000E+01\n"
    assert simulator.feed(b"DATA:REM? 1\nFETC?\nSYST:ERR?\n") == b'+2.00000000E+01\n-230,"Data stale"\n'


def test_init_opens_all_relays_of_each_scanned_card_and_no_others(simulator):
    simulator.feed(b"ROUT:CLOS (@105,122,201)\nROUT:SCAN (@101)\n")
    assert simulator.relays["105"]
    simulator.feed(b"INIT\n")
    assert [simulator.relays[channel] for channel in ("105", "122", "201")] == [False, False, True]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"CONF:TEMP:TC (@101)\n", b'-113,"Undefined header"\n'),  # Pychron's: no such command
        (b"CONF:TEMP TC,X,(@101)\n", b'-222,"Data out of range"\n'),
        (b"CONF:TEMP TC,K,(@221)\n", b'+112,"Channel list: channel number out of range"\n'),
        (b"CONF:TEMP TC,K,(@201)\n", b'+303,"Module is not able to perform requested operation"\n'),
        (b"CONF:TEMP TC,K,(@121)\n", b'+303,"Module is not able to perform requested operation"\n'),
        (b"ROUT:SCAN (@201)\n", b'+303,"Module is not able to perform requested operation"\n'),
        (b"ROUT:SCAN (@301)\n", b'+302,"No module was detected in this slot"\n'),
        (b"ROUT:SCAN (@)\nREAD?\n", b'+113,"Channel list: empty scan list"\n'),
        (b"ROUT:SCAN (@101)\nROUT:CLOS (@101)\n", COMMITTED),
        (b"FORM:READ:UNIT MAYBE\n", b'-222,"Data out of range"\n'),
        (b"TRIG:COUN 0\n", b'-222,"Data out of range"\n'),
        (b"TRIG:TIM x\n", b'-222,"Data out of range"\n'),
        (b"TRIG:SOUR MOON\n", b'-222,"Data out of range"\n'),
    ],
)
def test_a_wrong_command_is_queued_as_an_error(simulator, data, error):
    assert simulator.feed(data) == b""
    assert simulator.feed(b"SYST:ERR?\nSYST:ERR?\n") == error + NO_ERROR


def test_a_channel_of_the_card_that_is_not_in_the_list_can_be_closed_between_scans(simulator):
    assert simulator.feed(b"ROUT:SCAN (@101)\nROUT:CLOS (@102)\nROUT:CLOS? (@102)\nSYST:ERR?\n") == b"1\n" + NO_ERROR


@pytest.mark.parametrize(
    "data",
    [b"CONF:VOLT:DC (@101)", b"ROUT:SCAN (@102)", b"INIT", b"READ?", b"TRIG:COUN 2", b"TRIG:TIM 1", b"TRIG:SOUR IMM"],
)
def test_while_a_scan_waits_nothing_about_it_can_be_changed(simulator, data):
    simulator.feed(b"CONF:VOLT:DC (@101)\nTRIG:SOUR BUS\nINIT\n")
    assert simulator.feed(data + b"\nSYST:ERR?\n") == INITIATED
    assert simulator.feed(b"ROUT:CLOS (@102)\nSYST:ERR?\n") == COMMITTED
    assert simulator.feed(b"ABOR\n" + data + b"\nSYST:ERR?\n").endswith(NO_ERROR)


def test_a_scan_that_waits_is_triggered_over_the_bus(simulator):
    simulator.feed(b"CONF:VOLT:DC (@101)\nTRIG:SOUR BUS\nINIT\n")
    assert simulator.feed(b"DATA:POIN?\n*TRG\nDATA:POIN?\nFETC?\n") == b"+0\n+1\n+2.00000000E+01\n"
    assert simulator.feed(b"*TRG\nSYST:ERR?\n") == NO_ERROR
