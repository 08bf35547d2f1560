"""Other nodes: whether each is there, who it is, what it has, and whether its news can be had."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from actors.table import ValveSpec
from roles.boot.memory import nodes_greeted, nodes_seen
from roles.boot.remote import RemoteExtractionLineManager, RemoteFurnaceManager, RemoteManager
from roles.boot.site import Site
from roles.checking import plain
from roles.checking.conversation import Conversation, NoConversation, NotReached, connect
from roles.checking.report import Report
from roles.checking.together import together
from roles.checking.valves import differences
from transports.rpc import forward
from transports.rpc.codes import ReplyKind, parse_reply
from transports.rpc.fields import PROTOCOL_VERSION, Hello, Welcome
from transports.rpc.forms import Form
from transports.rpc.greeting import TurnedAway, takes_no_braces, welcome_of
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


@dataclass(frozen=True, slots=True)
class Unmet:
    """What a node is that has not said HELLO: it is to be spoken to in that form; `why`: what it did instead."""

    form: Form
    why: str = ""


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
        _meet(asked, site, name, node, partial(Conversation, node.host, node.port, _timeout_s(node), tls))
    except NoConversation as trouble:
        _lost(asked, name, str(trouble), reached=not isinstance(trouble, NotReached))
    except TurnedAway as away:
        _lost(asked, name, str(away), reached=True)
    return asked


def _meet(asked: Asked, site: Site, name: str, node: RemoteManager, call: Callable[[Form], Conversation]) -> None:
    """Talk to a node as it would be talked to, but ask nothing that changes anything.

    Raises:
        NoConversation: it does not answer.
        TurnedAway: it knows who we are, and does not talk to us.
    """
    met: Welcome | Unmet = Unmet(Form.PLAIN)
    if node.framing != "plain":
        with call(Form.BRACED) as conversation:
            met = _greet(asked.report, name, conversation, Hello(f"{site.name}/check", site.fingerprint))
            if isinstance(met, Welcome):
                _look_around(asked, site, name, node, conversation)
    if isinstance(met, Welcome):
        _news(asked.report, name, node, met)
    elif node.framing != "plain" and name in nodes_greeted(site.root):
        _lost(asked, name, f"{met.why}; it has said HELLO before, so it is not taken for a plain one", reached=True)
    else:
        form = Form.BRACED if node.framing == "braced" else met.form
        try:
            _plain(asked.report, site, name, node, partial(call, form))
        except NoConversation as trouble:
            raise NoConversation(f"{met.why}; as a plain peer: {trouble}" if met.why else str(trouble)) from trouble


def _plain(report: Report, site: Site, name: str, node: RemoteManager, call: Callable[[], Conversation]) -> None:
    if isinstance(node, RemoteExtractionLineManager):
        ours = [spec for spec in site.valves if spec.actuator == f"node.{name}"]
        plain.look_at_line(report, f"node {name}", call, ours)
    else:
        plain.look_at_furnace(report, f"node {name}", call)


def _greet(report: Report, name: str, conversation: Conversation, hello: Hello) -> "Welcome | Unmet":
    """Return what the node said of itself, or how it is to be spoken to as it does not say HELLO.

    Raises:
        TurnedAway: it knows who we are, and does not talk to us.
    """
    try:
        text, _ = conversation.ask(hello.encode())
    except NoConversation as trouble:
        return Unmet(Form.PLAIN, str(trouble))
    welcome = welcome_of(text)
    if welcome is None:
        braced = conversation.heard is Form.BRACED and not takes_no_braces(text)
        return Unmet(Form.BRACED if braced else Form.PLAIN, f"it does not speak HELLO, it answered {text[:80]!r}")
    conversation.greeted = True
    took_ms = min(conversation.ask(hello.encode())[1] for _ in range(ROUND_TRIPS))
    report.lines.append("    reachable    yes")
    report.round_trip(f"node {name}", took_ms)
    report.lines.append(f"    node         {welcome.node}, boot {welcome.boot}, protocol version {welcome.version}")
    report.lines.append(f"    site         fingerprint {welcome.fingerprint}")
    if welcome.version != PROTOCOL_VERSION:
        text = f"node {name}: it speaks protocol version {welcome.version}, this node {PROTOCOL_VERSION}"
        report.warnings.append(text)
    return welcome


def _look_around(asked: Asked, site: Site, name: str, node: RemoteManager, conversation: Conversation) -> None:
    _clock(asked.report, name, conversation)
    if isinstance(node, RemoteExtractionLineManager):
        _valves(asked, site, name, conversation)
    elif isinstance(node, RemoteFurnaceManager):
        _furnace(asked.report, name, conversation)


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
