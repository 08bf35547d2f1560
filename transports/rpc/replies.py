"""What is said to one client: the handshake, outcomes as text, a page of valves. No I/O and no clock."""

import json
import ssl
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, fields
from typing import Any

import pykka

from actors.actor import Context
from actors.devices import valve_on_channel
from actors.messages import Kind, Outcome, Reason
from actors.table import ValveSpec
from actors.watchers import Watchers
from transports.rpc import codes
from transports.rpc.answers import CannotSay, Peer
from transports.rpc.fields import PROTOCOL_VERSION, Hello, Welcome
from transports.rpc.forms import MAX_MESSAGE_BYTES, Form
from transports.rpc.listening import ListenSettings
from transports.rpc.memory import Remembered
from transports.rpc.requests import Call
from transports.rpc.verbs import LINE, VERBS

LONGEST_NAME = 80  # of a node that greets: its own, and what it adds
VALVES_PER_PAGE = 150
PAGE_BYTES = MAX_MESSAGE_BYTES - 100  # less the frame and the fields
MOST_HOSTS = 256  # that are named in the log
LONGEST_TOLD = 300  # of what a safe state has come to
LONGEST_TEXT = 1000  # of one valve, so that each fits a page
_ALREADY = Kind.ALREADY  # looked up once: it takes 80 ns

Said = tuple[str, dict[str, str]]  # the reply's text, and the fields for a peer that has said Hello


@dataclass
class Lengths:
    """Who declares a byte more than a frame has, as the seed's own example does, and how often that was."""

    count: int = 0
    hosts: set[str] = field(default_factory=set)

    def is_news(self, host: str) -> bool:
        """Count one; return whether it is the first of that address, or of so many that nobody looks any more."""
        self.count += 1
        if host in self.hosts or len(self.hosts) >= MOST_HOSTS:
            return False
        self.hosts.add(host)
        return True


@dataclass
class Shared:
    """What all connections of one listener share; touched on the node loop only.

    Attributes:
        settings: the listener's.
        services: paths of the actors that can be asked.
        forms: the forms of messages that are taken.
        tls: what its tunnels are made with, or None.
        watchers, remembered: shared by all listeners of the node.
        health: makes the answer to Health.
        ended: told that a connection's actor has ended.
        requests: how many messages were taken up.
        lengths: of those, which declared a byte too much.
    """

    settings: ListenSettings
    services: frozenset[str]
    forms: tuple[Form, ...]
    tls: ssl.SSLContext | None
    watchers: Watchers
    remembered: Remembered
    health: Callable[[], str]
    ended: Callable[[str, "pykka.ActorRef[Any]"], None]
    requests: int = 0
    lengths: Lengths = field(default_factory=Lengths)


def welcome(context: Context, fingerprint: str, hello: Hello, now: float) -> str:
    """Return the answer to a Hello; `now`: monotonic seconds, by which the peer will reckon its deadlines.

    Raises:
        ValueError: the peer's protocol is too far from ours, or its name too long to be shown.
    """
    if len(hello.node) > LONGEST_NAME:
        raise ValueError(f"node {hello.node[:80]!r} has a name of over {LONGEST_NAME} characters")
    if abs(hello.version - PROTOCOL_VERSION) > 1:
        raise ValueError(f"{hello.node} speaks protocol version {hello.version}, this node {PROTOCOL_VERSION}")
    facts = context.facts
    features = {"fields": "", "ids": ""}  # ids: acts that have one do not wait for each other
    if "notify_port" in facts:
        features |= {"notify": str(facts["notify_port"]), "reply": str(facts["reply_port"])}
    if context.simulated or facts.get("simulated_devices"):
        features["simulated"] = ""
    return Welcome(context.node, context.boot, fingerprint, int(now * 1000), features).encode()


def said(context: Context, call: Call, outcome: Outcome, peer: Peer, services: Collection[str] = ()) -> Said:
    """Return what is replied to a call whose service has answered; `services`: those that can be asked here."""
    if not outcome.ok:
        fields = {} if call.verb.answer else {"outcome": outcome.kind.name.lower(), "state": str(outcome.state)}
        reason, text = outcome.reason or Reason.INTERNAL, outcome.text
        if reason is Reason.UNKNOWN_VALVE and call.verb.moves and call.args:
            owner = valve_on_channel(context.facts.get("table", {}), call.args[0])
            if owner:  # no rule would be asked about a channel
                reason, text = Reason.NOT_PERMITTED, f"{call.args[0]} is a channel of valve {owner}: use its name"
        return codes.error_text(reason, text, compat=peer.pychron), fields
    if call.verb.answer is not None:
        try:
            value = outcome if outcome.value is None else outcome.value
            return call.verb.answer(value, call.args, peer), {}
        except CannotSay as why:
            return codes.error_text(why.refusal.reason, str(why), compat=peer.pychron), {}
    if call.verb.name == "Describe":
        return describe(context, outcome.value, call.args, services), {}
    if call.verb.service == LINE and call.verb.moves:
        fields = {}
        if peer.hello:
            fields = {"rev": str(outcome.revision), "state": str(outcome.state), "source": str(outcome.source)}
            fields |= {"told": codes.one_line(outcome.text)[:LONGEST_TOLD]} if call.verb.name == "SafeState" else {}
        return "ok" if outcome.kind is _ALREADY else "OK", fields
    if call.verb.moves:
        return "OK", {}
    return (codes.one_line(outcome.text) if call.verb.service == LINE else outcome.text), {}  # values are as they are


def describe(
    context: Context, specs: tuple[ValveSpec, ...], args: tuple[str, ...], services: Collection[str] = ()
) -> str:
    """Return one page of the node's valves as JSON; `args`: what ("valves"), from, count.

    Without any it is the first page, and what else can be asked of these `services`: how each verb is written.
    """
    try:
        first, count = (
            int(args[at]) if len(args) > at else otherwise for at, otherwise in ((1, 0), (2, VALVES_PER_PAGE))
        )
    except ValueError:
        return codes.error_text(Reason.BAD_ARGUMENTS, f"invalid arguments: Describe {','.join(args)}")
    head: dict[str, Any] = {"node": context.node, "protocol": PROTOCOL_VERSION, "total": len(specs), "valves": []}
    if not args:
        head["verbs"] = [verb.usage for verb in VERBS.values() if verb.service in services]
    room_bytes = PAGE_BYTES - len(json.dumps(head))
    told: list[dict[str, Any]] = []
    for spec in specs[max(0, first) : max(0, first) + min(max(1, count), VALVES_PER_PAGE)]:
        valve = _told(spec)
        room_bytes -= len(json.dumps(valve)) + len(", ")
        if room_bytes < 0 and told:
            break  # who asks goes on from here
        told.append(valve)
    return json.dumps(head | {"valves": told})


def _told(spec: ValveSpec) -> dict[str, Any]:
    """Return what differs from a valve of which nothing is said but its name."""
    told = {}
    for part in fields(spec):
        kept = getattr(spec, part.name)
        if kept != part.default:
            told[part.name] = kept[:LONGEST_TEXT] if isinstance(kept, str) else kept
    return told
