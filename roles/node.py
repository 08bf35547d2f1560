"""A node's life: loops, context, supervisor and tree are made, and end within 5 s, after what a safe state may take."""

import os
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pykka
import structlog

from actors.actor import Context
from actors.directory import Directory
from actors.loop import Loop
from actors.messages import Failed, Request, SafeState
from actors.promise import Promise
from actors.restart import RestartPolicy
from actors.supervisor import Supervisor
from actors.tree import TreeRow
from actors.views import GetNode, GetTree, GetValves
from actors.watched import Child, StartTree, StopTree
from roles.boot.site import Site
from roles.plugins.building import Building
from roles.plugins.extraction_line import LINE, valve_nodes
from roles.plugins.furnace import switch_off
from transports.broadcast.poller import ZmqPoller

STOP_LIMIT_S = 4.0  # of the 5 s that an orderly stop may take; the rest is for the log and the journal
START_LIMIT_S = 60.0
LOOK_S = 0.02

log = structlog.get_logger()


class CannotStart(Exception):
    """An essential actor could not start: a listener's port, the store."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(f"{failed.path}: {failed.error}")


class Node:
    """A node of this process. `escalate(why)` is called, once, when supervision gives up.

    Args:
        site: what it is to be.
        state_dir: where its durable state lives; None: it keeps nothing.
        simulated: whether outcomes are to say so.
    """

    def __init__(self, site: Site, *, state_dir: Path | None, simulated: bool, escalate: Callable[[str], None]) -> None:
        self.site = site
        self.poller = ZmqPoller()
        # One thread for both: the news follow the replies, and a second thread would only contend for the interpreter.
        # With two, a command cost a third more processor time and 16 clients got an eighth fewer answers (measured).
        loop = Loop("node", self.poller)
        loops = {"node": loop, "news": loop}
        self._supervisor: pykka.ActorRef[Supervisor] | None = None
        self.context = Context(
            node=site.name,
            boot=uuid.uuid4().hex[:12],
            loops=loops,
            directory=Directory(),
            report=self._report,
            simulated=simulated,
        )
        self.building = Building(site, self.context, self.poller.context, state_dir)
        self._escalate = escalate
        self._stopped = threading.Event()

    def start(self, children: Sequence[Child]) -> None:
        """Start the tree; when this returns, the node can be used.

        Raises:
            CannotStart: an essential actor did not start; what had started has been stopped.
        """
        self.context.loop.start()
        limits = self.site.preferences.supervision
        policy = RestartPolicy(limits.max_restarts, limits.within, hang_after_s=limits.hang_after)
        self._supervisor = Supervisor.start(self.context, "supervisor", policy, self._escalate)
        failed = self._supervisor.ask(StartTree(tuple(children)), block=True, timeout=START_LIMIT_S)
        if isinstance(failed, Failed):
            self.stop()
            raise CannotStart(failed)

    def stop(self) -> None:
        """Stop the tree in reverse order, then what it stood on. Once; later calls return at once."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        if self._supervisor is not None:
            self._go_safe()
            try:
                self._supervisor.ask(StopTree(STOP_LIMIT_S), timeout=STOP_LIMIT_S + 0.5)
                self._supervisor.stop(block=True, timeout=0.5)
            except (pykka.Timeout, pykka.ActorDeadError):
                log.error("tree.stop_late", why="the supervisor did not answer")
        for served in self.building.served:
            served.close()
        self.context.loop.stop(0.5)

    def _go_safe(self) -> None:
        """Bring this node's furnace and valves into their safe state first, where the site says so; in their own time.

        The furnace's is to be off.
        """
        told = self.site.preferences
        if told.furnace.off_on_stop:
            switch_off(self.context, f"{self.site.name}/stop", told.safe_state_limit)
        if not told.safe_state_on_stop or not self.site.safe_state:
            return
        promise = Promise()
        request = Request(promise, by=f"{self.site.name}/stop", received=time.monotonic())
        if not self.context.directory.tell(LINE, SafeState(False, request, here=True)):
            log.error("safe_state.not_reached", why=f"{LINE} is not running")
        elif promise.wait(told.safe_state_limit) is None:
            log.error("safe_state.not_reached", why=f"not within {told.safe_state_limit:g} s; the node stops")

    def tree(self) -> tuple[TreeRow, ...]:
        """Return the supervisor's tree."""
        assert self._supervisor is not None
        return tuple(self._supervisor.ask(GetTree(), block=True, timeout=5.0))

    def settle(self, limit_s: float) -> None:
        """Wait until every node is up and every valve has been read once, at most `limit_s` seconds."""
        ends_by = time.monotonic() + limit_s
        while time.monotonic() < ends_by and not self._settled():
            time.sleep(LOOK_S)

    def _settled(self) -> bool:
        """Whether all nodes are up, those with valves have told them, and every valve has been looked at."""
        try:
            nodes_up = all(self._ask(f"node.{name}", GetNode()).status == "up" for name in self.site.remotes)
            views = self._ask(LINE, GetValves()) if self.context.directory.get(LINE) else ()
        except (LookupError, pykka.Timeout, pykka.ActorDeadError):
            return False
        told = bool(views) or not valve_nodes(self.site)
        return nodes_up and told and all(view.age_s is not None for view in views)

    def _ask(self, path: str, question: Any) -> Any:
        entry = self.context.directory.get(path)
        if entry is None:
            raise LookupError(path)
        return entry.ref.ask(question, timeout=1.0)

    def _report(self, failed: Failed) -> None:
        """Tell the supervisor of a failure; without one there is nobody to restart anything: the process ends."""
        if self._supervisor is None:
            return
        try:
            self._supervisor.tell(failed)
        except pykka.ActorDeadError:
            if not self._stopped.is_set():
                log.error("tree.failed", child=failed.path, why=failed.error, exc_info=failed.exception)
                self._escalate(f"the supervisor has ended, and {failed.path} failed: {failed.error}")


def end_process(code: int) -> None:
    """End this process now. A thread that hangs in a device call must not keep it."""
    os._exit(code)
