"""Other nodes: whether each is there, who it is, what it has, and whether its news can be had."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from actors.table import ValveSpec
from roles.boot.memory import nodes_seen
from roles.boot.remote import RemoteExtractionLineManager, RemoteFurnaceManager, RemoteManager
from roles.boot.site import Site
from roles.checking.conversation import Conversation, NoConversation, NotReached, connect
from roles.checking.report import Report
from roles.checking.together import together
from roles.checking.valves import differences
from transports.rpc import forward
from transports.rpc.codes import ReplyKind, parse_reply
from transports.rpc.fields import PROTOCOL_VERSION, Hello, Welcome
from transports.rpc.tls import client_context

QUESTIONS = 8  # of a node that answers each just in time; then it is given up
ROUND_TRIPS = 3
CLOCKS_APART_S = 1.0


@dataclass(slots=True)
class Asked:
    """What one node said. `valves`: None where it did not say; `last`: where it answered before, for a finding."""

    report: Report = field(default_factory=Report)
    last: str = ""
    valves: tuple[ValveSpec, ...] | None = None


def ask_nodes(site: Site) -> dict[str, Asked]:
    """Ask every remote node of a site, all at once; takes about the longest of their timeouts where they are dead."""
    nodes = {name: node for name, node in site.remotes.items() if isinstance(node, RemoteManager)}
    found = together(
        [
            (partial(_ask, site, name, node), QUESTIONS * _timeout_s(node), partial(_gave_up, site, name, node))
            for name, node in nodes.items()
        ]
    )
    return dict(zip(nodes, found, strict=True))


def _timeout_s(node: RemoteManager) -> float:
    return float(getattr(node, "timeout", 2.0))


def _headed(site: Site, name: str, node: RemoteManager) -> Asked:
    """Return a report that says so far what the site knows."""
    origin = site.origins.get(f"devices.{name}.port", "default")
    lines = [f"  {name}  {getattr(node, 'klass', '')}", f"    address      {node.host}:{node.port}  (port: {origin})"]
    address, until = nodes_seen(site.root).get(name, ("", 0.0))
    last = f"; it answered at {address} until {time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(until))}"
    return Asked(Report(lines), last if address else "")


def _gave_up(site: Site, name: str, node: RemoteManager) -> Asked:
    asked = _headed(site, name, node)
    limit_s = QUESTIONS * _timeout_s(node)
    _lost(asked, name, f"{node.host}:{node.port}: given up after {limit_s:g} s; is its host name slow to look up?")
    return asked


def _lost(asked: Asked, name: str, why: str, *, reached: bool = False) -> None:
    asked.report.lines.append("    answers      not as a node does" if reached else "    reachable    no")
    asked.report.findings.append(f"node {name}: {why}{asked.last}")


def _ask(site: Site, name: str, node: RemoteManager) -> Asked:
    asked = _headed(site, name, node)
    try:
        tls = (client_context(node.tls.files(site.root)), node.tls.name or node.host) if node.tls else None
        with Conversation(node.host, node.port, _timeout_s(node), tls) as conversation:
            welcome = _greet(asked.report, name, conversation, Hello(f"{site.name}/check", site.fingerprint))
            if welcome is None:
                return asked
            _clock(asked.report, name, conversation)
            if isinstance(node, RemoteExtractionLineManager):
                _valves(asked, site, name, conversation)
            elif isinstance(node, RemoteFurnaceManager):
                _furnace(asked.report, name, conversation)
    except NoConversation as trouble:
        _lost(asked, name, str(trouble), reached=not isinstance(trouble, NotReached))
        return asked
    _news(asked.report, name, node, welcome)
    return asked


def _clock(report: Report, name: str, conversation: Conversation) -> None:
    """Say how far the node's clock is from this one: what both write into their journals is compared by it."""
    text, took_ms = conversation.ask("Health")
    now = time.time()
    try:
        told_s = float(json.loads(text)["time"])
    except (ValueError, TypeError, KeyError):
        return  # an older node, which does not say
    offset_s = told_s - (now - took_ms / 2000)
    report.lines.append(f"    clock        {offset_s:+.3f} s")
    if abs(offset_s) > CLOCKS_APART_S:
        report.warnings.append(f"node {name}: its clock is {offset_s:+.1f} s off: set both by NTP")


def _greet(report: Report, name: str, conversation: Conversation, hello: Hello) -> Welcome | None:
    """Return what the node said of itself; None, with a finding, where it is no node of ours."""
    text, took_ms = conversation.ask(hello.encode())
    try:
        welcome = Welcome.decode(text)
    except ValueError:
        report.lines.append("    answers      not as a node does")
        report.findings.append(f"node {name}: it does not speak HELLO, it answered {text[:80]!r}")
        return None
    took_ms = min(took_ms, *(conversation.ask(hello.encode())[1] for _ in range(ROUND_TRIPS - 1)))
    report.lines.append("    reachable    yes")
    report.round_trip(f"node {name}", took_ms)
    report.lines.append(f"    node         {welcome.node}, boot {welcome.boot}, protocol version {welcome.version}")
    report.lines.append(f"    site         fingerprint {welcome.fingerprint}")
    if welcome.version != PROTOCOL_VERSION:
        text = f"node {name}: it speaks protocol version {welcome.version}, this node {PROTOCOL_VERSION}"
        (report.warnings if abs(welcome.version - PROTOCOL_VERSION) == 1 else report.findings).append(text)
    return welcome


def _valves(asked: Asked, site: Site, name: str, conversation: Conversation) -> None:
    origin = f"node.{name}"
    specs: tuple[ValveSpec, ...] = ()
    while True:
        text, _ = conversation.ask(f"Describe valves,{len(specs)}")
        if parse_reply(text).kind is ReplyKind.ERROR:
            asked.report.findings.append(f"node {name}: it does not tell its valves: {text}")
            return
        try:
            page, total = forward.specs_of(text, origin)
        except forward.BadDescription as error:
            asked.report.findings.append(f"node {name}: {error}")
            return
        specs += page
        if not page or len(specs) >= total:
            break
    asked.valves = specs
    ours = [spec for spec in site.valves if spec.actuator == origin]
    asked.report.lines.append(f"    valves       {len(specs)}: {' '.join(spec.name for spec in specs)}".rstrip(": "))
    asked.report.findings += [f"node {name}: {text}" for text in differences(ours, specs)]
    more = [spec.name for spec in specs if spec.name not in {own.name for own in site.valves}]
    if ours and more:
        asked.report.warnings.append(f"node {name}: valves that this site does not list: {', '.join(more)}")


def _furnace(report: Report, name: str, conversation: Conversation) -> None:
    text, _ = conversation.ask("GetTemperature")
    if parse_reply(text).kind is ReplyKind.ERROR:
        report.findings.append(f"node {name}: it does not tell its temperature: {text}")
    else:
        report.lines.append(f"    temperature  {text} C")


def _news(report: Report, name: str, node: RemoteManager, welcome: Welcome) -> None:
    """Connect to the ports of its news, once: a firewall may let the commands through and not these."""
    words = [welcome.features.get(key) or "0" for key in ("notify", "reply")]
    ports = [int(word) for word in words if word.isdigit() and int(word)]
    if not ports:
        report.lines.append("    news         none: it is polled only")
        return
    if ports[0] != node.notify_port:
        report.lines.append(f"    news         on {_listed(ports)}, not on {node.notify_port} as this site has it")
    else:
        report.lines.append(f"    news         on {_listed(ports)}")
    timeout_s = _timeout_s(node)
    asks: list[tuple[Callable[[], str], float, Callable[[], str]]] = [
        (partial(refused, node.host, port, timeout_s), 2 * timeout_s, lambda: "its news: given up") for port in ports
    ]
    report.findings += [f"node {name}: its news: {why}" for why in together(asks) if why]


def refused(host: str, port: int, timeout_s: float) -> str:
    """Return why a port cannot be connected to, "" where it can."""
    try:
        connect(host, port, timeout_s).close()
    except NoConversation as trouble:
        return str(trouble)
    return ""


def _listed(ports: list[int]) -> str:
    return " and ".join(map(str, ports))
