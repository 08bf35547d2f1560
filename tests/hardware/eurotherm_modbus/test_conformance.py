"""`EurothermModbus` under the conformance kit: by Modbus RTU on a serial line, and by Modbus TCP through a gateway."""

from typing import ClassVar

from hardware.conformance.temperature import TemperatureConformance


class TestScaledIntegers(TemperatureConformance):
    klass = "EurothermModbus"
    unchecked = ("tcp",)


class TestFloats(TemperatureConformance):
    klass = "EurothermModbus"
    keys: ClassVar = {"area": "ieee"}
    unchecked = ("tcp",)
