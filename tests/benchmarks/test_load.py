"""The benchmark's own parts work: what they report is what happened. Nothing here is timed."""

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.benchmarks import reference
from tests.benchmarks.load import Caller, Crowd, frame
from tests.benchmarks.table import Figure, render


@pytest.fixture
def plain_port() -> Iterator[int]:
    with reference.running() as plain:
        yield plain.port


@pytest.fixture
def refusing_port() -> Iterator[int]:
    """A server that answers everything with an error, quickly."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_refuse, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


def _refuse(listener: socket.socket) -> None:
    client, _ = listener.accept()
    with client:
        while client.recv(100):
            client.sendall(b"ERROR 012\r\n")


def test_one_client_makes_200_verified_round_trips(plain_port):
    with Caller(plain_port, [frame("Open A"), frame("Close A")], b" A\r\n") as caller:
        lap = caller.run(200)
    assert (lap.done, lap.errors, len(lap.waits_ns)) == (200, 0, 200)
    assert lap.percentile_us(50) <= lap.percentile_us(99)


def test_sixteen_clients_are_all_answered(plain_port):
    with Crowd(plain_port, [[reference.FRAME]] * 16, b"Open A") as crowd:
        laps = [crowd.run(0.05), crowd.run(0.05)]
    assert all(lap.done >= 16 for lap in laps)
    assert [lap.errors for lap in laps] == [0, 0]


def test_a_client_keeps_its_turn_from_lap_to_lap(plain_port):
    with Caller(plain_port, [frame("Open A"), frame("Close A")], b"Open") as caller:
        assert [caller.run(1).errors for _ in range(4)] == [0, 1, 0, 1]


def test_an_error_answer_is_counted_and_not_taken_for_a_fast_reply(refusing_port):
    with Caller(refusing_port, [reference.FRAME], b"OK") as caller:
        assert caller.run(20).errors == 20


def test_frames_tell_their_exact_length():
    assert frame("Open A") == reference.FRAME
    assert len(reference.FRAME) == 14


def test_the_table_says_what_is_missed_and_what_went_wrong():
    kept = Figure("round trip", "us", plain=50.0, ours=100.0, ratio=2.0, limit=3.0)
    missed = Figure("start", "s", plain=0.02, ours=1.6, ratio=80.0, limit_ours=1.5, errors=2)
    rows = render([kept, missed]).splitlines()
    assert "holds" in rows[2]
    assert "missed" in rows[3]
    assert rows[3].split()[-1] == "2"


def test_a_busy_machine_gives_no_verdict():
    assert Figure("clients", "/s", plain=9000.0, ours=4000.0, ratio=0.44, limit=0.1, unsure=True).verdict == "unsure"


def test_a_wrong_reply_is_never_within_the_target():
    assert Figure("round trip", "us", plain=50.0, ours=60.0, ratio=1.2, limit=3.0, errors=1).verdict == "missed"


def test_where_the_plain_server_has_no_counterpart_none_is_shown() -> None:
    alone = Figure("round trip, p99", "ms", plain=0.0, ours=71.0, ratio=0.0, limit_ours=100.0)
    row = render([alone]).splitlines()[-1]
    assert row.split() == ["round", "trip,", "p99", "-", "71.0", "ms", "-", "<=", "100", "ms", "holds", "0"]


def test_a_timed_crowd_tells_each_wait(plain_port):
    with Crowd(plain_port, [[reference.FRAME]] * 4, b"Open A") as crowd:
        lap = crowd.run_timed(0.05)
    assert lap.errors == 0
    assert lap.done == len(lap.waits_ns) > 0
