"""A drive on this node: moved in its own words, looked at again and again, more often while it moves; told as news."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from actors.actor import Context
from actors.actuation import Settled
from actors.drive_motion import DriveSeen, Limits, Motion
from actors.drive_words import Told, Words
from actors.guard import Guard, Overtaken, check_deadline, guarding
from actors.messages import Kind, News, Outcome, Query, Reason, State, Tick
from actors.placement import ThreadActor
from hardware.drive import DriveDriver, DriveReading
from hardware.drive_device import DriveSettings
from hardware.errors import DeviceError, DeviceRefused, NotSent

DRIVES = "drives"  # in the facts of a node: drive -> path of its actor
MOVING_POLL_S = 0.1
LOST_POLL_S = 1.0  # at most, while a drive that may be slewing does not answer


class Drive(ThreadActor):
    """The actor `device.<name>`; it blocks on its drive, on its own thread.

    Its alarms are `alarm.drive_<name>`: it has stalled, or stopped on its way.

    Args:
        driver: the drive's.
        settings: what its file says.
        guard: its exchange, or None where there is no wire.
    """

    def __init__(
        self, context: Context, path: str, driver: DriveDriver, settings: DriveSettings, guard: Guard | None = None
    ) -> None:
        super().__init__(context, path)
        self._driver, self._settings, self._guard = driver, settings, guard
        limits = Limits(settings.lowest, settings.highest, settings.tolerance, settings.units)
        self._motion = Motion(limits)
        self._words = Words(driver, settings, self._motion)
        self._shown: DriveReading | None = None
        self._down = ""
        self._next = 0  # number of the next look: timers of earlier plans are passed over

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {Query: self._query, Tick: self._poll}

    def begin(self) -> None:
        """Look at the drive on the first tick: one that is absent is no failure to start."""
        self.context.facts.setdefault(DRIVES, {})[self._settings.name] = self.path
        self._look_in(0.0)

    def make_safe(self) -> None:
        """Stop a slew, as nobody is there to do so where it ends; a move ends by itself."""
        if self._motion.slewing:
            self.log.warning("drive.left", why="it slews, and nobody looks at it now")
            try:
                self._words.stop()
            except DeviceError as error:
                self.log.error("drive.not_stopped", why=str(error))

    def detail(self) -> str:
        """See `Actor.detail`."""
        if self._down:
            return f"down: {self._down}"
        return self._said(self._shown) if self._shown is not None else "not read yet"

    # --- words --------------------------------------------------------------------------------------------

    def _query(self, query: Query) -> None:
        outcome = self._outcome(query)
        query.request.reply_to.answer(outcome)
        if query.what in self._words.moves:
            self.tell_path("chronicle", Settled(query.request, outcome, State.UNKNOWN, time.time()))
            self._look_in(0.0)

    def _outcome(self, query: Query) -> Outcome:
        deadline, name = query.request.deadline, self._settings.name
        do = self._words.find(query.what)
        if query.what == "ping":
            return self._ping(query)
        if do is None and query.what != "look":
            return self._refusal(query, Reason.NOT_AVAILABLE, f"{name} is a drive: it cannot {query.what}")
        try:
            if self._words.ends(query.what, query.args):
                return self._done(query, self._words.stop())
            with guarding(self._guard, partial(check_deadline, deadline)):
                began = time.monotonic()
                reading = self._driver.read()
                self._show(reading)
                if do is None:
                    return self._done(query, Told(self._said(reading)), DriveSeen(name, reading, began))
                return self._done(query, do(query.args, reading))
        except Overtaken as late:
            return self._refusal(query, late.reason, str(late))
        except ValueError as error:
            return self._refusal(query, Reason.BAD_ARGUMENTS, str(error))
        except DeviceError as error:
            return self._failed(query, error)

    def _ping(self, query: Query) -> Outcome:
        try:
            self._show(self._driver.read())
        except DeviceError as error:
            self._lost(error)
            return self._done(query, Told("False"))
        return self._done(query, Told("True"))

    def _failed(self, query: Query, error: DeviceError) -> Outcome:
        if isinstance(error, DeviceRefused):
            return self._refusal(query, Reason.FAILED, str(error))
        self._lost(error)
        if isinstance(error, NotSent):
            return self._refusal(query, Reason.NOT_CONNECTED, str(error))
        return Outcome(query.what, self._settings.name, Kind.UNKNOWN, reason=Reason.NO_ANSWER, text=str(error))

    # --- looks --------------------------------------------------------------------------------------------

    def _poll(self, tick: Tick) -> None:
        if tick.what != str(self._next):
            return
        try:
            reading = self._driver.read()
            self._show(reading)
            for todo in self._motion.seen(reading, time.monotonic()):
                self._follow_up(todo.go, todo.tell, halt=todo.halt)
        except DeviceRefused as refused:  # it answers; with the next look it is seen how it stands
            self.log.warning("drive.refused", why=str(refused))
        except DeviceError as error:
            self._lost(error)
        shown = self._shown
        busy = self._motion.jitter is not None or (shown is not None and shown.moving)
        lost_s = min(self._settings.poll, LOST_POLL_S) if self._motion.slewing else self._settings.poll
        self._look_in(MOVING_POLL_S if busy and not self._down else lost_s)

    def _follow_up(self, go: float | None, tell: str | None, *, halt: bool) -> None:
        name = self._settings.name
        if tell is not None:
            (self.log.error if tell else self.log.info)("drive.trouble", why=tell or "over")
            text = f"{name}: {tell or 'what was wrong is over'}"
            self.tell_path("chronicle", News(f"alarm.drive_{name}", tell, extra={"text": text}))
        if halt:
            self.log.warning("drive.at_its_end", why="it moves beyond where it may be")
            self._words.stop()
        if go is not None:
            self._driver.move_to(go)
            self._motion.sent(go)

    def _look_in(self, delay_s: float) -> None:
        self._next += 1
        tick = Tick(str(self._next))
        if delay_s:
            self.later(delay_s, tick)
        else:
            self.actor_ref.tell(tick)

    def _show(self, reading: DriveReading) -> None:
        if self._down:
            self.log.info("device.back")
        self._down, settings = "", self._settings
        if reading == self._shown:
            return
        self._shown = reading
        extra: dict[str, Any] = {"moving": reading.moving, "stalled": reading.stalled}
        if self._motion.target is not None:
            extra["target"] = self._motion.target
        quality = "good" if reading.position is not None else "unknown"
        news = News(
            f"drive.{settings.name}", reading.position, units=settings.units, quality=quality, source="readback",
            extra=extra,
        )  # fmt: skip
        self.tell_path("chronicle", news)

    def _lost(self, error: DeviceError) -> None:
        was_up = not self._down
        self._down, self._shown = str(error), None
        if was_up:
            self.log.error("device.lost", why=str(error))
            name, units = self._settings.name, self._settings.units
            news = News(f"drive.{name}", None, units=units, quality="unknown", extra={"why": str(error)})
            self.tell_path("chronicle", news)

    def _said(self, reading: DriveReading) -> str:
        where = "position not known" if reading.position is None else f"{reading.position:g} {self._settings.units}"
        how = ", STALLED" if reading.stalled else ", moving" if reading.moving else ""
        return where + how

    def _done(self, query: Query, told: Told, value: Any = None) -> Outcome:
        took_ms = (time.monotonic() - query.request.received) * 1000
        if told.refused is not None:
            return self._refusal(query, told.refused, told.text)
        return Outcome(query.what, self._settings.name, Kind.DONE, text=told.text, took_ms=took_ms, value=value)

    def _refusal(self, query: Query, reason: Reason, text: str) -> Outcome:
        return Outcome(query.what, self._settings.name, Kind.REFUSED, reason=reason, text=text)
