"""`WatlowEZZone`: its heater off and on."""

import pytest

from hardware.errors import BadReply, DeviceError, DeviceRefused
from hardware.simulation import serve_pty
from hardware.watlow_ez_zone.simulator import WatlowEZZoneSimulator
from tests.hardware.scripted import Heard, rtu

ASK_MODE, CONTROL_OFF = rtu("01 03 07 58 00 01"), rtu("01 06 07 58 00 3E")


def test_with_other_degrees_its_heater_is_switched_off_all_the_same(on):
    far_end = WatlowEZZoneSimulator(lambda: 0.0)
    far_end.furnace.setpoint_c = 800.0
    with pytest.raises(DeviceRefused, match="its numbers are in F"):
        on(far_end, degrees="C").driver.heater_off()
    assert far_end.furnace.output_percent == 0.0


def test_off_is_first_its_control_and_then_the_set_point(on):
    far_end = Heard(WatlowEZZoneSimulator(lambda: 0.0))
    rig = on(far_end, framing="rtu", serve=serve_pty)
    rig.driver.heater_off()
    writes = [data for data in far_end.data if data[1] in (6, 16)]
    assert writes[0] == CONTROL_OFF
    assert [data[2:4].hex(" ") for data in writes] == ["07 58", "09 be", "08 70"]


def test_a_control_that_is_off_or_automatic_is_not_written_again(on):
    far_end = Heard(WatlowEZZoneSimulator(lambda: 0.0))
    rig = on(far_end, framing="rtu", serve=serve_pty)
    for act in (rig.driver.heater_on, rig.driver.heater_off, rig.driver.heater_off, rig.driver.heater_on):
        act()
    modes = [data for data in far_end.data if data.startswith(CONTROL_OFF[:4])]
    assert modes == [CONTROL_OFF, rtu("01 06 07 58 00 0A")]


@pytest.mark.parametrize("answer", [b"", rtu("01 83 04")], ids=["silence", "a refusal"])
def test_a_control_that_does_not_tell_how_it_is_is_switched_off_all_the_same(scripted, answer):
    rig = scripted({ASK_MODE: answer}, timeout_s=0.05)
    with pytest.raises(DeviceError):
        rig.driver.heater_off()
    assert CONTROL_OFF in rig.far_end.heard


def test_off_it_stays_off_until_it_is_switched_on(rig):
    rig.driver.heater_off()
    rig.driver.set_setpoint_c(800.0)
    assert rig.driver.read_output_percent() == 0.0
    rig.driver.heater_on()
    assert rig.far_end.furnace.mode == "auto"
    assert rig.driver.read_output_percent() == 100.0


def test_where_its_control_cannot_be_switched_off_the_set_point_goes_down(rig):
    rig.far_end.furnace.setpoint_c = 800.0
    rig.far_end.faults.stuck.add("1880")
    with pytest.raises(DeviceRefused):
        rig.driver.heater_off()
    assert rig.far_end.furnace.setpoint_c == pytest.approx(0.0, abs=1e-6)


def test_an_output_that_goes_on_is_told(rig):
    rig.far_end.furnace.faults.hung_output_percent = 40.0
    with pytest.raises(DeviceRefused, match="told to stop heating, and its output is still 40 %"):
        rig.driver.heater_off()


def test_what_is_no_output_is_a_bad_reply(rig):
    rig.far_end.furnace.faults.hung_output_percent = -120.0
    for call in (rig.driver.heater_off, rig.driver.read_output_percent):
        with pytest.raises(BadReply, match="its output is -120 %: expected -100 to 100 %"):
            call()


def test_where_the_word_order_is_wrong_its_control_is_switched_off_all_the_same(on):
    far_end = WatlowEZZoneSimulator(lambda: 0.0)
    far_end.furnace.setpoint_c = 800.0
    with pytest.raises(DeviceRefused, match=r"word_order: big: [^;]*$"):  # and of its output nothing is said: it is 0
        on(far_end, word_order="big").driver.heater_off()
    assert far_end.furnace.mode == "off"
