"""The base of every actor: its path, its log, its clean-up; told and watched by one supervisor.

What pykka leaves open is closed here (measured on 4.5): a failing `on_start` is reported, `make_safe()` runs after any
end, nothing ends its neighbours. Where an actor runs: `actors.placement`.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pykka
import structlog
from pykka import messages as pykka_messages

from actors.directory import Directory, Entry
from actors.facts import Kept
from actors.handling import Handling, handling
from actors.loop import Loop
from actors.messages import Failed, Kind, Outcome, Ping, Reason, Request

UNREAD = "not read yet"  # as `detail` says of a device that nobody has looked at
_DOWN = re.compile(r"(?:^|; )(down\b.*)", re.DOTALL)


def down_in(detail: str) -> str:
    """Return why an actor does not reach its device or node, of what it says: `down: ...`, first or after a semicolon.

    "": it says nothing of that kind.
    """
    found = _DOWN.search(detail)
    return found[1] if found else ""


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

    Attributes:
        takes: what `handlers()` gave, while it runs, as a loop uses it.
    """

    def __init__(self, context: Context, path: str) -> None:
        super().__init__()
        self.context = context
        self.path = path
        self.log = structlog.get_logger().bind(node=context.node, actor=path)
        self.tell_path: Callable[[str, Any], bool] = context.directory.tell  # whoever has a path now; False: nobody
        self.takes: Handling = {}
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

    def is_down(self) -> bool:
        """Whether it did not reach its device or node when it last tried, or has not tried yet. Any thread.

        Who does not know better goes by what `detail` says.
        """
        detail = self.detail()
        return bool(down_in(detail)) or UNREAD in detail

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

    def later(self, delay_s: float, message: Any) -> None:
        """Tell this actor a message after `delay_s` seconds."""
        self.context.loop.later(delay_s, self.actor_ref, message)

    def on_start(self) -> None:
        """Pykka's hook: runs `begin`; a failure is reported to the supervisor, which pykka would not do."""
        try:
            self.takes = handling(self, self.handlers())
            self.begin()
        except Exception as error:
            self._ended(error)
            raise
        entry = Entry(self.actor_ref, self.take, self.detail, self.busy, self.is_down)
        self.context.directory.enlist(self.path, entry)

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
        handler = self.takes.get(message.__class__)
        if handler is not None:
            return handler(self, message)
        if message.__class__ is Ping:
            return self.path
        raise TypeError(f"{self.path} takes no {message.__class__.__name__}")

    def _ended(self, error: BaseException | None) -> None:
        if self._safe:
            return
        self._safe = True
        self.takes = {}
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
        if isinstance(message, Kept) and not message.error:  # on disk: whoever runs next keeps it
            text = f"{message.keep.subject}: stored"
            message.request.reply_to.answer(Outcome(message.verb, message.keep.subject, Kind.DONE, text=text))
            return
        if envelope.reply_to is None:
            self._answer_for(message, Kind.REFUSED, Reason.BUSY, f"{self.path} is being restarted; nothing was begun")
            return
        if isinstance(envelope.message, pykka_messages._ActorStop):  # noqa: SLF001 - pykka's own teardown does so
            envelope.reply_to.set(None)
        else:
            dead = pykka.ActorDeadError(f"{self.path} has stopped")
            envelope.reply_to.set_exception((pykka.ActorDeadError, dead, None))

    def _answer_for(self, message: Any, kind: Kind, reason: Reason, text: str) -> None:
        """Tell whoever asked that nobody will; an asker takes the first answer only."""
        request = getattr(message, "request", None)
        if isinstance(request, Request) and not getattr(message, "relayed", False):
            request.reply_to.answer(Outcome("", "", kind, reason=reason, text=text))
