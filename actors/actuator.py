"""One actuator device: the only actor that writes to it, and the one that looks at its relays when nobody asks.

It blocks on its device, on its own thread, unless the device never blocks. Right before every write it looks once more
whether the command may still be carried out: its deadline, and the fence that voids what an earlier line ordered.
"""

import itertools
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from actors.actor import Actor, Context
from actors.actuation import Look, OriginBack, OriginLost, Seen, Switch, Switched, not_done
from actors.fence import Fence
from actors.guard import TOO_LATE, Guard, Overtaken
from actors.messages import Kind, Outcome, Reason, Request, Source, State, Tick
from actors.placement import LoopActor, ThreadActor
from actors.relays import LOOKS, Relays
from actors.table import ValveSpec
from hardware.actuator import ActuatorDriver
from hardware.errors import DeviceError, NotSent

RETRY_FIRST_S = 0.1
RETRY_LONGEST_S = 5.0


_MOVED, _REFUSED, _READBACK = Kind.MOVED, Kind.REFUSED, Source.READBACK
_NO_WHYS: Mapping[str, str] = {}
_numbers = itertools.count(1)  # of what was told: no two actors of one process give the same


@dataclass(frozen=True, slots=True)
class ActuatorSetup:
    """How an actuator is used.

    Attributes:
        valves: those whose relays it has, and those whose state it tells.
        opens_when_closed: True: the valve is open while the relay is closed (energised).
        poll_s: seconds between looks at all channels; 0: the device cannot be asked.
        line: path of the extraction line.
    """

    valves: Sequence[ValveSpec]
    opens_when_closed: bool
    poll_s: float = 2.0
    line: str = "extraction_line"


class ActuatorWork(Actor):
    """What an actuator does, wherever it runs. `guard` is its exchange, or None where there is no wire."""

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
        self._guard = guard
        self._setup = setup
        self._fence = fence
        self._has_readback = driver.has_readback
        self._relays = Relays(driver, guard, path, setup.valves, closed_opens=setup.opens_when_closed)
        self._tells = {spec.name for spec in setup.valves if spec.origin == path}
        self._read_elsewhere = [(spec.name, spec.origin) for spec in setup.valves if spec.name not in self._tells]
        self._down = ""
        self._tries = 0
        self._told: dict[str, State] = {}  # what the line was told last of each valve that is this one's to tell
        self._knowing = next(_numbers)  # the number of what it was told

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {Switch: self._switch, Look: self._look, Tick: self._poll}

    def begin(self) -> None:
        """Look at the device on the first tick: a device that is absent is no failure to start."""
        self.actor_ref.tell(Tick("poll"))

    def detail(self) -> str:
        """See `Actor.detail`."""
        return f"down: {self._down}, {self._tries} tries" if self._down else f"{len(self._setup.valves)} valves"

    def is_down(self) -> bool:
        """See `Actor.is_down`."""
        return bool(self._down)

    def _switch(self, order: Switch) -> None:
        result = self._carried_out(order)
        for _ in range(LOOKS):
            if result is None:
                result = self._look_first(order) or self._carried_out(order)
        if result is None:
            why = NotSent("its link does not last until it has been read and told", self.path.removeprefix("actuator."))
            result = not_done(order, Kind.REFUSED, Reason.NOT_CONNECTED, why)
        self._note(result)
        self.tell_path(order.valve_path, result)

    def _carried_out(self, order: Switch) -> Switched | None:
        """Write, then read back. What fails before the write is a refusal; after it, nobody knows.

        None: nothing was written, as the link is a new one, and the device has not been read on it yet.
        """
        valve = order.valve
        try:
            if self._guard is None:  # no wire: there is nothing to wait for between the look and the write
                self._check(order)
                self._check_knowledge(order)
                state = self._relays.act(valve, order.target, order.step)
            else:
                with self._guard.guarded(partial(self._check, order), partial(self._check_knowledge, order)):
                    state = self._relays.act(valve, order.target, order.step)
        except (_Unread, _Changed, Overtaken) as late:
            return self._prevented(order, late)
        except NotSent as error:
            self._lost(error)
            return not_done(order, Kind.REFUSED, Reason.NOT_CONNECTED, error)
        except DeviceError as error:
            return not_done(order, Kind.UNKNOWN, Reason.NO_ANSWER, error)
        self._back()
        readable = self._relays.readable(valve)
        if not (order.check and readable):
            return Switched(valve, Kind.MOVED, state, Source.ASSUMED, order=order.order, unread=not readable)
        return self._read(order)

    def _read(self, order: Switch | Look) -> Switched:
        try:
            read_at = time.monotonic()
            state = self._relays.look(order.valve)
        except DeviceError as error:
            return not_done(order, Kind.UNKNOWN, Reason.NO_ANSWER, error)
        return Switched(order.valve, _MOVED, state, _READBACK, order=order.order, read_at=read_at)

    def _check(self, order: Switch) -> None:
        """Look once more whether an order may be written; called right before that. What it raises prevents it.

        A second act follows its first whatever was voided since: a valve that stands between its two relays is
        neither open nor closed, and every rule has counted it as both since the first was written.
        """
        if order.step:
            return
        objection = self._fence.objection(order.epoch, order.order)
        if objection is not None:
            raise Overtaken(objection)
        deadline, now = order.request.deadline, time.monotonic()
        if now > order.void_after or (deadline is not None and now > deadline):
            raise Overtaken(TOO_LATE)

    def _check_knowledge(self, order: Switch) -> None:
        """Look whether what permitted an order still is what was told, and the device read on this link."""
        if order.knowing is not None and order.knowing != self._knowing and not order.step:
            raise _Changed
        if not self._relays.looked_at:
            raise _Unread

    def _prevented(self, order: Switch, late: Exception) -> Switched | None:
        """Return how an order ended that was prevented from being written; None: the device is to be read first."""
        if self._guard is not None and self._guard.let_through:  # a driver that acts twice: the first went out
            return not_done(order, Kind.UNKNOWN, Reason.NO_ANSWER, late)
        if isinstance(late, _Unread):
            return None
        if isinstance(late, Overtaken):
            return not_done(order, Kind.REFUSED, late.reason, late)
        return replace(not_done(order, Kind.REFUSED, Reason.EXPIRED, late), stale=True)

    def _look_first(self, order: Switch) -> Switched | None:
        """Read a device on its new link; return the order's end if it cannot go on after that, else None."""
        if self._has_readback:
            self._poll(Tick("now"))
            if self._down:
                return not_done(order, Kind.REFUSED, Reason.NOT_CONNECTED, NotSent(self._down))
            return self._first_gone(order) if order.step else None
        self._relays.note_look()
        self._doubt_elsewhere(time.monotonic())
        self._forget("its link was lost, and it cannot be read")
        lost = NotSent("the link was lost in between, and it cannot be read")
        # any other order is one of before: it is decided anew
        return not_done(order, Kind.REFUSED, Reason.NO_ANSWER, lost) if order.step else None

    def _first_gone(self, order: Switch) -> Switched | None:
        """Return the end of a move whose first act no longer holds on a new link, so that the second would not help."""
        try:
            if self._relays.stands(order.valve, order.target, order.step - 1):
                return None
            why = DeviceError("the link was lost in between, and the first relay stands otherwise since")
        except DeviceError as error:
            why = error
        return not_done(order, Kind.REFUSED, Reason.NO_ANSWER, why)

    def _note(self, result: Switched) -> None:
        """Keep what the line is told of one valve by a move, or by a look after it; it may well be unknown."""
        if result.kind is not _REFUSED and result.valve in self._tells:
            self._told[result.valve] = result.state

    def _forget(self, why: str) -> None:
        self._told = dict.fromkeys(self._told, State.UNKNOWN)
        self._knowing = next(_numbers)
        self.tell_path(self._setup.line, OriginLost(self.path, why, self._knowing))

    def _look(self, look: Look) -> None:
        if self._relays.readable(look.valve):
            result = self._read(look)
        else:
            why = DeviceError(f"{self.path} cannot read it")
            result = not_done(look, Kind.UNKNOWN, Reason.NO_ANSWER, why)
        if look.request is not None:
            self._answer(look, look.request, result)
            return
        self._note(result)
        self.tell_path(look.valve_path, result)

    def _answer(self, look: Look, request: Request, result: Switched) -> None:
        """Tell the line what was read by somebody's wish, then answer it."""
        if result.source is Source.READBACK:
            self._tell_seen({look.valve: result.state}, result.read_at)
        took_ms = (time.monotonic() - request.received) * 1000
        kind = Kind.DONE if result.source is Source.READBACK else Kind.UNKNOWN
        request.reply_to.answer(
            Outcome("look", look.valve, kind, result.state, result.reason, result.text, result.source, took_ms=took_ms)
        )

    def _poll(self, tick: Tick) -> None:
        """Look at all channels; `poll` goes on by itself, any other tick is somebody's single wish."""
        asked_at = time.monotonic()
        if not self._has_readback:
            self._tell_seen({}, asked_at)
            return
        try:
            states = self._relays.look_at_all()
        except DeviceError as error:
            self._lost(error)
            if tick.what != "poll":
                return
            self._tries += 1
            delay = min(RETRY_LONGEST_S, RETRY_FIRST_S * 2 ** min(self._tries, 10))
            self.later(delay * random.uniform(0.8, 1.2), Tick("poll"))  # noqa: S311 - jitter
            return
        self._back()
        if self._relays.fresh:  # what was only assumed of it is so no longer: it may have been off in between
            states = dict.fromkeys(self._told, State.UNKNOWN) | states
            self._doubt_elsewhere(asked_at)
        self._tell_seen(states, asked_at, self._relays.whys())
        if self._setup.poll_s and tick.what == "poll":
            self.later(self._setup.poll_s, Tick("poll"))

    def _doubt_elsewhere(self, asked_at: float) -> None:
        """Have what it moves and others read looked at by them: until then it is unknown, as it may have been off."""
        for valve, reader in self._read_elsewhere:
            self._knowing = next(_numbers)
            unknown = Seen(reader, {valve: State.UNKNOWN}, Source.POLL, asked_at, complete=False)
            self.tell_path(self._setup.line, unknown)
        for reader in {reader for _, reader in self._read_elsewhere}:
            self.tell_path(reader, Tick("now"))

    def _tell_seen(self, states: Mapping[str, State], asked_at: float, whys: Mapping[str, str] = _NO_WHYS) -> None:
        """Tell the line what was seen. It says nothing of valves that are never read. `whys`: of those in no state."""
        if any(self._told.get(name) is not state for name, state in states.items()):
            self._knowing = next(_numbers)  # what was permitted by what was told is to be decided anew
        self._told.update(states)
        seen = Seen(self.path, states, Source.POLL, asked_at, complete=False, whys=whys, knowing=self._knowing)
        self.tell_path(self._setup.line, seen)

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


class Actuator(ActuatorWork, ThreadActor):
    """The actor of one actuator device, on a thread of its own: it blocks on its wire."""


class LoopActuator(ActuatorWork, LoopActor):
    """The actor of a device that never blocks, such as relays in memory: a thread of its own would only cost time."""


class _Unread(Exception):
    """The link is a new one, and the device has not been read on it."""


class _Changed(Exception):
    """The order was permitted by what was told before something was seen to stand otherwise."""

    def __init__(self) -> None:
        super().__init__("what permitted it has changed before it could be carried out")
