"""Where an actor runs: `LoopActor` never blocks and shares a loop's thread; `ThreadActor` may block on its own."""

import queue
import sys
import time
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import pykka

from actors.actor import Actor, Context
from actors.future import Future
from actors.loop import Loop
from actors.messages import Kind, Reason


class LoopInbox:
    """An inbox that is a place in a loop's queue."""

    loop: Loop
    actor: "LoopActor"

    def put(self, envelope: Any, /) -> None:
        """Queue for the actor."""
        self.loop.post(self.actor, _Enveloped(envelope))

    def get(self) -> Any:
        """Never called: the loop hands envelopes over."""
        raise NotImplementedError

    def empty(self) -> bool:
        """Nothing is ever left behind in it."""
        return True


_START = object()


@dataclass(frozen=True, slots=True)
class _Enveloped:
    """What pykka queued: an ask, a stop, or what was told by reference. `Any`: it keeps its envelope type to itself."""

    envelope: Any


@dataclass(frozen=True, slots=True)
class _Told:
    """A message that was told without pykka's envelope, where one is needed after all."""

    message: Any
    reply_to: None = None


class LoopActor(Actor):
    """An actor that never blocks, run by a loop's thread. An ask, a sleep or I/O that waits is a bug here."""

    loop_name: ClassVar[str] = "node"

    def __init__(self, context: Context, path: str) -> None:
        super().__init__(context, path)
        self.loop = context.loops[self.loop_name]
        self._put = self.loop.put  # bound once: it is used with every message
        inbox = cast("LoopInbox", self.actor_inbox)
        inbox.loop, inbox.actor = self.loop, self

    @staticmethod
    def _create_actor_inbox() -> Any:  # pykka's hook for implementors
        return LoopInbox()

    @staticmethod
    def _create_future() -> pykka.Future[Any]:  # pykka's hook for implementors
        return Future()

    def _start_actor_loop(self) -> None:  # pykka's hook for implementors
        self.loop.post(self, _START)

    def take(self, message: Any) -> bool:
        """See `Actor.take`. What actors tell each other goes without pykka's envelope, which only an ask needs."""
        if self._safe:
            return False
        self._put((self, message))
        if self.loop.asleep:
            self.loop.wake()
        return True

    def run_one(self, message: Any) -> None:
        """Handle what pykka's own receive loop would."""
        if message is _START:
            self._actor_loop_setup()
            return
        envelope = message.envelope if message.__class__ is _Enveloped else _Told(message)
        reply_to = envelope.reply_to
        if self.actor_stopped.is_set():
            self._turn_away(envelope)
            return
        try:
            response = self._handle_receive(envelope.message)
            if reply_to is not None:
                reply_to.set(response)
        except Exception as error:  # noqa: BLE001 - as above; an exception while answering an ask is the asker's
            if reply_to is not None:
                reply_to.set_exception()
            else:
                self.fell(envelope.message, error)
        except BaseException as error:  # noqa: BLE001 - SystemExit in one actor must not stop the others
            self.fell(envelope.message, error)

    def fell(self, message: Any, error: BaseException) -> None:
        """See `Mailbox.fell`: whoever asked is told, then pykka, then the supervisor. Within the `except`."""
        self._answer_for(message, Kind.UNKNOWN, Reason.INTERNAL, f"{self.path} failed while it had this in hand")
        self._handle_failure(*sys.exc_info())
        self._ended(error)


class ThreadActor(Actor, pykka.ThreadingActor):
    """An actor that may block, on a thread of its own (a daemon: a hung device must not keep the process alive)."""

    use_daemon_thread: ClassVar[bool] = True
    _busy_since: float | None = None

    def busy(self) -> float | None:
        """See `Actor.busy`: what the supervisor's hang watch reads."""
        return self._busy_since

    @staticmethod
    def _create_actor_inbox() -> Any:  # pykka's hook: a SimpleQueue puts in a third of the time of a Queue
        return queue.SimpleQueue()

    @staticmethod
    def _create_future() -> pykka.Future[Any]:
        return Future()

    def on_receive(self, message: Any) -> Any:
        """Hand a message to its method, noting since when."""
        self._busy_since = time.monotonic()
        try:
            return super().on_receive(message)
        except Exception:
            self._answer_for(message, Kind.UNKNOWN, Reason.INTERNAL, f"{self.path} failed while it had this in hand")
            raise
        except BaseException as error:  # SystemExit in one actor must not stop the others
            self._answer_for(message, Kind.UNKNOWN, Reason.INTERNAL, f"{self.path} failed while it had this in hand")
            raise RuntimeError(f"{error.__class__.__name__} inside an actor: {error}") from error
        finally:
            self._busy_since = None

    def take(self, message: Any) -> bool:
        """See `Actor.take`. What comes in between the last look at the mailbox and the end is turned away too."""
        taken = super().take(message)
        if self.actor_stopped.is_set():
            self._actor_loop_teardown()
        return taken

    def _actor_loop_teardown(self) -> None:  # pykka's own would drop what was told without a word
        mailbox: queue.SimpleQueue[Any] = cast("queue.SimpleQueue[Any]", self.actor_inbox)
        while True:
            try:
                self._turn_away(mailbox.get_nowait())
            except queue.Empty:
                return
