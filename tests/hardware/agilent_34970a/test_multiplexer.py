"""`AgilentMultiplexer` against the simulated device, over TCP as a 34972A and over RS-232 as a 34970A."""

import pytest
from pydantic import ValidationError

from hardware.agilent_34970a.driver import AgilentGPActuator
from hardware.agilent_34970a.multiplexer import AgilentMultiplexer, AgilentMultiplexerSettings
from hardware.agilent_34970a.simulator import CARD_34901A, CARD_34903A
from hardware.errors import BadChannel, BadReply, DeviceRefused, NoAnswer, NotSent
from hardware.exchange import Exchange
from hardware.gauge import GaugeState, Reading
from hardware.links.handle import LinkHandle
from hardware.simulation import serve_pty, serve_tcp
from tests.hardware.agilent_34970a.heard import Heard
from tests.hardware.bench import On, maker, settings

KEYS = {
    "name": "mux",
    "klass": "AgilentMultiplexer",
    "port": "tcp://h:1",
    "gauges": {"furnace_tc": "303", "bakeout": "304", "pirani": "320"},
    "measure": {"303": "TC,K", "304": "RTD,85", "320": "VOLT"},
}
CONFIGURATION = [
    "SYST:CTYP? 300",
    "ROUT:CLOS? (@301:320)",
    "ABOR",
    "CONF:TEMP TC,K,(@303)",
    "CONF:TEMP RTD,85,(@304)",
    "CONF:VOLT:DC (@320)",
    "FORM:READ:ALAR OFF",
    "FORM:READ:CHAN ON",
    "FORM:READ:TIME OFF",
    "FORM:READ:UNIT ON",
    "TRIG:SOUR TIMER",
    "TRIG:TIMER 0",
    "TRIG:COUNT 1",
    "ROUT:SCAN (@303:304,320)",
    "SYST:ERR?",
    "ROUT:SCAN?",
]


class Bench(On):
    """A driver on a wire to a simulated device, and whoever else uses that device."""

    def __init__(self, serve, cards=None, *, keys=KEYS, timeout_s=2.0) -> None:
        self.simulator = Heard(cards or {1: CARD_34903A, 3: CARD_34901A})
        channels = tuple(keys["gauges"].values())
        super().__init__("AgilentMultiplexer", self.simulator, serve, channels, timeout_s=timeout_s, **keys)
        self.mux = self.driver
        self.handles = [self.handle]
        self.other = self.simulator.session("tcp")

    def actuator(self, *channels, **keys):
        self.handles.append(LinkHandle(self.served.address, 2.0))
        exchange = Exchange("mux", self.handles[-1], terminator=AgilentGPActuator.terminator, timeout_s=2.0)
        return AgilentGPActuator(settings("AgilentGPActuator", **keys), exchange, channels)

    def close(self):
        for handle in self.handles[1:]:
            handle.revoke("the test is over")
        super().close()


@pytest.fixture
def benches(request):
    return maker(request, Bench)


@pytest.fixture
def bench(benches, serve):
    return benches(serve)


def test_each_look_is_one_scan_of_what_the_file_says(bench):
    bench.simulator.shown.update({"303": 812.5, "304": -0.1, "320": 4.2715e-3})
    assert bench.mux.read_all() == {"303": Reading(812.5), "304": Reading(-0.1), "320": Reading(4.2715e-3)}
    assert bench.mux.read("320") == Reading(4.2715e-3)


def test_over_tcp_the_wire_carries_exactly_this(benches):
    bench = benches(serve_tcp)
    bench.mux.read_all()
    greeting = ["SYST:ERR?", "ROUT:CLOS? (@301:303)", "SYST:ERR?"]
    assert bench.simulator.lines == [*greeting, "ROUT:SCAN?", *CONFIGURATION, "READ?", "SYST:ERR?"]
    del bench.simulator.lines[:]
    bench.mux.read("303")
    assert bench.simulator.lines == ["ROUT:SCAN?", "ROUT:CLOS? (@301:320)", "READ?", "SYST:ERR?"]


def test_it_never_resets_the_instrument(bench):
    bench.mux.read_all()
    bench.mux.identify()
    bench.handles[0].drop()
    bench.mux.read_all()
    assert not [line for line in bench.simulator.lines if "*" in line and line != "*IDN?"]


def test_over_rs232_it_asks_for_remote_mode_first(benches):
    bench = benches(serve_pty)
    bench.mux.read_all()
    assert bench.simulator.lines[0] == "SYST:REM"


def test_each_channel_has_its_units(bench):
    assert [bench.mux.units_of(channel) for channel in ("303", "304", "320")] == ["C", "C", "V"]
    assert bench.mux.units == "as configured"
    with pytest.raises(BadChannel, match="does not say what it measures"):
        bench.mux.units_of("305")


def test_channels_of_one_kind_give_their_units_to_the_whole(benches):
    keys = {**KEYS, "gauges": {"a": "303", "b": "304"}, "measure": {"303": "TC,K", "304": "TC,R"}}
    assert benches(serve_tcp, keys=keys).mux.units == "C"


def test_to_ask_who_it_is_scans_nothing(bench):
    assert "3497" in bench.mux.identify()
    assert not [line for line in bench.simulator.lines if line.startswith(("READ", "INIT", "CONF", "ROUT:SCAN "))]


def test_a_torn_thermocouple_is_a_state(bench):
    bench.simulator.shown["303"] = "+9.9E+37"
    assert bench.mux.read("303") == Reading(None, GaugeState.OVER, "+9.90000000E+37")


def test_relays_of_another_card_stay_where_they_are(bench):
    bench.simulator.relays["101"] = True
    bench.mux.read_all()
    bench.mux.read_all()
    assert bench.simulator.relays["101"]
    assert bench.simulator.moves == 0


@pytest.mark.parametrize("scan_list", [[], ["303"], ["305"], ["303", "304", "320"]])
def test_a_card_with_a_closed_relay_is_not_scanned_whoever_has_scanned_it_before(bench, scan_list):
    bench.simulator.scanner.scan_list = scan_list
    bench.simulator.relays["305"] = True
    with pytest.raises(DeviceRefused, match="channel 305 is closed, and not by a scan: a scan would open it"):
        bench.mux.read_all()
    assert bench.simulator.relays["305"]
    assert "READ?" not in bench.simulator.lines
    bench.simulator.relays["305"] = False
    bench.mux.read_all()


def test_a_relay_that_is_closed_between_two_scans_ends_them(bench):
    bench.mux.read_all()
    bench.simulator.relays["305"] = True
    with pytest.raises(DeviceRefused, match="channel 305 is closed"):
        bench.mux.read_all()
    assert bench.simulator.relays["305"]
    bench.simulator.relays["305"] = False
    assert bench.mux.read("303") == Reading(20.0)


def test_each_card_of_a_scan_is_looked_at(benches):
    keys = {**KEYS, "gauges": {"a": "201", "b": "303"}, "measure": {"201": "VOLT", "303": "TC,K"}}
    bench = benches(serve_tcp, {2: CARD_34901A, 3: CARD_34901A}, keys=keys)
    bench.mux.read_all()
    bench.simulator.relays["320"] = True
    with pytest.raises(DeviceRefused, match="channel 320 is closed"):
        bench.mux.read_all()


def test_a_channel_that_a_scan_has_left_closed_is_no_valve(bench):
    bench.mux.read_all()
    bench.simulator.relays["303"] = True
    assert bench.mux.read("303") == Reading(20.0)


def test_a_channel_of_its_own_that_is_closed_by_hand_is_left_so(bench):
    bench.simulator.relays["303"] = True
    with pytest.raises(DeviceRefused, match="channel 303 is closed"):
        bench.mux.read_all()
    assert bench.simulator.relays["303"]


def test_a_scan_list_of_other_channels_than_it_was_told_is_not_scanned(benches):
    bench = benches(serve_tcp)
    set_list = bench.simulator.scanner._set_list
    bench.simulator.scanner._set_list = lambda channels: set_list([*channels[:-1], "319"])
    with pytest.raises(DeviceRefused, match="its scan list is 303,304,319, not what it was told"):
        bench.mux.read_all()
    assert "READ?" not in bench.simulator.lines


@pytest.mark.parametrize(
    ("cards", "found"), [({1: CARD_34901A}, "no card"), ({1: CARD_34901A, 3: CARD_34903A}, "a 34903A")]
)
def test_a_slot_without_a_multiplexer_is_not_scanned(benches, cards, found):
    keys = {**KEYS, "gauges": {"a": "101", "b": "303"}, "measure": {"101": "VOLT", "303": "TC,K"}}
    bench = benches(serve_tcp, cards, keys=keys)
    with pytest.raises(DeviceRefused, match=f"slot 3 has {found}, not a 34901A"):
        bench.mux.read_all()
    assert "READ?" not in bench.simulator.lines
    assert "ABOR" not in bench.simulator.lines


def test_a_scan_list_that_somebody_else_made_is_not_scanned(benches):
    bench = benches(serve_tcp, {2: CARD_34901A, 3: CARD_34901A})
    bench.mux.read_all()
    bench.other.feed(b"ROUT:CLOS (@205)\nROUT:SCAN (@201,303)\n")
    bench.mux.read_all()
    assert bench.simulator.relays["205"], "a scan of the other card would have opened it"
    assert bench.simulator.scanner.scan_list == ["303", "304", "320"]


def test_a_scan_that_somebody_else_began_is_ended(bench):
    bench.other.feed(b"CONF:VOLT:DC (@301)\nTRIG:SOUR BUS\nINIT\n")
    assert bench.mux.read("303") == Reading(20.0)


def test_a_format_that_somebody_else_set_is_noticed_and_set_again(bench):
    bench.mux.read_all()
    bench.other.feed(b"FORM:READ:UNIT OFF\n")
    with pytest.raises(BadReply, match="expected a reading"):
        bench.mux.read_all()
    assert bench.mux.read("303") == Reading(20.0)


def test_readings_in_other_units_are_no_readings(bench):
    bench.simulator.scanner.words["TEMP"] = "F"
    with pytest.raises(BadReply, match=r"expected a reading like \+2.61950000E\+01 C, got '\+2.00000000E\+01 F'"):
        bench.mux.read_all()


@pytest.mark.parametrize("space", ["", "  "])
def test_however_the_units_are_set_off_they_are_read(bench, space):
    bench.simulator.scanner.space = space
    assert bench.mux.read("303") == Reading(20.0)


def test_what_the_device_refuses_is_told_in_its_words(benches):
    bench = benches(serve_tcp)
    bench.mux.read_all()
    feed = bench.simulator.next_error

    def refusing(_wire):
        bench.simulator.next_error = feed
        return (261, "Not able to execute while scan initiated")

    bench.simulator.next_error = refusing
    with pytest.raises(DeviceRefused, match=r"^mux: \+261 Not able to execute while scan initiated$"):
        bench.mux.read_all()
    assert bench.mux.read("303") == Reading(20.0)
    assert bench.handles[0].opened == 1


def test_a_scan_that_waits_for_a_trigger_is_no_answer_and_is_begun_anew(benches):
    bench = benches(serve_tcp, timeout_s=0.1)
    bench.mux.read_all()
    bench.other.feed(b"TRIG:SOUR BUS\n")
    with pytest.raises(NoAnswer, match="READ"):
        bench.mux.read_all()
    assert bench.mux.read("303") == Reading(20.0)


def test_switched_off_and_on_it_is_told_anew_what_to_measure(bench):
    bench.mux.read_all()
    bench.simulator.scanner.scan_list.clear()
    bench.handles[0].drop()
    del bench.simulator.lines[:]
    bench.mux.read_all()
    assert "CONF:TEMP TC,K,(@303)" in bench.simulator.lines


def test_it_scans_those_of_its_file_in_the_order_of_their_numbers(bench):
    keys = {**KEYS, "gauges": {"pirani": "320", "furnace_tc": "303", "bakeout": "304"}}
    mux = AgilentMultiplexer(AgilentMultiplexerSettings.model_validate(keys), bench.exchange)
    bench.simulator.shown.update({"303": 1.0, "304": 2.0, "320": 3.0})
    assert mux.read_all() == {"303": Reading(1.0), "304": Reading(2.0), "320": Reading(3.0)}
    assert bench.simulator.scanner.scan_list == ["303", "304", "320"]


def test_a_channel_that_the_file_does_not_tell_of_is_refused(bench):
    with pytest.raises(BadChannel, match="channel 305: its file does not say what it measures"):
        bench.mux.read("305")
    with pytest.raises(BadChannel):
        AgilentMultiplexer(AgilentMultiplexerSettings.model_validate(KEYS), bench.exchange, ["303", "305"])
    assert bench.handles[0].opened == 0


def test_no_valve_is_switched_on_a_card_that_is_scanned(bench):
    bench.mux.read_all()
    if bench.served.port == 0:
        bench.handles[0].revoke("a serial port has one user")
    actuator = bench.actuator("305", multiplexer_cards=[3])
    with pytest.raises(NotSent, match="slot 3 is in the scan list, and a scan opens all relays of its card"):
        actuator.set("305", True)
    with pytest.raises(NotSent, match="slot 3"):
        actuator.read_all()
    assert bench.simulator.moves == 0


def test_valves_and_a_multiplexer_live_on_two_cards_of_one_instrument(benches):
    bench = benches(serve_tcp)
    actuator = bench.actuator("101", "102")
    actuator.set("101", True)
    bench.mux.read_all()
    assert actuator.read_all() == {"101": True, "102": False}
    bench.mux.read_all()
    assert bench.simulator.moves == 1


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"measure": {"303": "TC,K", "304": "RTD,85"}}, "what does channel 320 measure"),
        ({"measure": {**KEYS["measure"], "305": "VOLT"}}, "no gauge has channel 305"),
        ({"measure": {**KEYS["measure"], "303": "TC"}}, "expected TC,K"),
        ({"gauges": {**KEYS["gauges"], "furnace_tc": "321"}}, "expected slot 1-3 and channel 01-20"),
        ({"relay_slots": [1, 3]}, "slot 3 is one of relay_slots, and a scan opens all relays of its card"),
        ({"relay_slots": [4]}, "Input should be 1, 2 or 3"),
        ({"timeout": 61.0}, "less than or equal to 60"),
        ({"klass": "Eurotherm"}, "AgilentMultiplexer"),
        ({"unit": "C"}, "Extra inputs"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(keys, text):
    with pytest.raises(ValidationError, match=text):
        AgilentMultiplexerSettings.model_validate({**KEYS, **keys})


def test_relay_slots_that_are_not_scanned_are_well():
    assert AgilentMultiplexerSettings.model_validate({**KEYS, "relay_slots": [1, 2]}).timeout == 5.0
