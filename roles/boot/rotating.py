"""A log file that never grows beyond its share of the disk."""

import io
from pathlib import Path

LARGEST_BYTES = 10_000_000
KEPT = 5


class RotatingFile:
    """Appends to a file; when it is full, it becomes `.1`, `.1` becomes `.2`, and the oldest goes.

    Used by one thread. Raises OSError as the disk does; when it has room again, a line begins a line again.
    """

    def __init__(self, path: Path, largest_bytes: int = LARGEST_BYTES, kept: int = KEPT) -> None:
        self._path = path
        self._largest_bytes = largest_bytes
        self._kept = kept
        path.parent.mkdir(parents=True, exist_ok=True)
        self._torn = False  # the last line ends where the disk had no room for the rest
        self._file = self._open()

    def write(self, lines: bytes) -> None:
        """Append whole lines, unbuffered."""
        if self._file.closed:
            self._file = self._open()
        if self._file.tell() and self._file.tell() + len(lines) > self._largest_bytes:
            self._rotate()
        left = memoryview(b"\n" + lines if self._torn else lines)
        while left:
            written = self._file.write(left)
            self._torn = written < len(left)
            left = left[written:]

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _open(self) -> io.FileIO:
        file = io.FileIO(self._path, "a")
        file.seek(0, io.SEEK_END)
        return file

    def _rotate(self) -> None:
        self._file.close()
        try:
            for number in range(self._kept - 1, 0, -1):
                older = self._numbered(number)
                if older.exists():
                    older.replace(self._numbered(number + 1))
            self._path.replace(self._numbered(1))
        finally:
            self._file = self._open()

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")
