"""What a data reduction node lives on: the acquisition node's news, and a picture made of them."""

import structlog

from actors.mirror import Mirror
from actors.watched import Child
from roles.plugins.building import Building
from transports.broadcast.subscriber import Subscriber, SubscriberSettings

log = structlog.get_logger()


def children(building: Building) -> list[Child]:
    """Return the mirror and the subscriber that feeds it."""
    context = building.context
    source = building.site.preferences.acquisition
    settings = SubscriberSettings("acquisition", source.host, source.port, source.reply)
    address = f"{source.host}:{source.port}"
    if building.site.origins.get("acquisition.host") == "default":
        log.warning("news.default_source", address=address, why="set acquisition: {host: ...} in preferences.yaml")
    path = "subscriber.acquisition"
    return [
        Child("mirror", lambda: Mirror.start(context, "mirror", "acquisition", address)),
        Child(path, lambda: Subscriber.start(context, path, building.zmq_context, settings, "mirror")),
    ]
