"""A dump that is played step by step, without an actor."""

from dataclasses import replace

from actors.dump import Dump, Order, Plan, energising
from actors.dump_conditions import Conditions, Do, Seen, Step
from actors.messages import State

CLOSED, OPEN = State.CLOSED, State.OPEN


LOWER, RAISE, HALT = (Step(do) for do in (Do.LOWER, Do.RAISE, Do.HALT))


ON, OFF = Step(Do.ON, "M"), Step(Do.OFF, "M")


WHERE = Conditions(closed=("G",), opened=("H",), hottest_c=200.0, magnets=("M",), funnel="funnel_drive")


PLAN = Plan((LOWER, *energising(("M",)), RAISE), (HALT, OFF, RAISE), hold_s=3.0, step_s=30.0)


UP = Seen({"G": CLOSED, "H": OPEN, "M": CLOSED}, 20.0, "up")


DOWN = replace(UP, funnel="down")


ON_WAY = replace(UP, funnel="between", moving=("funnel_drive",))


LIT = replace(DOWN, valves={**UP.valves, "M": OPEN})


class Run:
    """A dump whose orders are answered by hand; `steps`: what it has ordered, looks left out."""

    def __init__(self, plan=PLAN, where=WHERE):
        self.dump, self.now, self.steps, self.order = Dump(where, plan), 0.0, [], Order(0, None)
        self.dump.begin(0.0)
        self.take()

    def take(self):
        for order in self.dump.take():
            self.order = order
            if order.step is not None:
                self.steps.append(order.step)
        return self

    def see(self, seen):
        assert self.order.step is None, f"{self.order} is no look"
        self.dump.seen(self.order.number, seen, self.now)
        return self.take()

    def end(self, why=""):
        self.dump.ended(self.order.number, why, self.now)
        return self.take()

    def later(self, seconds):
        self.now += seconds
        self.dump.tick(self.now)
        return self.take()

    def energised(self):
        return self.see(UP).end().see(DOWN).see(DOWN).end().see(LIT)
