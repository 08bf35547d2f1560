"""`ArduinoGPActuator`: what its file may say of its pins."""

import pytest
from pydantic import ValidationError

from hardware.arduino_gp.driver import ArduinoGPActuator, ArduinoGPActuatorSettings
from hardware.errors import BadChannel


def settings(**keys):
    given = {"name": "x", "klass": "ArduinoGPActuator", "port": "serial:///dev/x", "valve_opens_when": "relay_closed"}
    return ArduinoGPActuatorSettings.model_validate({**given, **keys})


def test_the_pins_are_those_of_the_sketch():
    pins = {address: pins.used for address, pins in settings().pins.items()}  # [1] PY
    assert pins == {
        "0": (51, 50, 49), "1": (48, 47, 46), "2": (45, 44, 43), "3": (42, 41, 40), "4": (39, 38, 37),
        "5": (36, 35, 34), "6": (33, 32, 31), "7": (30, 29, 28), "8": (27, 26, 25), "9": (24, 23, 22),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"pins": {"0": {"output": 51, "open": 50}}}, "one indicator alone"),
        ({"pins": {"0": {"output": 51}, "1": {"output": 51}}}, "pin 51 is given twice, for address 0 and 1"),
        ({"pins": {"0": {"output": 51, "open": 51, "closed": 49}}}, "pin 51 is given twice, for address 0 and 0"),
        ({"pins": {"A": {"output": 51}}}, "expected an address"),
        ({"pins": {"0": {"output": 1}}}, "greater than or equal to 2"),
        ({"pins": {"0": {"output": 70}}}, "less than or equal to 69"),
        ({"pins": {}}, "at least 1 item"),
        ({"pins": {"0": {"output": 51, "pulse": 1}}}, "Extra inputs"),
        ({"valve_opens_when": None}, "is never guessed"),
        ({"quiet_s": 2.0, "boot_s": 2.0}, "nothing would be asked"),
        ({"boot_s": 13.0}, "less than or equal to 12"),
        ({"travel_s": -1.0}, "greater than or equal to 0"),
        ({"look_every_s": 0.0}, "greater than or equal to 0.01"),
    ],
)
def test_settings_that_would_not_work_are_refused(keys, why):
    with pytest.raises(ValidationError, match=why):
        settings(**keys)


def test_an_address_that_the_pin_map_does_not_have_is_refused(benches):
    bench = benches()
    with pytest.raises(BadChannel, match="the pin map has 0, 1, 2"):
        ArduinoGPActuator(settings(), bench.exchange, ["0", "10"])
    for use in (lambda: bench.driver.set("10", True), lambda: bench.driver.read("x")):
        with pytest.raises(BadChannel):
            use()
    assert bench.handle.opened == 0
