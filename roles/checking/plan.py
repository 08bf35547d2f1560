"""What would be started: the tree, and the ports that it would listen on."""

import errno
import os
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from roles.boot.site import Site
from roles.checking.report import Report
from roles.checking.valves import origin_of
from roles.plugins.command_server import listeners
from transports.rpc.listening import CannotListen, check_open_files
from transports.rpc.server import FIRST

NEWS, LINE = "notifier", "extraction_line"


@dataclass(frozen=True, slots=True)
class OwnPort:
    """A port to listen on. `gives_way`: nobody configured it, so that a free one will do."""

    key: str
    host: str
    port: int
    origin: str
    gives_way: bool = False

    @property
    def address(self) -> str:
        """Host and port as a person reads them."""
        return f"{self.host}:{self.port}"


def tree_lines(site: Site, root: str, paths: Sequence[str], *, simulated: bool) -> list[str]:
    """Return the tree as `tree()` shows it, with what each actor is for instead of how it stands."""
    below: dict[str, list[str]] = {}
    for path in paths:
        parent = path.rpartition("/")[0]
        below.setdefault(parent if parent in paths else "", []).append(path)
    labels: list[tuple[str, str]] = [(root, "")]

    def walk(parent: str, indent: str) -> None:
        for path in below.get(parent, []):
            last = path is below[parent][-1]
            name = path.removeprefix(f"{parent}/") if parent else path
            labels.append((f"{indent}{'└─' if last else '├─'} {name}", _purpose(site, path, simulated=simulated)))
            walk(path, indent + ("   " if last else "│  "))

    walk("", "")
    width = max(len(label) for label, _ in labels)
    return [f"  {label:<{width}}  {purpose}".rstrip() for label, purpose in labels]


def _purpose(site: Site, path: str, *, simulated: bool) -> str:
    kind, _, name = path.partition(".")
    if kind == f"{LINE}/valve":
        spec = next(spec for spec in site.valves if spec.name == name)
        where = origin_of(spec) if spec.remote else spec.actuator or "by hand"
        return "  ".join(part for part in (f"{where} {spec.address}".strip(), spec.description) if part)
    if kind == "actuator":
        settings = site.devices[name]
        return f"{getattr(settings, 'klass', '')}  {getattr(settings, 'port', '')}".strip()
    if kind in ("node", "process") and simulated:
        return "a child process, simulated"
    if kind == "node":
        node = site.remotes[name]
        return f"{getattr(node, 'host', '')}:{getattr(node, 'port', '')}"
    if path == LINE:
        more = any(getattr(node, "klass", "") == "RemoteExtractionLineManager" for node in site.remotes.values())
        return f"{len(site.valves)} valves" + (", and those that other nodes describe" if more else "")
    return ", ".join(port.address for port in own_ports(site, [path]))


def own_ports(site: Site, paths: Sequence[str]) -> list[OwnPort]:
    """Return the ports of those actors of a node that listen."""
    ports = []
    if NEWS in paths:
        news = site.preferences.notifier
        origin = site.origins.get("notifier.port", "default")
        reply = site.origins.get("notifier.reply_port", "default")
        by_default = origin == "default"
        ports.append(OwnPort("notifier.port", news.host, news.port, origin, by_default))
        reply_origin = "default: port + 1" if reply == "default" else reply
        gives_way = by_default or reply == "default"
        ports.append(OwnPort("notifier.reply_port", news.host, news.reply, reply_origin, gives_way))
    for path, settings in listeners(site).items():
        if path in paths:
            key = "server.port" if path == FIRST else f"servers.{path.removeprefix(f'{FIRST}.')}.port"
            ports.append(OwnPort(key, settings.host, settings.port, site.origins.get(key, "default")))
    return ports


def check_connections(site: Site) -> list[str]:
    """Return a finding where the listeners promise more connections than this process may have files."""
    try:
        check_open_files(settings.max_connections for settings in listeners(site).values())
    except CannotListen as error:
        return [f"servers: {error}"]
    return []


def check_ports(ports: Sequence[OwnPort], held_by: int | None) -> Report:
    """Say where each port comes from and whether it can be had. `held_by`: the process that runs this site now."""
    report = Report()
    key_width = max((len(port.key) for port in ports), default=0)
    address_width = max((len(port.address) for port in ports), default=0)
    origin_width = max((len(port.origin) for port in ports), default=0)
    with ExitStack() as bound:  # all are held until the last is tried: two of ours may be the same
        for port in ports:
            why = "" if held_by is not None else _taken(port, bound)
            standing = f"in use by process {held_by}, which runs this site" if held_by is not None else why or "free"
            if not port.port:
                standing = "the system chooses one"
            elif why and port.gives_way:
                standing += ", a free one would be chosen"
                report.warnings.append(f"{port.key}: {port.address}: {why}, a free port would be chosen")
            elif why:
                report.findings.append(f"{port.key}: {port.address}: {why}  ({port.origin})")
            line = f"  {port.key:<{key_width}}  {port.address:<{address_width}}  {port.origin:<{origin_width}}"
            report.lines.append(f"{line}  {standing}")
    return report


def _taken(port: OwnPort, bound: ExitStack) -> str:
    """Return why a port cannot be listened on, "" where it can; it is held until `bound` is closed."""
    interfaces = {name for _, name in socket.if_nameindex()}  # the notifier takes one of these, too
    host = "" if port.host in interfaces else port.host
    try:
        family = socket.getaddrinfo(host or None, port.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        listener = bound.enter_context(socket.socket(family if host else socket.AF_INET, socket.SOCK_STREAM))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port.port))
        listener.listen(1)  # two sockets may be bound to one port, as long as neither listens
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            return f"cannot be listened on: {port.host} is not an address of this computer"
        why = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        return f"cannot be listened on: {str(why).lower()}"
    return ""
