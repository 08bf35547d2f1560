"""`MaxiGauge` under the conformance kit, on TCP, on a serial line, and behind a terminal server."""

from typing import ClassVar

from hardware.conformance.gauge import GaugeConformance
from hardware.gauge import GaugeState


class TestMaxiGauge(GaugeConformance):
    klass = "MaxiGauge"
    keys: ClassVar = {"gauges": {"CG1": "1", "IG": "2", "CM": "3"}}
    channels = ("1", "2", "3")
    bad_channels: ClassVar = ("", "0", "7", "01", "A1", "1 ", "\uff11")
    words: ClassVar = {
        "1": GaugeState.UNDER,
        "2": GaugeState.OVER,
        "3": GaugeState.FAULT,
        "4": GaugeState.OFF,
        "5": GaugeState.NO_GAUGE,
        "6": GaugeState.FAULT,
    }


class TestMaxiGaugeWithNamedUnits(TestMaxiGauge):
    """The units are not asked for with each reading; the simulator acknowledges ETX."""

    keys: ClassVar = {"gauges": {"CG1": "1", "IG": "2", "CM": "3"}, "units": "Torr"}

    def make_bench(self, wire, folder):
        bench = super().make_bench(wire, folder)
        bench.simulator.confirms_reset = True
        return bench
