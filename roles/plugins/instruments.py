"""Devices of kinds that valvetree does not know: one actor each, with their own verbs."""

from typing import Any

import pykka

from actors.instrument import Instrument
from actors.watched import Child
from hardware.catalog import find
from roles.boot.site import Site
from roles.plugins.building import Building
from roles.plugins.devices import Wired, devices_of
from transports.rpc.verbs import register


def children(building: Building) -> list[Child]:
    """Return one actor per such device, their verbs told to the command channel.

    Raises:
        ValueError: two of them have a verb of the same name, or one has a name of ours.
    """
    return [_instrument(building, settings) for settings in devices_of(building.site, Instrument)]


def services(site: Site) -> frozenset[str]:
    """Return the paths of the actors that have verbs of their own."""
    return frozenset(f"device.{settings.name}" for settings in devices_of(site, Instrument))


def _instrument(building: Building, settings: Any) -> Child:
    path = f"device.{settings.name}"
    kind: type[Instrument] = find(settings.klass)
    for word in kind.words:
        if word.name[:1].isupper():
            register(path, word.name, word.args, word.summary, moves=word.moves)
    wired = Wired(building, settings, ())

    def start() -> "pykka.ActorRef[Instrument]":
        return kind.start(building.context, path, settings, wired.link())

    return Child(path, start, revoke=wired.revoke)
