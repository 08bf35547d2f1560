"""What a loader does: its runs by name, and what of them outlives its actor."""

from collections import OrderedDict
from dataclasses import dataclass, field

from actors.dump import Plan, energising
from actors.dump_conditions import Do, Step
from actors.loader_look import LoaderSetup
from actors.messages import Outcome, Query
from hardware.numerals import number

DUMP, LOWER, RAISE, ENERGISE = "dump", "lower", "raise", "energise"
LOADER = "loader"  # in the facts of a node: its `Record`
IDS_KEPT = 256
LONGEST_PERIOD_S = 60.0


@dataclass(slots=True)
class Record:
    """What is kept of a loader while its node lives.

    Attributes:
        goal: of the run that is under way, or was the last; active: it is under way.
        phase, why: how far it is; see `actors.dump.Dump`.
        by, trace, session, origin: who asked for it.
        dumped: how the last dump ended: its phase; "": none has ended; dump_why: why it failed.
        looked: whether it was looked for magnets that an earlier life of the node has left energised.
        asked: runs that were asked for by an id, and what was answered; None: not yet.
    """

    goal: str = ""
    active: bool = False
    phase: str = "idle"
    why: str = ""
    by: str = ""
    trace: str = ""
    session: str = ""
    origin: str = ""
    dumped: str = ""
    dump_why: str = ""
    looked: bool = False
    asked: OrderedDict[tuple[str, ...], Outcome | None] = field(default_factory=OrderedDict)

    def begin(self, goal: str, query: Query) -> None:
        """Note that a run begins."""
        request = query.request
        self.goal, self.active, self.why = goal, True, ""
        self.by, self.trace, self.session, self.origin = request.by, request.trace, request.session, request.origin
        if goal == DUMP:
            self.dumped = self.dump_why = ""
        if request.id:
            self.asked[_key(query)] = None
            while len(self.asked) > IDS_KEPT:
                self.asked.popitem(last=False)

    def note(self, phase: str, why: str, *, active: bool) -> None:
        """Note how far it is."""
        self.phase, self.why, self.active = phase, why, active
        if self.goal == DUMP and not active:
            self.dumped, self.dump_why = phase, why

    def knows(self, query: Query) -> bool:
        """Whether a run was asked for by this very query before: by the same asker, with the same id."""
        return bool(query.request.id) and _key(query) in self.asked

    def answer_to(self, query: Query) -> Outcome | None:
        """Return what was answered to a query that it knows; None: nothing yet."""
        return self.asked[_key(query)]

    def answered(self, outcome: Outcome) -> None:
        """Note what was answered to whoever asked for it."""
        for each, known in self.asked.items():
            if known is None:
                self.asked[each] = outcome

    def said(self) -> str:
        """Say how it is, for a person."""
        if not self.goal:
            return self.phase
        because = f" ({self.why})" if self.why else ""
        return f"{self.goal}: {self.phase}{because}"


def period_s(args: tuple[str, ...], setup: LoaderSetup) -> float:
    """Return for how long each magnet is to be energised, seconds; the usual time where nothing is given.

    Raises:
        ValueError: it is no such time.
    """
    if not args:
        return setup.magnets_s
    try:
        period = number(args[0])
    except ValueError:
        period = 0.0
    if not 0.0 < period <= LONGEST_PERIOD_S:
        raise ValueError(f"{args[0]!r} is no time: expected seconds, over 0 and at most {LONGEST_PERIOD_S:g}")
    return period


def _key(query: Query) -> tuple[str, ...]:
    request = query.request
    return (query.what, request.session, request.by, request.id)


def plan_of(goal: str, setup: LoaderSetup, hold_s: float) -> Plan:
    """Return what a run does, and how it ends where something fails."""
    off = tuple(Step(Do.OFF, magnet) for magnet in setup.magnets)
    halt = (Step(Do.HALT),) if setup.funnel_drive else ()
    lower, up = Step(Do.LOWER), Step(Do.RAISE)
    steps, ending = {
        DUMP: ((lower, *energising(setup.magnets), up), (*halt, *off, up)),
        ENERGISE: (energising(setup.magnets), off),
        LOWER: ((lower,), halt),
        RAISE: ((up,), halt),
    }[goal]
    return Plan(steps, ending, hold_s, setup.step_s)
