"""One gauge controller: read when asked, and looked at again and again; what it shows is told as news.

A reading is a number or a state. What is no number is never answered as one: who asks for a pressure is told why there
is none. A gauge that its controller refuses has no reading; the others of that controller have theirs.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from actors.actor import UNREAD, Context
from actors.furnace_inputs import GaugeSeen
from actors.messages import Kind, News, Outcome, Query, Reason, Tick
from actors.placement import ThreadActor
from actors.rules import nearest
from actors.tree import duration
from hardware.errors import DeviceError, DeviceRefused, NotSent
from hardware.gauge import GaugeDriver, GaugeState, Reading
from hardware.numerals import is_number

GAUGES = "gauges"  # in the facts of a node: gauge -> path of the actor that reads it
UNTOLD = Reading(None, GaugeState.FAULT, "its controller does not tell it")
AGED_S = 10.0  # from then on a reading is shown with its age


@dataclass(frozen=True, slots=True)
class GaugeSetup:
    """How a gauge controller is used.

    Attributes:
        name: the controller's.
        gauges: name of each gauge -> its channel.
        poll_s: seconds between looks at all of them; 0: only when asked.
        watcher: path of an actor that is told of each look; "": none.
    """

    name: str
    gauges: Mapping[str, str]
    poll_s: float = 2.0
    watcher: str = ""


class Gauges(ThreadActor):
    """The actor `device.<controller>`. It blocks on its device, on its own thread."""

    def __init__(self, context: Context, path: str, driver: GaugeDriver, setup: GaugeSetup) -> None:
        super().__init__(context, path)
        self._driver = driver
        self._setup = setup
        self._shown: dict[str, tuple[Reading, float]] = {}  # and when it was read, monotonic seconds
        self._down = ""

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {Query: self._query, Tick: self._poll}

    def begin(self) -> None:
        """Look at the device on the first tick: one that is absent is no failure to start."""
        self.context.facts.setdefault(GAUGES, {}).update(dict.fromkeys(self._setup.gauges, self.path))
        if self._setup.poll_s:
            self.actor_ref.tell(Tick("poll"))

    def detail(self) -> str:
        """See `Actor.detail`; with its age, where nobody looks again or a reading is an old one."""
        if self._down:
            return f"down: {self._down}"
        now = time.monotonic()
        told = [self._aged(name, reading, now - at) for name, (reading, at) in tuple(self._shown.items())]
        return ", ".join(told) or UNREAD

    def _aged(self, name: str, reading: Reading, age_s: float) -> str:
        shown = f"{name} {said(reading, self._units(name))}"
        return shown if self._setup.poll_s and age_s < AGED_S else f"{shown} {duration(age_s)} ago"

    def is_down(self) -> bool:
        """See `Actor.is_down`."""
        return not self._shown

    # --- questions ----------------------------------------------------------------------------------------

    def _query(self, query: Query) -> None:
        request, began = query.request, time.monotonic()
        if request.deadline is not None and began > request.deadline:
            outcome = self._refusal(query, Reason.EXPIRED, "its deadline passed before the gauge could be asked")
        elif query.what == "ping":
            outcome = self._ping(query)
        elif query.what != "read":
            outcome = self._refusal(
                query, Reason.NOT_AVAILABLE, f"{self._setup.name} only reads: it cannot {query.what}"
            )
        else:
            outcome = self._read(query)
        request.reply_to.answer(outcome)

    def _ping(self, query: Query) -> Outcome:
        self._look()
        return self._done(query, str(not self._down))

    def _read(self, query: Query) -> Outcome:
        wanted = query.args[0] if query.args else ""
        gauges = self._setup.gauges
        name = wanted if wanted in gauges else next((each for each, channel in gauges.items() if channel == wanted), "")
        if wanted and not name:
            text = f"{self._setup.name} has no gauge {wanted}{nearest(wanted, gauges)}"
            return self._refusal(query, Reason.NOT_AVAILABLE, text)
        if not wanted:
            error = self._look()
            shown = {each: _plain(reading) for each, (reading, _) in self._shown.items()}
            return self._done(query, json.dumps(shown)) if error is None else self._failed(query, wanted, error)
        try:
            reading = self._asked(gauges[name])
        except Exception as problem:  # noqa: BLE001 - whatever a driver raises, who asked is told
            self._lost(problem)
            return self._failed(query, name, problem)
        reading = self._show(name, reading)
        if reading.state is GaugeState.GOOD:
            return self._done(query, f"{reading.value:g}", subject=name, value={"units": self._units(name)})
        text = f"{name} has no reading: {said(reading, self._units(name))}"
        return self._refusal(query, Reason.NOT_AVAILABLE, text)

    def _failed(self, query: Query, gauge: str, error: Exception) -> Outcome:
        if isinstance(error, NotSent):
            return self._refusal(query, Reason.NOT_CONNECTED, self._down)
        return Outcome(query.what, gauge, Kind.UNKNOWN, reason=Reason.NO_ANSWER, text=self._down)

    # --- looks --------------------------------------------------------------------------------------------

    def _poll(self, _tick: Tick) -> None:
        self.later(self._setup.poll_s, Tick("poll"))
        self._look()

    def _look(self) -> Exception | None:
        """Read them all; return why that failed. Whatever a driver raises, none of them is known then."""
        try:
            readings = self._all()
        except Exception as error:  # noqa: BLE001 - see above
            self._lost(error)
            return error
        for name, channel in self._setup.gauges.items():
            self._show(name, readings.get(channel, UNTOLD))
        return None

    def _all(self) -> Mapping[str, Reading]:
        try:
            return self._driver.read_all()
        except DeviceRefused:  # one of them, as a rule: the others can be read
            return {channel: self._asked(channel) for channel in self._setup.gauges.values()}

    def _asked(self, channel: str) -> Reading:
        """Read one gauge; one that its controller refuses is a fault, and the conversation works."""
        try:
            return self._driver.read(channel)
        except DeviceRefused as refused:
            return Reading(None, GaugeState.FAULT, refused.what)

    def _show(self, name: str, told: Reading) -> Reading:
        """Tell of a reading; return what it is worth."""
        if self._down:
            self._down = ""
            self.log.info("device.back")
        reading = worth(told)
        self._shown[name] = (reading, time.monotonic())
        good = reading.state is GaugeState.GOOD
        extra = {"state": str(reading.state)} | ({"said": reading.said} if reading.said else {})
        news = News(
            f"gauge.{name}", reading.value if good else None, units=self._units(name),
            quality="good" if good else "unknown", source="readback", extra=extra,
        )  # fmt: skip
        self.tell_path("chronicle", news)
        self._tell_watcher(name, reading.value if good else None, "" if good else said(reading, self._units(name)))
        return reading

    def _tell_watcher(self, name: str, value: float | None, why: str) -> None:
        if self._setup.watcher:
            seen = GaugeSeen(name, self._setup.gauges[name], value, why, time.monotonic())
            self.tell_path(self._setup.watcher, seen)

    def _lost(self, error: Exception) -> None:
        expected = isinstance(error, DeviceError)
        why = str(error) if expected else f"{type(error).__name__}: {error}"
        if not self._down:
            self.log.error("device.lost", why=why, exc_info=None if expected else error)
            for name in self._setup.gauges:
                news = News(f"gauge.{name}", None, units=self._units(name), quality="unknown", extra={"why": why})
                self.tell_path("chronicle", news)
        self._down = why
        self._shown.clear()
        for name in self._setup.gauges:
            self._tell_watcher(name, None, why)

    def _units(self, gauge: str) -> str:
        return self._driver.units_of(self._setup.gauges[gauge])

    def _done(self, query: Query, text: str, *, subject: str = "", value: Any = None) -> Outcome:
        took_ms = (time.monotonic() - query.request.received) * 1000
        return Outcome(query.what, subject or self._setup.name, Kind.DONE, text=text, took_ms=took_ms, value=value)

    def _refusal(self, query: Query, reason: Reason, text: str) -> Outcome:
        return Outcome(query.what, self._setup.name, Kind.REFUSED, reason=reason, text=text)


def worth(reading: Reading) -> Reading:
    """Return what a reading is worth: what is told as a pressure, and is no finite number, is a fault."""
    if reading.state is GaugeState.GOOD and not is_number(reading.value):
        return Reading(None, GaugeState.FAULT, reading.said or repr(reading.value))
    if reading.value is not None and not is_number(reading.value):
        return Reading(None, reading.state, reading.said or repr(reading.value))
    return reading


def said(reading: Reading, units: str) -> str:
    """Return a reading for a person: `1.53e-06 mbar`, `off`, `under range (LO<E-11)`."""
    if reading.state is GaugeState.GOOD:
        return f"{reading.value:.3g} {units}"
    beside = reading.said or (f"{reading.value:.3g} {units}" if reading.value is not None else "")
    return f"{reading.state} ({beside})" if beside else str(reading.state)


def _plain(reading: Reading) -> dict[str, Any]:
    return {"value": reading.value, "state": str(reading.state)}
