"""`NCDProXRActuator` under the conformance kit, over Ethernet and over a serial line."""

from typing import ClassVar

from hardware.conformance.actuator import ActuatorConformance


class TestNCDProXRActuator(ActuatorConformance):
    klass = "NCDProXRActuator"
    keys: ClassVar = {"valve_opens_when": "relay_closed", "banks": 3}
    channels = ("1.1", "1.8", "3.4")
    bad_channels: ClassVar = ("", "no channel", "1", "0.1", "1.0", "1.9", "33.1", "1.1.1", "01.1", "1.1 ", "\uff11.1")
