"""A double-actuation valve, its actuator and relays that have every fault."""

from actors.actuation import Actuate, Seen, Switched
from actors.actuator import Actuator, ActuatorSetup
from actors.double_valve import DoubleActuationValve
from actors.fence import Fence
from actors.intents import IntentLog
from actors.messages import Move, State, Tick
from actors.polarity import DOUBLE
from actors.table import ValveSpec
from tests.actors.fakes import FakeDriver, FakeLink
from tests.actors.house import RELAYS, request, until

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
PATH = "extraction_line/valve.D"
OPENED, SHUT = {"101": True, "102": False}, {"101": False, "102": True}


class Rig:
    """D on two relays, and E on a third; the line is the test. A delay of 60 s never ends by itself."""

    def __init__(self, house, *, poll_s=0.0, readback=True, start=SHUT, **spec):
        self.house = house
        self.line = house.recorder("extraction_line")
        self.intents = IntentLog()
        self.fence = Fence()
        self.spec = ValveSpec("D", "101,102", RELAYS, kind=DOUBLE, **spec)
        self.driver = FakeDriver(["101", "102", "103"], has_readback=readback)
        self.driver.relays.update(start)
        self.link = FakeLink(self.driver)
        self.setup = ActuatorSetup([self.spec, ValveSpec("E", "103", RELAYS)], opens_when_closed=True, poll_s=poll_s)
        house.start(Actuator, RELAYS, self.driver, self.link, self.setup, self.fence)
        self.first = self.line.wait_for(Seen)
        self.valve = house.start(DoubleActuationValve, PATH, self.spec, "extraction_line", self.intents)
        self.orders = 0

    def order(self, target=OPEN, *, deadline=None, **more):
        self.orders += 1
        move = Move("D", target, request(deadline=deadline))
        self.house.tell(PATH, Actuate(move, self.fence.epoch, self.orders, **more))

    def end(self):
        return self.line.wait_for(Switched)

    def move(self, target=OPEN, **more):
        self.order(target, **more)
        return self.end()

    def first_is_written(self, count=1):
        until(lambda: len(self.driver.writes) == count, "the first relay is switched")
        self.house.quiet()

    def after_first(self, then):
        self.link.after_write = then

    def lose_link(self):
        self.link.up = False

    def look(self):
        self.line.clear()
        self.house.tell(RELAYS, Tick("now"))
        return self.line.wait_for(Seen).states["D"]

    def pair(self):
        return {channel: self.driver.relays[channel] for channel in ("101", "102")}


class Faults:
    """Something that happens once."""

    def __init__(self, what):
        self.what, self.happened = what, False

    def once(self):
        if not self.happened:
            self.happened = True
            self.what()
