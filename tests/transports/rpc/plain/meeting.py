"""A node connection that has met a plain peer, and what it moves there."""

from actors.messages import State
from tests.transports.rpc.near import Near

HELLO = b"{0017}Hello 1 bench -\r\n"


def met(house, server, **settings):
    """Return a node connection that is up, of which the server has forgotten how it was met."""
    near = Near(house, server.port, **settings)
    near.is_up()
    near.house.quiet()
    server.forget()
    near.line.clear()
    return near


def moved(near, target=State.OPEN, valve="A", **more):
    near.switch(target, valve, **more)
    return near.end(valve)
