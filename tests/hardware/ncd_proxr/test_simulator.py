"""The simulated ProXR controller, byte by byte as the manual has it."""

import pytest

from hardware.ncd_proxr.simulator import ProXRSimulator


def talk(simulator, *commands):
    return [simulator.feed(bytes.fromhex(command)).hex(" ") for command in commands]


@pytest.fixture
def simulator():
    return ProXRSimulator()


VECTORS = [
    ("fe 6c 01", "55"),  # [2]
    ("fe 74 01", "01"),  # [2]
    ("fe 7c 01", "01"),  # [2]
    ("fe 64 01", "55"),  # [2]
    ("fe 74 01", "00"),  # [2]
    ("fe 21", "55"),  # [2]
]


def test_the_vectors_of_the_manual(simulator):
    assert talk(simulator, *(command for command, _ in VECTORS)) == [reply for _, reply in VECTORS]


def test_input_may_be_split_and_joined_anywhere(simulator):
    whole = bytes.fromhex("".join(command for command, _ in VECTORS))
    replies = bytes.fromhex("".join(reply for _, reply in VECTORS))
    assert b"".join(simulator.feed(bytes([byte])) for byte in whole) == replies
    assert simulator.feed(whole) == replies


def test_the_short_forms_mean_the_selected_bank(simulator):
    assert talk(simulator, "fe 22", "fe 31 02", "fe 22", "fe 08", "fe 10", "fe 18", "fe 00", "fe 10") == [
        "01", "55", "02", "55", "01", "01", "55", "00",
    ]  # fmt: skip
    assert simulator.moves == 2


def test_bank_0_is_every_bank(simulator):
    assert talk(simulator, "fe 73 00", "fe 7b 03", "fe 7b 00", "fe 7c 04") == ["55", "01", "", "80"]
    assert len(simulator.feed(bytes.fromhex("fe 7c 00"))) == 32
    assert simulator.moves == 4


def test_all_relays_at_once(simulator):
    assert talk(simulator, "fe 1e", "fe 7c 04", "fe 1d", "fe 7c 04") == ["55", "ff", "55", "00"]


def test_without_reporting_commands_are_carried_out_in_silence_and_questions_answered(simulator):
    assert talk(simulator, "fe 1c", "fe 6c 01", "fe 21", "fe 74 01", "fe 1b") == ["", "", "", "01", "55"]
    simulator.reporting = simulator.tests_count = False
    assert talk(simulator, "fe 21") == ["55"]


def test_what_is_no_command_is_passed_over(simulator):
    assert talk(simulator, "00 01 6c 01", "fe f8", "fe ff", "fe 19", "fe 21") == ["", "", "", "55", "55"]
    assert simulator.moves == 0


def test_faults_show_from_the_far_end(simulator):
    simulator.faults.stuck.add("1.1")
    assert talk(simulator, "fe 6c 01", "fe 74 01") == ["55", "00"]
    simulator.faults.lie.add("1.2")
    assert talk(simulator, "fe 75 01", "fe 7c 01") == ["01", "02"]
    simulator.stray = b"\x01"
    assert talk(simulator, "fe 74 01", "fe 74 01") == ["01 00", "00"]
    simulator.faults.garble = True
    assert talk(simulator, "fe 21") == ["15"]
    simulator.faults.mute = True
    assert talk(simulator, "fe 6e 01") == [""]
    assert simulator.relays["1.3"]


def test_without_refreshing_commands_change_its_memory_and_nothing_else(simulator):
    assert talk(simulator, "fe 1a", "fe 6c 01", "fe 74 01") == ["55", "55", "01"]
    assert (simulator.relays["1.1"], simulator.moves) == (False, 0)
    assert talk(simulator, "fe 25", "fe 64 01") == ["55", "55"]
    assert (simulator.relays["1.1"], simulator.moves) == (True, 1)
    assert talk(simulator, "fe 19", "fe 74 01") == ["55", "00"]
    assert (simulator.relays["1.1"], simulator.moves) == (False, 2)
