"""A valve with two relays: one drives it open, the other closed; energised in turn, so that they overlap.

Open: energise the primary, wait, release the secondary. Close: energise the secondary, wait, release the primary.
The wait is this actor's, so that the device serves other valves meanwhile.

The first act is written only while everything that permitted the move holds: deadline, fence, what the device was
told to be. The second follows it whatever has changed since, and at once when this actor is stopped, its order is given
up, or a Close waits behind its opening: a valve left between its relays stands nowhere, its coils stay under current,
and no rule can mind the second act, as the valve has counted as open and as closed since the first. The actuator takes
the two in order, so that nothing that is ordered later comes in between. What fails between them leaves the valve
unknown, and is told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from actors.actuation import Actuate, GiveUp, HurryUp, Switch, Switched
from actors.messages import Kind, Reason, State
from actors.valve import Due, Valve

BETWEEN = "between"


@dataclass(slots=True)
class _Half:
    """An order whose first act was told to the actuator, and whose second was not. `written`: it is known to be."""

    order: Actuate
    written: bool = False


class DoubleActuationValve(Valve):
    """See `Valve`. Its `address` is "primary,secondary"."""

    _half: _Half | None = None

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {
            **super().handlers(),
            Actuate: self._begin,
            Switched: self._acted,
            GiveUp: self._let_go,
            HurryUp: self._press_on,
        }

    def make_safe(self) -> None:
        """Let the second act follow at once: nobody will be here when its time has come."""
        self._follow()

    def _begin(self, order: Actuate) -> None:
        self._actuate(order)
        if self._job is not None and self._job.order is order:
            self._half = _Half(order)

    def _switch(self, order: Actuate, step: int = 0) -> Switch:
        told = super()._switch(order, step)
        return told if step else replace(told, check=False)

    def _acted(self, result: Switched) -> None:
        half, job = self._half, self._job
        if half is None or half.written or result.order != half.order.order:
            second_ended = job is not None and job.step == 1 and job.order.order == result.order
            self._switched(self._whole(result) if second_ended else result)
        elif result.kind is Kind.MOVED:
            half.written = True
            if job is not None and job.order is half.order:
                self.after(self._delay_s(half.order), Due(job, BETWEEN))
            else:
                self._follow()  # it was given up while it was being written
        else:
            self._half = None
            text = f"{result.text}; its {self._named(half.order)[1]} relay was not touched"
            self._switched(replace(result, text=text) if result.kind is Kind.UNKNOWN else result)

    def _due(self, due: Due) -> None:
        if due.what != BETWEEN:
            super()._due(due)
        elif due.job is self._job:
            self._follow()

    def _press_on(self, message: HurryUp) -> None:
        self._hurry(message)
        self._follow()  # what waits is a Close: the sooner it can begin the better

    def _let_go(self, wish: GiveUp) -> None:
        self._give_up(wish)
        if self._half is not None and self._half.order.order == wish.order:
            self._follow()

    def _follow(self) -> None:
        """Have the second act written, if the first has been."""
        half, job = self._half, self._job
        if half is None or not half.written:
            return
        self._half = None
        told = self.tell_path(self.spec.actuator, self._switch(half.order, step=1))
        if job is None or job.order is not half.order:
            return
        job.step = 1
        if not told:
            first, second = self._named(half.order)
            why = f"its {first} relay was switched, its {second} one was not: {self._absent()}"
            self._fail(Kind.UNKNOWN, Reason.NO_ANSWER, why)

    def _whole(self, result: Switched) -> Switched:
        """Return the end of the second act as that of the whole move: a refusal of it leaves the valve in between."""
        assert self._job is not None
        self._job.step = 2
        if result.kind is Kind.MOVED:
            return result
        first, second = self._named(self._job.order)
        done = "was not" if result.kind is Kind.REFUSED else "may not have been"
        why = result.text.removeprefix(f"{self.spec.name}: ")
        text = f"{self.spec.name}: its {first} relay was switched, its {second} one {done}: {why}"
        return replace(result, kind=Kind.UNKNOWN, state=State.UNKNOWN, reason=Reason.NO_ANSWER, text=text)

    def _delay_s(self, order: Actuate) -> float:
        return self.spec.open_delay_s if order.move.target is State.OPEN else self.spec.close_delay_s

    @staticmethod
    def _named(order: Actuate) -> tuple[str, str]:
        """Return which relay is switched on first, and which is switched off then."""
        return ("primary", "secondary") if order.move.target is State.OPEN else ("secondary", "primary")
