"""The controllers that take words under the conformance kit, on each wire that they have."""

from typing import ClassVar

from hardware.ascii_gp.simulator import SwitchController
from hardware.conformance.actuator import ActuatorConformance
from hardware.conformance.bench import Bench


class TestASCIIGPActuator(ActuatorConformance):
    klass = "ASCIIGPActuator"
    channels = ("A", "B", "V-12")
    bad_channels: ClassVar = ("", "no channel", "A,B", "A\r", "-A", "\u00c4", "A" * 33)


class HangsUpBench(Bench):
    def make_simulator(self):
        made = SwitchController()
        made.hangs_up = True
        return made


class TestASCIIGPActuatorThatIsHungUpOn(ActuatorConformance):
    klass = "ASCIIGPActuator"
    keys: ClassVar = {"hangs_up": True}
    channels = ("A", "B", "V-12")
    wires = ("tcp",)

    def make_bench(self, wire, folder):
        return HangsUpBench(self.klass, wire, self.keys, self.channels, folder)


class TestPychronGPActuator(ActuatorConformance):
    klass = "PychronGPActuator"
    keys: ClassVar = {}
    channels = ("A", "B", "V-12")
    wires = ("tcp",)
