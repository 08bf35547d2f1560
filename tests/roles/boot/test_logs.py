"""Logging as a process has it: a queue, one thread, nobody waits."""

import io
import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from roles.boot.logs import MOST_WAITING, LogWriter, configure
from roles.boot.rotating import RotatingFile
from tests.actors.disk import no_room

LONG_S = 10.0


@pytest.fixture
def start(monkeypatch) -> Iterator[Callable[..., tuple[LogWriter, io.StringIO]]]:
    writers: list[LogWriter] = []

    def begin(style="json", log_file=None, verbose=False, quiet=False):
        err = io.StringIO()
        monkeypatch.setattr(sys, "stderr", err)
        monkeypatch.setattr(logging.getLogger(), "handlers", [])  # pytest's own catch what is wrong with a message
        writers.append(configure("acq", style=style, log_file=log_file, verbose=verbose, quiet=quiet))
        return writers[-1], err

    yield begin
    for writer in writers:
        assert writer.close(LONG_S)
    structlog.reset_defaults()


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_every_line_of_the_log_is_json_with_its_keys(start, tmp_path):
    file = tmp_path / "logs" / "acq.log"
    writer, err = start(log_file=file)
    log = structlog.get_logger().bind(actor="valve.A")
    log.info("command.done", verb="open", took_ms=3)
    log.warning("valve.mismatch", trace="t")
    assert writer.flush(LONG_S)
    first, second = lines(err.getvalue())
    del first["ts"]
    assert first == {
        "level": "info",
        "event": "command.done",
        "node": "acq",
        "actor": "valve.A",
        "verb": "open",
        "took_ms": 3,
    }
    assert (second["level"], second["trace"]) == ("warning", "t")
    assert file.read_text() == err.getvalue()


def test_bytes_are_logged_only_when_asked_for(start):
    writer, err = start()
    structlog.get_logger().debug("bytes.sent")
    writer.flush(LONG_S)
    assert err.getvalue() == ""
    writer.close(LONG_S)
    writer, err = start(verbose=True)
    structlog.get_logger().debug("bytes.sent")
    writer.flush(LONG_S)
    assert lines(err.getvalue())[0]["event"] == "bytes.sent"


def test_a_caller_never_waits_for_a_terminal_that_is_stuck(start, monkeypatch):
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as far, os.fdopen(writing, "w") as near:
        writer, _err = start()
        monkeypatch.setattr(sys, "stderr", near)
        log = structlog.get_logger()
        for number in range(MOST_WAITING * 2):
            log.info("tick.done", number=number, padding="x" * 100)  # 64 KiB fill the pipe at once
        assert not writer.flush(0.05)
        seen: list[bytes] = []
        done = threading.Event()

        def read() -> None:
            for line in far:
                seen.append(line)
                if b"log.dropped" in line:
                    break
            done.set()
            for _line in far:
                pass

        reader = threading.Thread(target=read)
        reader.start()
        assert done.wait(LONG_S)
        assert writer.close(LONG_S)
        monkeypatch.setattr(sys, "stderr", io.StringIO())
        near.close()
        reader.join(LONG_S)
    dropped = json.loads(seen[-1])
    assert len(seen) - 1 + dropped["count"] == MOST_WAITING * 2


def test_stderr_is_looked_up_at_every_write(start, monkeypatch):
    writer, first = start()
    structlog.get_logger().info("one.told")
    writer.flush(LONG_S)
    second = io.StringIO()
    monkeypatch.setattr(sys, "stderr", second)
    structlog.get_logger().info("two.told")
    writer.flush(LONG_S)
    assert [record["event"] for record in lines(first.getvalue())] == ["one.told"]
    assert [record["event"] for record in lines(second.getvalue())] == ["two.told"]


def test_a_closed_terminal_does_not_end_the_log_file(start, monkeypatch, tmp_path):
    writer, _err = start(log_file=tmp_path / "acq.log")
    gone = io.StringIO()
    gone.close()
    monkeypatch.setattr(sys, "stderr", gone)
    structlog.get_logger().info("one.told")
    assert writer.flush(LONG_S)
    structlog.get_logger().info("two.told")
    assert writer.flush(LONG_S)
    assert len((tmp_path / "acq.log").read_text().splitlines()) == 2


def test_what_a_library_logs_arrives_with_its_traceback(start):
    writer, err = start()
    logging.getLogger("asyncio").error("Task failed: %s", "x", exc_info=ValueError("broken"))
    writer.flush(LONG_S)
    (record,) = lines(err.getvalue())
    assert (record["level"], record["logger"], record["event"]) == ("error", "asyncio", "Task failed: x")
    assert record["exception"] == "ValueError: broken\n"


def test_an_actors_failure_is_left_to_its_supervisor_to_tell(start):
    writer, err = start()
    logging.getLogger("pykka").error("Unhandled exception in X")
    writer.flush(LONG_S)
    assert err.getvalue() == ""


def test_a_quiet_terminal_shows_warnings_and_the_file_has_everything(start, tmp_path):
    writer, err = start(log_file=tmp_path / "acq.log", quiet=True)
    structlog.get_logger().info("role.ready")
    structlog.get_logger().warning("node.late")
    writer.flush(LONG_S)
    assert [record["event"] for record in lines(err.getvalue())] == ["node.late"]
    told = [record["event"] for record in lines((tmp_path / "acq.log").read_text())]
    assert told == ["role.ready", "node.late"]


def test_a_quiet_terminal_shows_that_what_was_lost_is_back(start):
    writer, err = start(quiet=True)
    structlog.get_logger().error("device.lost")
    structlog.get_logger().info("device.back")
    structlog.get_logger().info("node.alarm", text="reset")
    writer.flush(LONG_S)
    assert [record["event"] for record in lines(err.getvalue())] == ["device.lost", "device.back", "node.alarm"]


def test_a_message_that_does_not_fit_its_arguments_still_arrives(start):
    writer, err = start()
    logging.getLogger("other").warning("%d apples", "many")
    writer.flush(LONG_S)
    assert lines(err.getvalue())[0]["event"] == "%d apples"


def test_an_exception_in_hand_is_logged_with_its_traceback(start):
    writer, err = start(style="console")
    try:
        {}["A"]
    except KeyError:
        structlog.get_logger().exception("tree.failed", actor="valve.A")
    writer.flush(LONG_S)
    told = err.getvalue().splitlines()
    assert told[0].split()[1:] == ["error", "tree.failed", "valve.A"]
    assert told[-1] == "KeyError: 'A'"


def test_repeated_faults_are_counted_and_told_at_the_end(start):
    writer, err = start()
    for _ in range(5):
        structlog.get_logger().warning("listener.accept_failed", actor="node.X", why="silence")
    assert writer.flush(LONG_S)
    assert len(lines(err.getvalue())) == 1
    assert writer.close(LONG_S)
    assert lines(err.getvalue())[-1]["times"] == 4


def test_after_close_logging_is_harmless_and_the_library_is_as_before(start):
    before = logging.getLogger().level
    writer, err = start()
    assert writer.close(LONG_S)
    structlog.get_logger().info("too.late")
    assert (logging.getLogger().level, logging.getLogger().handlers) == (before, [])
    assert err.getvalue() == ""
    assert writer.close(LONG_S)


def test_a_full_log_file_makes_room_and_the_oldest_goes(tmp_path: Path):
    file = RotatingFile(tmp_path / "a.log", largest_bytes=10, kept=2)
    for line in (b"1111111\n", b"2222222\n", b"3333333\n", b"4444444\n"):
        file.write(line)
    file.close()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "a.log": b"4444444\n",
        "a.log.1": b"3333333\n",
        "a.log.2": b"2222222\n",
    }


def test_an_existing_log_is_appended_to_and_counts(tmp_path: Path):
    (tmp_path / "a.log").write_bytes(b"old line\n")
    file = RotatingFile(tmp_path / "a.log", largest_bytes=12)
    file.write(b"new\n")
    file.close()
    assert (tmp_path / "a.log.1").read_bytes() == b"old line\n"


def test_a_disk_without_room_is_said_on_the_terminal_and_the_file_says_later_what_it_lacks(start, tmp_path):
    path = tmp_path / "acq.log"
    writer, err = start(log_file=path)
    log = structlog.get_logger()
    log.info("command.done", nth=1)
    assert writer.flush(LONG_S)
    with no_room():
        for nth in (2, 3):
            log.info("command.done", nth=nth)
            assert writer.flush(LONG_S)
    log.info("command.done", nth=4)
    assert writer.flush(LONG_S)
    told = [(line["event"], line.get("nth", line.get("count"))) for line in lines(path.read_text())]
    assert told == [("command.done", 1), ("log.lost", 2), ("command.done", 4)]
    shown = [line["event"] for line in lines(err.getvalue())]
    assert shown.count("log.failed") == 1
    assert shown.count("command.done") == 4


def test_after_a_line_that_was_cut_by_a_full_disk_the_next_begins_a_line(tmp_path):
    file = RotatingFile(tmp_path / "log")
    file.write(b"whole\n")
    with no_room(largest_file=9), pytest.raises(OSError, match="large"):
        file.write(b"broken off\n")
    file.write(b"whole\n")
    file.close()
    assert (tmp_path / "log").read_bytes() == b"whole\nbro\nwhole\n"


def test_a_file_that_could_not_be_made_anew_is_made_when_there_is_room(tmp_path, monkeypatch):
    file = RotatingFile(tmp_path / "log", largest_bytes=4)
    file.write(b"old\n")
    monkeypatch.setattr(RotatingFile, "_open", _no_file)
    with pytest.raises(OSError, match="no room"):
        file.write(b"lost\n")
    monkeypatch.undo()
    file.write(b"new\n")
    file.close()
    assert (tmp_path / "log").read_bytes() == b"new\n"
    assert (tmp_path / "log.1").read_bytes() == b"old\n"


def _no_file(_file):
    raise OSError("no room")
