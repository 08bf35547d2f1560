"""Placement of actors that never block: one thread that runs many mailboxes, their timers and their sockets.

A thread per actor costs a wake-up of another thread for every hop of a message (20-40 us each). Actors that only
decide - the line, its valves, connections, monitors - therefore share a thread; whatever may block (a device, the
disk) keeps its own. Which loop an actor lives on is placement, not structure: its messages are the same.
"""

import contextlib
import heapq
import itertools
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import pykka
import structlog

from actors.pollers import Poller, default_poller

SLOW_STEP_S = 0.1
TICK_S = 1.0  # the longest sleep
STALL_S = 1.5  # so a turn that takes longer was no sleep: the process was suspended, or a step took long
PILE_S = 1.0  # in which what had piled up is read, however busy the sockets are; then nothing is that old

log = structlog.get_logger()
_here = threading.local()  # .loop: the loop whose thread this is


class Mailbox(Protocol):
    """What a loop runs: an actor that takes one message at a time.

    Attributes:
        takes: message class -> what handles it, given the actor and the message; nothing when it has ended.
    """

    path: str
    takes: Mapping[type, Callable[[Any, Any], Any]]

    def run_one(self, message: Any) -> None:
        """Handle what `takes` has no method for; never raises."""

    def fell(self, message: Any, error: BaseException) -> None:
        """End, as a method of `takes` raised; never raises."""


class Loop:
    """One thread for many actors. `post`, `later` and `call` may be used from any thread; `watch` only from this one.

    Attributes:
        current: what is at work and since when, for the supervisor's hang watch; see `name_of`.
        put, asleep: for whoever posts a great many: put an actor and its message, and if it is asleep, `wake` it.
    """

    def __init__(self, name: str, poller: Poller | None = None) -> None:
        self.name = name
        self._stalled_since = self._stalled_until = 0.0
        self._turn_began = time.monotonic()
        self.current: tuple[Mailbox | Callable[[], None], float] | None = None
        self._poller = poller or default_poller()
        self._ready: deque[tuple[Mailbox, Any]] = deque()
        self.put = self._ready.append
        self._calls: deque[Callable[[], None]] = deque()
        self._new_timers: deque[tuple[float, int, pykka.ActorRef[Any], Any]] = deque()
        self._timers: list[tuple[float, int, pykka.ActorRef[Any], Any]] = []
        self._ids = itertools.count()
        self.asleep = False
        self._owed: dict[Loop, None] = {}  # other loops to wake before this one sleeps
        self._running = True
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._poller.watch(self._wake_read, read=self._drain_wake, write=None)
        self._thread = threading.Thread(target=self._run, name=f"loop-{name}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it runs, or has not been started yet."""
        return self._thread.is_alive() or self._thread.ident is None

    def stop(self, timeout_s: float = 1.0) -> None:
        """End the thread after the step at hand; waits at most `timeout_s`."""
        self._running = False
        self.wake()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(timeout_s)

    def arrived_at(self, now: float) -> float:
        """Return the earliest time (monotonic) at which bytes that are read now may have arrived.

        Usually that is now. After a suspension of the process, or a step that took long, what is found waiting may be
        as old as the stall; so it is taken to be, until there was nothing waiting any more.
        """
        if now - self._turn_began > STALL_S:
            return self._turn_began  # stopped since the last sleep
        return self._stalled_since or now

    def inside(self) -> bool:
        """Whether the caller runs on this loop's thread."""
        return getattr(_here, "loop", None) is self

    def post(self, actor: Mailbox, message: Any) -> None:
        """Queue a message for an actor of this loop."""
        self.put((actor, message))
        if self.asleep:
            self.wake()

    def call(self, function: Callable[[], None]) -> None:
        """Run a function on this loop's thread, soon: for socket callbacks that another thread prepares."""
        self._calls.append(function)
        if self.asleep:
            self.wake()

    def later(self, delay_s: float, ref: "pykka.ActorRef[Any]", message: Any) -> None:
        """Tell an actor (of any loop or thread) a message after `delay_s` seconds. A dead actor is passed over."""
        self._new_timers.append((time.monotonic() + delay_s, next(self._ids), ref, message))
        if self.asleep:
            self.wake()

    def watch(
        self, source: Any, *, read: Callable[[], None] | None = None, write: Callable[[], None] | None = None
    ) -> None:
        """Call back on this thread when a socket is ready; no callback: forget it."""
        self._poller.watch(source, read=read, write=write)

    def wake(self) -> None:
        """Have this loop look at its queues. It costs a system call, and the processor with it: a loop does it last."""
        here: Loop | None = getattr(_here, "loop", None)
        if here is not None and here._running:  # noqa: SLF001 - of the same class
            here._owed[self] = None  # noqa: SLF001
        else:
            self._wake_now()

    def _wake_now(self) -> None:
        self.asleep = False  # one wake-up per sleep is enough
        with contextlib.suppress(OSError):  # full: it will wake anyway; closed: it has ended
            os.write(self._wake_write, b"!")

    def _drain_wake(self) -> None:
        try:
            os.read(self._wake_read, 4096)
        except BlockingIOError:
            return

    def _run(self) -> None:
        _here.loop = self
        ready, calls = self._ready, self._calls
        while self._running:
            self._wake_owed()
            timeout = self._due_in()
            self.asleep = True  # set before the last look at the queues: a later post sees it and wakes us
            if ready or calls or self._new_timers or self._stalled_since:
                timeout = 0.0
            due = self._poller.poll(timeout)
            self.asleep = False
            self._note_stall(idle=not (due or ready or calls))
            for callback in due:
                self._guarded(callback)
            self._fire_timers()
            while calls:
                self._guarded(calls.popleft())
            self._run_ready()
            self.current = None
        self._wake_owed()
        self._poller.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _run_ready(self) -> None:
        """Run what is ready, and what that causes; but sockets get their turn."""
        ready, clock = self._ready, time.monotonic
        began = clock()
        for _ in range(len(ready) + 64):
            if not ready:
                return
            actor, message = ready.popleft()
            self.current = (actor, began)
            method = actor.takes.get(message.__class__)
            if method is None:
                actor.run_one(message)
            else:
                try:
                    method(actor, message)
                except BaseException as error:  # noqa: BLE001 - whatever a message raises ends its actor, and no other
                    actor.fell(message, error)
            ended = clock()
            if ended - began > SLOW_STEP_S:
                took_s = round(ended - began, 3)
                log.warning("loop.slow_step", loop=self.name, actor=name_of(actor), took_s=took_s)
            began = ended

    def _wake_owed(self) -> None:
        for other in self._owed:
            if other.asleep:
                other._wake_now()  # noqa: SLF001
        self._owed.clear()

    def _note_stall(self, *, idle: bool) -> None:
        """Notice a turn that took longer than any sleep: nobody looked at the sockets meanwhile.

        It is over when a look without a sleep finds nothing: how long a sleep took says nothing of what was waiting,
        other threads and processes have their share in that.
        """
        began, now = self._turn_began, time.monotonic()
        self._turn_began = now
        if now - began > STALL_S:
            self._stalled_since = began
            log.warning("loop.stalled", loop=self.name, for_s=round(now - began, 1))
            self._stalled_until = now + PILE_S
        elif self._stalled_since and (idle or now > self._stalled_until):
            self._stalled_since = 0.0  # all that had piled up has been read

    def _guarded(self, function: Callable[[], None]) -> None:
        self.current = (function, time.monotonic())
        try:
            function()
        except Exception:
            log.exception("loop.callback_failed", loop=self.name)

    def _due_in(self) -> float:
        while self._new_timers:
            heapq.heappush(self._timers, self._new_timers.popleft())
        if not self._timers:
            return TICK_S
        return min(TICK_S, max(0.0, self._timers[0][0] - time.monotonic()))

    def _fire_timers(self) -> None:
        if not self._timers:
            return
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            _, _, ref, message = heapq.heappop(self._timers)
            try:
                ref.tell(message)
            except pykka.ActorDeadError:
                continue


def name_of(work: Mailbox | Callable[[], None]) -> str:
    """Return whose work it is: an actor's path where it is one, or a method of one."""
    owner = getattr(work, "__self__", work)
    return str(getattr(owner, "path", None) or getattr(work, "__qualname__", "callback"))
