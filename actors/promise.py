"""An outcome that is waited for at the edge: the console, a script, a test."""

import threading
from collections.abc import Callable

from actors.messages import Kind, Outcome, Reason


class Promise:
    """A `ReplyTo` that a person's thread waits on. The first answer counts; later ones are passed over."""

    def __init__(self) -> None:
        self._answered = threading.Event()
        self._outcome: Outcome | None = None

    def answer(self, outcome: Outcome) -> None:
        """Take the outcome. Any thread."""
        if self._outcome is None:
            self._outcome = outcome
            self._answered.set()

    def wait(self, timeout_s: float) -> Outcome | None:
        """Return the outcome, or None if there is none within `timeout_s` seconds. Ctrl-C interrupts the wait."""
        self._answered.wait(timeout_s)
        return self._outcome


class Tells:
    """A `ReplyTo` that tells an actor its outcome. `take`: the actor's. Any thread."""

    def __init__(self, take: Callable[[Outcome], object]) -> None:
        self._take = take

    def answer(self, outcome: Outcome) -> None:
        """See `ReplyTo`."""
        self._take(outcome)


class Nobody:
    """A `ReplyTo` for what nobody has asked for: a step that follows from another command."""

    def answer(self, outcome: Outcome) -> None:
        """Drop it."""


def no_answer(verb: str, subject: str, after_s: float) -> Outcome:
    """Return what an asker is told who has waited long enough."""
    return Outcome(verb, subject, Kind.UNKNOWN, reason=Reason.NO_ANSWER, text=f"no answer in {after_s:.1f} s")
