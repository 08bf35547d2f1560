"""PLUG-IN REGISTRY: plug-in names and klass names, and what each of them starts."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from actors.instrument import Instrument
from actors.watched import Child
from hardware import catalog as hardware_catalog
from hardware.device import ActuatorDevice, Device, GaugeDevice, TemperatureDevice
from hardware.errors import BadChannel
from hardware.sharing import parts_of, place_of, speech_of
from roles.boot.site import Site
from roles.boot.vocabulary import Klass, UnknownKlass, Vocabulary
from roles.plugins import command_server, core, drives, extraction_line, furnace, gauges, instruments, loader
from roles.plugins import news_mirror as _news_mirror
from roles.plugins import remote_nodes as _remote_nodes
from roles.plugins.building import Building
from roles.plugins.devices import devices_of
from transports.rpc.verbs import TABLE


def _furnace(building: Building) -> list[Child]:
    return [*furnace.children(building), *loader.children(building)]


PLUGINS: dict[str, Callable[[Building], list[Child]]] = {
    "ExtractionLine": extraction_line.children,
    "Furnace": _furnace,
    "RemoteCommandServer": command_server.children,  # after those whose verbs it offers
}

PLUGINS_KNOWN = frozenset(
    {
        "DVC", "GitHub", "Database", "Spectrometer", "Experiment", "Laser", "Pipeline", "DashboardServer",
        "DashboardClient",
    }
)  # fmt: skip

KLASSES_KNOWN = frozenset({"RemoteValve"})  # of Pychron: what does their work here is said in INSTEAD

OUR_VERBS = frozenset(verb.name for verb in TABLE)
INSTEAD = {"RemoteValve": "its node is a RemoteExtractionLineManager, and describes its valves itself"}


def vocabulary(role: str) -> Vocabulary:
    """Return the names that a site of this role may use."""
    return Vocabulary(
        plugins_built=frozenset(PLUGINS),
        plugins_known=PLUGINS_KNOWN,
        find=_klass,
        klasses=hardware_catalog.names(),
        klasses_known=KLASSES_KNOWN,
        instead=INSTEAD,
        default_name=role,
    )


def _klass(name: str) -> Klass:
    """Return what a klass name means to the reader of files. Raises `UnknownKlass`."""
    try:
        found = hardware_catalog.find(name)
    except hardware_catalog.NoSuchKlass as error:
        raise UnknownKlass(str(error)) from error
    if issubclass(found, Instrument):
        verbs = tuple(word.name for word in found.words if word.name[:1].isupper())
        if ours := next((verb for verb in verbs if verb in OUR_VERBS), ""):
            raise UnknownKlass(f"{name} cannot have a verb {ours}: valvetree has one of that name")
        return _on_lines(Klass(found.settings_model, verbs=verbs), found)
    if not issubclass(found, Device):
        bases = ", ".join(base.__name__ for base in (ActuatorDevice, GaugeDevice, TemperatureDevice))
        theirs = f"one of hardware.device's {bases}, from hardware.drive_device's DriveDevice"
        text = f"it has to derive from {theirs}, or from actors.instrument's Instrument"
        raise UnknownKlass(f"{name} is no device: {text}")

    def problem(settings: Any, channel: str) -> str:
        try:
            found.check_channel_of(settings, channel)
        except BadChannel as error:
            return error.what
        return ""

    known = _on_lines(Klass(found.settings_model, channel_problem=problem), found)
    return replace(known, switches=True, sense=found.opens_when) if issubclass(found, ActuatorDevice) else known


def _on_lines(klass: Klass, found: type[Any]) -> Klass:
    """Return it with what tells whether a device of it can be on a line with another."""
    return replace(klass, place=partial(place_of, found), parts=partial(parts_of, found), speaks=speech_of(found))


def idle_devices(site: Site) -> list[str]:
    """Return a line per device file that nothing of this site uses, and per plug-in that finds no device."""
    lines = []
    furnaces = [settings.name for settings in devices_of(site, TemperatureDevice)]
    actuators = [settings.name for settings in devices_of(site, ActuatorDevice)]
    for name in site.devices:
        why = ""
        if name in actuators and "ExtractionLine" not in site.plugins and not extraction_line.valve_nodes(site):
            why = "the plug-in ExtractionLine is not enabled"
        elif name in furnaces and "Furnace" not in site.plugins:
            why = "the plug-in Furnace is not enabled"
        if why:
            lines.append(f"{site.origins.get(f'devices.{name}.klass', name)}: device {name} is not started: {why}")
    elsewhere = any(getattr(node, "klass", "") == "RemoteFurnaceManager" for node in site.remotes.values())
    if "Furnace" in site.plugins and not furnaces and not elsewhere:
        lines.append("setupfiles/devices: no temperature controller: the plug-in Furnace starts nothing")
    return lines


def store(building: Building) -> list[Child]:
    """Start the durable store."""
    return [core.store(building)]


def notifier(building: Building) -> list[Child]:
    """Start PUB and REP."""
    return [core.notifier(building)]


def chronicle(building: Building) -> list[Child]:
    """Start what is done behind the replies."""
    return [core.chronicle(building)]


def plug_ins(building: Building) -> list[Child]:
    """Start the gauges and what initialization.xml enables.

    A remote extraction line needs a line here, whoever names it.
    """
    wanted = [name for name in PLUGINS if name in building.site.plugins]
    if extraction_line.valve_nodes(building.site) and "ExtractionLine" not in wanted:
        wanted.insert(0, "ExtractionLine")
    return [
        *core.recorder(building),
        *gauges.children(building),
        *instruments.children(building),
        *drives.children(building),
        *(child for name in wanted for child in PLUGINS[name](building)),
    ]


remote_nodes = _remote_nodes.children
news_mirror = _news_mirror.children
