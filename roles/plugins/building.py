"""What every plug-in is handed to build its branch from."""

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from actors.actor import Context
from actors.fence import Fence
from actors.store import LockAll, Memory, Recall
from actors.watched import AddChildren, Child
from hardware.links.address import place
from hardware.links.line import Line
from hardware.simulation import Served
from roles.boot.site import Site
from transports.broadcast.sockets import ZmqContext

RECALL_TIMEOUT_S = 5.0


@dataclass
class Building:
    """A node while it is put together, and what outlives the restarts of its actors.

    Attributes:
        site: what the files say.
        context: what its actors share.
        zmq_context: the news loop's.
        state_dir: where the store lives; None: nothing is kept.
        simulate: no real device is touched: each `simulate`d one talks to its own simulator.
        told_later: remote nodes whose address the lab tells when their process has started.
        found_at: where those are now: node -> (host, port).
        served: simulators that run in this process.
        lines: those that several devices are on, by `hardware.links.address.place`.
    """

    site: Site
    context: Context
    zmq_context: ZmqContext
    state_dir: Path | None
    simulate: bool = False
    told_later: frozenset[str] = frozenset()
    found_at: dict[str, tuple[str, int]] = field(default_factory=dict)
    fence: Fence = field(default_factory=Fence)
    served: list[Served] = field(default_factory=list)
    lines: dict[str, Line] = field(default_factory=dict)
    timeouts_s: dict[str, float] = field(default_factory=dict)

    def line_to(self, port: str) -> Line | None:
        """Return the line to a port that several device files name; None where one has it for itself."""
        where = place(port)
        if len(self.site.on_line(where)) < 2:  # noqa: PLR2004 - one, or several
            return None
        return self.lines.setdefault(where, Line(port, shared=True))

    def recall(self) -> Memory:
        """Return what the store remembers; asked when a line starts, on the supervisor's thread.

        Where the store could not be read, every valve of this node is locked, durably, before anybody starts on it:
        from then on these are locks like all others, which a person frees one by one.

        Raises:
            LookupError: the store is not running.
            StoreUnusable: those locks could not be made durable.
        """
        memory = self._ask_store(Recall())
        if memory.all_locked:
            own = tuple(valve.name for valve in self.site.valves if not valve.remote)
            who = f"{self.context.node} at {time.strftime('%Y-%m-%d %H:%M:%S')}: {memory.all_locked}"
            memory = replace(self._ask_store(LockAll(own, who)), all_locked=memory.all_locked)
        return memory

    def _ask_store(self, question: Recall | LockAll) -> Memory:
        entry = self.context.directory.get("store")
        if entry is None:
            raise LookupError("the store is not running: locks are not known")
        memory = entry.ref.ask(question, block=True, timeout=RECALL_TIMEOUT_S)
        assert isinstance(memory, Memory)
        return memory

    def grow(self, children: tuple[Child, ...], then: tuple[str, Any]) -> None:
        """Have the supervisor start more actors, and tell somebody when they have."""
        self.context.directory.tell("supervisor", AddChildren(children, then))
