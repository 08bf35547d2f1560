"""The drives of a node: one actor each, whichever plug-ins are on, and who finds them by name."""

from typing import Any

import pykka

from actors.drive import Drive
from actors.drives import Drives
from actors.watched import Child
from hardware.drive_device import DriveDevice
from roles.boot.site import Site
from roles.plugins.building import Building
from roles.plugins.devices import Wired, devices_of
from transports.rpc.furnace_verbs import DRIVES


def children(building: Building) -> list[Child]:
    """Return one actor per drive, and the one that finds them; nothing where there is no drive."""
    found = devices_of(building.site, DriveDevice)
    if not found:
        return []
    names = Child(DRIVES, lambda: Drives.start(building.context, DRIVES))
    return [*(_drive(building, settings) for settings in found), names]


def services(site: Site) -> frozenset[str]:
    """Return what verbs can ask: the actor that finds the drives, where there are any."""
    return frozenset({DRIVES}) if devices_of(site, DriveDevice) else frozenset()


def _drive(building: Building, settings: Any) -> Child:
    path = f"device.{settings.name}"
    wired = Wired(building, settings, ())

    def start() -> "pykka.ActorRef[Drive]":
        driver, exchange = wired.wire()
        return Drive.start(building.context, path, driver, settings, exchange)

    return Child(path, start, revoke=wired.revoke)
