"""The plug-in RemoteCommandServer: TCP 1061, and what its verbs need beside the other plug-ins."""

from collections.abc import Mapping

import structlog

from actors.devices import Devices
from actors.watched import Child
from roles.boot.listeners import SERVER_PLUGIN
from roles.boot.server_settings import RemoteCommandServerSettings
from roles.boot.site import Site
from roles.plugins import drives, instruments, loader
from roles.plugins.building import Building
from transports.rpc.furnace_verbs import FURNACE
from transports.rpc.listening import ListenSettings, check_open_files, listen_on
from transports.rpc.server import FIRST, RemoteCommandServer
from transports.rpc.verbs import DEVICES, LINE

log = structlog.get_logger()

_SERVICES = {"ExtractionLine": LINE, "Furnace": FURNACE}


def listeners(site: Site) -> Mapping[str, RemoteCommandServerSettings]:
    """Return the settings of a site's listeners by their actors' paths; none where the plug-in is off."""
    if SERVER_PLUGIN not in site.plugins or site.server is None:
        return {}
    return {FIRST: site.server, **{f"{FIRST}.{name}": settings for name, settings in site.listeners.items()}}


def look_at_ports(site: Site) -> None:
    """Look whether the listeners' ports can be had, and files for their connections.

    Raises:
        CannotListen: they cannot: another node runs here, say, and may hold the same devices.
    """
    found = listeners(site).values()
    check_open_files(settings.max_connections for settings in found)
    for settings in found:
        if settings.port:
            listen_on(settings.host, settings.port).close()


def children(building: Building) -> list[Child]:
    """Return the listeners; their verbs are those of the plug-ins beside them."""
    site = building.site
    found = listeners(site)
    assert found, "the plug-in is on, so the site has its settings"
    if site.origins.get("server.host") == "default" and len(found) == 1:
        why = "nobody else can command this node; set host: in servers/remote_command_server.yaml"
        log.warning("listener.loopback_only", host=found[FIRST].host, why=why)
    devices = Child(DEVICES, lambda: Devices.start(building.context, DEVICES))
    return [devices, *(_listener(building, path, settings) for path, settings in found.items())]


def listen_settings(site: Site, server: RemoteCommandServerSettings) -> ListenSettings:
    """Return what a listener's actor is told of its file."""
    return ListenSettings(
        host=server.host,
        port=server.port,
        allow=server.allow,
        framing=frozenset(server.framing),
        pychron=server.compat == "pychron",
        read_only=server.read_only,
        tls=server.tls.files(site.root) if server.tls is not None else None,
        max_connections=server.max_connections,
        idle_timeout_s=server.idle_timeout,
        handshake_timeout_s=server.handshake_timeout,
        messages_per_s=server.max_rate,
        max_message_bytes=server.max_message,
        max_unsent_bytes=server.max_unsent,
        fingerprint=site.fingerprint,
        services=frozenset(_SERVICES[plugin] for plugin in site.plugins if plugin in _SERVICES)
        | instruments.services(site)
        | drives.services(site)
        | loader.services(site)
        | {DEVICES},
    )


def _listener(building: Building, path: str, server: RemoteCommandServerSettings) -> Child:
    settings = listen_settings(building.site, server)
    return Child(path, lambda: RemoteCommandServer.start(building.context, path, settings), essential=True)
