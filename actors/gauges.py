"""One gauge controller: read when asked, and looked at again and again; what it shows is told as news.

A reading is a number or a state. What is no number is never answered as one: who asks for a pressure is told why there
is none.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from actors.actor import Context
from actors.furnace_inputs import GaugeSeen
from actors.messages import Kind, News, Outcome, Query, Reason, Tick
from actors.placement import ThreadActor
from actors.rules import nearest
from hardware.errors import DeviceError, NotSent
from hardware.gauge import GaugeDriver, GaugeState, Reading

GAUGES = "gauges"  # in the facts of a node: gauge -> path of the actor that reads it
_NUMBERS = (GaugeState.GOOD,)


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
        self._shown: dict[str, Reading] = {}
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
        """See `Actor.detail`."""
        if self._down:
            return f"down: {self._down}"
        shown = tuple(self._shown.items())
        return ", ".join(f"{name} {said(reading, self._units(name))}" for name, reading in shown) or "not read yet"

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
        try:
            self._driver.read_all()
        except DeviceError as error:
            self._lost(str(error))
            return self._done(query, "False")
        return self._done(query, "True")

    def _read(self, query: Query) -> Outcome:
        wanted = query.args[0] if query.args else ""
        gauges = self._setup.gauges
        name = wanted if wanted in gauges else next((each for each, channel in gauges.items() if channel == wanted), "")
        if wanted and not name:
            text = f"{self._setup.name} has no gauge {wanted}{nearest(wanted, gauges)}"
            return self._refusal(query, Reason.NOT_AVAILABLE, text)
        try:
            if not wanted:
                self._look()
                shown = {each: _plain(reading) for each, reading in self._shown.items()}
                return self._done(query, json.dumps(shown))
            reading = self._driver.read(gauges[name])
        except NotSent as error:
            self._lost(str(error))
            return self._refusal(query, Reason.NOT_CONNECTED, str(error))
        except DeviceError as error:
            self._lost(str(error))
            return Outcome(query.what, name or wanted, Kind.UNKNOWN, reason=Reason.NO_ANSWER, text=str(error))
        self._show(name, reading)
        if reading.state in _NUMBERS and reading.value is not None:
            return self._done(query, f"{reading.value:g}", subject=name, value={"units": self._units(name)})
        text = f"{name} has no reading: {said(reading, self._units(name))}"
        return self._refusal(query, Reason.NOT_AVAILABLE, text)

    # --- looks --------------------------------------------------------------------------------------------

    def _poll(self, _tick: Tick) -> None:
        self.later(self._setup.poll_s, Tick("poll"))
        try:
            self._look()
        except DeviceError as error:
            self._lost(str(error))

    def _look(self) -> None:
        readings = self._driver.read_all()
        for name, channel in self._setup.gauges.items():
            self._show(name, readings[channel])

    def _show(self, name: str, reading: Reading) -> None:
        if self._down:
            self._down = ""
            self.log.info("device.back")
        self._shown[name] = reading
        good = reading.state in _NUMBERS
        extra = {"state": str(reading.state)} | ({"said": reading.said} if reading.said else {})
        news = News(
            f"gauge.{name}", reading.value if good else None, units=self._units(name),
            quality="good" if good else "unknown", source="readback", extra=extra,
        )  # fmt: skip
        self.tell_path("chronicle", news)
        self._tell_watcher(name, reading.value if good else None, "" if good else said(reading, self._units(name)))

    def _tell_watcher(self, name: str, value: float | None, why: str) -> None:
        if self._setup.watcher:
            seen = GaugeSeen(name, self._setup.gauges[name], value, why, time.monotonic())
            self.tell_path(self._setup.watcher, seen)

    def _lost(self, why: str) -> None:
        if not self._down:
            self.log.error("device.lost", why=why)
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


def said(reading: Reading, units: str) -> str:
    """Return a reading for a person: `1.53e-06 mbar`, `off`, `under range (LO<E-11)`."""
    if reading.state in _NUMBERS and reading.value is not None:
        return f"{reading.value:.3g} {units}"
    beside = reading.said or (f"{reading.value:.3g} {units}" if reading.value is not None else "")
    return f"{reading.state} ({beside})" if beside else str(reading.state)


def _plain(reading: Reading) -> dict[str, Any]:
    return {"value": reading.value, "state": str(reading.state)}
