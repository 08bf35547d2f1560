"""`EurothermModbus`: what is done about a file that says the wrong number of decimals, and where nobody can tell."""

from functools import partial

import pytest

from hardware.errors import DeviceRefused, SensorBroken
from hardware.simulation import serve_tcp
from hardware.temperature import Pid

NAN = float("nan")


@pytest.fixture
def rigs(rigs):
    """What has one decimal, as all of its kind, unless something else is said; a file may say another number."""

    def make(said=1, has=1, **keys):
        return rigs(serve_tcp, has, decimals=said, setpoint_max=300.0, **keys)

    return make


@pytest.mark.parametrize("wrong", [0, 2])
def test_with_wrong_decimals_no_set_point_and_no_band_is_sent(rigs, wrong):
    rig = rigs(wrong)
    shown = {0: "220 with 0", 2: "2.2 with 2"}[wrong]
    with pytest.raises(DeviceRefused, match=f"register 1 is 22 as a float and {shown} decimals: nothing was sent"):
        rig.driver.set_setpoint_c(100.0)
    with pytest.raises(DeviceRefused, match=r"register 6 is 40 as a float and .* decimals: nothing was sent"):
        rig.driver.set_pid(Pid(20.0, 100.0, 10.0))
    assert rig.far_end.writes == 0


@pytest.mark.parametrize("wrong", [0, 2])
def test_with_wrong_decimals_everything_is_read_as_it_is(rigs, wrong):
    rig = rigs(wrong)
    rig.far_end.furnace.temperature_c, rig.far_end.furnace.setpoint_c = 150.0, 160.0
    assert (rig.driver.read_temperature_c(), rig.driver.read_setpoint_c()) == (150.0, 160.0)
    assert rig.driver.read_pid() == Pid(40.0, 100.0, 15.0)


def test_unchecked_they_are_believed(rigs):
    rig = rigs(0, check_decimals=False)
    assert (rig.driver.read_temperature_c(), rig.driver.read_setpoint_c()) == (220.0, 220.0)
    rig.driver.set_setpoint_c(100.0)
    assert rig.far_end.furnace.setpoint_c == 10.0


def test_too_hot_for_an_integer_the_set_point_tells(rigs):
    rig = rigs(2, has=2)
    rig.far_end.furnace.temperature_c = 500.0
    rig.driver.set_setpoint_c(300.0)
    assert rig.far_end.furnace.setpoint_c == 300.0


@pytest.mark.parametrize("measured_c", [0.0, -1.9, NAN])
def test_where_the_temperature_cannot_tell_the_set_point_does(rigs, measured_c):
    rig = rigs(2)
    rig.far_end.furnace.faults.broken_sensor, rig.far_end.shows_broken_c = True, measured_c
    with pytest.raises(DeviceRefused, match=r"register 2 is 22 as a float and 2\.2 with 2 decimals"):
        rig.driver.set_setpoint_c(100.0)


def test_where_neither_can_tell_nothing_is_sent_and_that_is_said(rigs):
    rig = rigs()
    furnace = rig.far_end.furnace
    furnace.temperature_c, furnace.setpoint_c, furnace.tuning.band_k = 1.0, 0.0, 1.5
    acts = partial(rig.driver.set_setpoint_c, 100.0), partial(rig.driver.set_pid, Pid(1.5, 100.0, 15.0))
    for act, registers in zip(acts, ("1, 2", "6, 1, 2"), strict=True):
        unseen = f"it cannot be seen whether it has 1 decimals, registers {registers} are near 0, or too high: nothing"
        with pytest.raises(DeviceRefused, match=unseen):
            act()
    assert rig.far_end.writes == 0
    assert rig.driver.read_temperature_c() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("said", "has", "shown_c"),
    [(0, 1, 600.0), (2, 1, 600.0), (2, 2, 500.0), (1, 1, NAN), (1, 1, 9999.0), (1, 1, 0.0)],
    ids=["ten times", "a tenth", "too hot", "no number", "a huge one", "nothing"],
)
@pytest.mark.parametrize("lowest_c", [0.0, 20.0])
def test_it_is_switched_off_all_the_same(rigs, said, has, shown_c, lowest_c):
    rig = rigs(said, has, setpoint_min=lowest_c)
    furnace = rig.far_end.furnace
    furnace.setpoint_c, furnace.mode, furnace.manual_percent = 800.0, "manual", 40.0
    furnace.temperature_c, rig.far_end.shows_broken_c = 600.0, shown_c
    furnace.faults.broken_sensor = True
    rig.driver.heater_off()
    assert furnace.setpoint_c in (0.0, lowest_c)
    assert furnace.output_percent == 0.0


@pytest.mark.parametrize(("said", "left_c"), [(1, 20.0), (0, 0.0), (2, 0.0)])
def test_off_its_set_point_is_the_lowest_and_nothing_where_the_decimals_are_wrong(rigs, said, left_c):
    rig = rigs(said, setpoint_min=20.0)
    rig.driver.heater_off()
    assert rig.far_end.furnace.setpoint_c == left_c


@pytest.mark.parametrize("keys", [{}, {"area": "ieee"}])
@pytest.mark.parametrize("shown_c", [NAN, float("inf")])
def test_no_number_is_a_broken_sensor(rigs, keys, shown_c):
    rig = rigs(sensor_break_register=None, **keys)
    rig.far_end.furnace.faults.broken_sensor, rig.far_end.shows_broken_c = True, shown_c
    with pytest.raises(SensorBroken, match=f"it shows {shown_c:g} C"):
        rig.driver.read_temperature_c()
