"""How the console reaches the node: a message is posted, its answer waited for, never for ever."""

import secrets
import time
from collections.abc import Callable
from typing import Any, NoReturn

import pykka

from actors.actor import Context
from actors.errors import raise_for
from actors.messages import Kind, Outcome, Reason, Request
from actors.promise import Promise, no_answer
from actors.views import GetValves
from roles.console.results import Result, StoppedWaiting

SIMULATED = "SIMULATED"
GRACE_S = 0.2  # a node that gives up at the deadline may still say so itself, and knows more
LOOK_EVERY_S = 0.5
LONGEST_MOVE_S = 60.0  # a valve with long delays may outlast the asker's deadline: it is waited for while it moves


class Post:
    """Posts commands and questions of one asker. Any thread but an actor's.

    Args:
        by: who asks, `<user>@<node>/<session>`.
        label: SIMULATED, or the site's name: every result says it.
        timeout_s: how long a command may wait to be carried out, and a question for its answer.
    """

    def __init__(self, context: Context, *, by: str, label: str, timeout_s: float, line_path: str) -> None:
        self._context = context
        self._timeout_s = timeout_s
        self._line_path = line_path
        self.by = by
        self._label = label

    def of(self, by: str) -> "Post":
        """Return the post of another asker on the same node."""
        return Post(self._context, by=by, label=self._label, timeout_s=self._timeout_s, line_path=self._line_path)

    @property
    def label(self) -> str:
        """SIMULATED, or the site's name, with what of it is simulated: nobody may take that for real."""
        facts = self._context.facts
        parts = {**facts.get("simulated_nodes", {}), **facts.get("simulated_devices", {})}
        named = [name for name, simulated in tuple(parts.items()) if simulated]
        return f"{self._label} with SIMULATED {', '.join(named)}" if named and self._label != SIMULATED else self._label

    def order(
        self,
        verb: str,
        subject: str,
        path: str,
        message: Callable[[Request], object],
        shown: str = "",
        within_s: float | None = None,
    ) -> Result:
        """Tell whoever has `path` a command and wait for its outcome; `within_s`: for one that takes longer.

        Raises:
            CommandError: it did not do what was asked, or nobody can say.
            StoppedWaiting: Ctrl-C; the command goes on.
        """
        began = time.monotonic()
        promise = Promise()
        token = secrets.token_hex(8)
        deadline = began + self._timeout_s
        request = Request(promise, by=self.by, trace=token, deadline=deadline, received=began, id=token)
        try:
            if not self._context.directory.tell(path, message(request)):
                self.refuse(verb, subject, Reason.NOT_CONNECTED, self._absence(path))
            outcome = self._outcome(promise, verb, subject, began, within_s or self._within_s(path, subject))
        except KeyboardInterrupt:
            raise StoppedWaiting(f"stopped waiting; {verb} {subject} goes on") from None
        return Result(raise_for(outcome), (time.monotonic() - began) * 1000.0, self.label, shown)

    def ask(self, path: str, question: object, what: str) -> Any:
        """Ask whoever has `path`; `what` is said in the refusal. `Any`: every question has its own answer.

        Raises:
            Refused: nobody has the path now.
            OutcomeUnknown: no answer in time.
        """
        entry = self._context.directory.get(path)
        if entry is None:
            self.refuse(what, "", Reason.NOT_CONNECTED, self._absence(path))
        try:
            return entry.ref.ask(question, timeout=self._timeout_s)
        except pykka.Timeout:
            text = f"{path} gave no answer in {self._timeout_s:.1f} s"
            raise_for(Outcome(what, "", Kind.UNKNOWN, reason=Reason.NO_ANSWER, text=text))
        except pykka.ActorDeadError:
            self.refuse(what, "", Reason.NOT_CONNECTED, self._absence(path))
        except KeyboardInterrupt:
            raise StoppedWaiting(f"stopped waiting for {path}") from None

    def refuse(self, verb: str, subject: str, reason: Reason, text: str) -> NoReturn:
        """Raise the refusal that `reason` names."""
        raise_for(Outcome(verb, subject, Kind.REFUSED, reason=reason, text=text))
        raise AssertionError("a refusal always raises")

    def _within_s(self, path: str, subject: str) -> float:
        """Return the seconds after which somebody has answered: where it is another node's, it may be asked again."""
        facts = self._context.facts
        row = facts.get("table", {}).get(subject) if path == self._line_path else None
        asked = path if row is None else row.spec.actuator
        return max(self._timeout_s, float(facts.get("answers_within_s", {}).get(asked, 0.0))) + GRACE_S

    def _outcome(self, promise: Promise, verb: str, subject: str, began: float, within_s: float) -> Outcome:
        outcome = promise.wait(within_s)
        while outcome is None and time.monotonic() - began < LONGEST_MOVE_S and self._moves(subject):
            outcome = promise.wait(LOOK_EVERY_S)
        last_look = outcome or promise.wait(0.0)  # it may have settled between the wait and the look
        return last_look or no_answer(verb, subject, time.monotonic() - began)

    def _moves(self, valve: str) -> bool:
        entry = self._context.directory.get(self._line_path)
        if entry is None:
            return False
        try:
            views = entry.ref.ask(GetValves(), timeout=self._timeout_s)
        except (pykka.Timeout, pykka.ActorDeadError):
            return False
        return any(view.name == valve and view.moving is not None for view in tuple(views or ()))

    def _absence(self, path: str) -> str:
        return f"{path} does not run now: it is restarting, or was given up (see tree())"
