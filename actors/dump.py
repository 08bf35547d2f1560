"""A dump of a sample, step by step: pure. What happens is told to it, what is to be done is taken from it.

Before every step all conditions are looked at anew, and while it waits they are looked at again and again. Whatever
fails or is stopped ends the same way: the funnel stops, every magnet is de-energised, whatever becomes of the others,
and the funnel is raised if it can be.
"""

from dataclasses import dataclass
from enum import StrEnum

from actors.dump_conditions import Conditions, Do, Seen, Step

LOOK_S = 0.5  # between two looks while something is waited for
AGAIN_S = 5.0  # until a magnet that could not be de-energised is told so again
HASTE_S = 2.0  # in which a step of its ending is answered, or is left behind until the others have been ordered
LONGEST_WHY = 500  # characters of what an ending begins with


class Phase(StrEnum):
    """Where it is when it is at no step; see `Dump.phase`."""

    IDLE = "idle"
    CHECKING = "checking"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done now: a step, or (None) a look at everything; its end is told with the same number."""

    number: int
    step: Step | None


def energising(magnets: tuple[str, ...]) -> tuple[Step, ...]:
    """Return the steps with one magnet after the other: the next is energised before the one before it is released."""
    steps: list[Step] = []
    for index, magnet in enumerate(magnets):
        steps += [Step(Do.ON, magnet), Step(Do.WAIT, magnet)]
        if index:
            steps += [Step(Do.OFF, magnets[index - 1]), Step(Do.WAIT, magnet)]
    return (*steps, *(Step(Do.OFF, magnet) for magnet in magnets[-1:]))


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run does.

    Attributes:
        steps: in their order; ending: those that end it whenever something fails, in theirs.
        hold_s: how long each `WAIT` takes; step_s: the longest that any other step may take.
    """

    steps: tuple[Step, ...]
    ending: tuple[Step, ...]
    hold_s: float
    step_s: float


class Dump:
    """One run of a plan. Times are monotonic seconds, given by the caller. One thread.

    Attributes:
        phase: the name of the step at hand, or one of `Phase`.
        why: what has failed, or who has stopped it; "": so far nothing.
        touched: whether a step was ordered: something may have moved; begun: whether one was carried out.
    """

    def __init__(self, conditions: Conditions, plan: Plan) -> None:
        self._conditions, self._plan = conditions, plan
        self.phase: str = Phase.IDLE
        self.why = self._first_why = self._kept_from = ""
        self._later_whys: dict[Step, str] = {}  # what went wrong while it ended, of each step the last
        self._again_at: dict[Step, float] = {}  # steps that have failed, and when they are ordered again
        self.touched = self.begun = False
        self._left: list[Step] = []
        self._number = 0
        self._asked = False  # a look is under way
        self._told = self._done = False  # the step at hand has been ordered; carried out, and its effect is waited for
        self._again = False  # it has failed, and is ordered again when its time comes
        self._began = self._until = self._look_at = 0.0
        self._orders: list[Order] = []

    @property
    def active(self) -> bool:
        """Whether it goes on."""
        return bool(self._left)

    @property
    def ends(self) -> bool:
        """Whether it is on its way to its end, or there, as something has failed, or somebody stopped it."""
        return bool(self.why)

    def take(self) -> list[Order]:
        """Return what is to be done now; once."""
        orders, self._orders = self._orders, []
        return orders

    def begin(self, now: float) -> None:
        """Begin with the first step."""
        self._left = list(self._plan.steps)
        self._next(now)
        self.phase = Phase.CHECKING

    def recover(self, why: str, now: float, *, touched: bool = True) -> None:
        """End what an earlier life of its actor has begun; `touched`: something may have moved."""
        self.touched = touched
        self._fail(why, now)

    def stop(self, why: str, now: float) -> None:
        """End it, safely; nothing more is done where that has begun already."""
        if self.active and not self.ends:
            self._fail(why, now)

    def ended(self, number: int, why: str, now: float) -> None:
        """Take in how an ordered step ended; `why`: what went wrong, "": it was carried out."""
        if number != self._number or not self._told or self._done or self._again:
            return
        step = self._left[0]
        if why:
            self._went_wrong(step, why, now)
            return
        self.begun = True
        if step.do in (Do.LOWER, Do.RAISE):
            self._done = True
            self._look(now)
        else:
            self._advance(now)

    def seen(self, number: int, seen: Seen, now: float) -> None:
        """Take in what a look has found."""
        if number != self._number or not self._asked:
            return
        self._asked, self._look_at = False, now + LOOK_S
        step = self._left[0]
        why = self._kept_from = self._conditions.forbid(step, seen, begun=self._told)
        if why and self.ends and not self._told:
            return  # it is looked at again, until its time is over
        if why:
            self._went_wrong(step, why, now)
        elif not self._told:
            self._order(step, now)
        elif step.do is not Do.WAIT and self._conditions.arrived(step, seen):
            self._advance(now)

    def tick(self, now: float) -> None:
        """Let time pass: waits end, and what takes too long fails."""
        if not self.active:
            return
        step = self._left[0]
        if now < self._until:
            if now >= self._look_at and not self._asked and (self._done or not self._told):
                self._look(now)
        elif self._again:
            self._next(now)
        elif step.do is Do.WAIT and self._told:
            self._advance(now)
        else:
            late = f"it took longer than {self._until - self._began:g} s"
            self._went_wrong(step, self._kept_from or late, now)

    # --- inside -------------------------------------------------------------------------------------------

    def _next(self, now: float) -> None:
        """Look at everything before the step at hand; what makes it safe is ordered at once."""
        self._number += 1
        self._told = self._done = self._asked = self._again = False
        self._kept_from = ""
        self._began, self._until = now, now + self._plan.step_s
        step = self._left[0]
        if now < self._again_at.get(step, now):
            self._told = self._again = True
            self._until = self._again_at[step]
        elif self.ends and step.do in (Do.OFF, Do.HALT):
            if step not in self._again_at and any(behind.do is Do.OFF for behind in self._left[1:]):
                self._until = now + min(HASTE_S, self._plan.step_s)
            self._order(step, now)
        else:
            self._look(now)

    def _look(self, now: float) -> None:
        self._asked, self._look_at = True, now + LOOK_S
        self._orders.append(Order(self._number, None))

    def _order(self, step: Step, now: float) -> None:
        self._told = self.touched = True
        self.phase = step.do
        if step.do is Do.WAIT:
            self._done, self._until = True, now + self._plan.hold_s
        else:
            self._orders.append(Order(self._number, step))

    def _advance(self, now: float) -> None:
        del self._left[0]
        if self._left:
            self._next(now)
        else:
            self._over()

    def _went_wrong(self, step: Step, why: str, now: float) -> None:
        text = f"{step.do}{f' {step.magnet}' if step.magnet else ''}: {why}"
        if not self.ends:
            self._fail(text, now)
            return
        if text not in self._first_why:
            self._later_whys[step] = text
            self.why = "; then ".join((self._first_why, *self._later_whys.values()))
        if step.do is Do.OFF:
            self._put_back(step, now)
        else:
            self._advance(now)

    def _put_back(self, step: Step, now: float) -> None:
        """Order it again later, for as long as it takes: behind whatever else makes safe, before anything moves."""
        self._again_at[step] = now + AGAIN_S
        others = self._left[1:]
        place = next((at for at, other in enumerate(others) if other.do not in (Do.OFF, Do.HALT)), len(others))
        self._left = [*others[:place], step, *others[place:]]
        self._next(now)

    def _fail(self, why: str, now: float) -> None:
        self.why = self._first_why = why[:LONGEST_WHY]
        self._left = list(self._plan.ending) if self.touched else []
        if self._left:
            self._next(now)
        else:
            self._over()

    def _over(self) -> None:
        """Note its end: what is answered now comes too late."""
        self.phase = Phase.FAILED if self.why else Phase.DONE
        self._asked = self._told = False
