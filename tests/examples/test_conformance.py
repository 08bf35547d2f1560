"""The kit tries the drivers of a lab programmer as it tries ours."""

from typing import ClassVar

from actors.conformance import InstrumentConformance
from hardware.conformance.actuator import ActuatorConformance
from hardware.conformance.gauge import GaugeConformance
from hardware.conformance.temperature import TemperatureConformance
from hardware.gauge import GaugeState


class TestRelayBox(ActuatorConformance):
    klass = "tests.examples.relay_box:RelayBox"
    channels = ("1", "2", "8")
    bad_channels: ClassVar = ("", "0", "9", "12")


class TestConvectron(GaugeConformance):
    klass = "tests.examples.convectron:Convectron"
    keys: ClassVar = {"gauges": {"CG1": "1", "CG2": "2"}}
    channels = ("1", "2")
    words: ClassVar = {"OFF": GaugeState.OFF}


class TestOven(TemperatureConformance):
    klass = "tests.examples.oven:Oven"
    wires = ("tcp",)


class TestChiller(InstrumentConformance):
    klass = "tests.examples.chiller:Chiller"
    asks = ("GetCoolant",)
    tells: ClassVar = {("SetCoolant", "15"): "15", ("SetCoolant", "30"): "30"}
    refuses = (("SetCoolant", "4"), ("SetCoolant", "nan"), ("SetCoolant",), ("GetCoolant", "now"))
