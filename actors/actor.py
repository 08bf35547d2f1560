"""The base of every actor: its path, its log, its clean-up, its place; told and watched by one supervisor.

`LoopActor` never blocks and shares a loop's thread; `ThreadActor` may block. What pykka leaves open is closed here
(measured on 4.5): a failing `on_start` is reported, `make_safe()` runs after any end, nothing ends its neighbours.
"""

import queue
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

import pykka
import structlog
from pykka import messages as pykka_messages

from actors.directory import Directory, Entry
from actors.future import Future
from actors.loop import Loop
from actors.messages import Failed, Kind, LockSaved, Outcome, Ping, Reason, Request


@dataclass(frozen=True)
class Context:
    """What every actor of one process is given.

    Attributes:
        node: the node's name; simulated: whether any part of it is a simulator.
        boot: id of this process's life, new at every start.
        loops: by name; every `LoopActor` names the one it lives on.
        directory: path -> the actor that has it now.
        report: where failures are told (the supervisor; before it exists, a list).
    """

    node: str
    boot: str
    loops: Mapping[str, Loop]
    directory: Directory
    report: Callable[[Failed], None]
    simulated: bool = False
    facts: dict[str, Any] = field(default_factory=dict)  # what listeners bound: "port", "notify_port", ...

    @property
    def loop(self) -> Loop:
        """The node loop: lines, valves, connections, and everybody's timers."""
        return self.loops["node"]


class Actor(pykka.Actor):
    """The contract shared by both placements. Subclasses give `handlers()` and, if they hold anything, `make_safe()`.

    Args:
        context: what the process shares.
        path: the actor's place in the tree: `extraction_line/valve.A` is shown below `extraction_line`.
    """

    def __init__(self, context: Context, path: str) -> None:
        super().__init__()
        self.context = context
        self.path = path
        self.log = structlog.get_logger().bind(node=context.node, actor=path)
        self._handlers: Mapping[type, Callable[[Any], Any]] = {}
        self._safe = False

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """Return message class -> method. Called once, when the actor starts."""
        return {}

    def begin(self) -> None:
        """Start up, in the actor's own thread, before the first message. Raising here fails the start."""

    def make_safe(self) -> None:
        """Let go of everything, once, after a stop or a failure. Must not raise."""

    def detail(self) -> str:
        """Say in a few words how it is, for `tree()`. Read from other threads: only look at attributes."""
        return ""

    def take(self, message: Any) -> bool:
        """Put a message into this actor's mailbox; False: it has stopped. Any thread."""
        try:
            self.actor_ref.tell(message)
        except pykka.ActorDeadError:
            return False
        return True

    def busy(self) -> float | None:
        """Return since when (monotonic) the message in hand is being handled; None: idle, or on a loop."""
        return None

    def tell_path(self, path: str, message: Any) -> bool:
        """Tell whoever has `path` now; False if nobody has."""
        return self.context.directory.tell(path, message)

    def later(self, delay_s: float, message: Any) -> None:
        """Tell this actor a message after `delay_s` seconds."""
        self.context.loop.later(delay_s, self.actor_ref, message)

    def on_start(self) -> None:
        """Pykka's hook: runs `begin`; a failure is reported to the supervisor, which pykka would not do."""
        try:
            self._handlers = dict(self.handlers())
            self.begin()
        except Exception as error:
            self._ended(error)
            raise
        self.context.directory.enlist(self.path, Entry(self.actor_ref, self.take, self.detail, self.busy))

    def on_stop(self) -> None:
        """Pykka's hook after an orderly stop."""
        self._ended(None)

    def on_failure(self, exception_type: Any, exception_value: Any, traceback: Any) -> None:
        """Pykka's hook after a message raised; the arguments are `sys.exc_info()`."""
        del exception_type, traceback
        self._ended(exception_value)

    def on_receive(self, message: Any) -> Any:
        """Hand a message to its method.

        Raises:
            TypeError: nobody takes such a message here: the actor fails, and is restarted.
        """
        handler = self._handlers.get(message.__class__)
        if handler is not None:
            return handler(message)
        if message.__class__ is Ping:
            return self.path
        raise TypeError(f"{self.path} takes no {message.__class__.__name__}")

    def _ended(self, error: BaseException | None) -> None:
        if self._safe:
            return
        self._safe = True
        self.context.directory.strike(self.path, self.actor_ref)
        try:
            self.make_safe()
        except Exception:
            self.log.exception("actor.make_safe_failed")
        if error is not None:
            text = f"{error.__class__.__name__}: {error}"
            unexpected = None if getattr(error, "expected", False) else error
            failed = Failed(self.path, text, time.monotonic(), unexpected)
            self.context.directory.note_failure(failed)
            self.context.report(failed)

    def _turn_away(self, envelope: Any) -> None:
        """Answer what was still on its way to an actor that has ended: nothing of it was begun."""
        message = envelope.message
        if isinstance(message, LockSaved) and not message.error:  # on disk: whoever runs next keeps it
            text = message.who or "free"
            verb = "lock" if message.who else "unlock"
            message.request.reply_to.answer(Outcome(verb, message.valve, Kind.DONE, text=text))
            return
        if envelope.reply_to is None:
            self._answer_for(message, Kind.REFUSED, Reason.BUSY, f"{self.path} is being restarted; nothing was begun")
            return
        if isinstance(envelope.message, pykka_messages._ActorStop):  # noqa: SLF001 - pykka's own teardown does so
            envelope.reply_to.set(None)
        else:
            dead = pykka.ActorDeadError(f"{self.path} has stopped")
            envelope.reply_to.set_exception((pykka.ActorDeadError, dead, None))

    @staticmethod
    def _answer_for(message: Any, kind: Kind, reason: Reason, text: str) -> None:
        """Tell whoever asked that nobody will; an asker takes the first answer only."""
        request = getattr(message, "request", None)
        if isinstance(request, Request) and not getattr(message, "relayed", False):
            request.reply_to.answer(Outcome("", "", kind, reason=reason, text=text))


class LoopInbox:
    """An inbox that is a place in a loop's queue."""

    loop: Loop
    actor: "LoopActor"

    def put(self, envelope: Any, /) -> None:
        """Queue for the actor."""
        self.loop.post(self.actor, envelope)

    def get(self) -> Any:
        """Never called: the loop hands envelopes over."""
        raise NotImplementedError

    def empty(self) -> bool:
        """Nothing is ever left behind in it."""
        return True


_START = object()


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
        if self.actor_stopped.is_set():
            return False
        self.loop.hand(self._run_told, message)
        return True

    def _run_told(self, message: Any) -> None:
        handler = self._handlers.get(message.__class__)
        if handler is None or self.actor_stopped.is_set():
            self.run_one(_Told(message))
            return
        try:
            handler(message)
        except BaseException as error:  # noqa: BLE001 - whatever a message raises ends this actor, and no other
            self._fell(message, error)

    def run_one(self, envelope: Any) -> None:
        """Handle one envelope, as pykka's own receive loop would."""
        if envelope is _START:
            self._actor_loop_setup()
            return
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
                self._fell(envelope.message, error)
        except BaseException as error:  # noqa: BLE001 - SystemExit in one actor must not stop the others
            self._fell(envelope.message, error)

    def _fell(self, message: Any, error: BaseException) -> None:
        """End by a failure: whoever asked is told, then pykka, then the supervisor. Within the `except`."""
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
