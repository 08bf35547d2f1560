"""`ArduinoGPActuator` under the conformance kit, with indicators and without, on a board that starts quickly."""

import time
from typing import ClassVar

from hardware.arduino_gp.simulator import ArduinoSimulator
from hardware.conformance.actuator import ActuatorConformance
from hardware.conformance.bench import Bench

QUICK = {"valve_opens_when": "relay_closed", "quiet_s": 0.06, "boot_s": 3.0, "look_every_s": 0.01}


class QuickBench(Bench):
    """A bench with a board that starts in 50 ms and valves that move in 30 ms."""

    def make_simulator(self):
        made = ArduinoSimulator(time.monotonic)
        made.boots_s, made.travel_s, made.loses_first = 0.05, 0.03, False
        return made


class TestArduinoGPActuator(ActuatorConformance):
    klass = "ArduinoGPActuator"
    keys: ClassVar = {**QUICK, "travel_s": 0.3}
    channels = ("0", "5", "9")
    bad_channels: ClassVar = ("", "no channel", "100", "-1", "01", "1.0", "A", "\uff11")
    wires = ("pty",)

    def make_bench(self, wire, folder):
        return QuickBench(self.klass, wire, self.keys, self.channels, folder)


class TestArduinoGPActuatorWithoutIndicators(TestArduinoGPActuator):
    keys: ClassVar = {**QUICK, "indicators": False}


class TestArduinoGPActuatorWithValvesThatTheRelayCloses(TestArduinoGPActuator):
    keys: ClassVar = {
        **QUICK,
        "travel_s": 0.3,
        "valve_opens_when": "relay_open",
        "pins": {str(n): {"output": 51 - 3 * n, "open": 49 - 3 * n, "closed": 50 - 3 * n} for n in range(10)},
    }
