"""What a loader does: its runs by name, and what of them outlives its actor."""

from collections import OrderedDict
from dataclasses import dataclass, field

from actors.dump import Plan, energising
from actors.dump_conditions import Do, Step
from actors.loader_look import LoaderSetup
from actors.messages import Outcome, Request

DUMP, LOWER, RAISE, ENERGISE = "dump", "lower", "raise", "energise"
LOADER = "loader"  # in the facts of a node: its `Record`
IDS_KEPT = 256


@dataclass(slots=True)
class Record:
    """What is kept of a loader while its node lives.

    Attributes:
        goal: of the run that is under way, or was the last; active: it is under way.
        phase, why: how far it is; see `actors.dump.Dump`.
        by, trace, session, origin: who asked for it.
        dumped: how the last dump ended: its phase; "": none has ended; dump_why: why it failed.
        looked: whether it was looked for magnets that an earlier life of the node has left energised.
        ids: of runs that were asked for, and what was answered; None: not yet.
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
    ids: OrderedDict[str, Outcome | None] = field(default_factory=OrderedDict)

    def begin(self, goal: str, request: Request) -> None:
        """Note that a run begins."""
        self.goal, self.active, self.why = goal, True, ""
        self.by, self.trace, self.session, self.origin = request.by, request.trace, request.session, request.origin
        if goal == DUMP:
            self.dumped = self.dump_why = ""
        if request.id:
            self.ids[request.id] = None
            while len(self.ids) > IDS_KEPT:
                self.ids.popitem(last=False)

    def note(self, phase: str, why: str, *, active: bool) -> None:
        """Note how far it is."""
        self.phase, self.why, self.active = phase, why, active
        if self.goal == DUMP and not active:
            self.dumped, self.dump_why = phase, why

    def answered(self, outcome: Outcome) -> None:
        """Note what was answered to whoever asked for it."""
        for each, known in self.ids.items():
            if known is None:
                self.ids[each] = outcome

    def said(self) -> str:
        """Say how it is, for a person."""
        if not self.goal:
            return self.phase
        because = f" ({self.why})" if self.why else ""
        return f"{self.goal}: {self.phase}{because}"


def plan_of(goal: str, setup: LoaderSetup, hold_s: float) -> Plan:
    """Return what a run does, and how it ends where something fails."""
    off = tuple(Step(Do.OFF, magnet) for magnet in setup.magnets)
    halt = (Step(Do.HALT),) if setup.funnel_drive else ()
    lower, up = Step(Do.LOWER), Step(Do.RAISE)
    steps, ending = {
        DUMP: ((lower, *energising(setup.magnets), up), (*off, *halt, up)),
        ENERGISE: (energising(setup.magnets), off),
        LOWER: ((lower,), halt),
        RAISE: ((up,), halt),
    }[goal]
    return Plan(steps, ending, hold_s, setup.step_s)
