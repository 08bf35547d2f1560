"""`PLC2000GPActuator` under the conformance kit, over Modbus TCP and Modbus RTU."""

from typing import ClassVar

from hardware.conformance.actuator import ActuatorConformance


class TestPLC2000GPActuator(ActuatorConformance):
    klass = "PLC2000GPActuator"
    line_keys: ClassVar = {"framing": "rtu"}
    keys: ClassVar = {"valve_opens_when": "relay_closed", "base": 1}
    channels = ("1", "2", "8")
    bad_channels: ClassVar = ("", "no channel", "-1", "C", "X0", "1.0", "\uff11", "1\n", "c1", "100000")
