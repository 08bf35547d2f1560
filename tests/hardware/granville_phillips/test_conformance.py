"""`GPMicroIon` under the conformance kit, on TCP, on a serial line, and behind a terminal server."""

from typing import ClassVar

from hardware.conformance.gauge import GaugeConformance
from hardware.gauge import GaugeState


class TestGPMicroIon(GaugeConformance):
    klass = "GPMicroIon"
    keys: ClassVar = {"gauges": {"ion": "IG", "foreline": "CG1", "chamber": "CG2"}}
    channels = ("IG", "CG1", "CG2")
    bad_channels: ClassVar = ("", "1", "CG", "CG3", "ig", "IG ")
    words: ClassVar = {"9.90E+09": GaugeState.OFF, "9.99E+9": GaugeState.OFF}
