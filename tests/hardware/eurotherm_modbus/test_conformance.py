"""`EurothermModbus` under the conformance kit: by Modbus RTU on a serial line, and by Modbus TCP through a gateway."""

from typing import ClassVar

from hardware.conformance.temperature import TemperatureConformance


class TestScaledIntegers(TemperatureConformance):
    klass = "EurothermModbus"
    line_keys: ClassVar = {"framing": "rtu"}
    unchecked = ("tcp",)


class TestFloats(TemperatureConformance):
    klass = "EurothermModbus"
    line_keys: ClassVar = {"framing": "rtu"}
    keys: ClassVar = {"area": "ieee"}
    unchecked = ("tcp",)
