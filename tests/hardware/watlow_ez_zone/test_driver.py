"""`WatlowEZZone`: its bytes, and the hazards of its registers."""

from functools import partial

import pytest
from pydantic import ValidationError

from hardware.errors import BadReply, DeviceRefused, SensorBroken
from hardware.modbus.wire import ModbusWire, to_float
from hardware.simulation import serve_pty
from hardware.temperature import Pid
from hardware.watlow_ez_zone.simulator import WatlowEZZoneSimulator
from tests.hardware.bench import settings
from tests.hardware.scripted import Heard, Scripted, rtu

KLASS = "WatlowEZZone"
ASK_DEGREES, CELSIUS = rtu("01 03 09 BA 00 01"), rtu("01 03 02 00 0F")
ASK_SAVE, SAVES, DOES_NOT = rtu("01 03 09 BE 00 01"), rtu("01 03 02 00 6A"), rtu("01 03 02 00 3B")
WRITE_75 = bytes.fromhex("01 10 08 70 00 02 04 00 00 42 96 23 85")  # [2+T]
WRITTEN_75 = bytes.fromhex("01 10 08 70 00 02 42 73")  # [2+T]
ASK_INTEGRAL, INTEGRAL_360 = rtu("01 03 07 66 00 02"), rtu("01 03 04 00 00 43 B4")
ASK_SETPOINT, SETPOINT_75 = rtu("01 03 08 70 00 02"), rtu("01 03 04 00 00 42 96")


@pytest.fixture
def on(on):
    return partial(on, KLASS)


@pytest.fixture
def rig(on, serve):
    return on(WatlowEZZoneSimulator(lambda: 0.0), serve)


@pytest.fixture
def scripted(on):
    """Over a gateway that hands the bytes of a serial line on."""
    return lambda answers, **keys: on(Scripted(answers), framing="rtu", **keys)


def test_the_vector_of_a_reading(on):  # [2+T]
    answers = {bytes.fromhex("01 03 01 68 00 02 44 2B"): bytes.fromhex("01 03 04 00 00 42 96 4A FD")}
    wire = ModbusWire(on(Scripted(answers)).exchange, framing="rtu")
    assert to_float(wire.read_holding(360, 2), "little") == 75.0


def test_each_reading_is_this_question(scripted):
    answers = {
        ASK_DEGREES: CELSIUS,
        rtu("01 03 01 68 00 04"): rtu("01 03 08 00 00 42 96 00 3D 00 00"),
        ASK_SETPOINT: SETPOINT_75,
        rtu("01 03 07 70 00 02"): rtu("01 03 04 00 00 42 20"),
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
    answers = {ASK_DEGREES: CELSIUS, ASK_INTEGRAL: INTEGRAL_360, save_no: save_no}
    answers |= {WRITE_75: WRITTEN_75, ASK_SETPOINT: SETPOINT_75}
    on = scripted(answers, degrees="C")

    class Once(dict):
        def get(self, key, otherwise):
            first = on.far_end.heard.count(ASK_SAVE) == 1
            return (SAVES if first else DOES_NOT) if key == ASK_SAVE else answers.get(key, otherwise)

    on.far_end.answers = Once()
    on.driver.set_setpoint_c(75.0)
    on.driver.set_setpoint_c(75.0)
    first = [ASK_DEGREES, ASK_INTEGRAL, ASK_SAVE, save_no, ASK_SAVE, WRITE_75, ASK_SETPOINT]
    assert on.far_end.heard == [*first, ASK_DEGREES, ASK_INTEGRAL, ASK_SAVE, WRITE_75, ASK_SETPOINT]


def test_what_is_not_asked_is_taken_from_its_file(scripted):
    answers = {ASK_INTEGRAL: INTEGRAL_360, WRITE_75: WRITTEN_75, ASK_SETPOINT: SETPOINT_75}
    on = scripted(answers, degrees="F", check_degrees=False, save=True)
    on.driver.set_setpoint_c(215.0 / 9.0)
    assert on.driver.read_setpoint_c() == pytest.approx(215.0 / 9.0)
    assert on.far_end.heard == [ASK_INTEGRAL, WRITE_75, ASK_SETPOINT, ASK_SETPOINT]


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


def test_with_other_degrees_its_heater_is_switched_off_all_the_same(on):
    far_end = WatlowEZZoneSimulator(lambda: 0.0)
    far_end.furnace.setpoint_c = 800.0
    with pytest.raises(DeviceRefused, match="its numbers are in F"):
        on(far_end, degrees="C").driver.heater_off()
    assert far_end.furnace.output_percent == 0.0


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


def test_the_word_order_is_a_setting(on):
    far_end = WatlowEZZoneSimulator(lambda: 0.0)
    far_end.low_word_first = False
    driver = on(far_end, word_order="big").driver
    driver.set_setpoint_c(500.0)
    assert far_end.furnace.setpoint_c == pytest.approx(500.0)
    assert driver.read_temperature_c() == pytest.approx(22.0)


@pytest.mark.parametrize("temperature_c", [22.0, 25.0, 100.0])
def test_in_the_wrong_word_order_nothing_is_believed_or_sent(on, temperature_c):
    far_end = WatlowEZZoneSimulator(lambda: 0.0)
    driver = on(far_end, word_order="big").driver
    far_end.furnace.temperature_c, far_end.furnace.setpoint_c = temperature_c, 22.0
    acts = lambda: driver.set_setpoint_c(500.0), lambda: driver.set_pid(Pid(25.0, 100.0, 10.0))
    for call in (driver.read_temperature_c, driver.read_setpoint_c, driver.read_pid, *acts):
        with pytest.raises(BadReply, match="is its word order right"):
            call()
    assert far_end.writes == 0


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


def test_a_float_that_is_no_number_is_a_bad_reply(scripted):
    on = scripted({rtu("01 03 07 70 00 02"): rtu("01 03 04 00 00 7F C0")})
    with pytest.raises(BadReply, match="expected a number in register 1904"):
        on.driver.read_output_percent()


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


def test_off_is_first_its_control_and_then_the_set_point(on):
    far_end = Heard(WatlowEZZoneSimulator(lambda: 0.0))
    rig = on(far_end, framing="rtu", serve=serve_pty)
    rig.driver.heater_off()
    writes = [data for data in far_end.data if data[1] in (6, 16)]
    assert writes[0] == rtu("01 06 07 58 00 3E")
    assert [data[2:4].hex(" ") for data in writes] == ["07 58", "09 be", "08 70"]


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


def test_a_small_output_is_a_number(scripted):
    assert scripted({rtu("01 03 07 70 00 02"): rtu("01 03 04 C5 AC 37 27")}).driver.read_output_percent() < 1.1e-5


def test_half_a_degree_off_is_another_set_point(scripted):
    answers = {ASK_INTEGRAL: INTEGRAL_360, WRITE_75: WRITTEN_75, ASK_SETPOINT: rtu("01 03 04 00 00 42 97")}
    on = scripted(answers, degrees="C", check_degrees=False, save=True)
    with pytest.raises(DeviceRefused, match=r"75 in register 2160 was confirmed, and it kept 75\.5"):
        on.driver.set_setpoint_c(75.0)
