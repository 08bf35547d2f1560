"""What gauges and furnaces showed, kept for people: one CSV file a day, which any program reads.

    time,node,name,value,units,state,setpoint,output
    2026-11-27T04:41:12.305Z,furpi,furnace.Furnace,812.4,C,good,850,41.5

Times are UTC. A row is on its way to the disk within some seconds; a disk that takes nothing is told once, and the rows
wait as long as there is room for them.
"""

import csv
import errno
import io
import os
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from actors.actor import Context
from actors.messages import News, Tick
from actors.placement import ThreadActor

FAMILIES = ("furnace.", "gauge.")
COLUMNS = ("time", "node", "name", "value", "units", "state", "setpoint", "output")
WRITE_S = 2.0
MOST_WAITING = 100_000  # rows


@dataclass(frozen=True, slots=True)
class RecorderSetup:
    """How it records.

    Attributes:
        folder: where the files are.
        every_s: seconds between two rows of one name, at least; a state that changes is a row at once.
        keep_days: of so many days that have a file it is kept; 0: all are.
    """

    folder: Path
    every_s: float = 1.0
    keep_days: int = 0


@dataclass(slots=True)
class _Last:
    at: float
    state: str


class Recorder(ThreadActor):
    """The actor `recorder`. It writes on its own thread: a slow disk holds up nobody."""

    def __init__(self, context: Context, path: str, setup: RecorderSetup) -> None:
        super().__init__(context, path)
        self._setup = setup
        self._last: dict[str, _Last] = {}
        self._waiting: deque[tuple[str, list[object]]] = deque()  # day, row
        self._lost = 0
        self._trouble = ""
        self._cleaned = ""

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {News: self._take, Tick: self._tick}

    def begin(self) -> None:
        """Write from time to time."""
        self.later(WRITE_S, Tick("write"))

    def make_safe(self) -> None:
        """Write what waits."""
        self._write()

    def detail(self) -> str:
        """See `Actor.detail`."""
        if self._trouble:
            return f"not written: {self._trouble}; {len(self._waiting)} rows wait"
        return str(self._setup.folder)

    def _take(self, news: News) -> None:
        now, last = time.time(), self._last.get(news.topic)
        state = news.quality if news.quality != "good" else str(news.extra.get("state", news.quality))
        if last is not None and last.state == state and 0.0 <= now - last.at < self._setup.every_s:
            return
        self._last[news.topic] = _Last(now, state)
        stamp = datetime.fromtimestamp(now, UTC)
        node = str(news.extra.get("origin", self.context.node))
        numbers = [news.extra.get(key) for key in ("setpoint", "output")]
        told = f"{stamp:%Y-%m-%dT%H:%M:%S}.{stamp.microsecond // 1000:03d}Z"
        row = [told, node, news.topic, news.value, news.units, state, *numbers]
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self._lost += 1
        self._waiting.append((f"{stamp:%Y-%m-%d}", row))

    def _tick(self, _tick: Tick) -> None:
        self.later(WRITE_S, Tick("write"))
        self._write()

    def _write(self) -> None:
        try:
            while self._waiting:
                self._write_day(self._waiting[0][0])
        except OSError as error:
            if not self._trouble:
                self.log.error("recorder.not_written", folder=str(self._setup.folder), why=str(error))
            self._trouble = str(error)
            return
        if self._trouble:
            self.log.warning("recorder.written_again", lost=self._lost)
        self._trouble, self._lost = "", 0
        self._clean_up()

    def _write_day(self, day: str) -> None:
        """Append the waiting rows of one day, and drop them when the system has taken them all."""
        rows = [row for its_day, row in self._waiting if its_day == day]
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        self._setup.folder.mkdir(parents=True, exist_ok=True)
        with (self._setup.folder / f"{day}.csv").open("ab+", buffering=0) as file:
            end = file.seek(0, os.SEEK_END)
            before = b"" if end else (",".join(COLUMNS) + "\r\n").encode()
            if end:
                file.seek(end - 1)
                before = b"" if file.read(1) == b"\n" else b"\r\n"  # the last one was cut short by a power cut
            data = before + text.getvalue().encode()
            if _written(file, data) < len(data):  # all of it, or nothing: it is written again
                file.truncate(end)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._waiting = deque(each for each in self._waiting if each[0] != day)

    def _clean_up(self) -> None:
        """Remove the oldest files, once a day. They are counted: a clock that is wrong removes none of the others."""
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        if not self._setup.keep_days or self._cleaned == today:
            return
        self._cleaned = today
        files = sorted(self._setup.folder.glob("????-??-??.csv"))
        for file in files[: -self._setup.keep_days]:
            try:
                file.unlink()
                self.log.info("recorder.removed", file=file.name)
            except OSError as error:
                self.log.warning("recorder.not_removed", file=file.name, why=str(error))


def _written(file: BinaryIO, data: bytes) -> int:
    try:
        return file.write(data)
    except OSError:
        return 0
