"""What is told of a furnace: what each look found, that it is lost, its alarms. In the log and as news."""

import time
from collections.abc import Callable
from typing import Any

from actors.furnace_look import Look
from actors.messages import News

SAY_AGAIN_S = 60.0
NOT_YET = "not read yet"


class FurnaceNews:
    """A part of the furnace actor, on its thread; `said` and `is_down` may be looked at from any.

    Args:
        name: the furnace's, in topics and texts; path: its actor's, in the topics of its alarms.
        log: the actor's; Any: structlog's is not typed.
        tell: how the chronicle is told.

    Attributes:
        said: what the last look found, in a few words.
        is_down: it could not be read when it was last looked at, or was not looked at yet.
    """

    def __init__(self, name: str, path: str, log: Any, tell: Callable[[News], object]) -> None:
        self._name, self._log, self._tell = name, log, tell
        self._alarm, self._heater = f"alarm.{path}", f"alarm.{path}_heater"
        self._path = path
        self.said, self.is_down = NOT_YET, True
        self._lost, self._partly = False, ""
        self._complaint, self._complained_at = "", 0.0

    def show(self, look: Look) -> None:
        """Tell what a look found."""
        if look.temperature_c is None:
            self._show_lost(str(look.error))
            return
        if self._lost:
            self._log.info("device.back")
        self._lost = self.is_down = False
        partly = "" if look.error is None else str(look.error)
        if partly and partly != self._partly:
            self._log.warning("device.partly_read", why=partly)
        self._partly = partly
        setpoint = "unknown" if look.setpoint_c is None else f"{look.setpoint_c:g} C"
        self.said = f"{look.temperature_c:.1f} C, set-point {setpoint}"
        extra = {"setpoint": look.setpoint_c, "output": look.output_percent, "actor": self._path}
        self._tell(News(f"furnace.{self._name}", look.temperature_c, units="C", extra=extra))

    def unknown(self, why: str) -> None:
        """Tell that nobody knows how warm it is."""
        self._tell(News(f"furnace.{self._name}", None, quality="unknown", units="C", extra={"why": why}))

    def alarm(self, value: str, text: str) -> None:
        """Tell that it has tripped; "": that this is over."""
        self._tell(News(self._alarm, value, extra={"text": f"{self._name}: {text}"}))

    def heater_is_off(self, why: str) -> None:
        """Tell that it has been switched off."""
        self._complaint = ""
        self._log.warning("furnace.heater_off", why=why)
        self._tell(News(self._heater, "", extra={"text": "the heater is off"}))

    def heater_stays_on(self, why: str, next_try_s: float) -> None:
        """Tell that it could not be switched off: at once, and again from time to time."""
        now = time.monotonic()
        if why == self._complaint and now - self._complained_at < SAY_AGAIN_S:
            return
        self._complaint, self._complained_at = why, now
        self._log.error("furnace.not_off", why=why, next_try_s=next_try_s)
        text = f"{self._name}: its heater could not be switched off: {why}"
        self._tell(News(self._heater, "on?", extra={"text": text}))

    def _show_lost(self, why: str) -> None:
        if not self._lost:
            self._log.error("device.lost", why=why)
            self.unknown(why)
        self._lost = self.is_down = True
        self.said = f"down: {why}"
