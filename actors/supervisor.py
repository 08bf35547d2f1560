"""The supervisor of a node: starts its actors in order, watches them, restarts them, stops them in reverse.

A failed actor takes its branch along (rest_for_one within the branch: a line and its valves), nobody else
(one_for_one). Over the restart limit an essential actor ends the process, for systemd or the lab to start again; any
other is parked and tried again. It runs on its own thread, so it may wait for those that it starts and stops.
"""

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pykka

from actors.actor import Context
from actors.actuation import OriginLost
from actors.loop import name_of
from actors.messages import Failed, News, Ping, Tick
from actors.placement import ThreadActor
from actors.restart import RestartPolicy
from actors.tree import Status, TreeRow
from actors.views import GetTree, Restart
from actors.watched import AddChildren, StartTree, StopTree, Watched

START_TIMEOUT_S = 10.0
WATCH_S = 0.5
END_LIMIT_S = 2.0
REPORT_LIMIT_S = 3.0  # for a failing actor's clean-up
ORIGINS = ("actuator.", "node.")  # actors that valves' states come from


@dataclass(frozen=True)
class _StartAgain:
    path: str
    counted: bool = True


class Supervisor(ThreadActor):
    """The actor `supervisor`. `escalate(why)` ends the process; it is called from the supervisor's thread."""

    def __init__(self, context: Context, path: str, policy: RestartPolicy, escalate: Callable[[str], None]) -> None:
        super().__init__(context, path)
        self._policy = policy
        self._escalate = escalate
        self._watched: dict[str, Watched] = {}
        self._stopping = self._gave_up = self._tick_due = False
        self._began = time.monotonic()

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {
            StartTree: self._start_tree,
            AddChildren: self._add,
            StopTree: self._stop_tree,
            Failed: self._failed,
            _StartAgain: self._start_again,
            Restart: self._restart,
            GetTree: self._tree,
            Tick: self._watch,
        }

    def begin(self) -> None:
        """Start the watch, by a clock of its own: a loop that hangs would stop the timers of everybody."""
        threading.Thread(target=self._clock, name="supervisor-clock", daemon=True).start()

    def _clock(self) -> None:
        while not self.actor_stopped.wait(WATCH_S):
            if not self._tick_due:  # one at a time: it may be waiting for an actor to start or to stop
                self._tick_due = True
                self.take(Tick("watch"))

    def _give_up(self, why: str) -> None:
        """End the process; once, as its end is under way then."""
        if not self._gave_up:
            self._gave_up = True
            self._escalate(why)

    # --- starting ---------------------------------------------------------------------------------------

    def _start_tree(self, order: StartTree) -> Failed | None:
        for child in order.children:
            watched = self._watched[child.path] = Watched(child)
            failed = self._start(watched)
            if failed and child.essential:
                return failed
        return None

    def _start(self, watched: Watched) -> Failed | None:
        """Start one actor and prove that it takes messages; a failure is returned and dealt with as any other."""
        path = watched.child.path
        watched.turn(Status.RESTARTING)
        try:
            watched.ref = watched.child.start()
        except Exception as error:  # noqa: BLE001 - whatever a factory raises, the tree goes on
            unexpected = None if getattr(error, "expected", False) else error
            failed = Failed(path, f"{error.__class__.__name__}: {error}", time.monotonic(), unexpected)
            self.actor_ref.tell(failed)
            return failed
        try:
            watched.ref.ask(Ping(), timeout=START_TIMEOUT_S)
        except pykka.ActorDeadError as dead:  # its own report, which names the cause, is in our mailbox
            return self.context.directory.failure_of(path) or Failed(path, str(dead), time.monotonic())
        except pykka.Timeout:
            self.log.warning("tree.slow_start", child=path, after_s=START_TIMEOUT_S)
            return None  # the watch will see it run, or fail
        self._runs(watched)
        return None

    def _runs(self, watched: Watched) -> None:
        watched.turn(Status.RUNNING)
        path = watched.child.path
        say = self.log.debug if "/" in path else self.log.info  # a hundred valves are one line: their line's
        say("tree.started", child=path)
        self._alarm(watched, "", f"{path} runs again")

    def _alarm(self, watched: Watched, value: str, text: str) -> None:
        """Tell people that an actor does its work no more, or does it again; of a valve's its line says so."""
        path = watched.child.path
        if value != watched.alarm and "/" not in path:
            watched.alarm = value
            self.tell_path("chronicle", News(f"alarm.actor.{path}", value, extra={"text": text}))

    def _add(self, order: AddChildren) -> None:
        for child in order.children:
            if child.path not in self._watched:
                watched = self._watched[child.path] = Watched(child)
                self._start(watched)
        path, message = order.then
        self.tell_path(path, message)

    # --- failing and restarting -------------------------------------------------------------------------

    def _failed(self, failed: Failed) -> None:
        watched = self._watched.get(failed.path)
        if watched is None:
            self.log.error("tree.failed", child=failed.path, why=failed.error, exc_info=failed.exception)
            return
        if self._stopping:
            return
        if watched.ref is not None and watched.ref.is_alive():
            return  # the report of an incarnation that has been replaced since
        self.log.error("tree.failed", child=failed.path, why=failed.error, exc_info=failed.exception)
        watched.last_error = f"{time.strftime('%H:%M:%S')} {failed.error}"
        watched.failures.append(failed.at)
        self._stop_branch(failed.path)
        parent = failed.path.rpartition("/")[0]
        self.tell_path(parent, failed)
        if failed.path.startswith(ORIGINS):
            self.tell_path("extraction_line", OriginLost(failed.path, f"{failed.path} failed: {failed.error}"))
        delay_s = self._policy.delay_s(watched.failures, random.random())  # noqa: S311 - jitter
        if delay_s is not None:
            watched.turn(Status.RESTARTING)
            self.later(delay_s, _StartAgain(failed.path))
            return
        self.log.error("tree.gave_up", child=failed.path, after=len(watched.failures), why=failed.error)
        watched.turn(Status.FAILED)
        self._alarm(watched, "failed", f"{failed.path} has failed {len(watched.failures)} times: {failed.error}")
        if watched.child.essential:
            self._give_up(f"{failed.path} failed {len(watched.failures)} times: {failed.error}")
        else:
            self.later(self._policy.retry_parked_s, _StartAgain(failed.path))

    def _start_again(self, order: _StartAgain) -> None:
        watched = self._watched.get(order.path)
        if watched is None or self._stopping or watched.status is Status.RUNNING:
            return
        parent = self._watched.get(order.path.rpartition("/")[0])
        if parent is not None and parent.status is not Status.RUNNING:
            return  # it comes back with its parent
        if order.counted:
            watched.restarts += 1
        if self._start(watched) is not None:
            return
        self.log.warning("tree.restarted", child=order.path, restarts=watched.restarts)
        for path in self._branch(order.path):
            below = self._watched[path]
            if below.status is not Status.RUNNING:
                self._start(below)

    def _restart(self, wish: Restart) -> bool:
        """Restart at a person's wish; one that is busy is restarted when its call has returned, and not before."""
        watched = self._watched.get(wish.path)
        if watched is None:
            return False
        self._stop_branch(wish.path)
        parent = wish.path.rpartition("/")[0]
        self.tell_path(parent, Failed(wish.path, "restarted by a person", time.monotonic()))
        ended = self._end(watched, END_LIMIT_S)
        if wish.path.startswith(ORIGINS):
            self.tell_path("extraction_line", OriginLost(wish.path, f"{wish.path} is being restarted by a person"))
        if ended:
            self._start_again(_StartAgain(wish.path, counted=False))
        else:
            watched.turn(Status.HUNG)
        return True

    def _branch(self, path: str) -> list[str]:
        return [other for other in self._watched if other.startswith(f"{path}/")]

    def _stop_branch(self, path: str) -> None:
        for other in reversed(self._branch(path)):
            self._end(self._watched[other], END_LIMIT_S)

    # --- watching ---------------------------------------------------------------------------------------

    def _watch(self, _tick: Tick) -> None:
        self._tick_due = False
        now = time.monotonic()
        for name, loop in self.context.loops.items():
            current = loop.current
            if not loop.alive and not self._stopping:
                self._give_up(f"the {name} loop has ended")
            elif current is not None and now - current[1] > self._policy.hang_after_s and not self._gave_up:
                child, since_s = name_of(current[0]), now - current[1]
                self.log.error("tree.hung", child=child, loop=name, since_s=round(since_s, 1))
                self._give_up(f"{child} has held the {name} loop for {since_s:.0f} s")
        for path, watched in list(self._watched.items()):
            entry = self.context.directory.get(path)
            busy_since = entry.busy() if entry else None
            if watched.status is Status.HUNG:
                self._after_hang(watched, busy_since)
            elif busy_since is not None and now - busy_since > self._policy.hang_after_s:
                self._hung(watched, now - busy_since)
            elif watched.ref is not None and watched.status is Status.RUNNING and not watched.ref.is_alive():
                self._unreported(watched, now)
            elif watched.status is Status.RESTARTING and entry is not None:
                self._runs(watched)  # it was slow to start

    def _unreported(self, watched: Watched, now: float) -> None:
        """Wait for the report of an actor that has ended: it comes when it has let go of everything."""
        if watched.dead_since is None:
            watched.dead_since = now
        elif now - watched.dead_since > REPORT_LIMIT_S:
            self.actor_ref.tell(Failed(watched.child.path, "it ended by itself", now))

    def _hung(self, watched: Watched, since_s: float) -> None:
        path = watched.child.path
        why = f"one message in hand for {since_s:.0f} s"
        self.log.error("tree.hung", child=path, why=why)
        watched.turn(Status.HUNG)
        self._alarm(watched, "hangs", f"{path} hangs: {why}")
        watched.last_error = f"{time.strftime('%H:%M:%S')} {why}"
        if watched.child.revoke is not None:
            watched.child.revoke(why)
        self.tell_path("extraction_line", OriginLost(path, f"{path} hangs: {why}"))

    def _after_hang(self, watched: Watched, busy_since: float | None) -> None:
        """Nothing replaces a hung actor before its call has returned: two writers on one device is the worst case."""
        if busy_since is None and self._end(watched, END_LIMIT_S):
            self._start_again(_StartAgain(watched.child.path))

    def _tree(self, _message: GetTree) -> tuple[TreeRow, ...]:
        now = time.monotonic()
        rows = [TreeRow(self.context.node, Status.RUNNING, now - self._began)]
        for path, watched in self._watched.items():
            entry = self.context.directory.get(path)
            detail = entry.detail() if entry else ""
            rows.append(
                TreeRow(path, watched.status, now - watched.since, detail, watched.restarts, watched.last_error)
            )
        for path in self.context.directory.paths():
            entry = self.context.directory.get(path)
            if path not in self._watched and path != self.path and entry is not None:
                rows.append(TreeRow(path, Status.RUNNING, 0.0, entry.detail()))
        return tuple(rows)

    # --- stopping ---------------------------------------------------------------------------------------

    def _stop_tree(self, order: StopTree) -> tuple[str, ...]:
        self._stopping = True
        ends_by = time.monotonic() + order.limit_s
        late = [
            path
            for path, watched in reversed(list(self._watched.items()))
            if not self._end(watched, max(0.05, min(2.0, ends_by - time.monotonic())))
        ]
        self.log.info("tree.stopped", child=self.context.node, late=late)
        return tuple(late)

    def _end(self, watched: Watched, limit_s: float) -> bool:
        if watched.ref is None or not watched.ref.is_alive():
            watched.turn(Status.STOPPED)
            return True
        try:
            watched.ref.stop(block=True, timeout=limit_s)
        except (pykka.Timeout, pykka.ActorDeadError) as slow:
            if isinstance(slow, pykka.Timeout):
                self.log.warning("tree.stop_late", child=watched.child.path, after_s=round(limit_s, 2))
                return False
        watched.turn(Status.STOPPED)
        if "/" not in watched.child.path:
            self.log.info("tree.stopped", child=watched.child.path)
        return True
