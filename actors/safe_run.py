"""One bringing of the line into its safe state: where it has come to, and how its steps report to the line. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field

from actors.messages import Kind, Outcome, Reason, Request
from actors.table import SafeStep, Table

_KEPT = (Reason.LOCKED, Reason.DISABLED)  # why a valve is not moved, wherever it stands


@dataclass(frozen=True, slots=True)
class StepEnded:
    """How a step of the safe state ended, told by its request to the line itself. `step`: -1: `who` is a node."""

    run: int
    step: int
    who: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class StepAgain:
    """A step's valve was busy: ask once more."""

    run: int
    step: int


@dataclass(slots=True)
class Run:
    """One run.

    Attributes:
        number: by which what its steps report is told from that of an earlier run.
        began, step_began: monotonic seconds.
        asked: who waits for its end; everywhere: other nodes were called too.
        waiting: nodes that have not answered yet, and the latch while it is not on disk.
        step: which of the steps is being taken; stepped: the last one has ended.
        disturbed: when the step was asked for other valves moved, which may have forbidden it.
        confirmed: how many valves are where they shall be.
        not_there: what is not as it shall be, for a person.
        not_kept: why the latch is not on disk, or "".
        resumed: an earlier line had begun it.
        told: what other nodes have said, by node.
    """

    number: int
    began: float
    asked: list[Request]
    waiting: set[str]
    step: int = -1
    step_began: float = 0.0
    stepped: bool = False
    everywhere: bool = False
    disturbed: bool = False
    resumed: bool = False
    confirmed: int = 0
    not_there: list[str] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    not_kept: str = ""


class StepReply:
    """Takes the outcome of one step as a message to the line. Any thread."""

    def __init__(self, tell: Callable[[object], object], run: int, step: int, who: str) -> None:
        self._tell, self._run, self._step, self._who = tell, run, step, who

    def answer(self, outcome: Outcome) -> None:
        """See `ReplyTo`."""
        self._tell(StepEnded(self._run, self._step, self._who, outcome))


def is_there(table: Table, step: SafeStep, outcome: Outcome, now: float) -> bool:
    """Whether a step has been taken, or its valve was known at `now` (monotonic seconds) to be kept where it belongs.

    A valve that others follow is there only with all of them, which its move's own success says.
    """
    if outcome.ok:
        return True
    row = table.get(step.valve)
    if row is None or outcome.kind is not Kind.REFUSED or outcome.reason not in _KEPT:
        return False
    return row.stands(step.target, now) and all(other.spec.parent != step.valve for other in table.values())
