"""A drive's actor, with a motor that does as it is told."""

import threading

from actors.drive import Drive
from actors.drives import Drives
from actors.messages import Kind, Query
from hardware.drive import DriveReading
from hardware.drive_device import DriveSettings
from tests.actors.house import Answers, request

SETTINGS = {
    "name": "feeder", "klass": "MDrive", "port": "tcp://127.0.0.1:1", "units": "mm", "steps_per_unit": 100.0,
    "lowest": 0.0, "highest": 100.0, "tolerance": 0.5, "slew_velocity": 5.0, "poll": 60.0,
}  # fmt: skip


class Motor:
    """It is where `position` says, and does what it is told at once, unless `error` is raised."""

    def __init__(self):
        self.position, self.moving, self.stalled = 10.0, False, False
        self.error, self.told = None, []
        self.arrives = True
        self.looked = threading.Event()

    def read(self):
        self.looked.set()
        self._raise()
        return DriveReading(self.position, self.moving, self.stalled)

    def move_to(self, position, velocity=None):
        self.told.append(("move_to", position, velocity))
        self._raise()
        self.position, self.moving = (position, False) if self.arrives else (self.position, True)

    def slew(self, velocity):
        self.told.append(("slew", velocity))
        self.moving = True

    def stop(self):
        self.told.append(("stop",))
        self.moving = self.stalled = False

    def set_home(self):
        self.told.append(("set_home",))

    def _raise(self):
        if self.error:
            raise self.error


class Rig:
    def __init__(self, house, **settings):
        self.house, self.motor = house, Motor()
        self.chronicle = house.recorder("chronicle")
        given = DriveSettings.model_validate({**SETTINGS, **settings})
        house.start(Drives, "drives")
        house.start(Drive, "device.feeder", self.motor, given)

    def ask(self, what, *args, path="device.feeder", **more):
        answers = Answers()
        self.house.tell(path, Query(what, args, request(answers, **more)))
        return answers.wait()

    def text(self, what, *args):
        outcome = self.ask(what, *args)
        assert outcome.kind is Kind.DONE, outcome
        return outcome.text
