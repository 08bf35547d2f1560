"""`WatlowEZZone` under the conformance kit: by Modbus RTU on a serial line, and by Modbus TCP through a gateway."""

from typing import ClassVar

from hardware.conformance.temperature import TemperatureConformance


class TestWatlowEZZone(TemperatureConformance):
    klass = "WatlowEZZone"
    line_keys: ClassVar = {"framing": "rtu"}
    keys: ClassVar = {"setpoint_max": 1300.0}
    outside = (-0.1, 1300.1, float("nan"), float("inf"), float("-inf"))
    unchecked = ("tcp",)
