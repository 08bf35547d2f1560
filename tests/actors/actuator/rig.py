"""An actuator on its own thread, between a recorded line and relays that have every fault."""

import contextlib

from actors.actuation import Switch, Switched
from actors.actuator import Actuator, ActuatorSetup
from actors.fence import Fence
from actors.messages import State
from actors.table import ValveSpec
from tests.actors.fakes import FakeDriver
from tests.actors.house import RELAYS, request

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
VALVE = "extraction_line/valve.A"


class Wire:
    """A guard as the exchange is one: the check runs right before the write, within the call."""

    def __init__(self, driver):
        self.before_write = lambda: None
        self.opened = 0
        self._check = None
        driver.set = self._checked(driver.set)

    def _checked(self, write):
        def checked(channel, energised):
            self.before_write()
            if self._check:
                self._check()
            write(channel, energised)

        return checked

    @contextlib.contextmanager
    def guarded(self, check, acting):
        self.let_through = False
        self._check = lambda: (check(), acting())
        try:
            yield
        finally:
            self._check = None


class Rig:
    def __init__(self, house, *, opens_when_closed=True, poll_s=0.0, driver=None, wired=False, inverted=False):
        self.house = house
        self.driver = driver or FakeDriver(["101", "102"])
        self.wire = Wire(self.driver) if wired else None
        self.fence = Fence()
        self.line, self.valve = house.recorder("extraction_line"), house.recorder(VALVE)
        valves = [
            ValveSpec("A", "101", RELAYS, inverted_logic=inverted),
            ValveSpec("B", "102", RELAYS),
        ]
        setup = ActuatorSetup(valves, opens_when_closed, poll_s)
        house.start(Actuator, RELAYS, self.driver, self.wire, setup, self.fence)

    def switch(self, target=OPEN, *, check=True, epoch=0, deadline=None):
        order = Switch(VALVE, "A", target, check, epoch, request(deadline=deadline))
        self.house.tell(RELAYS, order)
        return self.valve.wait_for(Switched)
