"""The plug-in Furnace: the temperature controllers among the devices, and who looks whether anybody is heard."""

import time
from typing import Any

import pykka
import structlog

from actors.actor import Context
from actors.dead_man import DeadMan, DeadManSettings
from actors.furnace import DUTY, STOP, STOPPING, Furnace
from actors.furnace_duty import DutyFile
from actors.furnace_inputs import WaterLimit
from actors.furnace_setup import FurnaceSetup
from actors.furnace_trips import TripLimits
from actors.messages import Kind, Query, Request
from actors.promise import Promise
from actors.watched import Child
from hardware.device import TemperatureDevice
from roles.boot.listeners import SERVER_PLUGIN
from roles.boot.preferences import FurnaceSettings
from roles.plugins.building import Building
from roles.plugins.devices import Wired, devices_of

log = structlog.get_logger()

PLUGIN = "Furnace"
PATH = "furnace"
ABOVE_C = 50.0  # over the highest set-point: what an overshoot may be


def is_here(building: Building) -> bool:
    """Whether this node has a furnace."""
    return PLUGIN in building.site.plugins and bool(devices_of(building.site, TemperatureDevice))


def children(building: Building) -> list[Child]:
    """Return the furnace and further ovens, each with who looks whether anybody is heard; nothing without controllers.

    The furnace is the first: its limits are those of the preferences.
    """
    found = devices_of(building.site, TemperatureDevice)
    return [child for at, settings in enumerate(found) for child in _oven(building, settings, is_first=at == 0)]


def _oven(building: Building, settings: Any, *, is_first: bool) -> list[Child]:
    path = PATH if is_first else f"{PATH}.{settings.name}"
    wired = Wired(building, settings, ())
    told = building.site.preferences.furnace
    range_c = (settings.setpoint_min, settings.setpoint_max)
    limits = _limits(told, settings) if is_first else TripLimits(settings.setpoint_max + ABOVE_C, blind_s=told.blind)
    setup = FurnaceSetup(settings.name, range_c, limits, _water(told) if is_first else None, told.ramp_step)
    file = DutyFile(building.state_dir / f"{path}.json" if building.state_dir else None)

    def start() -> "pykka.ActorRef[Furnace]":
        driver, exchange = wired.wire()
        return Furnace.start(building.context, path, driver, setup, exchange, file)

    return [Child(path, start, revoke=wired.revoke), *_dead_man(building, path)]


def switch_off(context: Context, by: str, limit_s: float) -> None:
    """Have every oven of this node that may be heating switched off; return when they are, or `limit_s` seconds later.

    What is left undone is told in the log, and done by the next process.
    """
    context.facts[STOPPING] = True  # from now on nothing is told to heat
    asked: list[tuple[str, Promise]] = []
    for path in context.facts.get(DUTY, {}):
        promise = Promise()
        asked.append((path, promise))
        request = Request(promise, by=by, received=time.monotonic())
        if not context.directory.tell(path, Query(STOP, (), request)):
            log.error("furnace.not_off", furnace=path, why="its actor is not running; the node stops")
    ends_by = time.monotonic() + limit_s
    for path, promise in asked:
        outcome = promise.wait(max(0.0, ends_by - time.monotonic()))
        if outcome is None or outcome.kind is not Kind.DONE:
            why = outcome.text if outcome is not None else f"no answer within {limit_s:g} s"
            log.error("furnace.not_off", furnace=path, why=f"{why}; the node stops")


def _limits(told: FurnaceSettings, settings: Any) -> TripLimits:
    over_c = told.over_temperature if told.over_temperature is not None else settings.setpoint_max + ABOVE_C
    return TripLimits(over_c, told.fastest, told.blind, told.loop_break)


def _water(told: FurnaceSettings) -> WaterLimit | None:
    return None if told.water is None else WaterLimit(told.water.gauge, told.water.at_least)


def _dead_man(building: Building, path: str) -> list[Child]:
    """Return the dead-man of an oven that others command."""
    after_s = building.site.preferences.furnace.link_lost
    if after_s is None or SERVER_PLUGIN not in building.site.plugins:
        return []
    settings = DeadManSettings(after_s, True, path, "its heater is switched off", path, armed=True)
    name = f"{path}_dead_man"
    return [Child(name, lambda: DeadMan.start(building.context, name, settings))]
