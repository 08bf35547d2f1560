"""The klasses of the 34970A under the conformance kit, as a 34972A over TCP and as a 34970A over RS-232."""

from typing import ClassVar

from hardware.conformance.actuator import ActuatorConformance
from hardware.conformance.gauge import GaugeConformance
from hardware.gauge import GaugeState


class TestAgilentGPActuator(ActuatorConformance):
    klass = "AgilentGPActuator"
    line_keys: ClassVar = {"terminal_server": True}
    channels = ("101", "102", "120")
    bad_channels: ClassVar = ("", "401", "121", "100", "1")


class TestAgilentGPActuatorOnAMultiplexerCard(ActuatorConformance):
    klass = "AgilentGPActuator"
    keys: ClassVar = {"valve_opens_when": "relay_closed", "multiplexer_cards": [3]}
    line_keys: ClassVar = {"terminal_server": True}
    channels = ("301", "302", "320")
    bad_channels: ClassVar = ("", "321", "300")


class TestAgilentMultiplexer(GaugeConformance):
    klass = "AgilentMultiplexer"
    line_keys: ClassVar = {"terminal_server": True}
    keys: ClassVar = {
        "gauges": {"furnace_tc": "303", "bakeout": "304", "pirani": "320"},
        "measure": {"303": "TC,K", "304": "RTD,85", "320": "VOLT"},
        "timeout": 1.0,
    }
    channels = ("303", "304", "320")
    bad_channels: ClassVar = ("", "401", "321", "300", "1", "103 ")
    values = (1.2345678e3, -2.5e-4, 26.195)
    words: ClassVar = {"+9.9E+37": GaugeState.OVER, "-9.9E+37": GaugeState.UNDER}
    unknown_words: ClassVar = ("nan", "inf")
    within = 1e-8
