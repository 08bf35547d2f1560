"""`U3Actuator` under the conformance kit, on an object in the place of the U3."""

from typing import ClassVar

from hardware.conformance.actuator import ActuatorConformance
from hardware.conformance.bench import ObjectBench


class TestU3Actuator(ActuatorConformance):
    klass = "U3Actuator"
    keys: ClassVar = {"valve_opens_when": "relay_closed", "energised_when": "low"}
    channels = ("FIO4", "EIO0", "CIO3")
    bad_channels: ClassVar = ("", "4", "FIO8", "EIO8", "CIO4", "AIN0", "fio4", "FIO4 ", "FIO10")
    wires = ()

    def make_bench(self, _wire, _folder):
        return ObjectBench(self.klass, self.keys, self.channels)
