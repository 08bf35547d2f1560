"""What every node starts first: the store, the notifier, the chronicle."""

from collections.abc import Callable
from typing import Any

import pykka

from actors.actor import Context
from actors.chronicle import Chronicle
from actors.recorder import Recorder, RecorderSetup
from actors.store import Store
from actors.store_health import SET_ASIDE, TROUBLE
from actors.watched import Child
from hardware.device import GaugeDevice, TemperatureDevice
from roles.plugins.building import Building
from roles.plugins.devices import devices_of
from transports.broadcast.notifier import Notifier, NotifierSettings


def store(building: Building) -> Child:
    """Return the durable store; a node without a state directory keeps its state in memory."""
    file = building.state_dir / "store.sqlite" if building.state_dir else ":memory:"
    return Child("store", lambda: Store.start(building.context, "store", file), essential=True)


def notifier(building: Building) -> Child:
    """Return PUB and REP. A port that nobody configured gives way to a free one where it is taken."""
    settings = building.site.preferences.notifier
    wanted = NotifierSettings(
        host=settings.host,
        port=settings.port,
        reply_port=settings.reply_port,
        port_is_default=building.site.origins.get("notifier.port", "default") == "default",
    )
    context, told = building.context, answers(building.context)

    def start() -> "pykka.ActorRef[Notifier]":
        return Notifier.start(context, "notifier", building.zmq_context, wanted, told)

    return Child("notifier", start, essential=True)


def answers(context: Context) -> dict[str, Callable[[], Any]]:
    """Return what REP answers to tree, health and describe: looked up, as it may not wait for anybody."""

    def tree() -> dict[str, str]:
        entries = ((path, context.directory.get(path)) for path in context.directory.paths())
        return {path: entry.detail() for path, entry in entries if entry is not None}

    def health() -> dict[str, Any]:
        loops = {name: loop.alive for name, loop in context.loops.items()}
        warnings = [str(context.facts[key]) for key in (SET_ASIDE, TROUBLE) if context.facts.get(key)]
        told = {"node": context.node, "boot": context.boot, "simulated": context.simulated, "loops": loops}
        return {**told, "warnings": warnings}

    def describe() -> list[dict[str, Any]]:
        table = dict(context.facts.get("table", {}))
        return [{"name": name, "description": row.spec.description} for name, row in table.items()]

    return {"tree": tree, "health": health, "describe": describe}


def recorder(building: Building) -> list[Child]:
    """Return who keeps what gauges and furnaces show, here or at another node; nothing where there is neither.

    What simulators show is kept with the rest of a simulated site, apart from the real one.
    """
    site, settings = building.site, building.site.preferences.recorder
    far = any(getattr(node, "klass", "") == "RemoteFurnaceManager" for node in site.remotes.values())
    if (
        not settings.enabled
        or building.state_dir is None
        or not (far or devices_of(site, GaugeDevice) or devices_of(site, TemperatureDevice))
    ):
        return []
    setup = RecorderSetup(building.state_dir.parent / settings.folder, settings.every, settings.keep_days)
    return [Child("recorder", lambda: Recorder.start(building.context, "recorder", setup))]


def chronicle(building: Building) -> Child:
    """Return what is done behind the replies."""
    return Child("chronicle", lambda: Chronicle.start(building.context, "chronicle"), essential=True)
