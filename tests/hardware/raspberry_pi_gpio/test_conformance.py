"""`RPiGPIO` under the conformance kit, on an object in the place of the pins."""

from typing import ClassVar

from hardware.conformance.actuator import ActuatorConformance
from hardware.conformance.bench import ObjectBench

ITS_OWN = "the pins are those of this computer: they do not fall silent, and nobody pulls them out"


class TestRPiGPIO(ActuatorConformance):
    klass = "RPiGPIO"
    keys: ClassVar = {"valve_opens_when": "relay_closed", "energised_when": "low"}
    channels = ("2", "17", "27")
    bad_channels: ClassVar = ("", "0", "1", "28", "017", "GPIO17", " 17", "17 ", "1.7", "-2")
    wires = ()

    def make_bench(self, _wire, _folder):
        lacks = dict.fromkeys(("silence", "unplug", "hang up", "power"), ITS_OWN)
        return ObjectBench(self.klass, self.keys, self.channels, lacks)
