"""The plug-in Furnace: the first temperature controller among the devices."""

from typing import Any

import pykka

from actors.furnace import Furnace
from actors.watched import Child
from roles.boot.site import Site
from roles.plugins.building import Building
from roles.plugins.devices import KINDS, Wired

PATH = "furnace"


def controllers(site: Site) -> list[Any]:
    """Return the settings of the temperature controllers among a site's devices; the first is the furnace."""
    return [settings for settings in site.devices.values() if not KINDS[getattr(settings, "klass", "")].switches]


def children(building: Building) -> list[Child]:
    """Return the furnace, or nothing where no device is a temperature controller."""
    found = controllers(building.site)
    if not found:
        return []
    settings = found[0]
    wired = Wired(building, settings, ())

    def start() -> "pykka.ActorRef[Furnace]":
        driver, exchange = wired.wire()
        return Furnace.start(building.context, PATH, driver, settings.name, settings.setpoint_max, exchange)

    return [Child(PATH, start, revoke=wired.revoke)]
