"""`WatlowEZZone`: its bytes, and the hazards of its registers."""

import pytest
from pydantic import ValidationError

from hardware.errors import BadReply, DeviceRefused, SensorBroken
from hardware.modbus.wire import ModbusWire, to_float
from hardware.temperature import Pid
from hardware.watlow_ez_zone.simulator import WatlowEZZoneSimulator
from tests.hardware.bench import settings
from tests.hardware.scripted import Scripted, rtu
from tests.hardware.watlow_ez_zone.messages import (
    ASK_DEGREES,
    ASK_INTEGRAL,
    ASK_ORDER,
    ASK_OUTPUT,
    ASK_SAVE,
    ASK_SETPOINT,
    CELSIUS,
    DOES_NOT,
    INTEGRAL_360,
    ORDER,
    SAVES,
    SETPOINT_75,
    WRITE_75,
    WRITTEN_75,
)

KLASS = "WatlowEZZone"


def test_the_vector_of_a_reading(on):  # [2+T]
    answers = {bytes.fromhex("01 03 01 68 00 02 44 2B"): bytes.fromhex("01 03 04 00 00 42 96 4A FD")}
    wire = ModbusWire(on(Scripted(answers)).exchange, framing="rtu")
    assert to_float(wire.read_holding(360, 2), "little") == 75.0


def test_each_reading_is_this_question(scripted):
    answers = ORDER | {
        ASK_DEGREES: CELSIUS,
        rtu("01 03 01 68 00 04"): rtu("01 03 08 00 00 42 96 00 3D 00 00"),
        ASK_SETPOINT: SETPOINT_75,
        ASK_OUTPUT: rtu("01 03 04 00 00 42 20"),
        rtu("01 03 07 62 00 02"): rtu("01 03 04 00 00 41 C8"),
        ASK_INTEGRAL: INTEGRAL_360,
        rtu("01 03 07 68 00 02"): rtu("01 03 04 00 00 42 70"),
    }
    controller = scripted(answers, degrees="C").driver
    assert controller.read_temperature_c() == 75.0
    assert controller.read_setpoint_c() == 75.0
    assert controller.read_output_percent() == 40.0
    assert controller.read_pid() == Pid(25.0, 360.0, 60.0)
    assert controller.identify() == "WatlowEZZone, 75 C"


def test_a_set_point_is_these_bytes_and_is_not_saved_and_is_read_back(scripted):
    save_no = rtu("01 06 09 BE 00 3B")
    answers = ORDER | {ASK_DEGREES: CELSIUS, save_no: save_no, WRITE_75: WRITTEN_75}
    on = scripted(answers, degrees="C")

    class Once(dict):
        def get(self, key, otherwise):
            first = on.far_end.heard.count(ASK_SAVE) == 1
            return (SAVES if first else DOES_NOT) if key == ASK_SAVE else answers.get(key, otherwise)

    on.far_end.answers = Once()
    on.driver.set_setpoint_c(75.0)
    on.driver.set_setpoint_c(75.0)
    first = [ASK_DEGREES, ASK_INTEGRAL, *ASK_ORDER, ASK_SAVE, save_no, ASK_SAVE, WRITE_75, ASK_SETPOINT]
    assert on.far_end.heard == [*first, ASK_DEGREES, ASK_INTEGRAL, ASK_SAVE, WRITE_75, ASK_SETPOINT]


def test_what_is_not_asked_is_taken_from_its_file(scripted):
    on = scripted(ORDER | {WRITE_75: WRITTEN_75}, degrees="F", check_degrees=False, save=True)
    on.driver.set_setpoint_c(215.0 / 9.0)
    assert on.driver.read_setpoint_c() == pytest.approx(215.0 / 9.0)
    assert on.far_end.heard == [ASK_INTEGRAL, *ASK_ORDER, WRITE_75, ASK_SETPOINT, ASK_SETPOINT]


def test_set_points_are_not_kept_in_its_memory(rig):
    for setpoint_c in (100.0, 200.0, 300.0):
        rig.driver.set_setpoint_c(setpoint_c)
    assert rig.far_end.zones[1].eeprom_writes == 0


def test_they_are_where_the_file_says_so(on):
    rig = on(WatlowEZZoneSimulator(lambda: 0.0), save=True)
    rig.driver.set_setpoint_c(100.0)
    assert rig.far_end.zones[1].eeprom_writes == 1


@pytest.mark.parametrize(("device", "said", "other"), [(30, "C", "F"), (15, "F", "C")])
def test_with_other_degrees_than_its_file_says_nothing_is_read_or_sent(on, device, said, other):
    far_end = WatlowEZZoneSimulator(lambda: 0.0)
    far_end.zones[1].degrees = device
    driver = on(far_end, degrees=said).driver
    reads = driver.read_temperature_c, driver.read_setpoint_c, driver.read_pid
    acts = lambda: driver.set_setpoint_c(800.0), lambda: driver.set_pid(Pid(1.0, 1.0, 1.0))
    for call in (*reads, *acts):
        with pytest.raises(DeviceRefused, match=f"its numbers are in {other}, and its file says degrees: {said}"):
            call()
    assert far_end.writes == 0


def test_degrees_are_one_of_two(scripted):
    on = scripted({ASK_DEGREES: rtu("01 03 02 00 00")})
    with pytest.raises(BadReply, match="for the degrees on the wire, got 0"):
        on.driver.read_setpoint_c()


def test_each_zone_behind_a_gateway_is_so_many_registers_further(on):
    far_end = WatlowEZZoneSimulator(lambda: 0.0)
    driver = on(far_end, zone=3).driver
    far_end.zones[3].furnace.temperature_c = 500.0
    assert driver.read_temperature_c() == pytest.approx(500.0, abs=1e-3)
    driver.set_setpoint_c(600.0)
    driver.set_pid(Pid(25.0, 200.0, 50.0))
    assert driver.read_output_percent() == 100.0
    driver.heater_off()
    zone = far_end.zones[3]
    assert (zone.furnace.mode, zone.furnace.setpoint_c, zone.eeprom_writes) == ("off", pytest.approx(0.0), 0)
    assert [far_end.zones[each].furnace.setpoint_c for each in (1, 2, 4)] == [22.0] * 3


@pytest.mark.parametrize(("code", "words"), [(65, "the sensor is open"), (127, "shorted"), (1, "input error 1")])
def test_an_input_error_is_a_broken_sensor(rig, code, words):
    rig.far_end.furnace.faults.broken_sensor = True
    rig.far_end.input_error, rig.far_end.shows_broken = code, 72.0
    with pytest.raises(SensorBroken, match=words):
        rig.driver.read_temperature_c()


@pytest.mark.parametrize("shown", [9999.0, -1999.0, float("nan"), float("inf")])
def test_what_no_sensor_measures_is_a_broken_one_too(rig, shown):
    rig.far_end.furnace.faults.broken_sensor = True
    rig.far_end.input_error, rig.far_end.shows_broken = 61, shown
    with pytest.raises(SensorBroken, match="expected -200 to 2300 C"):
        rig.driver.read_temperature_c()


@pytest.mark.parametrize("words", ["00 00 7F C0", "00 00 7F 80", "00 00 FF 80"])
def test_a_float_that_is_no_number_is_a_bad_reply(scripted, words):
    told = rtu(f"01 03 04 {words}")
    driver = scripted(ORDER | {ASK_OUTPUT: told, ASK_SETPOINT: told}, check_degrees=False).driver
    for register, call in ((1904, driver.read_output_percent), (2160, driver.read_setpoint_c)):
        with pytest.raises(BadReply, match=f"expected a number in register {register}"):
            call()


def test_the_controllers_own_limit_is_told_in_words(rig):
    with pytest.raises(DeviceRefused, match="Modbus exception 3: value not allowed"):
        rig.driver.set_setpoint_c(1500.0)


@pytest.mark.parametrize(
    ("register", "act"),
    [
        ("2160", lambda driver: driver.set_setpoint_c(800.0)),
        ("2494", lambda driver: driver.set_setpoint_c(800.0)),
        ("1890", lambda driver: driver.set_pid(Pid(11.0, 12.0, 13.0))),
        ("1894", lambda driver: driver.set_pid(Pid(11.0, 12.0, 13.0))),
        ("1896", lambda driver: driver.set_pid(Pid(11.0, 12.0, 13.0))),
        ("1880", lambda driver: driver.heater_off()),
    ],
)
def test_what_it_confirms_and_does_not_keep_is_told(rig, register, act):
    rig.far_end.faults.stuck.add(register)
    with pytest.raises(DeviceRefused, match=f"in register {register} was confirmed, and it kept"):
        act(rig.driver)


@pytest.mark.parametrize(
    "keys",
    [
        {"zone": 0},
        {"zone": 14},
        {"unit": 0},
        {"word_order": "low"},
        {"degrees": "K"},
        {"zone_offset": 2495},
        {"unit": 248},
        {"zone_offset": 5001},
        {"framing": "tcp"},
    ],
)
def test_a_file_that_cannot_be_right_is_refused(keys):
    with pytest.raises(ValidationError):
        settings(KLASS, **keys)


def test_by_default_it_is_as_it_leaves_the_factory():
    given = settings(KLASS)
    assert (given.unit, given.zone, given.zone_offset, given.framing) == (1, 1, 5000, "auto")
    assert (given.word_order, given.degrees, given.check_degrees, given.save) == ("little", "F", True, False)
    assert settings(KLASS, unit=247, zone=13).zone == 13


@pytest.mark.parametrize(
    ("words", "kept"), [("00 00 42 97", "75.5"), ("3D 71 42 96", "75.12"), ("C2 8F 42 95", "74.88")]
)
def test_more_than_a_tenth_of_a_degree_off_is_another_set_point(scripted, words, kept):
    answers = ORDER | {WRITE_75: WRITTEN_75, ASK_SETPOINT: rtu(f"01 03 04 {words}")}
    on = scripted(answers, degrees="C", check_degrees=False, save=True)
    with pytest.raises(DeviceRefused, match=f"75 in register 2160 was confirmed, and it kept {kept}"):
        on.driver.set_setpoint_c(75.0)


def test_what_it_rounds_to_a_tenth_is_kept(scripted):
    answers = ORDER | {WRITE_75: WRITTEN_75, ASK_SETPOINT: rtu("01 03 04 1E B8 42 96")}  # 75.06
    scripted(answers, degrees="C", check_degrees=False, save=True).driver.set_setpoint_c(75.0)
