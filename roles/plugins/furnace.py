"""The plug-in Furnace: the first temperature controller among the devices, and who looks whether anybody is heard."""

from typing import Any

import pykka

from actors.dead_man import DeadMan, DeadManSettings
from actors.furnace import Furnace, FurnaceSetup
from actors.furnace_inputs import WaterLimit
from actors.furnace_trips import TripLimits
from actors.watched import Child
from hardware.device import TemperatureDevice
from roles.boot.listeners import SERVER_PLUGIN
from roles.plugins.building import Building
from roles.plugins.devices import Wired, devices_of

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
    setup = FurnaceSetup(settings.name, settings.setpoint_max, _limits(building, settings), _water(building))

    def start() -> "pykka.ActorRef[Furnace]":
        driver, exchange = wired.wire()
        return Furnace.start(building.context, PATH, driver, setup, exchange)

    return [Child(PATH, start, revoke=wired.revoke), *_dead_man(building)]


def _limits(building: Building, settings: Any) -> TripLimits:
    told = building.site.preferences.furnace
    over_c = told.over_temperature if told.over_temperature is not None else settings.setpoint_max + ABOVE_C
    return TripLimits(over_c, told.fastest, told.blind)


def _water(building: Building) -> WaterLimit | None:
    told = building.site.preferences.furnace.water
    return None if told is None else WaterLimit(told.gauge, told.at_least)


def _dead_man(building: Building) -> list[Child]:
    """Return the dead-man of a furnace that others command."""
    after_s = building.site.preferences.furnace.link_lost
    if after_s is None or SERVER_PLUGIN not in building.site.plugins:
        return []
    settings = DeadManSettings(after_s, True, PATH, "its heater is switched off", "furnace")
    return [Child(DEAD_MAN, lambda: DeadMan.start(building.context, DEAD_MAN, settings))]
