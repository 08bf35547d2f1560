"""Channels that a device with such settings cannot have: one finding each, and the rest of the device is there."""

import pytest

from tests.roles.boot import test_lines
from tests.roles.boot.test_lines import Devices

site = test_lines.site

VALVES = "setupfiles/extractionline/valves.yaml"
RELAYS = "valve_opens_when: relay_closed"
PLC = f"klass: PLC2000GPActuator\nport: tcp://192.168.1.60:502\n{RELAYS}"


@pytest.mark.parametrize(
    ("device", "good", "bad", "why"),
    [
        (f"{PLC}\nnaming: directlogic", "C7", "C8", "expected C0 to C1777, octal"),
        (f"{PLC}\nnaming: directlogic", "C7", "3073", "expected C0 to C1777, octal"),
        (f"{PLC}\nbase: 1", "1", "01", "expected the number of a coil, 1 to 65536"),
        (f"{PLC}\nbase: 1", "1", "0", "expected the number of a coil, 1 to 65536"),
        (f"{PLC}\nnaming: click", "Y001", "Y017", "expected Y001 to Y016, or C1 to C2000"),
        (
            f"klass: ArduinoGPActuator\nport: serial:///dev/a?baud=115200\n{RELAYS}\npins: {{'3': {{output: 9}}}}",
            "3",
            "4",
            "the pin map has 3",
        ),
        (
            f"klass: NCDProXRActuator\nport: tcp://192.168.1.60:2101\n{RELAYS}\nbanks: 2",
            "2.8",
            "3.1",
            "the board has banks 1 to 2 (`banks`)",
        ),
        (
            f"klass: NCDProXRActuator\nport: tcp://192.168.1.60:2101\n{RELAYS}",
            "1.8",
            "2.1",
            "the board has bank 1 (`banks`)",
        ),
    ],
)
def test_a_channel_that_such_a_device_does_not_have_is_found(site: Devices, device: str, good: str, bad: str, why: str):
    site.device("box", device)
    entries = [
        f"- {{name: {name}, actuator: box, address: '{channel}'}}\n"
        for name, channel in zip("AB", (good, bad), strict=True)
    ]
    site.write(VALVES, "".join(entries))
    assert site.findings() == [f"{VALVES}:2: [1].address: channel '{bad}': {why}"]
    site.write(VALVES, entries[0])
    assert site.load().valves[0].address == good
