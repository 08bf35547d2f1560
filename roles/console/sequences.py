"""Words that move a valve more than once: each step is an open or a close as a person would order it, by every rule.

They stop at the first step that is refused or whose end is unknown, and name it. What they have opened, or may have,
they try to close whatever ends them: a failure, Ctrl-C, a cancelled script; and say how that went.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn, Protocol

from actors.errors import CommandError
from actors.messages import Kind, Reason
from roles.console.results import Result, StoppedWaiting

MOST_CYCLES = 1000
LONGEST_S = 86_400.0

Wait = Callable[[float], None]
"""Waits so many seconds; raises what ends the waiting before that."""


class Hands(Protocol):
    """What a sequence is done with: `roles.console.operator.Operator`."""

    @property
    def label(self) -> str:
        """SIMULATED, or the site's name."""

    def open(self, valve: str) -> Result:
        """Open a valve. Raises `CommandError` unless it is open then."""

    def close(self, valve: str) -> Result:
        """Close a valve. Raises `CommandError` unless it is closed then."""

    def refuse(self, verb: str, subject: str, reason: Reason, text: str) -> NoReturn:
        """Raise the refusal that `reason` names."""


def wait_here(duration_s: float) -> None:
    """Wait on the caller's thread; Ctrl-C ends it at once."""
    threading.Event().wait(duration_s)


class Sequences:
    """The words `cycle` and `sample`.

    Args:
        hands: do the steps.
        wait: waits between them.
        say: is told what was done when something else than Ctrl-C or a failure ended a sequence.
    """

    def __init__(self, hands: Hands, wait: Wait = wait_here, say: Callable[[str], None] = lambda _text: None) -> None:
        self._hands = hands
        self._wait = wait
        self._say = say

    def cycle(self, valve: str, times: int, open_s: float, closed_s: float) -> Result:
        """Open a valve, wait `open_s` seconds, close it, wait `closed_s`: that many times (1-1000).

        Raises:
            CommandError: a step was refused or its end is unknown; its text names the step.
            StoppedWaiting: Ctrl-C; the valve was closed, or why not.
        """
        self._refuse_wrong("cycle", valve, {"times": times, "open_s": open_s, "closed_s": closed_s})
        began = time.monotonic()
        result = self._open_and_close("cycle", valve, open_s, f" 1 of {times}")
        for number in range(2, times + 1):
            self._pause(valve, closed_s, f"cycle stopped after {number - 1} of {times}")
            result = self._open_and_close("cycle", valve, open_s, f" {number} of {times}")
        return self._done(result, began, "closed after 1 cycle" if times == 1 else f"closed after {times} cycles")

    def sample(self, valve: str, seconds: float) -> Result:
        """Open a valve, wait `seconds`, close it. Raises as `cycle` does."""
        self._refuse_wrong("sample", valve, {"seconds": seconds})
        began = time.monotonic()
        return self._done(self._open_and_close("sample", valve, seconds), began, f"closed after {seconds:g} s open")

    def _open_and_close(self, word: str, valve: str, open_s: float, number: str = "") -> Result:
        step = f"opening{number}"
        closing = False
        try:
            self._hands.open(valve)
            step = f"open{number}"
            self._wait(open_s)
            step, closing = f"closing{number}", True
            return self._hands.close(valve)
        except BaseException as ended:
            over = closing or (isinstance(ended, CommandError) and ended.outcome.kind is Kind.REFUSED)
            if over and isinstance(ended, CommandError):
                raise _named(ended, f"{word}, {step}") from None
            if over and isinstance(ended, StoppedWaiting):
                raise  # it says that the closing goes on
            after = self._close_again(valve)
            if isinstance(ended, CommandError):
                raise _named(ended, f"{word}, {step}; {after}") from None
            if isinstance(ended, KeyboardInterrupt):
                raise StoppedWaiting(f"{word} stopped ({step}); {after}") from None
            self._say(f"{word} stopped ({step}); {after}")
            raise

    def _pause(self, valve: str, closed_s: float, stopped: str) -> None:
        try:
            self._wait(closed_s)
        except KeyboardInterrupt:
            raise StoppedWaiting(f"{stopped}; {valve} is closed") from None

    def _close_again(self, valve: str) -> str:
        """Close what was opened; return how that went."""
        try:
            return f"{self._hands.close(valve).outcome.subject} was closed again"
        except CommandError as error:
            return f"{valve} MAY BE OPEN, closing it failed: {error}"
        except StoppedWaiting as again:
            return str(again)

    def _refuse_wrong(self, word: str, valve: str, given: dict[str, object]) -> None:
        for name, value in given.items():
            problem = problem_with(name, value)
            if problem:
                self._hands.refuse(word, str(valve), Reason.BAD_ARGUMENTS, f"{word}: {problem}")

    def _done(self, result: Result, began: float, shown: str) -> Result:
        return Result(result.outcome, (time.monotonic() - began) * 1000.0, self._hands.label, shown)


def problem_with(name: str, value: object) -> str:
    """Return what is wrong with an argument of a sequence, or nothing."""
    if name == "times":
        right = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_CYCLES
        return "" if right else f"times is a whole number from 1 to {MOST_CYCLES}, not {value!r}"
    right = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LONGEST_S
    return "" if right else f"{name} is a number of seconds from 0 to {LONGEST_S:g}, not {value!r}"


def _named(error: CommandError, step: str) -> CommandError:
    """Return the same failure with the step in its text."""
    return error.__class__(replace(error.outcome, text=f"{error.outcome.text or error.outcome.reason} ({step})"))
