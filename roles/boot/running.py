"""Who runs a site now, found out without touching anything in it."""

import fcntl
from pathlib import Path

from roles.boot.lock import pid_in


def running_pid(root: Path) -> int | None:
    """Return the id of the process that holds the site's lock, 0 where it cannot be told, None where nobody has it."""
    try:
        with (root / "state" / "lock").open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return pid_in(lock.read(32))
    except OSError:
        return None
    return None
