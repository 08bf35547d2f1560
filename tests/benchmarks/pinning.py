"""Which core the load runs on, and which one the servers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Cores:
    """One core for the load and one for the servers; None where nothing can be pinned."""

    load: int | None = None
    server: int | None = None

    @property
    def pinned(self) -> bool:
        """Whether each side has its own core."""
        return self.load is not None

    def said(self) -> str:
        """Say it in a line."""
        if self.pinned:
            return f"load pinned to core {self.load}, servers to core {self.server}"
        return "nothing was pinned (one core, or no sched_setaffinity here): figures wander more"

    @contextmanager
    def for_servers(self) -> Iterator[None]:
        """Start processes on the server's core: a child inherits the affinity of the thread that starts it."""
        if self.server is None:
            yield
            return
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {self.server})
        try:
            yield
        finally:
            os.sched_setaffinity(0, before)

    @contextmanager
    def for_load(self) -> Iterator[None]:
        """Run this thread on the load's core."""
        if self.load is None:
            yield
            return
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {self.load})
        try:
            yield
        finally:
            os.sched_setaffinity(0, before)


def choose() -> Cores:
    """Return the cores to use: the first two that this process may run on."""
    if not hasattr(os, "sched_getaffinity"):
        return Cores()
    mine = sorted(os.sched_getaffinity(0))
    return Cores(mine[0], mine[1]) if len(mine) > 1 else Cores()
