"""PLUG-IN REGISTRY: plug-in names and klass names, and what each of them starts."""

from collections.abc import Callable

from actors.watched import Child
from hardware.errors import BadChannel
from roles.boot.site import Site
from roles.boot.vocabulary import REMOTE_KLASSES, Vocabulary
from roles.plugins import command_server, core, extraction_line, furnace
from roles.plugins import news_mirror as _news_mirror
from roles.plugins import remote_nodes as _remote_nodes
from roles.plugins.building import Building
from roles.plugins.devices import KINDS, DeviceKind

PLUGINS: dict[str, Callable[[Building], list[Child]]] = {
    "ExtractionLine": extraction_line.children,
    "Furnace": furnace.children,
    "RemoteCommandServer": command_server.children,  # after those whose verbs it offers
}

PLUGINS_KNOWN = frozenset(
    {
        "DVC", "GitHub", "Database", "Spectrometer", "Experiment", "Laser", "Pipeline", "DashboardServer",
        "DashboardClient",
    }
)  # fmt: skip

KLASSES_KNOWN = frozenset(
    {
        "AgilentMultiplexer", "ArduinoGPActuator", "NCDProXRActuator", "PLC2000GPActuator", "PychronGPActuator",
        "RPiGPIO", "RemoteValve", "T4Actuator", "U3Actuator", "WatlowEZZone",
    }
)  # fmt: skip

INSTEAD = {"AgilentMultiplexer": "valves are switched by an AgilentGPActuator, on a card that is not scanned"}


def vocabulary(role: str) -> Vocabulary:
    """Return the names that a site of this role may use."""
    return Vocabulary(
        plugins_built=frozenset(PLUGINS),
        plugins_known=PLUGINS_KNOWN,
        klasses={**{klass: kind.settings for klass, kind in KINDS.items()}, **REMOTE_KLASSES},
        klasses_known=KLASSES_KNOWN,
        remote_klasses=frozenset(REMOTE_KLASSES),
        switchless=frozenset(klass for klass, kind in KINDS.items() if not kind.switches),
        instead=INSTEAD,
        default_name=role,
        channel_problems={klass: _channel_problem(kind) for klass, kind in KINDS.items()},
    )


def idle_devices(site: Site) -> list[str]:
    """Return a line per device file that nothing of this site uses, and per plug-in that finds no device."""
    lines = []
    local = {name: str(getattr(settings, "klass", "")) for name, settings in site.devices.items()}
    furnaces = [name for name, klass in local.items() if not KINDS[klass].switches]
    for name, klass in local.items():
        plug_in = "ExtractionLine" if KINDS[klass].switches else "Furnace"
        why = ""
        if plug_in not in site.plugins and not (plug_in == "ExtractionLine" and extraction_line.valve_nodes(site)):
            why = f"the plug-in {plug_in} is not enabled"
        elif name in furnaces[1:]:
            why = f"{furnaces[0]} is the furnace of this node"
        if why:
            where = site.origins.get(f"devices.{name}.klass", name)
            lines.append(f"{where}: device {name} is not started: {why}")
    elsewhere = any(getattr(node, "klass", "") == "RemoteFurnaceManager" for node in site.remotes.values())
    if "Furnace" in site.plugins and not furnaces and not elsewhere:
        lines.append("setupfiles/devices: no temperature controller: the plug-in Furnace starts nothing")
    return lines


def _channel_problem(kind: DeviceKind) -> Callable[[str], str]:
    def problem(channel: str) -> str:
        try:
            kind.check_channel(channel)
        except BadChannel as error:
            return str(error)
        return ""

    return problem


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
    """Start what initialization.xml enables; a remote extraction line needs a line here, whoever names it."""
    wanted = [name for name in PLUGINS if name in building.site.plugins]
    if extraction_line.valve_nodes(building.site) and "ExtractionLine" not in wanted:
        wanted.insert(0, "ExtractionLine")
    return [child for name in wanted for child in PLUGINS[name](building)]


remote_nodes = _remote_nodes.children
news_mirror = _news_mirror.children
