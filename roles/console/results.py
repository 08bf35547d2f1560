"""What the console hands back: values that read like a sentence when they are shown."""

from dataclasses import dataclass, field
from typing import Self

from actors.messages import Kind, Outcome, Source, State
from actors.views import ValveView

_DONE_WORDS = {
    "lock": "locked",
    "unlock": "unlocked",
    "claim": "claimed",
    "release": "released",
    "out of service": "out of service",
    "in service": "in service",
    "restart": "restarting",
}
_NO_NEWS = ("", "OK", "ok")  # a node's receipt says no more than that it is done


class Misused(Exception):
    """A word of the console was called in a way that it cannot be."""


class StoppedWaiting(KeyboardInterrupt):
    """Ctrl-C ended the wait, not the command. A KeyboardInterrupt: `except Exception` must not swallow it."""


class Text(str):
    """A text that is shown as it is, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Celsius(float):
    """A temperature in degrees Celsius that says its unit when shown, and counts as a number."""

    label: str

    def __new__(cls, value: float, label: str = "") -> Self:
        """Make one; `label` says whose it is: SIMULATED, or the site's name."""
        made = super().__new__(cls, value)
        made.label = label
        return made

    def __str__(self) -> str:
        return f"{float(self):.1f} °C  {self.label}".rstrip()

    __repr__ = __str__


class Measured(float):
    """What a gauge or another device reads: says its unit when shown, where it is known, and counts as a number."""

    units: str
    label: str

    def __new__(cls, value: float, units: str = "", label: str = "") -> Self:
        """Make one; `label` says whose it is: SIMULATED, or the site's name."""
        made = super().__new__(cls, value)
        made.units, made.label = units, label
        return made

    def __str__(self) -> str:
        unit = f" {self.units}" if self.units else ""
        return f"{float(self):.4g}{unit}  {self.label}".rstrip()

    __repr__ = __str__


@dataclass(frozen=True, slots=True, repr=False)
class Result:
    """One command that did what was asked.

    Attributes:
        outcome: the value that every asker gets.
        took_ms: wall time at the console, from asking to knowing.
        label: SIMULATED, or the site's name.
        shown: what is so now, where it is no valve's state.
    """

    outcome: Outcome
    took_ms: float
    label: str = ""
    shown: str = ""

    def __str__(self) -> str:
        outcome = self.outcome
        how = [str(outcome.kind), f"{self.took_ms:.1f} ms"]
        if outcome.source is not Source.NONE:
            how.append(str(outcome.source))
        if outcome.kind is Kind.MOVED and outcome.text:
            how.append(outcome.text)
        if outcome.kind is Kind.DONE and outcome.text not in (*_NO_NEWS, self._now()):
            how.append(outcome.text)
        subject = outcome.subject or outcome.verb
        return f"{subject}  {self._now()}  ({', '.join(how)})  {self.label}".rstrip()

    __repr__ = __str__

    def _now(self) -> str:
        if self.shown:
            return self.shown
        if self.outcome.kind is Kind.DONE:
            return _DONE_WORDS.get(self.outcome.verb) or self.outcome.text or self.outcome.verb
        return str(self.outcome.state)


@dataclass(frozen=True, slots=True, repr=False)
class ValveState:
    """One valve as it was known when asked. Equal to its state's word: `state('A') == 'open'`."""

    view: ValveView
    line: str = field(compare=False)

    @property
    def state(self) -> State:
        """Open, closed or unknown; unknown while it moves."""
        return State.UNKNOWN if self.view.moving is not None else self.view.state

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ValveState):
            return self.view == other.view
        return str(self.state) == other

    def __hash__(self) -> int:
        return hash(str(self.state))

    def __str__(self) -> str:
        return self.line

    __repr__ = __str__
