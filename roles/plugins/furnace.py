"""The plug-in Furnace: the first temperature controller among the devices."""

import pykka

from actors.furnace import Furnace
from actors.watched import Child
from hardware.device import TemperatureDevice
from roles.plugins.building import Building
from roles.plugins.devices import Wired, devices_of

PATH = "furnace"


def children(building: Building) -> list[Child]:
    """Return the furnace, or nothing where no device is a temperature controller."""
    found = devices_of(building.site, TemperatureDevice)
    if not found:
        return []
    settings = found[0]
    wired = Wired(building, settings, ())

    def start() -> "pykka.ActorRef[Furnace]":
        driver, exchange = wired.wire()
        return Furnace.start(building.context, PATH, driver, settings.name, settings.setpoint_max, exchange)

    return [Child(PATH, start, revoke=wired.revoke)]
