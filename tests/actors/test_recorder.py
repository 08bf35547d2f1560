"""Readings are kept in a file a day; a disk that takes nothing loses none that there is room for."""

import csv
import resource
import signal
from datetime import UTC, datetime

import pytest

from actors import recorder as recorder_module
from actors.messages import News
from actors.recorder import COLUMNS, Recorder, RecorderSetup
from tests.actors.house import until


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(recorder_module, "WRITE_S", 0.02)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data" / "readings"


@pytest.fixture
def start(house, folder):
    def started(**keys):
        house.start(Recorder, "recorder", RecorderSetup(folder, **{"every_s": 0.0, **keys}))

    return started


def furnace(value, **extra):
    return News("furnace.Oven", value, units="C", extra={"setpoint": 850.0, "output": 41.5, **extra})


def rows(folder):
    files = sorted(folder.glob("*.csv"))
    if not files:
        return []
    with files[-1].open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_readings_are_rows_with_their_time_and_their_node(start, house, folder):
    start()
    house.tell("recorder", furnace(812.4))
    house.tell("recorder", News("gauge.IG", None, units="mbar", quality="unknown", extra={"state": "off"}))
    house.tell("recorder", furnace(813.0, origin="furpi"))
    until(lambda: len(rows(folder)) == 3, "they were written")
    first, second, third = rows(folder)
    assert tuple(first) == COLUMNS
    assert [first[key] for key in COLUMNS[1:]] == ["bench", "furnace.Oven", "812.4", "C", "good", "850.0", "41.5"]
    assert [second[key] for key in COLUMNS[2:]] == ["gauge.IG", "", "mbar", "unknown", "", ""]
    assert third["node"] == "furpi"
    at = datetime.fromisoformat(first["time"])
    assert abs((datetime.now(UTC) - at).total_seconds()) < 60.0


def test_a_row_follows_the_other_not_too_soon_unless_its_state_changes(start, house, folder):
    start(every_s=3600.0)
    for value in (1.0, 2.0, 3.0):
        house.tell("recorder", furnace(value))
    house.tell("recorder", News("furnace.Oven", None, quality="unknown", units="C"))
    house.tell("recorder", furnace(4.0))
    until(lambda: len(rows(folder)) == 3, "they were written")
    assert [row["value"] for row in rows(folder)] == ["1.0", "", "4.0"]


def test_a_line_that_was_cut_short_does_not_take_the_next_one_along(start, house, folder):
    folder.mkdir(parents=True)
    today = folder / f"{datetime.now(UTC):%Y-%m-%d}.csv"
    today.write_bytes(",".join(COLUMNS).encode() + b"\r\n2026-11-27T0")
    start()
    house.tell("recorder", furnace(812.4))
    until(lambda: len(rows(folder)) == 2, "it was written")
    assert rows(folder)[1]["value"] == "812.4"


def test_a_disk_that_takes_nothing_is_told_once_and_the_rows_wait(start, house, folder, logs):
    folder.parent.mkdir()
    folder.write_text("no folder", encoding="utf-8")
    start()
    house.tell("recorder", furnace(1.0))
    assert str(folder) in logs.wait_for("recorder.not_written")["folder"]
    house.tell("recorder", furnace(2.0))
    until(lambda: "2 rows wait" in house.detail("recorder"), "it said so")
    folder.unlink()
    logs.wait_for("recorder.written_again")
    assert [row["value"] for row in rows(folder)] == ["1.0", "2.0"]
    assert logs.named("recorder.not_written") == []


def test_what_waits_too_long_makes_room_and_is_counted(start, house, folder, logs, monkeypatch):
    monkeypatch.setattr(recorder_module, "MOST_WAITING", 2)
    folder.parent.mkdir()
    folder.write_text("no folder", encoding="utf-8")
    start()
    for value in (1.0, 2.0, 3.0):
        house.tell("recorder", furnace(value))
    logs.wait_for("recorder.not_written")
    until(lambda: "2 rows wait" in house.detail("recorder"), "there was no more room")
    folder.unlink()
    assert logs.wait_for("recorder.written_again")["lost"] == 1
    assert [row["value"] for row in rows(folder)] == ["2.0", "3.0"]


def test_an_end_writes_what_waits(start, house, folder, monkeypatch):
    monkeypatch.setattr(recorder_module, "WRITE_S", 3600.0)
    start()
    house.tell("recorder", furnace(1.0))
    house.stop("recorder")
    assert [row["value"] for row in rows(folder)] == ["1.0"]


def test_of_so_many_days_the_files_are_kept_however_the_clock_stands(start, house, folder, logs):
    folder.mkdir(parents=True)
    names = ["2019-01-01.csv", "2019-03-05.csv", "2019-03-06.csv", "mine.csv"]
    for name in names:
        (folder / name).write_text("", encoding="utf-8")
    start(keep_days=3)
    house.tell("recorder", furnace(1.0))
    assert logs.wait_for("recorder.removed")["file"] == names[0]
    assert {file.name for file in folder.iterdir()} >= set(names[1:])


def test_a_write_that_was_cut_short_is_not_there_twice(start, house, folder, logs):
    start()
    house.tell("recorder", furnace(1.0))
    until(lambda: len(rows(folder)) == 1, "it was written")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    size = next(folder.iterdir()).stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, limit[1]))
    try:
        house.tell("recorder", furnace(2.0))
        logs.wait_for("recorder.not_written")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    logs.wait_for("recorder.written_again")
    assert [row["value"] for row in rows(folder)] == ["1.0", "2.0"]


def test_rows_of_two_days_are_in_two_files(start, house, folder, monkeypatch):
    class Clock:
        now = 1795000000.0

        def time(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(recorder_module, "time", clock)
    monkeypatch.setattr(recorder_module, "WRITE_S", 3600.0)
    start()
    house.tell("recorder", furnace(1.0))
    house.quiet()
    house.detail("recorder")
    until(lambda: house.ref("recorder") is not None, "it runs")
    clock.now += 86400.0
    house.tell("recorder", furnace(2.0))
    clock.now -= 2 * 86400.0  # a clock that is set back stops no rows
    house.tell("recorder", furnace(3.0))
    house.stop("recorder")
    assert len(list(folder.glob("*.csv"))) >= 2
    assert sum(file.read_text().count("furnace.Oven") for file in folder.glob("*.csv")) == 3
