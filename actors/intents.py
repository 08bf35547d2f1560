"""What was about to move: one line per valve in a small file, written before the device is.

The write goes to a shared map of the file, so to the page cache, not to the disk: it survives the process (`kill -9`),
which is what can die between the device bytes and the answer. After a power cut every relay is in its own power-on
state and is read anyway.
"""

import mmap
import os
import re
from collections.abc import Iterable
from pathlib import Path

import structlog

from actors.messages import State

log = structlog.get_logger()

_SLOTS_AT_ONCE = 1024  # by which the file grows
_SLOT = 64  # bytes: mark, target, valve, padding, line end
_LINE = re.compile(r"([!.]) (open|closed) +(\w+)")


class IntentLog:
    """Open intents by valve. Without a path they are kept in memory only (a node that has no state directory).

    `begin` and `end` are called on the node loop: 64 bytes are copied, no system call is made. Where the disk has no
    room for a valve's line, its intents are kept in memory, and that is an error in the log: valves still move.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._slots: dict[str, int] = {}
        self._lines: dict[tuple[str, str, State], tuple[slice, bytes]] = {}  # what is written where, made once
        self.open: dict[str, State] = {}
        self._fd = -1
        self._path = path
        self._map: mmap.mmap | None = None
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            except OSError as error:
                self._say_not_kept(error)
                return
            self._load()
            self._grow(max(self._slots.values(), default=0) + 1)

    def begin(self, valve: str, target: State) -> None:
        """Record that `valve` is about to be driven to `target`."""
        self.open[valve] = target
        self._write(valve, "!", target)

    def end(self, valve: str) -> None:
        """Record that the move has an end, whatever it is."""
        target = self.open.pop(valve, None)
        if target is not None:
            self._write(valve, ".", target)

    def forget(self, valves: Iterable[str]) -> None:
        """Drop the open intents of valves that were read since."""
        for valve in valves:
            self.end(valve)

    def close(self) -> None:
        """Close the file; later records stay in memory."""
        if self._map is not None:
            self._map.close()
            self._map = None
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _write(self, valve: str, mark: str, target: State) -> None:
        if self._map is None:
            return
        where, line = self._lines.get((mark, valve, target)) or self._line(mark, valve, target)
        if where.stop <= len(self._map):
            self._map[where] = line

    def _line(self, mark: str, valve: str, target: State) -> tuple[slice, bytes]:
        slot = self._slots.get(valve)
        if slot is None:
            slot = self._slots[valve] = max(self._slots.values(), default=-1) + 1
            self._grow(slot + 1)
        at = slot * _SLOT
        line = f"{mark} {target.value:<6} {valve}".ljust(_SLOT - 1).encode() + b"\n"
        made = self._lines[mark, valve, target] = (slice(at, at + _SLOT), line)
        return made

    def _grow(self, slots: int) -> None:
        wanted = -(-slots // _SLOTS_AT_ONCE) * _SLOTS_AT_ONCE * _SLOT
        if self._map is not None and len(self._map) >= wanted:
            return
        size = max(wanted, os.fstat(self._fd).st_size)
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self._fd, 0, size)  # a map of a file with holes ends the process on a full disk
            else:
                os.ftruncate(self._fd, size)
            grown = mmap.mmap(self._fd, size)
        except OSError as error:
            self._say_not_kept(error)
            return
        if self._map is not None:
            self._map.close()
        self._map = grown

    def _say_not_kept(self, error: OSError) -> None:
        log.error("intents.not_kept", file=str(self._path), why=str(error), until="the next start")

    def _load(self) -> None:
        size = os.fstat(self._fd).st_size
        data = os.pread(self._fd, size, 0)
        for slot in range(size // _SLOT):
            line = data[slot * _SLOT : (slot + 1) * _SLOT].decode("utf-8", "replace")
            found = _LINE.fullmatch(line.rstrip())
            if found is None:
                continue  # a torn or foreign line: the valve is read at start like every other
            mark, target, valve = found.groups()
            self._slots[valve] = slot
            if mark == "!":
                self.open[valve] = State(target)
