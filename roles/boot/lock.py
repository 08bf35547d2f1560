"""One process per site: a lock on `state/lock` that ends with its process, however that ends."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self


class SiteBusy(Exception):
    """Another process runs this site. `pid` is its id, 0 where it could not be read."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"this site is already running as process {pid or 'unknown'}")
        self.pid = pid


class SiteLock:
    """Holds the site from construction to `close()`.

    The file stays behind with the pid of the last holder; only the lock on it counts.

    Raises:
        SiteBusy: another process has it.
        OSError: `state/` cannot be written.
    """

    def __init__(self, root: Path) -> None:
        path = root / "state" / "lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError:
            pid = _pid(os.pread(self._fd, 32, 0))
            self.close()
            raise SiteBusy(pid) from None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the site back. Harmless when called again."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _pid(content: bytes) -> int:
    return int(content) if content.strip().isdigit() else 0
