"""The simulated controllers, from the far end."""

import pytest

from hardware.ascii_gp.simulator import PychronValveServer, SwitchController

VECTORS = [
    (b"GetValveState A\r", b"False\r\n"),  # [1] PY
    (b"Open A\r", b"OK\r\n"),  # [1] PY
    (b"GetValveState A\r", b"True\r\n"),  # [1] PY
    (b"  Open A  \r\n", b"OK\r\n"),
    (b"Close A\n", b"OK\r\n"),  # [1] PY
    (b"GetIndicatorState A\r", b"False\r\n"),  # [1] PY
    (b"Open \r", b""),
    (b"\r\n", b""),
    (b"close A\r", b""),
]


@pytest.fixture
def simulator():
    return SwitchController(["A", "B"])


def test_the_lines_that_pychron_knows(simulator):
    assert [simulator.feed(line) for line, _ in VECTORS[:6]] == [reply for _, reply in VECTORS[:6]]
    assert simulator.moves == 2


def test_input_may_be_split_and_joined_anywhere(simulator):
    whole, replies = b"".join(line for line, _ in VECTORS[:6]), b"".join(reply for _, reply in VECTORS[:6])
    assert b"".join(simulator.feed(bytes([byte])) for byte in whole) == replies
    assert simulator.feed(whole) == replies


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"Open X\r", b"ERROR 004 : invalid arguments: Open X\r\n"),
        (b"Open\r", b"ERROR 015 : Valve  failed to actuate open\r\n"),
        (b"GetValveState X\r", b"ERROR 005 : X is not a registered valve name\r\n"),
        (b"close A\r", b""),
        (b"\xff\xfe\r", b""),
        (b"x" * 5000, b""),
    ],
)
def test_what_it_cannot_do_moves_nothing(simulator, line, reply):
    assert simulator.feed(line) == reply
    assert simulator.moves == 0


def test_without_names_it_has_any_valve():
    simulator = SwitchController()
    assert simulator.feed(b"Open Q7\rGetValveState Q7\rGetValveState Z\r") == b"OK\r\nTrue\r\nFalse\r\n"


def test_pychrons_own_ends_no_reply_and_hangs_up():
    session = PychronValveServer().session("tcp")
    assert (session.feed(b"Open A"), session.over) == (b"", False)
    assert (session.feed(b"\r"), session.over) == (b"OK", True)
    assert session.feed(b"Close A\r") == b""
    on_serial = PychronValveServer().session("serial")
    assert (on_serial.feed(b"GetValveState A\r"), on_serial.over) == (b"False", False)


def test_by_packet_what_comes_is_carried_out_whole_or_not(simulator):
    simulator.by_packet = True
    assert simulator.feed(b"Open A") == b"OK\r\n"


def test_a_locked_valve_takes_a_command_and_stays(simulator):
    simulator.locked.add("A")
    assert simulator.feed(b"Open A\rGetValveState A\r") == b"ok\r\nFalse\r\n"


def test_faults_show_from_the_far_end(simulator):
    simulator.pad = " "
    simulator.faults.stuck.add("A")
    assert simulator.feed(b"Open A\rGetValveState A\r") == b" OK \r\n False \r\n"
    simulator.faults.lie.add("A")
    assert simulator.feed(b"GetValveState A\r") == b" True \r\n"
    simulator.faults.garble = True
    assert simulator.feed(b"Open B\r") == b" \x0fK \r\n"
    simulator.faults.mute = True
    assert simulator.feed(b"Close B\r") == b""
    assert simulator.moves == 2
