"""`Eurotherm`: what is no temperature, whatever it shows."""

import pytest

from hardware.errors import DeviceRefused, SensorBroken
from tests.hardware.eurotherm_2000.messages import ask, frame


@pytest.mark.parametrize(
    ("status", "bit", "broken"),
    [(b">0020", 5, True), (b">0010", 5, False), (b">2000", 13, True), (b">0020", 13, False)],
)
def test_one_bit_of_the_status_is_a_broken_sensor(scripted, status, bit, broken):
    on = scripted({ask(b"PV"): frame(b"PV1372.0"), ask(b"SO"): frame(b"SO" + status)}, sensor_break_bit=bit)
    if not broken:
        assert on.driver.read_temperature_c() == 1372.0
        return
    with pytest.raises(SensorBroken, match="oven: sensor break"):
        on.driver.read_temperature_c()
    assert on.driver.identify() == "Eurotherm, sensor break (it shows 1372 C)"


@pytest.mark.parametrize("shown", [2300.1, 9999.0, -200.1])
def test_what_no_sensor_measures_is_a_broken_one_too(rig, shown):
    rig.far_end.furnace.faults.broken_sensor = True
    rig.far_end.tells_break, rig.far_end.shows_broken_c = False, shown
    with pytest.raises(SensorBroken, match="expected -200 to 2300 C"):
        rig.driver.read_temperature_c()


def test_where_the_status_is_no_word_there_is_no_temperature(scripted):
    on = scripted({ask(b"PV"): frame(b"PV20.0"), ask(b"SO"): b"\x04"})
    with pytest.raises(DeviceRefused, match="does not know the parameter SO"):
        on.driver.read_temperature_c()
