"""The simulated Eurotherm: its line, byte by byte, and its furnace in made-up time."""

import pytest

from hardware.eurotherm_2000.simulator import EurothermSimulator

READ_PV = bytes.fromhex("04 30 30 31 31 50 56 05")
WRITE_SL_22 = bytes.fromhex("04 30 30 31 31 02 53 4C 32 32 2E 30 03 02")


class Clock:
    """A clock that goes when it is told to."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def simulator(clock):
    return EurothermSimulator(clock)


def write(text):
    body = text + b"\x03"
    check = 0
    for byte in body:
        check ^= byte
    return b"\x040011\x02" + body + bytes([check])


def read(simulator, mnemonic):
    reply = simulator.feed(b"\x040011" + mnemonic + b"\x05")
    return reply[3:-2].decode() if reply[:1] == b"\x02" else reply


def test_the_vectors_of_the_handbook(simulator):
    simulator.furnace.temperature_c = simulator.furnace.setpoint_c = 16.4
    simulator.furnace.advance = lambda _seconds: None
    assert simulator.feed(READ_PV) == bytes.fromhex("02 50 56 31 36 2E 34 03 18")
    assert simulator.feed(WRITE_SL_22) == b"\x06"
    assert read(simulator, b"SL") == "22.0"


def test_messages_may_be_split_and_joined(simulator):
    whole = WRITE_SL_22 + READ_PV
    split = b"".join(simulator.feed(bytes([byte])) for byte in whole)
    assert split == simulator.feed(whole)
    assert split.startswith(b"\x06\x02PV")


@pytest.mark.parametrize("data", [b"\x040022PV\x05", b"\x041111PV\x05", b"\x040012PV\x05", b"hello", b"\x040011PV"])
def test_other_stations_and_noise_get_silence(simulator, data):
    assert simulator.feed(data) == b""


def test_a_broken_off_message_is_forgotten_when_the_next_begins(simulator):
    assert simulator.feed(b"\x0400" + READ_PV).startswith(b"\x02PV")
    assert simulator.feed(b"\x040011\x02SL2" + READ_PV).startswith(b"\x02PV")


def test_the_last_answer_is_repeated_on_nak(simulator):
    assert simulator.feed(b"\x15") == b""
    answer = simulator.feed(READ_PV)
    assert simulator.feed(b"\x15") == answer


@pytest.mark.parametrize(
    ("data", "answer", "error"),
    [
        (b"\x040011XX\x05", b"\x04", ">0001"),
        (write(b"XX1.0"), b"\x15", ">0001"),
        (write(b"PV1.0"), b"\x15", ">0002"),
        (write(b"SLhot"), b"\x15", ">0007"),
        (write(b"SL5.0")[:-1] + b"\x00", b"\x15", ">0007"),
        (write(b"SL1500.0"), b"\x15", ">0008"),
        (write(b"SL100.0"), b"\x06", ">0000"),
    ],
)
def test_a_refusal_is_explained_by_the_last_error(simulator, data, answer, error):
    assert simulator.feed(data) == answer
    assert read(simulator, b"EE") == error


def test_the_temperature_moves_toward_the_setpoint(simulator, clock):
    simulator.feed(write(b"SL800.0"))
    temperatures = []
    for clock.now in (0.0, 10.0, 60.0, 600.0):
        temperatures.append(float(read(simulator, b"PV")))
    assert temperatures == sorted(set(temperatures))
    assert temperatures[0] == 22.0
    assert temperatures[-1] == 800.0


def test_it_does_not_get_colder_than_the_room(simulator, clock):
    simulator.feed(write(b"SL0.0"))
    clock.now = 1e6
    assert read(simulator, b"PV") == "22.0"


def test_the_heater_works_hard_at_first_and_then_holds(simulator, clock):
    simulator.feed(write(b"SL800.0"))
    first = float(read(simulator, b"OP"))
    clock.now = 600.0
    assert first == 100.0
    assert 0.0 < float(read(simulator, b"OP")) < 100.0


def test_a_stuck_setpoint_is_accepted_and_stays(simulator):
    simulator.faults.stuck.add("SL")
    assert simulator.feed(write(b"SL800.0")) == b"\x06"
    assert read(simulator, b"SL") == "22.0"


def test_faults_spoil_answers(simulator):
    simulator.faults.garble = True
    assert simulator.feed(READ_PV).startswith(b"\x02\x10V")
    simulator.faults.mute = True
    assert simulator.feed(READ_PV) == b""


def test_the_status_tells_manual_and_a_broken_sensor(simulator):
    assert read(simulator, b"SO") == ">0000"
    simulator.feed(write(b"mA1"))
    assert read(simulator, b"SO") == ">0010"
    simulator.furnace.faults.broken_sensor = True
    assert read(simulator, b"SO") == ">0030"
    assert read(simulator, b"PV") == "1372.0"
    simulator.tells_break = False
    assert read(simulator, b"SO") == ">0010"


@pytest.mark.parametrize(("mnemonic", "text"), [(b"XP", "35.5"), (b"TI", "250.0"), (b"TD", "41.0")])
def test_the_three_terms_are_kept(simulator, mnemonic, text):
    assert read(simulator, mnemonic) != text
    assert simulator.feed(write(mnemonic + text.encode())) == b"\x06"
    assert read(simulator, mnemonic) == text
    tuning = simulator.furnace.tuning
    terms = {b"XP": tuning.band_k, b"TI": tuning.integral_s, b"TD": tuning.derivative_s}
    assert terms[mnemonic] == float(text)


def test_the_output_is_written_in_manual_only_and_goes_on_where_it_was(simulator, clock):
    simulator.feed(write(b"SL800.0"))
    assert simulator.feed(write(b"OP10.0")) == b"\x15"
    assert read(simulator, b"EE") == ">0002"
    clock.now = 300.0
    before = read(simulator, b"OP")
    assert simulator.feed(write(b"mA1")) == b"\x06"
    assert read(simulator, b"OP") == before != "0.0"
    assert simulator.feed(write(b"OP10.0")) == b"\x06"
    assert read(simulator, b"OP") == "10.0"
    assert simulator.feed(write(b"mA0")) == b"\x06"
    assert read(simulator, b"OP") != "10.0"


def test_a_lie_is_another_number(simulator):
    simulator.faults.lie.add("PV")
    assert read(simulator, b"PV") == "-22.0"
