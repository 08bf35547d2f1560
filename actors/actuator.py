"""One actuator device: the only actor that writes to it, and the one that looks at its relays when nobody asks.

It blocks on its device, on its own thread. Right before every write it looks once more whether the command may still be
carried out: its deadline, and the fence that voids what an earlier extraction line ordered.
"""

import itertools
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from actors.actor import Context
from actors.actuation import Look, OriginBack, OriginLost, Seen, Switch, Switched
from actors.fence import Fence
from actors.guard import TOO_LATE, Guard, Overtaken, guarding
from actors.messages import Kind, Reason, Source, State, Tick
from actors.placement import ThreadActor
from actors.table import ValveSpec
from hardware.actuator import ActuatorDriver
from hardware.errors import DeviceError, NotSent

LOOKS = 2  # at a device whose link was lost, before it is told something; then it is given up
RETRY_FIRST_S = 0.1
RETRY_LONGEST_S = 5.0


_numbers = itertools.count(1)  # of what was told: no two actors of one process give the same


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
        self._hangs_up = getattr(driver, "hangs_up", False)
        self._told: dict[str, State] = {}  # what the line was told last of each valve
        self._knowing = next(_numbers)  # the number of what it was told
        self._read_on = 0  # the link on which the device was read, by the count of its openings

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
        result = self._carried_out(order)
        for _ in range(LOOKS):
            if result is None:
                result = self._look_first(order) or self._carried_out(order)
        if result is None:
            why = NotSent("its link does not last until it has been read and told", self.path.removeprefix("actuator."))
            result = _not_done(order, Kind.REFUSED, Reason.NOT_CONNECTED, why)
        self._note(result)
        self.tell_path(order.valve_path, result)

    def _carried_out(self, order: Switch) -> Switched | None:
        """Write, then read back. What fails before the write is a refusal; after it, nobody knows.

        None: nothing was written, as the link is a new one, and the device has not been read on it yet.
        """
        energised = ((order.target is State.OPEN) == self._setup.opens_when_closed) != order.inverted
        try:
            with guarding(self._guard, partial(self._check, order), partial(self._check_knowledge, order)):
                self._driver.set(order.address, energised)
        except (_Unread, _Changed, Overtaken) as late:
            return self._prevented(order, late)
        except NotSent as error:
            self._lost(error)
            return _not_done(order, Kind.REFUSED, Reason.NOT_CONNECTED, error)
        except DeviceError as error:
            return _not_done(order, Kind.UNKNOWN, Reason.NO_ANSWER, error)
        self._back()
        if not (order.check and self._driver.has_readback):
            return Switched(order.valve, Kind.MOVED, order.target, Source.ASSUMED, order=order.order)
        try:
            read_at = time.monotonic()
            state = self._state(self._driver.read(order.address), order.inverted)
        except DeviceError as error:
            return _not_done(order, Kind.UNKNOWN, Reason.NO_ANSWER, error)
        return Switched(order.valve, Kind.MOVED, state, Source.READBACK, order=order.order, read_at=read_at)

    def _check(self, order: Switch) -> None:
        """Look once more whether an order may be written; called right before that. What it raises prevents it."""
        objection = self._fence.objection(order.epoch, order.order)
        if objection is not None:
            raise Overtaken(objection)
        deadline, now = order.request.deadline, time.monotonic()
        if now > order.void_after or (deadline is not None and now > deadline):
            raise Overtaken(TOO_LATE)

    def _check_knowledge(self, order: Switch) -> None:
        """Look whether what permitted an order still is what was told, and the device read on this link."""
        if order.knowing is not None and order.knowing != self._knowing:
            raise _Changed
        if self._guard is not None and self._guard.opened != self._read_on and not self._hangs_up:
            raise _Unread

    def _prevented(self, order: Switch, late: Exception) -> Switched | None:
        """Return how an order ended that was prevented from being written; None: the device is to be read first."""
        if self._guard is not None and self._guard.let_through:  # a driver that acts twice: the first went out
            return _not_done(order, Kind.UNKNOWN, Reason.NO_ANSWER, late)
        if isinstance(late, _Unread):
            return None
        if isinstance(late, Overtaken):
            return _not_done(order, Kind.REFUSED, late.reason, late)
        return replace(_not_done(order, Kind.REFUSED, Reason.EXPIRED, late), stale=True)

    def _look_first(self, order: Switch) -> Switched | None:
        """Read a device on its new link; return the order's end if it cannot be read, else None."""
        if self._driver.has_readback:
            self._poll(Tick("now"))
            return _not_done(order, Kind.REFUSED, Reason.NOT_CONNECTED, NotSent(self._down)) if self._down else None
        self._read_on = self._guard.opened if self._guard is not None else 0
        self._forget("its link was lost, and it cannot be read")
        return None  # the order is one of before: it is decided anew

    def _note(self, result: Switched) -> None:
        """Keep what the line is told of one valve by a move, or by a look after it; it may well be unknown."""
        if result.kind is not Kind.REFUSED:
            self._told[result.valve] = result.state

    def _forget(self, why: str) -> None:
        self._told = dict.fromkeys(self._told, State.UNKNOWN)
        self._knowing = next(_numbers)
        self.tell_path(self._setup.line, OriginLost(self.path, why, self._knowing))

    def _look(self, look: Look) -> None:
        try:
            read_at = time.monotonic()
            state = self._state(self._driver.read(look.address), look.inverted)
            result = Switched(look.valve, Kind.MOVED, state, Source.READBACK, order=look.order, read_at=read_at)
        except DeviceError as error:
            result = _not_done(look, Kind.UNKNOWN, Reason.NO_ANSWER, error)
        self._note(result)
        self.tell_path(look.valve_path, result)

    def _poll(self, tick: Tick) -> None:
        """Look at all channels; `poll` goes on by itself, any other tick is somebody's single wish."""
        asked_at = time.monotonic()
        if not self._driver.has_readback:
            told = Seen(self.path, {}, Source.POLL, asked_at, complete=False, knowing=self._knowing)
            self.tell_path(self._setup.line, told)
            return
        try:
            relays = self._read_all()
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
        if states != self._told:
            self._knowing = next(_numbers)  # what was permitted by what was told is to be decided anew
        self._told = states
        self.tell_path(self._setup.line, Seen(self.path, states, Source.POLL, asked_at, knowing=self._knowing))
        if self._setup.poll_s and tick.what == "poll":
            self.later(self._setup.poll_s, Tick("poll"))

    def _read_all(self) -> dict[str, bool]:
        """Read all channels on one link: a look that began on another says nothing of what became of its first half."""
        relays = self._driver.read_all()
        for _ in range(LOOKS):
            opened = self._guard.opened if self._guard is not None else 0
            if opened == self._read_on:
                break
            self._read_on = opened
            relays = self._driver.read_all()
        return relays

    def _state(self, relay_closed: bool, inverted: bool) -> State:
        opened = (relay_closed == self._setup.opens_when_closed) != inverted
        return State.OPEN if opened else State.CLOSED

    def _lost(self, error: DeviceError) -> None:
        if not self._down:
            self.log.error("device.lost", why=str(error))
        self._down = str(error)
        self._forget(str(error))

    def _back(self) -> None:
        if self._down:
            self.log.info("device.back", after_tries=self._tries)
            self.tell_path(self._setup.line, OriginBack(self.path))
        self._down, self._tries = "", 0


class _Unread(Exception):
    """The link is a new one, and the device has not been read on it."""


class _Changed(Exception):
    """The order was permitted by what was told before something was seen to stand otherwise."""

    def __init__(self) -> None:
        super().__init__("what permitted it has changed before it could be carried out")


def _not_done(order: Switch | Look, kind: Kind, reason: Reason, why: Exception) -> Switched:
    said = str(why)
    text = said if order.valve in said.split() else f"{order.valve}: {said}"
    return Switched(order.valve, kind, State.UNKNOWN, Source.NONE, reason, text, order=order.order)
