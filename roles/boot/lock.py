"""One process per site: a lock on `state/lock` that ends with its process, however that ends."""

import errno
import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


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
            self._say_who()
        except BlockingIOError:
            pid = pid_in(os.pread(self._fd, 32, 0))
            self.close()
            raise SiteBusy(pid) from None
        except BaseException:
            self.close()
            raise

    def _say_who(self) -> None:
        """Write our pid over the last holder's. On a disk without room for it the lock holds all the same."""
        content = f"{os.getpid()}\n".encode()
        try:
            if os.pwrite(self._fd, content, 0) == len(content):
                os.ftruncate(self._fd, len(content))
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            os.ftruncate(self._fd, 0)

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


def pid_in(content: bytes) -> int:
    """Return the id that a lock file names in its first line, 0 where there is none."""
    word = content.partition(b"\n")[0].strip()
    return int(word) if word.isdigit() else 0
