"""preferences.yaml's `loader`: whether what it names is there, is this node's own, and can do what it is to do."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from hardware.drive_device import DriveSettings
from hardware.settings import TemperatureSettings
from roles.boot.document import Document, Path
from roles.boot.findings import Finding, nearest
from roles.boot.loader_settings import LoaderSettings
from roles.boot.preferences import Preferences
from roles.boot.valve_keys import MANUAL
from roles.boot.valves_file import ValveTable

KEY = "loader"
Found = Iterator[tuple[Path, str]]


def look_at_loader(
    document: Document,
    preferences: Preferences,
    devices: Mapping[str, Any],
    table: ValveTable,
    plugins: Collection[str],
    findings: list[Finding],
) -> None:
    """Add a finding for whatever could not work. `devices`: those of this computer; Any: each klass has its own."""
    loader = preferences.loader
    if loader is None:
        return
    found = [*_plugins(devices, plugins), *_drives(loader, devices)]
    if table.named or table.sound:  # of a file that cannot be read, that is said
        found += _valves(loader, table)
    findings += [document.finding((KEY, *path), text) for path, text in found]


def _plugins(devices: Mapping[str, Any], plugins: Collection[str]) -> Found:
    furnaces = [name for name, each in devices.items() if isinstance(each, TemperatureSettings)]
    if "Furnace" not in plugins or not furnaces:
        yield (), "no furnace on this node: how hot it is would never be known, and nothing could be dumped"
    if "ExtractionLine" not in plugins:
        yield (), "the plug-in ExtractionLine is not enabled: it is what switches the magnets"


def _valves(loader: LoaderSettings, table: ValveTable) -> Found:
    specs = {valve.name: valve for valve in table.valves}
    magnets, dump = loader.magnets, loader.dump
    moved: dict[Path, str] = {("magnets", "valves", index): name for index, name in enumerate(magnets.valves)}
    if magnets.valve is not None:
        moved["magnets", "valve"] = magnets.valve
    if loader.funnel.valve is not None:
        moved["funnel", "valve"] = loader.funnel.valve
    named = dict(moved)
    for key, names in (("closed", dump.closed), ("open", dump.open)):
        named |= {("dump", key, index): name for index, name in enumerate(names)}
    for path, name in named.items():
        spec = specs.get(name)
        if name not in table.named:
            yield path, f"unknown valve {name!r}{nearest(name, table.named)}"
        elif path in moved and spec is not None and (spec.remote or spec.kind == MANUAL):
            yield path, f"{name} is not switched by this node"
        elif path not in moved and name in moved.values():
            yield path, f"{name} is what the loader moves itself"
        elif list(named.values()).index(name) != list(named).index(path):
            yield path, f"{name} is named twice"


def _drives(loader: LoaderSettings, devices: Mapping[str, Any]) -> Found:
    drives = {name: each for name, each in devices.items() if isinstance(each, DriveSettings)}
    funnel, feeder = loader.funnel, loader.feeder
    if funnel.drive is not None:
        yield from _unknown(("funnel", "drive"), funnel.drive, drives)
        if (drive := drives.get(funnel.drive)) is not None:
            places = {"up": funnel.up or 0.0, "down": funnel.down or 0.0}
            yield from ((("funnel", key), text) for key, text in _beyond(drive, places))
            tolerance = funnel.tolerance or drive.tolerance
            if abs(places["up"] - places["down"]) <= 2 * tolerance:
                yield ("funnel", "down"), f"up and down are not further apart than twice the tolerance, {tolerance:g}"
            if tolerance < drive.tolerance:
                yield ("funnel", "tolerance"), f"less than that of {drive.name} itself, {drive.tolerance:g}"
    if feeder is not None:
        yield from _unknown(("feeder", "drive"), feeder.drive, drives)
        if feeder.drive == funnel.drive:
            yield ("feeder", "drive"), f"{feeder.drive} is the funnel"
        if (drive := drives.get(feeder.drive)) is not None:
            yield from ((("feeder", "positions", key), text) for key, text in _beyond(drive, feeder.positions))


def _unknown(path: Path, name: str, drives: Mapping[str, DriveSettings]) -> Found:
    if name not in drives:
        yield path, f"no device of this computer is a drive {name!r}{nearest(name, set(drives))}"


def _beyond(drive: DriveSettings, places: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    for key, position in places.items():
        if not drive.lowest <= position <= drive.highest:
            expected = f"expected {drive.lowest:g} to {drive.highest:g} {drive.units}"
            yield key, f"{position:g} is beyond {drive.name}: {expected}"
