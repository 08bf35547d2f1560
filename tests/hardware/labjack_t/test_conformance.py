"""The klasses of a LabJack under the conformance kit, over TCP: a LabJack has no serial line.

TCP's own checksum keeps damage out of a reply, Modbus TCP has none: what the kit damages in one is its header or what
it repeats, on these channels.
"""

from typing import ClassVar

from hardware.conformance.actuator import ActuatorConformance
from hardware.conformance.bench import Bench
from hardware.conformance.gauge import GaugeConformance
from hardware.gauge import GaugeState


class DrivenBench(Bench):
    """A device whose power-up defaults make low outputs of its lines: else none is in a state until it was switched."""

    def make_simulator(self):
        made = super().make_simulator()
        made.outputs.update(made.lines)
        made.analog.clear()
        return made


class LabJackConformance(ActuatorConformance):
    wires: ClassVar = ("tcp",)

    def make_bench(self, wire, folder):
        return DrivenBench(self.klass, wire, self.keys, self.channels, folder)


class TestT4Actuator(LabJackConformance):
    klass = "T4Actuator"
    channels = ("FIO4", "EIO0", "CIO0")
    bad_channels: ClassVar = ("", "FIO3", "FIO8", "CIO4", "MIO0", "fio4", "FIO", "4", "FIO\uff14", "FIO4\n", "AIN0")


class TestT4ActuatorWithItsWatchdog(TestT4Actuator):
    keys: ClassVar = {"valve_opens_when": "relay_closed", "watchdog_s": 60, "watchdog_energised": ["CIO0"]}


class TestT7Actuator(LabJackConformance):
    klass = "T7Actuator"
    channels = ("FIO0", "EIO0", "MIO2")
    bad_channels: ClassVar = ("", "FIO8", "EIO8", "CIO4", "MIO3", "dio4", "DIO4", "0")


class Shown(dict):
    """What inputs show, as levels of the simulator's lines: a switch to ground is on where the level is low."""

    def __init__(self, simulator) -> None:
        super().__init__()
        self._simulator = simulator

    def __setitem__(self, line, shows):
        super().__setitem__(line, shows)
        simulator = self._simulator
        for lines, among in (
            (simulator.pulled_up, shows == 0.0),
            (simulator.analog, shows == ANALOG),
            (simulator.outputs, shows == OUTPUT),
        ):
            (lines.add if among else lines.discard)(line)

    def update(self, shown):
        for line, shows in shown.items():
            self[line] = shows


class InputsBench(Bench):
    def make_simulator(self):
        made = super().make_simulator()
        made.shown = Shown(made)
        made.shown.update(dict.fromkeys(made.lines, 0.0))
        return made


ANALOG, OUTPUT = "the line is analog", "the line is an output"


class TestT4Inputs(GaugeConformance):
    klass = "T4Inputs"
    keys: ClassVar = {"gauges": {"water": "CIO0", "door": "FIO4"}, "on_when": "low"}
    channels = ("CIO0", "FIO4")
    bad_channels: ClassVar = ("", "FIO3", "CIO4", "MIO0", "fio4", "AIN0")
    words: ClassVar = {OUTPUT: GaugeState.FAULT, ANALOG: GaugeState.FAULT}
    unknown_words: ClassVar = ()
    values: ClassVar = (1.0, 0.0)
    wires: ClassVar = ("tcp",)

    def make_bench(self, wire, folder):
        return InputsBench(self.klass, wire, self.keys, self.channels, folder)


class TestT7Inputs(TestT4Inputs):
    klass = "T7Inputs"
    keys: ClassVar = {"gauges": {"water": "MIO2", "door": "FIO0"}, "on_when": "low"}
    channels = ("MIO2", "FIO0")
    bad_channels: ClassVar = ("", "FIO8", "CIO4", "MIO3")
    words: ClassVar = {OUTPUT: GaugeState.FAULT}
