"""The plug-in Furnace: the first temperature controller among the devices."""

from typing import Any

import pykka

from actors.furnace import Furnace
from actors.watched import Child
from roles.plugins.building import Building
from roles.plugins.devices import KINDS, Wired

PATH = "furnace"


def children(building: Building) -> list[Child]:
    """Return the furnace, or nothing where no device is a temperature controller."""
    controllers: list[Any] = [
        settings for settings in building.site.devices.values() if not KINDS[getattr(settings, "klass", "")].switches
    ]
    if not controllers:
        return []
    settings = controllers[0]
    wired = Wired(building, settings, ())

    def start() -> "pykka.ActorRef[Furnace]":
        driver, _ = wired.wire()
        return Furnace.start(building.context, PATH, driver, settings.name, settings.setpoint_max)

    return [Child(PATH, start, revoke=wired.revoke)]
