"""What each `Remote...Manager` device file starts: the node connection, its StatusMonitor, its subscriber."""

from dataclasses import replace
from typing import Any

import pykka

from actors.furnace_monitor import FurnaceMonitor
from actors.status_monitor import MonitorSettings, StatusMonitor
from actors.table import ValveSpec
from actors.watched import Child
from roles.plugins.building import Building
from roles.plugins.extraction_line import LINE
from transports.broadcast.subscriber import Subscriber, SubscriberSettings
from transports.rpc import forward
from transports.rpc.client import NodeConnection
from transports.rpc.node import NodeSettings
from transports.rpc.tls import tunnels


def children(building: Building) -> list[Child]:
    """Return the actors of each remote node; the connection tells the other two before it where to listen."""
    return [child for name, node in building.site.remotes.items() for child in _node(building, name, node)]


def _valves(building: Building, path: str) -> list[ValveSpec]:
    return [spec for spec in building.site.valves if spec.actuator == path]


def _node(building: Building, name: str, node: Any) -> list[Child]:
    context = building.context
    path, monitor, subscriber = f"node.{name}", f"status_monitor.{name}", f"subscriber.{name}"
    has_valves = node.klass == "RemoteExtractionLineManager"
    settings = NodeSettings(
        name=name,
        host=node.host,
        port=0 if name in building.told_later else node.port,
        timeout_s=node.timeout,
        line=LINE if has_valves else "",
        monitor=monitor,
        subscriber=subscriber,
        fingerprint=building.site.fingerprint,
        framing=node.framing,
        valves=forward.delays_s(_valves(building, path)),
        dig=tunnels(node.tls.files(building.site.root), node.tls.name or "") if node.tls else None,
    )
    building.timeouts_s[path] = node.timeout
    news_port = 0 if settings.framing == "plain" else settings.port and node.notify_port  # such a peer has none
    listening = SubscriberSettings(name, node.host, news_port, node.reply)
    polling = building.site.preferences.status_monitor
    monitored = MonitorSettings(
        update_period_s=polling.update_period,
        state_freq=polling.state_freq,
        lock_freq=polling.lock_freq,
        owner_freq=polling.owner_freq,
        checksum_freq=polling.checksum_freq,
        timeout_s=polling.timeout,
        words=has_valves,
    )

    def connect() -> "pykka.ActorRef[NodeConnection]":
        host, port = building.found_at.get(name, (settings.host, settings.port))
        said_hello = path in building.recall().described  # which only a node can that says it
        found = replace(settings, host=host, port=port, said_hello=said_hello)
        return NodeConnection.start(context, path, found)

    return [
        Child(monitor, lambda: StatusMonitor.start(context, monitor, path, LINE, monitored)),
        Child(subscriber, lambda: Subscriber.start(context, subscriber, building.zmq_context, listening, monitor)),
        Child(path, connect),
        *_furnace(building, name, node, path),
    ]


def _furnace(building: Building, name: str, node: Any, path: str) -> list[Child]:
    """Return who asks how warm a furnace there is, where its news do not tell."""
    if node.klass != "RemoteFurnaceManager":
        return []
    told = building.site.preferences.status_monitor
    monitor, period_s = f"furnace_monitor.{name}", told.update_period * told.state_freq
    return [Child(monitor, lambda: FurnaceMonitor.start(building.context, monitor, path, period_s, node.timeout))]
