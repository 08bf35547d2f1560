"""A furnace actor on its own thread, with a controller that does as it is told."""

import threading
import time
from contextlib import contextmanager

from actors.furnace import Furnace
from actors.furnace_duty import DutyFile
from actors.furnace_inputs import GaugeSeen
from actors.furnace_setup import FurnaceSetup
from actors.furnace_trips import TripLimits
from actors.messages import News, Query
from hardware.errors import NoAnswer
from hardware.temperature import Pid
from tests.actors.house import Answers, request, until

LIMITS = TripLimits(1550.0, fastest_c_per_min=300.0, blind_s=10.0)
TELLS = "furnace.Furnace"
SILENCE = NoAnswer("silence", "oven")


class Controller:
    """In automatic, with an output that is given: it heats wherever a test lets it."""

    def __init__(self):
        self.setpoint_c, self.temperature_c, self.output = 20.0, 812.46, 41.5
        self.error = self.blind = None  # what all of it, or the look at the temperature, raises
        self.heats, self.pid, self.stays_on = True, Pid(5.0, 360.0, 60.0), None
        self.range_c = (0.0, 1500.0)
        self.written = []
        self.offs = 0
        self.asked = threading.Event()

    def _ask(self):
        self.asked.set()
        if self.error:
            raise self.error

    def read_temperature_c(self):
        self._ask()
        if self.blind:
            raise self.blind
        return self.temperature_c

    def read_setpoint_c(self):
        self._ask()
        return self.setpoint_c

    def set_setpoint_c(self, setpoint_c):
        lowest_c, highest_c = self.range_c
        if not lowest_c <= setpoint_c <= highest_c:
            raise ValueError(f"set-point {setpoint_c:g} C: expected {lowest_c:g} to {highest_c:g} C")
        self._ask()
        self.written.append(setpoint_c)
        self.setpoint_c = setpoint_c

    def read_output_percent(self):
        self._ask()
        return self.output

    def read_pid(self):
        return self.pid

    def set_pid(self, pid):
        self.pid = pid

    def heater_off(self):
        self._ask()
        self.offs += 1
        if self.stays_on:
            raise self.stays_on
        self.setpoint_c, self.output, self.heats = 0.0, 0.0, False

    def heater_on(self):
        self._ask()
        self.heats = True

    def power_cycle(self):
        """Be switched off and on: it goes on with what its own memory has."""
        self.setpoint_c, self.output, self.heats = 1200.0, 100.0, True


class Wire:
    """A guard whose checks are made right before the acts of a controller that is put on it."""

    opened = 1

    def __init__(self, controller):
        self.let_through = False
        self._checks = ()
        for name in ("set_setpoint_c", "heater_on", "heater_off", "set_pid"):
            setattr(controller, name, self._checked(getattr(controller, name)))

    @contextmanager
    def guarded(self, check, acting):
        self._checks, self.let_through = (check, acting), False
        try:
            yield
        finally:
            self._checks = ()

    def _checked(self, act):
        def acts(*args):
            for check in self._checks:
                check()
            self.let_through = True
            return act(*args)

        return acts


class Rig:
    def __init__(
        self, house, controller, water=None, *, limits=LIMITS, file=None, range_c=(0.0, 1500.0), guard=None, step_c=0.1
    ):
        self.house, self.controller = house, controller
        self.chronicle = house.recorder("chronicle")
        self._more = (guard, DutyFile(file))
        self._setup = FurnaceSetup("Furnace", range_c, limits, water, step_c)
        self.start()

    def start(self):
        self.house.start(Furnace, "furnace", self.controller, self._setup, *self._more)

    def restart(self):
        self.house.stop("furnace")
        self.start()

    def ask(self, what, *args, **more):
        answers = Answers()
        self.house.tell("furnace", Query(what, args, request(answers, **more)))
        return answers.wait()

    def looked(self, times=2):
        """Return when it has been looked at: once at least from now on."""
        for _ in range(times):
            self.controller.asked.clear()
            assert self.controller.asked.wait(5)

    def news(self, topic=TELLS, fits=lambda _: True):
        return self.chronicle.wait_for(News, lambda news: news.topic == topic and fits(news))

    def trips(self, says):
        """Wait until it has tripped for that, and the heater is off."""
        alarm = self.news("alarm.furnace", lambda news: news.value == "tripped")
        assert says in alarm.extra["text"]
        until(lambda: not self.controller.heats, "the heater was off")
        assert says in self.ask("GetTrip").text

    def shows(self, value, name="water"):
        self.house.tell("furnace", GaugeSeen(name, "CIO0", value, "", time.monotonic()))
