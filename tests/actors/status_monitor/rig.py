"""A status monitor between a recorded line and a node that answers as it is told."""

import time

from actors.messages import State
from actors.news import Heard
from actors.remote import AskWord, NodeUp, WordHeard
from actors.status_monitor import MonitorSettings, StatusMonitor
from actors.table import Row, ValveSpec

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
PATH, NODE = "status_monitor.Far", "node.Far"
PATH, NODE = "status_monitor.Far", "node.Far"
LATER = 1e9  # monotonic seconds


class Rig:
    def __init__(self, house, **settings):
        self.house = house
        self.node, self.line = house.recorder(NODE), house.recorder("extraction_line")
        self.chronicle = house.recorder("chronicle")
        seldom = dict.fromkeys(("owner_freq", "checksum_freq"), 1_000_000)
        wanted = MonitorSettings(**{"update_period_s": 0.02, "state_freq": 1, "lock_freq": 3, **seldom, **settings})
        house.start(StatusMonitor, PATH, NODE, "extraction_line", wanted)

    def asked(self, what="states"):
        return self.node.wait_for(AskWord, lambda ask: ask.what == what)

    def polls(self, *whats):
        return [ask for ask in self.node.all(AskWord) if ask.what in whats]

    def word(self, what="states", error="", asked_at=None, **values):
        asked_at = time.monotonic() if asked_at is None else asked_at
        self.house.tell(PATH, WordHeard(what, values, asked_at, error, 1.0, 10))

    def checksum(self, there, here):
        heard = WordHeard("checksum", {}, time.monotonic(), "", 1.0, 10, there, here)
        self.house.tell(PATH, heard)

    def up(self, boot="far-1"):
        self.house.tell(PATH, NodeUp(NODE, boot))

    def hear(self, topic, value, *, boot="far-1", rev=1, **more):
        self.house.tell(PATH, Heard("far", topic, "Far", boot, rev, 1, 0.0, value, received_at=7.0, **more))


class Summed(Rig):
    """A monitor that asks for the checksum at each tick, and a line that knows two valves of the node."""

    def __init__(self, house, **settings):
        specs = (
            ValveSpec("b", actuator=NODE, kind="switch"),
            ValveSpec("B", actuator=NODE),
            ValveSpec("A", actuator="node.Other"),
        )
        self.table = {spec.name: Row(spec, state=CLOSED, learned=time.monotonic() + 60.0) for spec in specs}
        house.context.facts["table"] = self.table
        super().__init__(house, checksum_freq=1, state_freq=1_000_000, lock_freq=1_000_000, **settings)
        self.up()
        for what in ("states", "locks"):
            self.asked(what)
            self.word(what, B="0", b="0")
        self.node.clear()

    def both_polled(self):
        return self.asked("states"), self.asked("locks")
