"""The plug-in Furnace: the first temperature controller among the devices, and who looks whether anybody is heard."""

import time
from typing import Any

import pykka
import structlog

from actors.actor import Context
from actors.dead_man import DeadMan, DeadManSettings
from actors.furnace import DUTY, Furnace, FurnaceSetup
from actors.furnace_duty import DutyFile
from actors.furnace_inputs import WaterLimit
from actors.furnace_trips import TripLimits
from actors.messages import Kind, Query, Request
from actors.promise import Promise
from actors.watched import Child
from hardware.device import TemperatureDevice
from roles.boot.listeners import SERVER_PLUGIN
from roles.plugins.building import Building
from roles.plugins.devices import Wired, devices_of

log = structlog.get_logger()

PLUGIN = "Furnace"
PATH = "furnace"
DEAD_MAN = "furnace_dead_man"
ABOVE_C = 50.0  # over the highest set-point: what an overshoot may be


def is_here(building: Building) -> bool:
    """Whether this node has a furnace."""
    return PLUGIN in building.site.plugins and bool(devices_of(building.site, TemperatureDevice))


def children(building: Building) -> list[Child]:
    """Return the furnace, or nothing where no device is a temperature controller."""
    found = devices_of(building.site, TemperatureDevice)
    if not found:
        return []
    settings = found[0]
    wired = Wired(building, settings, ())
    range_c = (settings.setpoint_min, settings.setpoint_max)
    step_c = building.site.preferences.furnace.ramp_step
    setup = FurnaceSetup(settings.name, range_c, _limits(building, settings), _water(building), step_c)
    file = DutyFile(building.state_dir / "furnace.json" if building.state_dir else None)

    def start() -> "pykka.ActorRef[Furnace]":
        driver, exchange = wired.wire()
        return Furnace.start(building.context, PATH, driver, setup, exchange, file)

    return [Child(PATH, start, revoke=wired.revoke), *_dead_man(building)]


def switch_off(context: Context, by: str, limit_s: float) -> None:
    """Have the furnace of this node switched off, if it may be heating; return when it is, or `limit_s` seconds later.

    What is left undone is told in the log, and done by the next process.
    """
    duty = context.facts.get(DUTY)
    if duty is None or not (duty.may_heat or duty.ramp is not None or duty.owed):
        return
    promise = Promise()
    request = Request(promise, by=by, received=time.monotonic())
    if not context.directory.tell(PATH, Query("HeaterOff", (), request)):
        log.error("furnace.not_off", why="its actor is not running; the node stops")
        return
    outcome = promise.wait(limit_s)
    if outcome is None or outcome.kind is not Kind.DONE:
        why = outcome.text if outcome is not None else f"no answer within {limit_s:g} s"
        log.error("furnace.not_off", why=f"{why}; the node stops")


def _limits(building: Building, settings: Any) -> TripLimits:
    told = building.site.preferences.furnace
    over_c = told.over_temperature if told.over_temperature is not None else settings.setpoint_max + ABOVE_C
    return TripLimits(over_c, told.fastest, told.blind, told.loop_break)


def _water(building: Building) -> WaterLimit | None:
    told = building.site.preferences.furnace.water
    return None if told is None else WaterLimit(told.gauge, told.at_least)


def _dead_man(building: Building) -> list[Child]:
    """Return the dead-man of a furnace that others command."""
    after_s = building.site.preferences.furnace.link_lost
    if after_s is None or SERVER_PLUGIN not in building.site.plugins:
        return []
    settings = DeadManSettings(after_s, True, PATH, "its heater is switched off", "furnace", armed=True)
    return [Child(DEAD_MAN, lambda: DeadMan.start(building.context, DEAD_MAN, settings))]
