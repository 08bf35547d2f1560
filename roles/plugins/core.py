"""What every node starts first: the store, the notifier, the chronicle."""

from actors.chronicle import Chronicle
from actors.store import Store
from actors.watched import Child
from roles.plugins.building import Building
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
    context = building.context
    return Child("notifier", lambda: Notifier.start(context, "notifier", building.zmq_context, wanted), essential=True)


def chronicle(building: Building) -> Child:
    """Return what is done behind the replies."""
    return Child("chronicle", lambda: Chronicle.start(building.context, "chronicle"), essential=True)
