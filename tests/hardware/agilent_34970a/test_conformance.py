"""`AgilentGPActuator` under the conformance kit, as a 34972A over TCP and as a 34970A over RS-232."""

from typing import ClassVar

from hardware.conformance.actuator import ActuatorConformance


class TestAgilentGPActuator(ActuatorConformance):
    klass = "AgilentGPActuator"
    channels = ("101", "102", "120")
    bad_channels: ClassVar = ("", "401", "121", "100", "1")
