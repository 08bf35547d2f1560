"""The near side of a node connection: its house, and all whom it tells."""

from actors.actuation import OriginLost, Switch, Switched
from actors.messages import Query, State
from actors.remote import AskWord, NodeUp, WordHeard
from actors.views import GetNode
from tests.actors.house import Answers, request
from transports.rpc.client import NodeConnection
from transports.rpc.node import NodeSettings

OPEN = State.OPEN
NODE, LINE, MONITOR, SUBSCRIBER = "node.Far", "extraction_line", "status_monitor.Far", "subscriber.Far"
VALVE = "extraction_line/valve.A"


class Near:
    """The house of the node connection, and all whom it tells."""

    def __init__(self, house, port, *, host="127.0.0.1", **settings):
        self.house = house
        self.line, self.monitor = house.recorder(LINE), house.recorder(MONITOR)
        self.subscriber, self.store = house.recorder(SUBSCRIBER), house.recorder("store")
        self.chronicle, self.valve = house.recorder("chronicle"), house.recorder(VALVE)
        told = {"line": LINE, "monitor": MONITOR, "subscriber": SUBSCRIBER, "timeout_s": 5.0, **settings}
        house.start(NodeConnection, NODE, NodeSettings("Far", host, port, **told))

    def switch(self, target=OPEN, valve="A", **more):
        order = Switch(VALVE, valve, target, check=True, epoch=1, request=request(**more))
        self.house.tell(NODE, order)

    def end(self, valve="A"):
        return self.valve.wait_for(Switched, lambda end: end.valve == valve)

    def query(self, what, *args):
        answers = Answers()
        self.house.tell(NODE, Query(what, args, request(answers)))
        return answers

    def order(self, kind, *args):
        """Tell an order of that kind; return its answers."""
        answers = Answers()
        self.house.tell(NODE, kind(*args, request(answers)))
        return answers

    def word(self, what="states", *names):
        """Ask for a word; a checksum over these valves, all closed and free."""
        over = tuple((name, "valve", False, False) for name in names)
        self.house.tell(NODE, AskWord(what, MONITOR, over))

    def heard(self):
        return self.monitor.wait_for(WordHeard)

    def is_up(self):
        return self.monitor.wait_for(NodeUp)

    def lost(self):
        return self.line.wait_for(OriginLost).why

    def view(self):
        return self.house.ask(NODE, GetNode())
