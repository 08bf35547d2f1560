"""`Eurotherm` against the simulated controller, over TCP and over a serial line."""

import time

import pytest
from pydantic import ValidationError

from hardware.errors import BadReply, DeviceRefused, LinkDown, NoAnswer, SensorBroken
from hardware.eurotherm_2000.driver import Eurotherm, EurothermSettings
from hardware.eurotherm_2000.simulator import EurothermSimulator
from hardware.exchange import Exchange
from hardware.links.handle import LinkHandle
from hardware.simulation import serve_pty, serve_tcp
from hardware.temperature import Pid
from tests.hardware.scripted import Heard, On, Scripted


class Bench:
    """A driver on a wire to a simulated controller."""

    def __init__(self, serve, timeout_s=2.0, **settings) -> None:
        self.simulator = EurothermSimulator(lambda: 0.0)
        self.served = serve(self.simulator)
        self.handle = LinkHandle(self.served.address, timeout_s)
        self.exchange = Exchange("furnace", self.handle, terminator=Eurotherm.terminator, timeout_s=timeout_s)
        given = {"name": "furnace", "klass": "Eurotherm", "port": self.served.address} | settings
        self.controller = Eurotherm(EurothermSettings.model_validate(given), self.exchange)

    def close(self):
        self.handle.revoke("the test is over")
        self.served.close()


@pytest.fixture
def benches():
    made = []

    def make(*args, **kwargs):
        made.append(Bench(*args, **kwargs))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(params=[serve_tcp, serve_pty], ids=["tcp", "serial"])
def serve(request):
    return request.param


@pytest.fixture
def bench(benches, serve):
    return benches(serve)


def test_temperature_setpoint_and_output_are_read(bench):
    controller = bench.controller
    read = controller.read_temperature_c(), controller.read_setpoint_c(), controller.read_output_percent()
    assert read == (22.0, 22.0, 0.0)


def test_a_setpoint_is_written(bench):
    bench.controller.set_setpoint_c(800.04)
    assert bench.controller.read_setpoint_c() == 800.0


@pytest.mark.parametrize("setpoint_c", [-0.1, 1600.1, float("nan"), float("inf")])
def test_a_setpoint_out_of_range_is_refused_before_anything_is_sent(bench, setpoint_c):
    with pytest.raises(ValueError, match="expected 0 to 1600 C"):
        bench.controller.set_setpoint_c(setpoint_c)
    assert bench.handle.opened == 0


def test_the_controllers_own_limit_is_told_in_words(bench):
    with pytest.raises(DeviceRefused, match="set-point 1500 C refused: the value is over a limit"):
        bench.controller.set_setpoint_c(1500.0)
    assert bench.controller.read_setpoint_c() == 22.0


def test_another_station_stays_silent(benches, serve):
    bench = benches(serve, timeout_s=0.05, unit=2)
    with pytest.raises(NoAnswer):
        bench.controller.read_temperature_c()


def test_a_damaged_answer_is_a_bad_reply(bench):
    bench.simulator.faults.garble = True
    with pytest.raises(BadReply):
        bench.controller.read_temperature_c()
    bench.simulator.faults.garble = False
    assert bench.controller.read_temperature_c() == 22.0


def test_hanging_up_after_a_write_leaves_its_outcome_unknown(bench):
    bench.controller.read_setpoint_c()
    bench.simulator.faults.disconnect = True
    with pytest.raises(LinkDown):
        bench.controller.set_setpoint_c(800.0)
    assert bench.simulator.writes == 1


def test_a_guard_prevents_the_write(bench):
    def too_late():
        raise TimeoutError

    with pytest.raises(TimeoutError), bench.exchange.guarded(too_late):
        bench.controller.set_setpoint_c(800.0)
    assert bench.simulator.writes == 0


def test_it_follows_a_real_clock():
    simulator = EurothermSimulator(time.monotonic, speed=100_000.0)
    served = serve_tcp(simulator)
    handle = LinkHandle(served.address, 2.0)
    exchange = Exchange("furnace", handle, timeout_s=2.0)
    settings = EurothermSettings(name="furnace", klass="Eurotherm", port=served.address)
    controller = Eurotherm(settings, exchange)
    controller.set_setpoint_c(800.0)
    while controller.read_temperature_c() < 799.0:
        pass
    handle.revoke("the test is over")
    served.close()


def frame(text):
    body = text + b"\x03"
    check = 0
    for byte in body:
        check ^= byte
    return b"\x02" + body + bytes([check])


def ask(text):
    return b"\x040011" + text + b"\x05"


@pytest.fixture
def scripted(request):
    def make(answers, **keys):
        on = On("Eurotherm", Scripted(answers), **keys)
        request.addfinalizer(on.close)
        return on

    return make


def test_each_reading_is_this_question(scripted):
    answers = {
        ask(b"PV"): bytes.fromhex("02 50 56 31 36 2E 34 03 18"),
        ask(b"SO"): frame(b"SO>FFDF"),
        ask(b"SL"): frame(b"SL 22.0"),
        ask(b"OP"): frame(b"OP12.5"),
        ask(b"XP"): frame(b"XP20.0"),
        ask(b"TI"): frame(b"TI360"),
        ask(b"TD"): frame(b"TD60"),
    }
    controller = scripted(answers).driver
    assert controller.read_temperature_c() == 16.4
    assert controller.read_setpoint_c() == 22.0
    assert controller.read_output_percent() == 12.5
    assert controller.read_pid() == Pid(20.0, 360.0, 60.0)


def test_a_set_point_is_these_bytes_and_is_read_back(scripted):
    write = bytes.fromhex("04 30 30 31 31 02 53 4C 32 32 2E 30 03 02")
    on = scripted({write: b"\x06", ask(b"SL"): frame(b"SL22.")})
    on.driver.set_setpoint_c(22.0)
    assert on.far_end.heard == [write, ask(b"SL")]


def test_an_acknowledgement_is_not_believed_where_it_kept_another_number(bench):
    bench.simulator.faults.stuck.add("SL")
    with pytest.raises(DeviceRefused, match="set-point 800 C was acknowledged, and it kept 22"):
        bench.controller.set_setpoint_c(800.0)


def test_a_controller_that_keeps_whole_degrees_is_believed(scripted):
    on = scripted({b"\x040011" + frame(b"SL22.4"): b"\x06", ask(b"SL"): frame(b"SL22")})
    on.driver.set_setpoint_c(22.4)


def test_a_damaged_answer_is_asked_for_once_more(scripted):
    damaged = bytes.fromhex("02 50 56 31 36 2E 35 03 18")
    on = scripted({ask(b"SL"): damaged, b"\x15": frame(b"SL16.4")})
    assert on.driver.read_setpoint_c() == 16.4
    assert on.far_end.heard == [ask(b"SL"), b"\x15"]


def test_a_repeated_answer_is_checked_as_well(scripted):
    on = scripted({ask(b"SL"): b"\x02SL", b"\x15": frame(b"PV16.4")}, timeout_s=0.05)
    with pytest.raises(NoAnswer):
        on.driver.read_setpoint_c()
    on.far_end.answers[ask(b"SL")] = b"?"
    with pytest.raises(BadReply):
        on.driver.read_setpoint_c()


def test_a_write_is_never_repeated(scripted):
    on = scripted({b"\x040011" + frame(b"SL22.0"): b"\x07"})
    with pytest.raises(BadReply):
        on.driver.set_setpoint_c(22.0)
    assert len(on.far_end.heard) == 1


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
def test_what_no_sensor_measures_is_a_broken_one_too(bench, shown):
    bench.simulator.furnace.faults.broken_sensor = True
    bench.simulator.tells_break, bench.simulator.shows_broken_c = False, shown
    with pytest.raises(SensorBroken, match="expected -200 to 2300 C"):
        bench.controller.read_temperature_c()


def test_where_the_status_is_no_word_there_is_no_temperature(scripted):
    on = scripted({ask(b"PV"): frame(b"PV20.0"), ask(b"SO"): b"\x04"})
    with pytest.raises(DeviceRefused, match="does not know the parameter SO"):
        on.driver.read_temperature_c()


def test_off_in_automatic_it_is_never_put_into_manual(bench):
    bench.controller.set_setpoint_c(800.0)
    bench.simulator.furnace.advance(600.0)
    bench.controller.heater_off()
    furnace = bench.simulator.furnace
    assert (furnace.mode, furnace.setpoint_c, furnace.output_percent) == ("auto", 0.0, 0.0)


def test_off_in_manual_its_output_is_put_to_nothing_and_on_is_automatic(bench):
    furnace = bench.simulator.furnace
    furnace.mode, furnace.manual_percent = "manual", 40.0
    bench.controller.heater_off()
    assert (furnace.mode, furnace.setpoint_c, furnace.output_percent) == ("manual", 0.0, 0.0)
    bench.controller.set_setpoint_c(800.0)
    assert bench.controller.read_output_percent() == 0.0
    bench.controller.heater_on()
    assert furnace.mode == "auto"
    assert bench.controller.read_output_percent() == 100.0


@pytest.mark.parametrize("auto_manual", ["", "zz"])
def test_a_heater_that_goes_on_in_manual_is_told_where_the_mnemonic_is_not_known(benches, serve, auto_manual):
    bench = benches(serve, auto_manual=auto_manual)
    furnace = bench.simulator.furnace
    furnace.mode, furnace.manual_percent = "manual", 40.0
    with pytest.raises(DeviceRefused, match="told to stop heating, and its output is still 40 %"):
        bench.controller.heater_off()
    assert furnace.setpoint_c == 0.0


def test_terms_that_it_does_not_take_are_told(bench):
    with pytest.raises(DeviceRefused, match="TI 10000 refused: the value is over a limit"):
        bench.controller.set_pid(Pid(20.0, 10000.0, 1.0))


def test_a_guard_is_asked_before_each_of_several_writes(bench):
    asked = []

    def second_is_too_late():
        asked.append(1)
        if len(asked) == 2:
            raise TimeoutError

    before = bench.controller.read_pid()
    with pytest.raises(TimeoutError), bench.exchange.guarded(lambda: None, second_is_too_late):
        bench.controller.set_pid(Pid(20.0, 30.0, 4.0))
    assert bench.controller.read_pid() == Pid(20.0, before.integral_s, before.derivative_s)


def test_nothing_is_sent_before_it_is_asked_for():
    far_end = Heard(EurothermSimulator(lambda: 0.0))
    on = On("Eurotherm", far_end)
    assert on.handle.opened == 0
    on.driver.read_output_percent()
    assert far_end.data == [ask(b"OP")]
    on.close()


def test_off_and_on_in_manual_are_these_bytes(scripted):
    low, nothing = b"\x040011" + frame(b"SL0.0"), b"\x040011" + frame(b"OP0.0")
    automatic = b"\x040011" + frame(b"mA0")
    answers = {ask(b"SL"): frame(b"SL0.0"), ask(b"OP"): frame(b"OP0.0"), ask(b"mA"): frame(b"mA1")}
    on = scripted(answers | {low: b"\x06", nothing: b"\x06", automatic: b"\x06"})
    on.driver.heater_off()
    written = [data for data in on.far_end.heard if b"\x02" in data]
    assert written == [low, nothing]
    with pytest.raises(DeviceRefused, match="automatic was acknowledged, and it kept 1"):
        on.driver.heater_on()
    assert on.far_end.heard[-2:] == [automatic, ask(b"mA")]


def test_more_than_a_degree_off_is_another_set_point(scripted):
    on = scripted({b"\x040011" + frame(b"SL22.0"): b"\x06", ask(b"SL"): frame(b"SL23.1")})
    with pytest.raises(DeviceRefused, match=r"kept 23\.1"):
        on.driver.set_setpoint_c(22.0)


@pytest.mark.parametrize(
    "keys",
    [
        {"group": -1},
        {"group": 10},
        {"unit": -1},
        {"unit": 10},
        {"sensor_break_bit": -1},
        {"sensor_break_bit": 16},
        {"auto_manual": "m"},
        {"auto_manual": "m A"},
        {"setpoint_min": 1600.0},
        {"reading_max": 0.0},
    ],
)
def test_a_file_that_cannot_be_right_is_refused(keys):
    given = {"name": "furnace", "klass": "Eurotherm", "port": "tcp://127.0.0.1:5026"} | keys
    with pytest.raises(ValidationError):
        EurothermSettings.model_validate(given)


@pytest.mark.parametrize("keys", [{"group": 0, "unit": 0, "sensor_break_bit": 0}, {"group": 9, "unit": 9}])
def test_addresses_and_bits_at_their_ends_are_right(keys):
    given = {"name": "furnace", "klass": "Eurotherm", "port": "tcp://127.0.0.1:5026", "sensor_break_bit": 15} | keys
    assert EurothermSettings.model_validate(given).unit == keys["unit"]
    assert Eurotherm.proportional_units == "C"
