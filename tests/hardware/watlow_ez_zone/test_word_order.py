"""`WatlowEZZone`: whether its floats are read the right way round is seen before any of them is believed or sent."""

import struct

import pytest

from hardware.errors import BadReply, DeviceRefused
from hardware.temperature import Pid
from hardware.watlow_ez_zone import codec
from hardware.watlow_ez_zone.simulator import WatlowEZZoneSimulator
from tests.hardware.scripted import rtu
from tests.hardware.watlow_ez_zone.messages import ASK_ORDER, ASK_OUTPUT, ASK_SETPOINT, ORDER

EITHER = struct.unpack(">f", bytes.fromhex("45 35 44 CD"))[0]  # 2900.3; 1642.2 the other way round


@pytest.mark.parametrize(
    ("number", "swapped", "in_order"),
    [
        (75.0, 2.4e-41, True),
        (2.4e-41, 75.0, False),
        (75.0, float("nan"), True),
        (float("inf"), 75.0, False),
        (75.0, 1.1e5, True),
        (-1.1e5, 75.0, False),
        (75.0, 1e5, None),
        (75.0, -1e-6, None),
        (75.0, 0.9e-6, True),
        (2900.3, 1642.2, None),
        (0.0, 0.0, None),
        (float("nan"), 4.6e-41, None),
    ],
)
def test_a_number_is_in_order_or_not_or_nobody_can_tell(number, swapped, in_order):
    assert codec.is_in_order(number, swapped) is in_order


def test_it_is_seen_by_what_is_measured_and_kept_and_not_by_an_output():
    assert codec.WORD_ORDER == (360, 2160, 1890, 1894, 1896)


@pytest.mark.parametrize(("low_first", "order"), [(True, "little"), (False, "big")])
def test_the_word_order_is_a_setting(on, low_first, order):
    far_end = WatlowEZZoneSimulator(lambda: 0.0)
    far_end.low_word_first = low_first
    driver = on(far_end, word_order=order).driver
    driver.set_setpoint_c(500.0)
    assert far_end.furnace.setpoint_c == pytest.approx(500.0)
    assert driver.read_temperature_c() == pytest.approx(22.0)


@pytest.mark.parametrize("temperature_c", [22.0, 25.0, 100.0, 1593.5])
@pytest.mark.parametrize("integral_s", [100.0, 0.0])
@pytest.mark.parametrize(("low_first", "order"), [(True, "big"), (False, "little")])
def test_in_the_wrong_word_order_nothing_is_believed_or_sent(on, temperature_c, integral_s, low_first, order):
    far_end = WatlowEZZoneSimulator(lambda: 0.0)
    driver = on(far_end, word_order=order).driver
    far_end.low_word_first, far_end.furnace.tuning.integral_s = low_first, integral_s
    far_end.furnace.temperature_c, far_end.furnace.setpoint_c = temperature_c, 1593.5
    reads = driver.read_temperature_c, driver.read_setpoint_c, driver.read_pid
    acts = lambda: driver.set_setpoint_c(1593.5), lambda: driver.set_pid(Pid(25.0, 100.0, 10.0))
    for call in (*reads, *acts):
        with pytest.raises(DeviceRefused, match=f"word_order: {order}: register .* the other way round: no number was"):
            call()
    assert far_end.writes == 0
    far_end.furnace.mode = "off"
    assert driver.read_output_percent() == 0.0  # it is that in either order


def test_where_nobody_can_tell_nothing_is_believed_or_sent(on):
    far_end = WatlowEZZoneSimulator(lambda: 0.0)
    far_end.zones[1].degrees = 15
    furnace = far_end.furnace
    furnace.temperature_c = furnace.setpoint_c = furnace.tuning.band_k = EITHER
    furnace.tuning.integral_s = furnace.tuning.derivative_s = 0.0
    driver = on(far_end, degrees="C", reading_max=3000.0).driver
    for call in (driver.read_temperature_c, lambda: driver.set_setpoint_c(1593.5)):
        with pytest.raises(DeviceRefused, match="word_order: little: what it keeps could be numbers in either order"):
            call()
    assert far_end.writes == 0
    furnace.tuning.derivative_s = 15.0
    assert driver.read_temperature_c() == pytest.approx(EITHER)


def test_it_is_looked_at_once_on_each_link(scripted):
    on = scripted(ORDER, check_degrees=False)
    for _ in range(3):
        on.driver.read_setpoint_c()
    assert on.far_end.heard == [ASK_SETPOINT, *ASK_ORDER, ASK_SETPOINT, ASK_SETPOINT]
    on.far_end.answers = dict.fromkeys(ASK_ORDER, rtu("01 03 04 42 96 00 00"))
    on.handle.drop()
    with pytest.raises(DeviceRefused, match="word_order: little"):
        on.driver.read_setpoint_c()


def test_nothing_is_sent_on_a_new_link_before_it_is_looked_at(on):
    far_end = WatlowEZZoneSimulator(lambda: 0.0)
    rig = on(far_end, check_degrees=False, save=True)
    rig.driver.read_setpoint_c()
    far_end.low_word_first, far_end.furnace.tuning.integral_s = False, 0.0
    for act in (lambda: rig.driver.set_setpoint_c(500.0), lambda: rig.driver.set_pid(Pid(25.0, 100.0, 10.0))):
        rig.handle.drop()
        with pytest.raises(DeviceRefused, match="word_order: little"):
            act()
    assert far_end.writes == 0


def test_a_small_output_is_a_number(scripted):
    answers = ORDER | {ASK_OUTPUT: rtu("01 03 04 95 BF 33 D6")}
    assert scripted(answers).driver.read_output_percent() == pytest.approx(1e-7, rel=1e-2)


def test_nothing_below_nothing_is_a_number(scripted):
    driver = scripted(ORDER | {ASK_SETPOINT: rtu("01 03 04 00 00 80 00")}, check_degrees=False, degrees="C").driver
    assert driver.read_setpoint_c() == 0.0


def test_a_small_set_point_is_a_bad_reply(scripted):
    on = scripted({**ORDER}, check_degrees=False)
    on.driver.read_setpoint_c()
    on.far_end.answers[ASK_SETPOINT] = rtu("01 03 04 42 96 00 00")
    with pytest.raises(BadReply, match="is its word order right"):
        on.driver.read_setpoint_c()
