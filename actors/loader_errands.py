"""What a loader asks and tells others: each answer comes back as a message, or its time is over."""

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from actors.dump_conditions import Do, Seen, Step
from actors.loader_look import FURNACE, LINE, LoaderSetup, Look
from actors.messages import Kind, Move, Outcome, Query, Reason, Request, State, Tick

LOOK_WITHIN_S = 2.0  # what has not been answered by then is not known
LINE_PATH, FURNACE_PATH = "extraction_line", "furnace"

Tell = Callable[[str, Any], bool]


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer to one of the loader's own questions or orders. `errand`: its number; `who`: the answerer."""

    errand: int
    who: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _ToLoader:
    """A `ReplyTo` that tells the loader. Any thread."""

    take: Callable[[Any], object]
    errand: int
    who: str

    def answer(self, outcome: Outcome) -> None:
        """See `ReplyTo`."""
        self.take(Heard(self.errand, self.who, outcome))


@dataclass(slots=True)
class _Looking:
    look: Look
    left: set[str]  # who has not answered yet
    then: Callable[[], None]

    def take(self, heard: Heard) -> bool:
        self.look.take(heard.who, heard.outcome)
        self.left.discard(heard.who)
        return not self.left

    def give_up(self) -> None:
        """Leave out who has not answered: a look knows nothing of them."""

    def end(self) -> None:
        self.then()


@dataclass(slots=True)
class _Sent:
    left: set[str]  # steps that have not ended yet
    then: Callable[[str], None]
    why: str = ""

    def take(self, heard: Heard) -> bool:
        if heard.who in self.left and not heard.outcome.ok:
            self.why = self.why or heard.outcome.text or str(heard.outcome.kind)
        self.left.discard(heard.who)
        return not self.left

    def give_up(self) -> None:
        self.why = self.why or "no answer in time"

    def end(self) -> None:
        self.then(self.why)


class Errands:
    """Carries out the loader's questions and orders. Used by its actor only.

    Args:
        tell: tells whoever has a path; take: puts a message into the loader's mailbox; later: does so after seconds.
    """

    def __init__(
        self,
        setup: LoaderSetup,
        tell: Tell,
        take: Callable[[Any], object],
        later: Callable[[float, Any], None],
    ) -> None:
        self._setup, self._tell, self._take, self._later = setup, tell, take, later
        self._numbers = itertools.count(1)
        self._out: dict[int, _Looking | _Sent] = {}

    def look(self, asked: Sequence[str], request: Request, then: Callable[[Seen], None]) -> None:
        """Ask everybody named, and call `then` with what is known when all have answered, or the time is over.

        The line is asked last, when the others have answered: what is known of its valves is no older than what
        others took their time to say. Each of both may take `LOOK_WITHIN_S`.
        """
        look = Look(self._setup)
        line = [who for who in asked if who == LINE]
        others = [who for who in asked if who != LINE]
        end = lambda: then(look.seen())  # noqa: E731 - what both parts come to
        if line and others:
            self._ask(look, others, request, lambda: self._ask(look, line, request, end))
        else:
            self._ask(look, asked, request, end)

    def _ask(self, look: Look, asked: Sequence[str], request: Request, then: Callable[[], None]) -> None:
        number = next(self._numbers)
        self._out[number] = _Looking(look, set(asked), then)
        for who in asked:
            path, what = {LINE: (LINE_PATH, "picture"), FURNACE: (FURNACE_PATH, "GetTemperature")}.get(
                who, (f"device.{who}", "look")
            )
            deadline = time.monotonic() + LOOK_WITHIN_S
            own = replace(request, reply_to=_ToLoader(self._take, number, who), deadline=deadline, id="")
            self._tell_or_hear(path, Query(what, (), own), number, who)
        self._later(LOOK_WITHIN_S, Tick(str(number)))

    def send_all(self, steps: Sequence[Step], request: Request, then: Callable[[str], None]) -> None:
        """Order steps, and call `then` when all have ended: with what went wrong, or "".

        What makes safe is not given up by the deadline of who asks for it: it has the time of a step.
        """
        number = next(self._numbers)
        self._out[number] = _Sent({_key(step) for step in steps}, then)
        self._later(self._setup.step_s, Tick(str(number)))
        for step in steps:
            own = replace(request, reply_to=_ToLoader(self._take, number, _key(step)), id="")
            if step.do in (Do.OFF, Do.HALT):
                own = replace(own, deadline=time.monotonic() + self._setup.step_s)
            path, message = self._message(step, own)
            self._tell_or_hear(path, message, number, _key(step))

    def send(self, step: Step, request: Request) -> None:
        """Order a step, and do not wait for its end."""
        self._tell(*self._message(step, request))

    def heard(self, heard: Heard) -> None:
        """Take an answer in."""
        waiting = self._out.get(heard.errand)
        if waiting is not None and waiting.take(heard):
            del self._out[heard.errand]
            waiting.end()

    def late(self, number: str) -> None:
        """End what has not ended in its time."""
        waiting = self._out.pop(int(number), None)
        if waiting is not None:
            waiting.give_up()
            waiting.end()

    def let_go(self) -> None:
        """Forget everything: nobody is there any more to hear of it."""
        self._out.clear()

    def _message(self, step: Step, request: Request) -> tuple[str, Any]:
        """Return whom to tell what, to have a step carried out. `Any`: a move, or a drive's word."""
        setup = self._setup
        if step.magnet:
            return LINE_PATH, Move(step.magnet, State.OPEN if step.do is Do.ON else State.CLOSED, request)
        if setup.funnel_valve:
            return LINE_PATH, Move(setup.funnel_valve, State.OPEN if step.do is Do.LOWER else State.CLOSED, request)
        path = f"device.{setup.funnel_drive}"
        if step.do is Do.HALT:
            return path, Query("StopDrive", (), request)
        position = setup.down if step.do is Do.LOWER else setup.up
        return path, Query("MoveAbsolute", (f"{position:.10g}",), request)

    def _tell_or_hear(self, path: str, message: Any, number: int, who: str) -> None:
        if not self._tell(path, message):
            text = f"{path} does not run"
            outcome = Outcome("", path, Kind.REFUSED, reason=Reason.NOT_CONNECTED, text=text)
            self._take(Heard(number, who, outcome))


def _key(step: Step) -> str:
    return f"{step.do} {step.magnet}"
