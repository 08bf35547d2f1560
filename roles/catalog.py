"""PLUG-IN REGISTRY: plug-in names and klass names, and what each of them starts."""

from collections.abc import Callable

from actors.watched import Child
from hardware.errors import BadChannel
from roles.boot.findings import Finding, SiteError
from roles.boot.site import VALVES, Site
from roles.boot.vocabulary import REMOTE_KLASSES, Vocabulary
from roles.plugins import command_server, core, extraction_line, furnace
from roles.plugins import news_mirror as _news_mirror
from roles.plugins import remote_nodes as _remote_nodes
from roles.plugins.building import Building
from roles.plugins.devices import KINDS

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


def vocabulary(role: str) -> Vocabulary:
    """Return the names that a site of this role may use."""
    return Vocabulary(
        plugins_built=frozenset(PLUGINS),
        plugins_known=PLUGINS_KNOWN,
        klasses={**{klass: kind.settings for klass, kind in KINDS.items()}, **REMOTE_KLASSES},
        klasses_known=KLASSES_KNOWN,
        remote_klasses=frozenset(REMOTE_KLASSES),
        default_name=role,
    )


def check_addresses(site: Site) -> None:
    """Check what only a device can judge: whether it has the channels that the valves name.

    Raises:
        SiteError: with a finding per valve.
    """
    findings = []
    for valve in site.valves:
        settings = site.devices.get(valve.actuator.removeprefix("actuator."))
        if settings is None:
            continue
        try:
            KINDS[str(getattr(settings, "klass", ""))].check_channel(valve.address)
        except BadChannel as error:
            findings.append(Finding(VALVES, 0, f"{valve.name}.address", str(error)))
    if findings:
        raise SiteError(findings)


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
