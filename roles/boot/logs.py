"""Logging: callers hand their records to a queue, one thread writes them; nobody waits for a terminal."""

import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import structlog

from roles.boot.log_lines import console_line, json_line
from roles.boot.record_logger import RecordLogger, VerboseLogger
from roles.boot.repeats import Record, Repeats
from roles.boot.rotating import RotatingFile

MOST_WAITING = 10_000
PAUSE_S = 0.05  # between two batches: under load the writer wakes 20 times a second, not once a line
STOP = object()
SHOWN = frozenset({"device.back", "node.alarm"})  # what ends a complaint is shown where the complaint was

Style = Literal["console", "json"]


def default_style() -> Style:
    """Return `console` where stderr is a terminal, `json` elsewhere."""
    return "console" if sys.stderr is not None and sys.stderr.isatty() else "json"


def configure(node: str, *, style: Style, log_file: Path | None, verbose: bool, quiet: bool = False) -> "LogWriter":
    """Send all logging of this process, structlog's and the standard library's, to one new writer.

    Debug only if `verbose`; with `quiet`, stderr gets warnings and errors only, and what ends them (`SHOWN`), the file
    everything. Call once, before the first actor. After `close()` records go nowhere.

    Raises:
        OSError: the log file cannot be opened.
    """
    writer = LogWriter(node, style, RotatingFile(log_file) if log_file else None, quiet=quiet)
    structlog.configure(
        processors=[],  # the record is whole when the logger has made it
        wrapper_class=VerboseLogger if verbose else RecordLogger,
        logger_factory=lambda *_names: writer.take,
        cache_logger_on_first_use=True,
    )
    writer.catch_stdlib(logging.INFO if verbose else logging.WARNING)
    return writer


class LogWriter:
    """The queue and the thread behind it. Every method may be called from any thread."""

    def __init__(self, node: str, style: Style, file: RotatingFile | None, *, quiet: bool = False) -> None:
        self._node = node
        self._quiet = quiet
        self._style = style
        self._file = file
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()  # records, events of flushes, STOP
        self._dropped = 0
        self._unwritten = 0  # records that the file did not take
        self._counting = threading.Lock()
        self._closed = False
        self._hurry = threading.Event()
        self._repeats = Repeats()
        self._stdlib: _Stdlib | None = None
        self._levels_before: dict[str, int] = {}
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def take(self, record: Record) -> None:
        """Queue one record; never blocks. Beyond 10 000 waiting ones it is dropped and counted."""
        if self._queue.qsize() >= MOST_WAITING:
            with self._counting:
                self._dropped += 1
        elif not self._closed:
            self._queue.put(record)

    def catch_stdlib(self, level: int) -> None:
        """Take over what asyncio and others log through `logging`, from `level` on."""
        self._stdlib = _Stdlib(self)
        logging.getLogger().addHandler(self._stdlib)
        # pykka's too would tell an actor's failure twice: the supervisor logs it as `tree.failed`
        for name, wanted in (("", level), ("pykka", logging.CRITICAL)):
            self._levels_before[name] = logging.getLogger(name).level
            logging.getLogger(name).setLevel(wanted)

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything queued so far is written; return whether it was in time."""
        done = threading.Event()
        self._queue.put(done)
        self._hurry.set()
        return done.wait(timeout_s)

    def close(self, timeout_s: float) -> bool:
        """Write what is queued and counted, stop the thread; return whether it was in time."""
        if not self._closed:
            self._closed = True
            if self._stdlib:
                logging.getLogger().removeHandler(self._stdlib)
                for name, level in self._levels_before.items():
                    logging.getLogger(name).setLevel(level)
            self._queue.put(STOP)
        self._hurry.set()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        stopping = False
        while not stopping:
            batch = self._batch()
            stopping = STOP in batch
            records = self._chosen([item for item in batch if isinstance(item, dict)], ended=stopping)
            if records:
                self._write(records)
            for item in batch:
                if isinstance(item, threading.Event):
                    item.set()
            if not stopping:
                self._hurry.wait(PAUSE_S)
                self._hurry.clear()
        if self._file:
            self._file.close()

    def _batch(self) -> list[Any]:
        """Wait for the first record or the next repeat to be told, then take all there is."""
        due = self._repeats.next_due()
        try:
            batch = [self._queue.get(timeout=None if due is None else max(0.0, due - time.monotonic()))]
            batch.extend(self._queue.get_nowait() for _ in range(self._queue.qsize()))
        except queue.Empty:
            return []
        return batch

    def _chosen(self, records: list[Record], *, ended: bool) -> list[Record]:
        now = time.monotonic()
        chosen = [record for record in records if self._repeats.admit(record, now)]
        chosen.extend(self._repeats.due(now, ended=ended))
        if self._dropped:
            with self._counting:
                count, self._dropped = self._dropped, 0
            chosen.append({"ts": time.time(), "level": "warning", "event": "log.dropped", "count": count})
        return chosen

    def _write(self, records: list[Record]) -> None:
        """Write to the file first: a terminal may keep us waiting. A JSON line is made once for both."""
        lines: dict[int, str] = {}
        if self._file:
            lines = {id(record): json_line(record, self._node) for record in records}
            records = [*records, *self._to_file(self._file, lines)]
        if self._quiet:
            records = [record for record in records if _is_for_everybody(record)]
        err = sys.stderr  # resolved at every write: a prompt puts its own in place
        if err is None or not records:
            return
        try:
            err.write("".join(f"{self._line(record, err, lines.get(id(record)))}\n" for record in records))
            err.flush()
        except Exception:  # noqa: BLE001, S110  # closed, gone or not a stream: the writer and its file go on
            pass

    def _to_file(self, file: RotatingFile, lines: Mapping[int, str]) -> list[Record]:
        """Write lines to the file; return what is to be said of that elsewhere."""
        text = "".join(f"{line}\n" for line in lines.values())
        if self._unwritten:
            lost = {"ts": time.time(), "level": "error", "event": "log.lost", "count": self._unwritten}
            text = f"{json_line(lost, self._node)}\n{text}"
        try:
            file.write(text.encode())
        except (OSError, ValueError) as exc:
            self._unwritten += len(lines)
            why = {"ts": time.time(), "level": "error", "event": "log.failed", "why": str(exc)}
            return [why] if self._repeats.admit(why, time.monotonic()) else []
        self._unwritten = 0
        return []

    def _line(self, record: Record, err: Any, as_json: str | None) -> str:
        if self._style == "json":
            return as_json or json_line(record, self._node)
        return console_line(record, colour=err.isatty() and "NO_COLOR" not in os.environ)


def _is_for_everybody(record: Record) -> bool:
    return record.get("level") not in ("debug", "info") or record.get("event") in SHOWN


class _Stdlib(logging.Handler):
    """Turns the standard library's records into ours."""

    def __init__(self, writer: LogWriter) -> None:
        super().__init__()
        self._writer = writer

    def emit(self, record: logging.LogRecord) -> None:
        told: Record = {
            "ts": record.created,
            "level": record.levelname.lower(),
            "event": _message(record),
            "logger": record.name,
        }
        if record.exc_info and record.exc_info[1]:
            told["exc_info"] = record.exc_info[1]
        self._writer.take(told)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001  # arguments that do not fit their format must not end the caller
        return str(record.msg)
