"""`EurothermModbus`: its bytes, and the hazards of its registers."""

import struct

import pytest
from pydantic import ValidationError

from hardware.errors import BadReply, DeviceRefused, SensorBroken
from hardware.eurotherm_modbus.simulator import EurothermModbusSimulator
from hardware.temperature import Pid
from tests.hardware.bench import settings
from tests.hardware.scripted import rtu

KLASS = "EurothermModbus"


def number(value):
    return struct.pack(">f", value).hex()


def test_each_reading_is_this_question(scripted):
    answers = {
        rtu("02 03 00 01 00 01"): rtu("02 03 02 00 B2"),
        rtu("02 03 01 02 00 01"): rtu("02 03 02 00 00"),
        rtu("02 03 00 02 00 01"): rtu("02 03 02 00 D8"),
        rtu("02 03 00 03 00 01"): rtu("02 03 02 01 F3"),
        rtu("02 03 00 06 00 01"): rtu("02 03 02 00 C8"),
        rtu("02 03 00 08 00 01"): rtu("02 03 02 01 68"),
        rtu("02 03 00 09 00 01"): rtu("02 03 02 00 3C"),
        rtu("02 03 00 7A 00 01"): rtu("02 03 02 04 61"),
    }
    controller = scripted(answers, check_decimals=False).driver
    assert controller.read_temperature_c() == 17.8
    assert controller.read_setpoint_c() == 21.6
    assert controller.read_output_percent() == 49.9
    assert controller.read_pid() == Pid(20.0, 360.0, 60.0)
    assert controller.identify() == "EurothermModbus, 17.8 C, version 0461"


def test_what_has_decimals_is_asked_for_as_a_float_where_they_are_checked(scripted):
    answers = {
        rtu("02 03 80 02 00 02"): rtu(f"02 03 04 {number(17.84)}"),
        rtu("02 03 01 02 00 01"): rtu("02 03 02 00 00"),
        rtu("02 03 80 04 00 02"): rtu(f"02 03 04 {number(21.6)}"),
        rtu("02 03 00 03 00 01"): rtu("02 03 02 01 F3"),
        rtu("02 03 80 0C 00 02"): rtu(f"02 03 04 {number(20)}"),
        rtu("02 03 00 08 00 01"): rtu("02 03 02 01 68"),
        rtu("02 03 00 09 00 01"): rtu("02 03 02 00 3C"),
    }
    controller = scripted(answers).driver
    assert controller.read_temperature_c() == pytest.approx(17.84)
    assert controller.read_setpoint_c() == pytest.approx(21.6)
    assert controller.read_output_percent() == 49.9
    assert controller.read_pid() == Pid(20.0, 360.0, 60.0)


def test_each_reading_as_a_float_is_this_question(scripted):
    answers = {
        rtu("02 03 80 02 00 02"): rtu(f"02 03 04 {number(17.84)}"),
        rtu("02 03 01 02 00 01"): rtu("02 03 02 00 00"),
        rtu("02 03 80 04 00 02"): rtu(f"02 03 04 {number(21.6)}"),
        rtu("02 03 80 06 00 02"): rtu(f"02 03 04 {number(49.9)}"),
        rtu("02 03 80 0C 00 02"): rtu(f"02 03 04 {number(20)}"),
        rtu("02 03 80 10 00 02"): rtu(f"02 03 04 {number(360)}"),
        rtu("02 03 80 12 00 02"): rtu(f"02 03 04 {number(60)}"),
    }
    controller = scripted(answers, area="ieee").driver
    assert controller.read_temperature_c() == pytest.approx(17.84)
    assert controller.read_setpoint_c() == pytest.approx(21.6)
    assert controller.read_output_percent() == pytest.approx(49.9)
    assert controller.read_pid() == Pid(20.0, 360.0, 60.0)


def test_a_set_point_is_these_bytes_and_is_read_back(scripted):
    write = bytes.fromhex("02 06 00 02 00 FA A8 7A")  # [2]
    back = rtu("02 03 00 02 00 01")
    on = scripted({write: write, back: rtu("02 03 02 00 FA")}, check_decimals=False)
    on.driver.set_setpoint_c(25.0)
    assert on.far_end.heard == [write, back]


def test_a_remote_set_point_may_be_named(scripted):
    write, back = rtu("02 06 01 E5 00 FA"), rtu("02 03 01 E5 00 01")
    on = scripted({write: write, back: rtu("02 03 02 00 FA")}, check_decimals=False, setpoint_register=485)
    on.driver.set_setpoint_c(25.0)
    assert on.driver.read_setpoint_c() == 25.0
    assert on.far_end.heard == [write, back, back]


def test_as_a_float_it_is_a_block_and_is_read_back(scripted):
    write, back = rtu(f"02 10 80 04 00 02 04 {number(25.04)}"), rtu("02 03 80 04 00 02")
    on = scripted({write: rtu("02 10 80 04 00 02"), back: rtu(f"02 03 04 {number(25.04)}")}, area="ieee")
    on.driver.set_setpoint_c(25.04)
    assert on.far_end.heard == [write, back]


def test_the_settings_say_with_how_many_decimals(scripted):
    answers = {
        rtu("02 03 00 02 00 01"): rtu("02 03 02 01 68"),
        rtu("02 03 00 03 00 01"): rtu("02 03 02 00 32"),
        rtu("02 03 00 06 00 01"): rtu("02 03 02 00 14"),
        rtu("02 03 00 08 00 01"): rtu("02 03 02 00 64"),
        rtu("02 03 00 09 00 01"): rtu("02 03 02 00 0A"),
    }
    controller = scripted(answers, decimals=0, output_decimals=0, time_decimals=1, check_decimals=False).driver
    assert controller.read_setpoint_c() == 360.0
    assert controller.read_output_percent() == 50.0
    assert controller.read_pid() == Pid(20.0, 10.0, 1.0)


def test_a_bad_value_that_was_dropped_without_a_word_is_told(on):
    rig = on(EurothermModbusSimulator(lambda: 0.0), area="ieee")
    with pytest.raises(DeviceRefused, match="set-point 1500 C was confirmed, and it kept 22"):
        rig.driver.set_setpoint_c(1500.0)


def test_the_controllers_own_limit_is_told_in_words(rig):
    with pytest.raises(DeviceRefused, match="Modbus exception 3: value not allowed"):
        rig.driver.set_setpoint_c(1500.0)
    assert rig.driver.read_setpoint_c() == 22.0


def test_a_set_point_that_it_confirms_and_does_not_keep_is_told(rig):
    rig.far_end.faults.stuck.add("2")
    with pytest.raises(DeviceRefused, match="set-point 800 C was confirmed, and it kept 22"):
        rig.driver.set_setpoint_c(800.0)


def test_a_broken_sensor_is_told_in_a_register_of_its_own(rig):
    rig.far_end.furnace.faults.broken_sensor = True
    with pytest.raises(SensorBroken, match=r"oven: sensor break \(it shows 1372 C\)"):
        rig.driver.read_temperature_c()
    assert rig.driver.identify() == "EurothermModbus, sensor break (it shows 1372 C), version 0461"


def test_a_huge_value_is_a_broken_sensor_too(rig):
    rig.far_end.furnace.faults.broken_sensor = True
    rig.far_end.tells_break, rig.far_end.shows_broken_c = False, 3276.7
    with pytest.raises(SensorBroken, match=r"it shows 3276.7 C: expected -200 to 2300 C"):
        rig.driver.read_temperature_c()


def test_a_register_that_is_not_there_is_no_sensor(on):
    rig = on(EurothermModbusSimulator(lambda: 0.0), sensor_break_register=1000)
    with pytest.raises(BadReply, match="expected 0 or 1 for sensor break, got 23130"):
        rig.driver.read_temperature_c()


def test_a_float_that_is_no_number_is_a_bad_reply(scripted):
    on = scripted({rtu("02 03 80 04 00 02"): rtu("02 03 04 7F C0 00 00")}, area="ieee")
    with pytest.raises(BadReply, match="expected a number in register 2"):
        on.driver.read_setpoint_c()


@pytest.mark.parametrize("register", ["6", "8", "9"])
def test_terms_that_it_does_not_keep_are_told(rig, register):
    rig.far_end.faults.stuck.add(register)
    with pytest.raises(DeviceRefused, match=f"in register {register} was confirmed, and it kept"):
        rig.driver.set_pid(Pid(20.0, 300.0, 40.0))


@pytest.mark.parametrize(("stuck", "pid"), [("6", Pid(2.0, 100.0, 15.0)), ("9", Pid(1.0, 100.0, 0.0))])
def test_terms_that_it_keeps_by_chance_are_told(rig, stuck, pid):
    tuning = rig.far_end.furnace.tuning
    tuning.band_k = tuning.derivative_s = 1.0
    rig.far_end.faults.stuck.add(stuck)
    with pytest.raises(DeviceRefused, match=f"[02] in register {stuck} was confirmed, and it kept 1"):
        rig.driver.set_pid(pid)


def test_a_controller_that_keeps_whole_degrees_is_believed(scripted):
    write = rtu("02 06 00 02 00 FE")
    on = scripted({write: write, rtu("02 03 00 02 00 01"): rtu("02 03 02 00 FA")}, check_decimals=False)
    on.driver.set_setpoint_c(25.4)


def test_a_gateway_may_hand_the_bytes_of_the_line_on(on):
    class Gateway(EurothermModbusSimulator):
        def session(self, _wire):
            return super().session("serial")

    assert on(Gateway(lambda: 0.0), framing="rtu").driver.read_temperature_c() == 22.0


@pytest.mark.parametrize(
    "keys",
    [
        {"decimals": 2},
        {"unit": 0},
        {"unit": 248},
        {"setpoint_min": 100.0, "setpoint_max": 100.0},
        {"group": 1},
        {"framing": "tcp"},
        {"area": "float"},
        {"area": "ieee", "decimals": 3},
        {"output_decimals": 3},
        {"time_decimals": 3},
        {"sensor_break_register": -1},
        {"sensor_break_register": 65536},
        {"manual_register": -1},
        {"manual_register": 65536},
        {"setpoint_register": -1},
        {"setpoint_register": 16384},
        *[{"setpoint_register": register} for register in (1, 3, 6, 8, 9, 122, 273)],
        {"proportional_units": "K"},
    ],
)
def test_a_file_that_cannot_be_right_is_refused(keys):
    with pytest.raises(ValidationError):
        settings(KLASS, **keys)


def test_two_decimals_are_right_for_what_fits():
    assert settings(KLASS, decimals=2, setpoint_max=327.0).decimals == 2
    assert settings(KLASS, decimals=2, area="ieee").setpoint_max == 1600.0


def test_by_default_it_is_unit_1_with_one_decimal_on_whatever_its_port_is():
    given = settings(KLASS)
    assert (given.unit, given.framing, given.area, given.decimals) == (1, "auto", "integer", 1)
    assert (given.output_decimals, given.time_decimals, given.sensor_break_register) == (1, 0, 258)
    assert (given.setpoint_register, given.manual_register) == (2, 273)
    assert settings(KLASS, sensor_break_register=None, unit=247).unit == 247
    assert settings(KLASS, setpoint_register=16383, manual_register=None).setpoint_register == 16383


def test_more_than_a_degree_off_is_another_set_point(scripted):
    write = rtu("02 06 00 02 00 FA")
    on = scripted({write: write, rtu("02 03 00 02 00 01"): rtu("02 03 02 01 05")}, check_decimals=False)
    with pytest.raises(DeviceRefused, match=r"set-point 25 C was confirmed, and it kept 26\.1"):
        on.driver.set_setpoint_c(25.0)
