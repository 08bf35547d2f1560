"""An `MDrive` on a wire: to the simulated motor as a rig, or to a far end that answers by a table."""

from functools import partial

import pytest

from hardware.conformance.bench import Bench
from hardware.mdrive.simulator import MDriveSimulator
from tests.hardware.bench import maker
from tests.hardware.scripted import Scripted

KEYS = {"lowest": -10.0, "highest": 200.0, "steps_per_unit": 100.0, "units": "mm", "tolerance": 0.1, "velocity": 50.0}


class Clock:
    """Goes on when it is told to; with `step` also a little whenever it is looked at."""

    def __init__(self):
        self.now = self.step = 0.0

    def __call__(self):
        self.now += self.step
        return self.now


class DriveBench(Bench):
    """A bench whose motor turns by a clock of the test's; it has been told where home is, unless `homed` is False."""

    def __init__(self, wire, folder, *, homed=True, address=None, echo=1, **keys):
        self.clock = Clock()
        self._address_of, self._echo = address, echo
        super().__init__("MDrive", wire, {**KEYS, "address": address, "echo": echo, **keys}, (), folder)
        if homed:
            self.driver.set_home()

    def make_simulator(self):
        made = MDriveSimulator(self.clock, name=self._address_of or "")
        made.variables["EM"] = self._echo
        return made


@pytest.fixture
def rigs(request, tmp_path):
    def build(wire="tcp", **keys):
        return DriveBench(wire, tmp_path, **keys)

    return maker(request, build)


@pytest.fixture(params=["tcp", "pty"])
def rig(rigs, request):
    return rigs(request.param)


@pytest.fixture
def scripted(on):
    return lambda answers, **keys: partial(on, "MDrive")(Scripted(answers), **{**KEYS, **keys})
