"""What a node asks of its machine: enough open files, one core where that is wished, few looks for garbage."""

import gc
import os
import resource
from typing import Literal

import structlog

log = structlog.get_logger()

GARBAGE_AFTER = (10_000, 20, 50)  # objects more than before, then looks at the young, then at the middle-aged


def raise_open_files() -> int:
    """Raise the soft limit of open files to the hard one; return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard or hard == resource.RLIM_INFINITY:
        wanted = hard if hard != resource.RLIM_INFINITY else max(soft, 65_536)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (ValueError, OSError):  # macOS allows less than it says
            return soft
        return wanted
    return soft


def pin(cpu: Literal["auto", "none"] | int) -> None:
    """Keep this process on one core: a wake-up of an idle other core costs more than the work of a command.

    Args:
        cpu: a core's number; `auto`: the last one, where there is more than one; `none`: the system decides.
    """
    if cpu == "none":
        return
    if not hasattr(os, "sched_setaffinity"):
        log.warning("cpu.not_pinned", why="this system does not pin processes")
        return
    allowed = sorted(os.sched_getaffinity(0))
    if cpu == "auto" and len(allowed) == 1:
        return
    core = allowed[-1] if cpu == "auto" else cpu
    try:
        os.sched_setaffinity(0, {core})
    except OSError as error:
        log.warning("cpu.not_pinned", core=core, why=str(error))
    else:
        log.info("cpu.pinned", core=core)


def look_for_garbage_less_often() -> None:
    """Take what stands now out of every later look for garbage: a tree is built once, and lives as long as its node.

    Commands leave no rings behind, so little is found; a look at all of a large tree holds it up for 40 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_AFTER)
