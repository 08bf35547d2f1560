"""The plug-in RemoteCommandServer: TCP 1061."""

import structlog

from actors.watched import Child
from roles.boot.site import SERVER_PLUGIN, Site
from roles.plugins.building import Building
from transports.rpc.server import ListenSettings, RemoteCommandServer, listen_on
from transports.rpc.verbs import FURNACE, LINE

log = structlog.get_logger()

_SERVICES = {"ExtractionLine": LINE, "Furnace": FURNACE}


def look_at_port(site: Site) -> None:
    """Look whether the listener's port can be had.

    Raises:
        PortTaken: it cannot: another node runs here, and may hold the same devices.
    """
    if SERVER_PLUGIN in site.plugins and site.server is not None and site.server.port:
        listen_on(site.server.host, site.server.port).close()


def children(building: Building) -> list[Child]:
    """Return the listener; its verbs are those of the plug-ins beside it."""
    server = building.site.server
    assert server is not None, "the plug-in is on, so the site has its settings"
    settings = ListenSettings(
        host=server.host,
        port=server.port,
        allow=server.allow,
        framing=frozenset(server.framing),
        pychron=server.compat == "pychron",
        max_connections=server.max_connections,
        idle_timeout_s=server.idle_timeout,
        fingerprint=building.site.fingerprint,
        services=frozenset(_SERVICES[plugin] for plugin in building.site.plugins if plugin in _SERVICES),
    )
    if building.site.origins.get("server.host") == "default":
        why = "nobody else can command this node; set host: in servers/remote_command_server.yaml"
        log.warning("listener.loopback_only", host=server.host, why=why)
    path = "remote_command_server"
    return [Child(path, lambda: RemoteCommandServer.start(building.context, path, settings), essential=True)]
