"""The words of an extraction script: each is counted, and is where a cancellation is noticed."""

import math
import threading
from collections.abc import Callable
from typing import NoReturn

from actors.errors import CommandError, raise_for
from actors.messages import Kind, Outcome, Reason, State
from actors.views import HistoryRow
from roles.console.operator import Operator
from roles.console.results import Result
from roles.console.sequences import Sequences
from roles.scripting.outcome import Aborted, Cancelled


class Words:
    """What one script can say. Used on the script's own thread.

    Args:
        cancelled: set when the script shall stop.
        say: takes what `info` says.
        call: runs the script that `gosub` names, on this thread.
    """

    def __init__(
        self,
        operator: Operator,
        cancelled: threading.Event,
        say: Callable[[str], None],
        call: Callable[[str], None],
    ) -> None:
        self._operator = operator
        self._cancelled = cancelled
        self._say = say
        self._call = call
        self._sequences = Sequences(operator, self._pause, say)
        self.used = 0
        self.claimed: dict[str, None] = {}

    def bound(self) -> dict[str, Callable[..., object]]:
        """Return name -> word, for the script's globals."""
        words = (
            self.open, self.close, self.is_open, self.is_closed, self.lock, self.unlock, self.claim, self.release,
            self.history, self.cycle, self.sample, self.sleep, self.info, self.gosub, self.abort,
        )  # fmt: skip
        return {word.__name__: word for word in words}

    def open(self, valve: str) -> Result:
        """Open a valve; raise `CommandError` unless it is open then."""
        self._step()
        return self._operator.open(valve)

    def close(self, valve: str) -> Result:
        """Close a valve; raise `CommandError` unless it is closed then."""
        self._step()
        return self._operator.close(valve)

    def is_open(self, valve: str) -> bool:
        """Return whether a valve is open. Raises `OutcomeUnknown` where nobody can say: never False then."""
        return self._stands("is_open", valve) is State.OPEN

    def is_closed(self, valve: str) -> bool:
        """Return whether a valve is closed. Raises `OutcomeUnknown` where nobody can say."""
        return self._stands("is_closed", valve) is State.CLOSED

    def lock(self, valve: str) -> Result:
        """Software-lock a valve."""
        self._step()
        return self._operator.lock(valve)

    def unlock(self, valve: str) -> Result:
        """Free a locked valve."""
        self._step()
        return self._operator.unlock(valve)

    def claim(self, valve: str, seconds: int | None = None) -> Result:
        """Own a valve; it is released at the script's end."""
        self._step()
        result = self._operator.claim(valve, seconds)
        self.claimed[result.outcome.subject] = None
        return result

    def release(self, valve: str) -> Result:
        """Give a claimed valve up."""
        self._step()
        result = self._operator.release(valve)
        self.claimed.pop(result.outcome.subject, None)
        return result

    def let_go(self) -> None:
        """Release whatever the script has claimed and not released: it has ended. What could not be is said."""
        for valve in list(self.claimed):
            try:
                self._operator.release(valve)
            except CommandError as error:
                self._say(f"{valve} is still claimed by {self._operator.by}: {error}")
        self.claimed.clear()

    def history(self, valve: str = "", count: int = 20) -> tuple[HistoryRow, ...]:
        """Return the last commands of a valve (or of all) that this node has journaled, the newest last."""
        self._step()
        return self._operator.history(valve, count)

    def cycle(self, valve: str, times: int, open_s: float, closed_s: float) -> Result:
        """Open a valve for `open_s` seconds and close it for `closed_s`, so many times; see `Sequences`."""
        self._step()
        return self._sequences.cycle(valve, times, open_s, closed_s)

    def sample(self, valve: str, seconds: float) -> Result:
        """Open a valve, wait, close it; a cancellation closes it at once."""
        self._step()
        return self._sequences.sample(valve, seconds)

    def sleep(self, duration_s: float) -> None:
        """Wait `duration_s` seconds; a cancellation ends it at once."""
        self._step()
        if not 0 <= duration_s < math.inf:
            raise ValueError(f"sleep takes seconds, 0 or more, not {duration_s!r}")
        self._pause(duration_s)

    def info(self, text: object) -> None:
        """Tell the person in front, and the log."""
        self._step()
        self._say(str(text))

    def gosub(self, script: str) -> None:
        """Run another script here and now; what ends it ends this one, unless caught."""
        self._step()
        self._call(script)

    def abort(self, reason: str = "no reason given") -> NoReturn:
        """Stop this script and those that called it."""
        self._step()
        raise Aborted(reason)

    def _pause(self, duration_s: float) -> None:
        if self._cancelled.wait(duration_s):
            raise Cancelled

    def _step(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled
        self.used += 1

    def _stands(self, word: str, valve: str) -> State:
        self._step()
        known = self._operator.state(valve)
        if known.state is State.UNKNOWN:
            view = known.view
            why = f"it is moving to {view.moving}" if view.moving is not None else view.why or "nobody has looked"
            text = f"{view.name} is unknown: {why}"
            raise_for(Outcome(word, view.name, Kind.UNKNOWN, reason=Reason.NO_ANSWER, text=text))
        return known.state
