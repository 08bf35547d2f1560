"""`Eurotherm` under the conformance kit: on a serial line, which a pseudo-terminal has as 8N1, and behind a gateway."""

from typing import ClassVar

from hardware.conformance.temperature import TemperatureConformance


class TestEurotherm(TemperatureConformance):
    klass = "Eurotherm"


class TestEurothermWithoutGuesses(TemperatureConformance):
    klass = "Eurotherm"
    keys: ClassVar = {"auto_manual": "", "sensor_break_bit": None, "reading_max": 1370.0}
