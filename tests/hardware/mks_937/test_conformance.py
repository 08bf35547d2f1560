"""`MKS937` under the conformance kit, on TCP, on a serial line, and behind a terminal server."""

from typing import ClassVar

from hardware.conformance.gauge import GaugeConformance
from hardware.gauge import GaugeState


class TestMKS937(GaugeConformance):
    klass = "MKS937"
    keys: ClassVar = {"gauges": {"IG": "1", "CG1": "2", "IG2": "3"}}
    channels = ("1", "2", "3")
    bad_channels: ClassVar = ("", "0", "7", "A1", "01", "1 ", "Z", "\uff11")
    words: ClassVar = {
        "LO<E-11": GaugeState.UNDER,
        "LO<E-03": GaugeState.UNDER,
        "<1.00E-11": GaugeState.UNDER,
        "ATM": GaugeState.OVER,
        "OVER": GaugeState.OVER,
        ">1.10E+1": GaugeState.OVER,
        "OFF": GaugeState.OFF,
        "RP_OFF": GaugeState.OFF,
        "HV_OFF": GaugeState.OFF,
        "WAIT": GaugeState.WAITING,
        "CTRL_OFF": GaugeState.PROTECTED,
        "PROT_OFF": GaugeState.PROTECTED,
        "NOGAUGE": GaugeState.NO_GAUGE,
        "MISCONN": GaugeState.FAULT,
    }


class TestMKS937OfOlderFirmware(TestMKS937):
    """It knows neither `U?` nor `PRZ?`."""

    keys: ClassVar = {"gauges": {"IG": "1", "CG1": "2", "IG2": "3"}, "units": "Torr", "all_at_once": False}

    def make_bench(self, wire, folder):
        bench = super().make_bench(wire, folder)
        bench.simulator.old = True
        return bench
