"""`T4Actuator` and `T7Actuator` under the conformance kit, over TCP: a LabJack has no serial line.

TCP's own checksum keeps damage out of a reply, Modbus TCP has none: what the kit damages in one is its header or what
it repeats, on these channels.
"""

from typing import ClassVar

from hardware.conformance.actuator import ActuatorConformance


class TestT4Actuator(ActuatorConformance):
    klass = "T4Actuator"
    channels = ("FIO4", "EIO0", "CIO0")
    bad_channels: ClassVar = ("", "FIO3", "FIO8", "CIO4", "MIO0", "fio4", "FIO", "4", "FIO\uff14", "FIO4\n", "AIN0")
    wires: ClassVar = ("tcp",)


class TestT4ActuatorWithItsWatchdog(TestT4Actuator):
    keys: ClassVar = {"valve_opens_when": "relay_closed", "watchdog_s": 60, "watchdog_energised": ["CIO0"]}


class TestT7Actuator(ActuatorConformance):
    klass = "T7Actuator"
    channels = ("FIO0", "EIO0", "MIO2")
    bad_channels: ClassVar = ("", "FIO8", "EIO8", "CIO4", "MIO3", "dio4", "DIO4", "0")
    wires: ClassVar = ("tcp",)
