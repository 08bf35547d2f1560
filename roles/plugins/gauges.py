"""The gauge controllers of a node: one actor each, whichever plug-ins are on."""

from typing import Any

import pykka

from actors.gauges import Gauges, GaugeSetup
from actors.watched import Child
from hardware.device import GaugeDevice
from roles.plugins import furnace
from roles.plugins.building import Building
from roles.plugins.devices import Wired, devices_of


def children(building: Building) -> list[Child]:
    """Return one actor per gauge controller."""
    return [_controller(building, settings) for settings in devices_of(building.site, GaugeDevice)]


def _controller(building: Building, settings: Any) -> Child:
    path = f"device.{settings.name}"
    wired = Wired(building, settings, tuple(settings.gauges.values()))
    watcher = furnace.PATH if furnace.is_here(building) else ""
    setup = GaugeSetup(settings.name, settings.gauges, settings.poll, watcher)

    def start() -> "pykka.ActorRef[Gauges]":
        driver, _ = wired.wire()
        return Gauges.start(building.context, path, driver, setup)

    return Child(path, start, revoke=wired.revoke)
