"""Open intents in a file that outlives the process."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.intents import IntentLog
from actors.messages import State
from tests.actors.disk import no_room

OPEN, CLOSED = State.OPEN, State.CLOSED


@pytest.fixture
def new_log(tmp_path):
    made = []

    def make():
        made.append(IntentLog(tmp_path / "state" / "intents"))
        return made[-1]

    yield make
    for log in made:
        log.close()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "state" / "intents"


def test_what_was_open_at_the_crash_is_open_to_the_next(new_log):
    before = new_log()
    before.begin("A", OPEN)
    before.begin("B", CLOSED)
    before.begin("C", OPEN)
    before.end("C")
    assert new_log().open == {"A": OPEN, "B": CLOSED}


def test_a_valve_has_one_line_however_often_it_moves(new_log, file):
    log = new_log()
    for _ in range(100):
        log.begin("A", OPEN)
        log.end("A")
    log.begin("A", CLOSED)
    assert len(file.read_bytes().rstrip(b"\0").splitlines()) == 1
    assert new_log().open == {"A": CLOSED}


def test_an_end_without_a_beginning_is_nothing(new_log):
    log = new_log()
    log.end("A")
    assert log.open == {}


def test_what_was_read_since_is_forgotten(new_log):
    log = new_log()
    log.begin("A", OPEN)
    log.forget(["A", "B"])
    assert new_log().open == {}


def test_the_next_process_ends_what_an_earlier_one_began(new_log):
    new_log().begin("A", OPEN)
    log = new_log()
    log.end("A")
    assert new_log().open == {}


@pytest.mark.parametrize("torn", [b"", b"!", b"! open", b"! ajar   A 17.000", b"\x00\xff" * 32, b"! open   A 17.000 x"])
def test_a_torn_line_is_passed_over_and_the_others_count(new_log, file, torn):
    before = new_log()
    before.begin("A", OPEN)
    before.begin("B", CLOSED)
    before.close()
    lines = file.read_bytes()
    file.write_bytes(torn.ljust(63)[:63] + b"\n" + lines[64:])
    assert new_log().open == {"B": CLOSED}


def test_a_valve_that_is_new_after_a_torn_line_takes_nobodys_place(new_log, file):
    before = new_log()
    before.begin("A", OPEN)
    before.begin("B", CLOSED)
    before.close()
    file.write_bytes(b" " * 63 + b"\n" + file.read_bytes()[64:])
    new_log().begin("C", OPEN)
    assert new_log().open == {"B": CLOSED, "C": OPEN}


def test_a_file_cut_short_loses_only_its_last_line(new_log, file):
    before = new_log()
    before.begin("A", OPEN)
    before.begin("B", CLOSED)
    before.close()
    file.write_bytes(file.read_bytes()[:100])
    assert new_log().open == {"A": OPEN}


def test_the_longest_name_fits_its_line(new_log):
    name = "V" * 32
    log = new_log()
    log.begin(name, CLOSED)
    log.begin("B", OPEN)
    assert new_log().open == {name: CLOSED, "B": OPEN}


def test_without_a_file_it_is_kept_in_memory():
    log = IntentLog()
    log.begin("A", OPEN)
    assert log.open == {"A": OPEN}
    log.end("A")
    log.close()
    assert log.open == {}


def test_after_closing_it_goes_on_in_memory(new_log):
    log = new_log()
    log.close()
    log.begin("A", OPEN)
    assert log.open == {"A": OPEN}


def test_without_room_for_the_file_valves_still_move_and_it_is_said(new_log, logs):
    with no_room():
        log = new_log()
        log.begin("A", OPEN)
    assert log.open == {"A": OPEN}
    said = logs.wait_for("intents.not_kept")
    assert (said["level"], said["file"].endswith("intents")) == ("error", True)
    assert new_log().open == {}


def test_a_file_that_is_there_takes_intents_on_a_full_disk(new_log):
    new_log().close()
    with no_room():
        new_log().begin("A", OPEN)
    assert new_log().open == {"A": OPEN}


def test_a_file_that_cannot_grow_keeps_what_it_has_room_for(new_log, logs):
    log = new_log()
    for number in range(1024):
        log.begin(f"V{number}", OPEN)
    with no_room():
        log.begin("Last", OPEN)
        log.end("Last")
        log.begin("Last", CLOSED)
        log.end("V7")
    assert logs.wait_for("intents.not_kept")
    assert logs.named("intents.not_kept") == []
    assert log.open["Last"] is CLOSED
    assert len(new_log().open) == 1023
    assert "V7" not in new_log().open


def test_a_path_that_cannot_be_a_file_is_said(tmp_path, logs):
    (tmp_path / "intents").mkdir()
    log = IntentLog(tmp_path / "intents")
    log.begin("A", OPEN)
    assert log.open == {"A": OPEN}
    assert logs.wait_for("intents.not_kept")


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from([OPEN, CLOSED, None])), max_size=30))
def test_the_file_always_says_what_the_log_says(tmp_path_factory, steps):
    path = tmp_path_factory.mktemp("intents") / "intents"
    log = IntentLog(path)
    for valve, target in steps:
        if target is None:
            log.end(valve)
        else:
            log.begin(valve, target)
    again = IntentLog(path)
    assert again.open == log.open
    log.close()
    again.close()
