"""What each `Remote...Manager` device file starts: the node connection, its StatusMonitor, its subscriber."""

from dataclasses import replace
from typing import Any

import pykka

from actors.status_monitor import MonitorSettings, StatusMonitor
from actors.watched import Child
from roles.plugins.building import Building
from roles.plugins.extraction_line import LINE
from transports.broadcast.subscriber import Subscriber, SubscriberSettings
from transports.rpc.client import NodeConnection
from transports.rpc.node import NodeSettings
from transports.rpc.tls import tunnels


def children(building: Building) -> list[Child]:
    """Return three actors per remote node, the connection last: it tells the other two where to listen."""
    return [child for name, node in building.site.remotes.items() for child in _node(building, name, node)]


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
        dig=tunnels(node.tls.files(building.site.root), node.tls.name or "") if node.tls else None,
    )
    listening = SubscriberSettings(name, node.host, settings.port and node.notify_port, node.reply)
    polling = building.site.preferences.status_monitor
    monitored = MonitorSettings(polling.update_period, polling.state_freq, polling.lock_freq, words=has_valves)

    def connect() -> "pykka.ActorRef[NodeConnection]":
        host, port = building.found_at.get(name, (settings.host, settings.port))
        return NodeConnection.start(context, path, replace(settings, host=host, port=port))

    return [
        Child(monitor, lambda: StatusMonitor.start(context, monitor, path, LINE, monitored)),
        Child(subscriber, lambda: Subscriber.start(context, subscriber, building.zmq_context, listening, monitor)),
        Child(path, connect),
    ]
