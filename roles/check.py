"""`--check`: what a role would start with this site, and everything that would be wrong with it. Starts nothing."""

from collections.abc import Callable
from functools import partial
from itertools import chain

from actors.actor import Context
from actors.directory import Directory
from roles.boot import machine
from roles.boot.arguments import Arguments
from roles.boot.exits import ExitCode
from roles.boot.running import running_pid
from roles.boot.site import Site
from roles.checking.devices import ask_devices
from roles.checking.line import line_report
from roles.checking.nodes import ask_nodes, refused
from roles.checking.plan import check_connections, check_ports, own_ports, tree_lines
from roles.checking.report import Report
from roles.checking.together import together
from roles.checking.valves import across_warnings, twice
from roles.console.screen import show
from roles.plugins.building import Building
from roles.role import Role
from roles.simulation import Simulation
from transports.broadcast.sockets import open_context

NEWS_TIMEOUT_S = 2.0


def check(role: Role, site: Site, arguments: Arguments, simulation: Simulation | None = None) -> int:
    """Print what would start and what is wrong; return 1 where there are findings, 0 where there are none.

    Devices and nodes are asked, all at once, each for at most its own timeout or a few of them; nothing is moved,
    nothing is written, no actor is started, and no device is opened that this would disturb.
    """
    checked = _checked(role, site, simulate=arguments.simulate, simulation=simulation)
    for line in checked.lines:
        show(line)
    for warning in checked.warnings:
        show(f"warning: {warning}")
    for finding in checked.findings:
        show(f"finding: {finding}")
    return ExitCode.FAILED if checked.findings else ExitCode.FINE


def _checked(role: Role, site: Site, *, simulate: bool, simulation: Simulation | None) -> Report:
    held_by = None if simulation else running_pid(site.root)
    report = _head(role, site, held_by, simulated=simulation is not None)
    report.warnings += site.warnings
    zmq_context = open_context()  # asked for by the plug-ins, for actors that are never started
    context = Context(node=site.name, boot="-", loops={}, directory=Directory(), report=lambda _failed: None)
    building = Building(site, context, zmq_context, None, simulate=simulate)
    try:
        paths = [child.path for child in role.children(building, simulation.children if simulation else None)]
        report.lines += ["tree:", *tree_lines(site, site.name, paths, simulated=simulation is not None)]
        for topic in line_report(site):
            report.add(topic)
        ports = check_ports(own_ports(site, paths), held_by)
        _section(report, "ports:", [ports])
        machine.raise_open_files()
        report.findings += check_connections(site)
        asks: list[tuple[Callable[[], list[Report]], None, Callable[[], list[Report]]]] = [
            (partial(ask_devices, building, held_by), None, list),
            (lambda: [_others(role, site, simulation)], None, list),
        ]
        devices, others = together(asks)
        _section(report, "devices:", devices)
        report.add(others[0])
    finally:
        zmq_context.term()
    return report


def _head(role: Role, site: Site, held_by: int | None, *, simulated: bool) -> Report:
    said = "  SIMULATED" if simulated else ""
    report = Report([f"{role.name}: {site.name}, site {site.root}, fingerprint {site.fingerprint}{said}"])
    if held_by is not None:
        report.lines.append(f"running now as process {held_by or 'unknown'}: its ports and devices are left alone")
    return report


def _section(report: Report, title: str, parts: list[Report]) -> None:
    if any(part.lines for part in parts):
        report.lines.append(title)
    for part in parts:
        report.add(part)


def _others(role: Role, site: Site, simulation: Simulation | None) -> Report:
    """Return what the other nodes say, and whether it fits together."""
    report = Report()
    if role.mirrors:
        _section(report, "nodes:", [_news_source(site)])
        return report
    if simulation is not None:
        lines = [f"  {name}  simulated: a child process would play it" for name in site.remotes]
        _section(report, "nodes:", [Report(lines)])
        report.warnings += across_warnings(site.valves)
        return report
    asked = ask_nodes(site)
    _section(report, "nodes:", [node.report for node in asked.values()])
    described = {name: node.valves for name, node in asked.items() if node.valves is not None}
    report.findings += twice(site.valves, described)
    specs = {spec.name: spec for spec in chain(*described.values(), site.valves)}
    report.warnings += across_warnings(specs.values())
    return report


def _news_source(site: Site) -> Report:
    """Say whether the acquisition node's news can be had."""
    source = site.preferences.acquisition
    origin = site.origins.get("acquisition.port", "default")
    report = Report(["  acquisition", f"    address      {source.host}:{source.port}  (port: {origin})"])
    if site.origins.get("acquisition.host", "default") == "default":
        text = f"acquisition.host is not set: its news are looked for on this computer, {source.host}:{source.port}"
        report.warnings.append(text)
    whys = [refused(source.host, port, NEWS_TIMEOUT_S) for port in (source.port, source.reply)]
    report.lines.append(f"    reachable    {'no' if any(whys) else 'yes'}")
    report.findings += [f"acquisition: its news: {why}" for why in whys if why]
    return report
