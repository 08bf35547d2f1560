"""One actuator device: the only actor that writes to it, and the one that looks at its relays when nobody asks.

It blocks on its device, on its own thread. Right before every write it looks once more whether the command may still be
carried out: its deadline, and the fence that voids what an earlier extraction line ordered.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actors.actor import Context
from actors.actuation import Look, OriginBack, OriginLost, Seen, Switch, Switched
from actors.fence import Fence
from actors.guard import Guard, Overtaken, check_deadline, guarding
from actors.messages import Kind, Reason, Source, State, Tick
from actors.placement import ThreadActor
from actors.table import ValveSpec
from hardware.actuator import ActuatorDriver
from hardware.errors import DeviceError, NotSent, Reopened

RETRY_FIRST_S = 0.1
RETRY_LONGEST_S = 5.0


@dataclass(frozen=True, slots=True)
class ActuatorSetup:
    """How an actuator is used.

    Attributes:
        valves: those whose relays it has.
        opens_when_closed: True: the valve is open while the relay is closed (energised).
        poll_s: seconds between looks at all channels; 0: the device cannot be asked.
        line: path of the extraction line.
    """

    valves: Sequence[ValveSpec]
    opens_when_closed: bool
    poll_s: float = 2.0
    line: str = "extraction_line"


class Actuator(ThreadActor):
    """The actor of one actuator device. `guard` is its exchange, or None where there is no wire."""

    def __init__(
        self,
        context: Context,
        path: str,
        driver: ActuatorDriver,
        guard: Guard | None,
        setup: ActuatorSetup,
        fence: Fence,
    ) -> None:
        super().__init__(context, path)
        self._driver = driver
        self._guard = guard
        self._setup = setup
        self._fence = fence
        self._down = ""
        self._tries = 0
        self._told: dict[str, State] = {}  # what the line was told last of each valve

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {Switch: self._switch, Look: self._look, Tick: self._poll}

    def begin(self) -> None:
        """Look at the device on the first tick: a device that is absent is no failure to start."""
        self.actor_ref.tell(Tick("poll"))

    def detail(self) -> str:
        """See `Actor.detail`."""
        return f"down: {self._down}, {self._tries} tries" if self._down else f"{len(self._setup.valves)} valves"

    def _switch(self, order: Switch) -> None:
        energised = (order.target is State.OPEN) == self._setup.opens_when_closed
        if order.inverted:
            energised = not energised

        def check() -> None:
            objection = self._fence.objection(order.epoch, order.order)
            if objection is not None:
                raise Overtaken(objection)
            check_deadline(order.void_after)
            check_deadline(order.request.deadline)

        result = self._carried_out(order, energised, check)
        if result.kind is not Kind.REFUSED:
            self._told[order.valve] = result.state
        self.tell_path(order.valve_path, result)

    def _carried_out(
        self, order: Switch, energised: bool, check: Callable[[], None], *, read: bool = False
    ) -> Switched:
        """Write, then read back. What fails before the write is a refusal; after it, nobody knows."""
        try:
            with guarding(self._guard, check, read=read):
                self._driver.set(order.address, energised)
        except Overtaken as late:
            return _not_done(order, Kind.REFUSED, late.reason, late)
        except Reopened as error:
            if self._stands_as_told():
                return self._carried_out(order, energised, check, read=True)
            return _not_done(order, Kind.REFUSED, Reason.NOT_CONNECTED, error)
        except NotSent as error:
            self._lost(error)
            self.actor_ref.tell(Tick("now"))  # it may be back at once, and is to be read before it is told anything
            return _not_done(order, Kind.REFUSED, Reason.NOT_CONNECTED, error)
        except DeviceError as error:
            return _not_done(order, Kind.UNKNOWN, Reason.NO_ANSWER, error)
        self._back()
        if not (order.check and self._driver.has_readback):
            return Switched(order.valve, Kind.MOVED, order.target, Source.ASSUMED, order=order.order)
        try:
            state = self._state(self._driver.read(order.address), order.inverted)
        except DeviceError as error:
            return _not_done(order, Kind.UNKNOWN, Reason.NO_ANSWER, error)
        return Switched(order.valve, Kind.MOVED, state, Source.READBACK, order=order.order)

    def _look(self, look: Look) -> None:
        try:
            state = self._state(self._driver.read(look.address), look.inverted)
            result = Switched(look.valve, Kind.MOVED, state, Source.READBACK, order=look.order)
        except DeviceError as error:
            result = _not_done(look, Kind.UNKNOWN, Reason.NO_ANSWER, error)
        self.tell_path(look.valve_path, result)

    def _stands_as_told(self) -> bool:
        """Read a device whose link was lost: whether all its valves stand as the line believes, which permitted this.

        They do not where it was reset meanwhile: then the line is told, and decides anew.
        """
        before = dict(self._told)
        if not self._driver.has_readback:
            self._told = {}
            self.tell_path(self._setup.line, OriginLost(self.path, "its link was lost, and it cannot be read"))
            return not before  # it was said before: whoever asks again knows that nothing is known
        self._poll(Tick("now"))
        return not self._down and self._told == before

    def _poll(self, tick: Tick) -> None:
        """Look at all channels; `poll` goes on by itself, any other tick is somebody's single wish."""
        asked_at = time.monotonic()
        try:
            relays = self._driver.read_all()
        except DeviceError as error:
            self._lost(error)
            if tick.what != "poll":
                return
            self._tries += 1
            delay = min(RETRY_LONGEST_S, RETRY_FIRST_S * 2 ** min(self._tries, 10))
            self.later(delay * random.uniform(0.8, 1.2), Tick("poll"))  # noqa: S311 - jitter
            return
        self._back()
        states = {
            spec.name: self._state(relays[spec.address], spec.inverted_logic)
            for spec in self._setup.valves
            if spec.address in relays
        }
        self._told = states
        self.tell_path(self._setup.line, Seen(self.path, states, Source.POLL, asked_at))
        if self._setup.poll_s and tick.what == "poll":
            self.later(self._setup.poll_s, Tick("poll"))

    def _state(self, relay_closed: bool, inverted: bool) -> State:
        opened = (relay_closed == self._setup.opens_when_closed) != inverted
        return State.OPEN if opened else State.CLOSED

    def _lost(self, error: DeviceError) -> None:
        if not self._down:
            self.log.error("device.lost", why=str(error))
        self._down = str(error)
        self.tell_path(self._setup.line, OriginLost(self.path, str(error)))

    def _back(self) -> None:
        if self._down:
            self.log.info("device.back", after_tries=self._tries)
            self.tell_path(self._setup.line, OriginBack(self.path))
        self._down, self._tries = "", 0


def _not_done(order: Switch | Look, kind: Kind, reason: Reason, why: Exception) -> Switched:
    text = f"{order.valve}: {why}"
    return Switched(order.valve, kind, State.UNKNOWN, Source.NONE, reason, text, order=order.order)
