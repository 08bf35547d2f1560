"""`T4Actuator` and `T7Actuator` against the simulated devices: the hazards, one by one."""

import socket
import struct
from types import SimpleNamespace

import pytest
import structlog
from pydantic import ValidationError

from hardware.errors import BadChannel, BadReply, DeviceRefused, NoState, NotSent
from hardware.exchange import Exchange
from hardware.labjack_t.driver import T4Actuator, T7Actuator
from hardware.labjack_t.simulator import T4Simulator, T7Simulator
from hardware.links.handle import LinkHandle
from hardware.modbus.wire import ModbusWire
from hardware.simulation import serve_tcp

KINDS = {"T4": (T4Actuator, T4Simulator), "T7": (T7Actuator, T7Simulator)}


class Clock:
    """Seconds, by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def heard(kind):
    """Return a kind of simulator that remembers its requests: (function, address, rest)."""

    class Heard(kind):
        def __init__(self, clock) -> None:
            self.requests = []
            super().__init__(clock)

        def session(self, wire):
            inner = super().session(wire)
            feed = inner.feed

            def remember(data):
                function, address = struct.unpack(">BH", data[7:10])
                self.requests.append((function, address, data[10:]))
                return feed(data)

            inner.feed = remember
            return inner

    return Heard


class Bench:
    """A driver on a connection to a simulated device, with a clock of its own."""

    def __init__(self, model, channels, **keys) -> None:
        self.kind, simulated = KINDS[model]
        self.clock = Clock()
        self.simulator = heard(simulated)(self.clock)
        self.served = serve_tcp(self.simulator)
        self.address = self.served.address
        self.handles = []
        self.keys = {
            "name": "labjack",
            "klass": self.kind.__name__,
            "port": self.address,
            "valve_opens_when": "relay_closed",
            **keys,
        }
        self.driver = self.another(channels)
        self.handle = self.handles[0]

    def another(self, channels):
        """Return one more driver, with a connection of its own."""
        settings = self.kind.settings_model.model_validate(self.keys)
        self.handles.append(LinkHandle(self.address, 2.0))
        exchange = Exchange("labjack", self.handles[-1], terminator=self.kind.terminator, timeout_s=2.0)
        return self.kind(settings, exchange, channels)

    def power_cycle(self):
        """Switch the device off and on: what is in its flash memory stays."""
        self.served.close()
        kept = self.simulator.watchdog
        self.simulator = type(self.simulator)(self.clock)
        self.simulator.watchdog = kept
        self.served = serve_tcp(self.simulator, port=self.served.port)

    def close(self):
        for handle in self.handles:
            handle.revoke("the test is over")
        self.served.close()


@pytest.fixture
def benches():
    made = []

    def make(model="T4", channels=("FIO4", "EIO0", "CIO0"), **keys):
        made.append(Bench(model, channels, **keys))
        return made[-1]

    yield make
    for each in made:
        each.close()


def functions(simulator):
    return {function for function, _, _ in simulator.requests}


@pytest.mark.parametrize("model", ["T4", "T7"])
def test_the_register_of_a_single_line_is_never_read(benches, model):
    bench = benches(model)
    for channel in bench.driver.channels:
        bench.driver.set(channel, True)
        bench.driver.read(channel)
    bench.driver.read_all()
    bench.driver.identify()
    reads = [(address, data) for function, address, data in bench.simulator.requests if function in (3, 4)]
    touched = {at for address, data in reads for at in range(address, address + int.from_bytes(data, "big"))}
    assert not touched & set(range(2000, 2023))
    assert [bench.simulator.relays[channel] for channel in bench.driver.channels] == [True] * 3


def test_a_driver_that_read_it_would_drop_the_valve(benches):
    bench = benches("T7")
    bench.driver.set("FIO4", True)
    careless = ModbusWire(bench.driver.exchange)
    assert careless.read_holding(2004, 1) == [1]  # what it reads is still true
    assert (bench.simulator.relays["FIO4"], bench.simulator.moves) == (False, 2)
    assert bench.driver.read_all() == {}


@pytest.mark.parametrize("model", ["T4", "T7"])
def test_to_open_the_link_and_look_writes_nothing(benches, model):
    bench = benches(model)
    bench.driver.read_all()
    bench.driver.identify()
    assert functions(bench.simulator) == {3}
    assert bench.simulator.analog == set(bench.simulator.flexible)


def test_a_line_is_switched_by_its_own_register_and_looked_at_by_the_bank(benches):
    bench = benches("T7")
    bench.driver.read_all()
    bench.simulator.requests.clear()
    bench.driver.set("FIO4", True)
    bench.driver.set("FIO4", False)
    looked = (3, 2850, b"\0\2")
    assert bench.simulator.requests == [(6, 2004, b"\0\1"), looked, (6, 2004, b"\0\0"), looked]


def test_all_lines_are_read_with_as_many_questions_as_one(benches):
    for model, banks in (("T4", [2850, 2880, 2800]), ("T7", [2850, 2800])):
        bench = benches(model)
        bench.driver.set("FIO4", True)
        bench.simulator.requests.clear()
        bench.driver.read("FIO4")
        bench.driver.read_all()
        assert bench.simulator.requests == 2 * [(3, bank, b"\0\2") for bank in banks]


def test_without_channels_nothing_is_asked(benches):
    bench = benches(channels=())
    assert bench.driver.read_all() == {}
    assert bench.handle.opened == 0


@pytest.mark.parametrize("level", [True, False])
@pytest.mark.parametrize("model", ["T4", "T7"])
def test_an_input_is_in_no_state_whatever_its_level_is(benches, model, level):
    bench = benches(model)
    if not level:
        bench.simulator.pulled_up.clear()
    bench.driver.set("EIO0", False)
    assert bench.driver.read_all() == {"EIO0": False}
    why = "it is an input, and drives nothing until it is told to"
    assert bench.driver.whys == {"FIO4": why, "CIO0": why}
    with pytest.raises(NoState, match=f"^labjack: FIO4: {why}$"):
        bench.driver.read("FIO4")
    bench.driver.set("FIO4", False)
    assert bench.driver.read("FIO4") is False
    assert bench.handle.opened == 1


def test_lines_in_no_state_are_logged_once(benches):
    bench = benches("T7", channels=("FIO4",))
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            bench.driver.read_all()
    assert [log["channels"] for log in logs if log["event"] == "device.no_state"] == [bench.driver.whys]


@pytest.mark.parametrize("model", ["T4", "T7"])
def test_after_a_power_cycle_none_is_in_a_state_and_nothing_is_driven_by_itself(benches, model):
    bench = benches(model)
    for channel in bench.driver.channels:
        bench.driver.set(channel, True)
    bench.power_cycle()
    assert bench.driver.read_all() == {}
    assert functions(bench.simulator) == {3}
    bench.driver.set("EIO0", True)
    assert bench.driver.read_all() == {"EIO0": True}
    assert bench.simulator.outputs == {"EIO0"}


def test_only_the_analog_bit_of_the_line_that_is_driven_is_cleared_and_only_once(benches):
    bench = benches("T4")
    bench.driver.set("FIO4", True)
    assert bench.simulator.analog == {"FIO5", "FIO6", "FIO7", "EIO0", "EIO1", "EIO2", "EIO3"}
    bench.driver.set("FIO4", False)
    bench.driver.set("CIO0", True)  # never analog
    written = [(address, data) for function, address, data in bench.simulator.requests if function == 16]
    assert written == [(2880, b"\0\2\4\0\0\x0f\xe0")]


def test_a_line_that_an_inhibit_mask_keeps_analog_is_not_taken_for_switched(benches):
    bench = benches("T4")
    bench.simulator.inhibit = 0x10
    with pytest.raises(DeviceRefused, match=r"^labjack: FIO4 stays an analog input: its DIO_INHIBIT is 0x10, "):
        bench.driver.set("FIO4", True)
    assert (2004 in {address for _, address, _ in bench.simulator.requests}, bench.simulator.moves) == (False, 0)


def test_a_line_that_stays_an_input_is_not_taken_for_switched(benches):
    bench = benches("T7")
    bench.simulator._drive = lambda *_: None
    with pytest.raises(DeviceRefused, match=r"^labjack: FIO4 was written, and is still an input$"):
        bench.driver.set("FIO4", True)


def test_what_stands_is_left_alone_by_a_second_program(benches):
    bench = benches("T4")
    bench.driver.set("FIO4", True)
    second = bench.another(("FIO4", "EIO0"))
    assert second.read_all() == {"FIO4": True}
    second.set("EIO0", True)
    assert bench.driver.read_all() == {"FIO4": True, "EIO0": True}
    assert bench.simulator.moves == 2


@pytest.mark.parametrize("model", ["T4", "T7"])
def test_it_says_who_it_is(benches, model):
    assert benches(model).driver.identify() == f"LabJack {model}, serial number 440012345, firmware 1.0030"


def test_another_model_is_refused_when_the_link_is_opened(benches):
    bench = benches("T4")
    bench.simulator.product = 7.0
    with pytest.raises(NotSent, match=r"it is a T7, and T4Actuator is for a T4 \(when the link was opened\)"):
        bench.driver.set("FIO4", True)
    assert bench.simulator.moves == 0


def test_what_is_no_labjack_is_refused_when_the_link_is_opened(benches):
    bench = benches("T7")
    numbers = bench.simulator._numbers
    bench.simulator._numbers = lambda: numbers() | {55100: 0x22330011}
    with pytest.raises(NotSent, match="its TEST register is 22330011, not 00112233: no LabJack of the T series"):
        bench.driver.set("FIO4", True)
    assert bench.simulator.moves == 0


def test_what_is_no_labjack_any_more_does_not_say_who_it_is(benches):
    bench = benches("T7")
    bench.driver.read_all()
    numbers = bench.simulator._numbers
    bench.simulator._numbers = lambda: numbers() | {55100: 0x22330011}
    with pytest.raises(BadReply, match="no LabJack of the T series"):
        bench.driver.identify()


def test_a_third_connection_is_hung_up_on_and_told_so(benches):
    bench = benches("T7")
    bench.driver.read_all()
    second, third = bench.another(("FIO4",)), bench.another(("FIO4",))
    second.read_all()
    for _ in range(2):
        with pytest.raises(NotSent, match="a LabJack takes two connections at once: most likely both are taken"):
            third.set("FIO4", True)
    assert bench.simulator.moves == 0
    bench.driver.set("FIO4", True)
    second.read_all()
    assert third.exchange.opened == 2  # once per try, not again and again


def test_a_refused_connection_is_told_so(benches):
    bench = benches("T7")
    bench.served.close()
    with pytest.raises(
        NotSent, match="Connection refused: it is not there, or a LabJack takes two connections at once"
    ):
        bench.driver.read("FIO4")


def test_a_driver_that_was_cut_off_says_only_that(benches):
    bench = benches("T7")
    bench.handle.revoke("it hung")
    with pytest.raises(NotSent, match=r"^labjack: not used any more: it hung$"):
        bench.driver.read("FIO4")


def test_a_refusal_in_the_devices_own_words_keeps_the_link(benches):
    bench = benches("T7", channels=("FIO4",))
    bench.driver.read_all()
    bench.simulator.lines = bench.simulator.lines[5:]
    with pytest.raises(DeviceRefused, match=r"^labjack: Modbus exception 2: no such address$"):
        bench.driver.set("FIO4", True)
    assert bench.handle.opened == 1


def test_channels_that_it_does_not_have_are_refused_before_anything_is_sent(benches):
    bench = benches("T4")
    for call in (
        lambda: bench.driver.set("FIO3", True),
        lambda: bench.driver.read("MIO0"),
        lambda: bench.another(("FIO0",)),
    ):
        with pytest.raises(BadChannel):
            call()
    assert bench.handle.opened == 0


def test_a_guard_that_runs_out_in_the_middle_leaves_the_line_undriven(benches):
    bench = benches("T4")
    bench.driver.read_all()
    acts = []

    def once():
        acts.append(True)
        if len(acts) > 1:
            raise TimeoutError

    with pytest.raises(TimeoutError), bench.driver.exchange.guarded(lambda: None, once):
        bench.driver.set("FIO4", True)
    assert (bench.simulator.moves, bench.simulator.outputs) == (0, set())
    bench.driver.set("FIO4", True)
    assert bench.simulator.relays["FIO4"]


WATCHED = {"watchdog_s": 10, "watchdog_energised": ["EIO0"]}


def test_the_watchdog_is_armed_when_the_link_is_opened_and_moves_nothing(benches):
    bench = benches("T7", **WATCHED)
    bench.driver.read_all()
    assert bench.simulator.watchdog == {
        61600: 1, 61602: 0, 61604: 10, 61606: 0, 61610: 0, 61612: 0, 61620: 0,
        61630: 1, 61632: 0x100, 61634: 0x10110, 61636: 0x7EFEEF,
    }  # fmt: skip
    assert (bench.simulator.moves, bench.simulator.outputs) == (0, set())


def test_while_it_is_looked_at_the_watchdog_does_not_strike(benches):
    bench = benches("T7", **WATCHED)
    bench.driver.set("FIO4", True)
    for bench.clock.now in range(9, 90, 9):
        assert bench.driver.read_all() == {"FIO4": True}


def test_if_the_host_dies_the_lines_go_to_the_safe_state_and_are_read_so(benches):
    bench = benches("T7", **WATCHED)
    bench.driver.set("FIO4", True)
    bench.driver.set("CIO0", True)
    bench.simulator.relays["FIO7"] = True  # a line of another program
    bench.clock.now = 10.5
    bench.simulator.tick()
    lines = {name: bench.simulator.relays[name] for name in ("FIO4", "EIO0", "CIO0", "FIO7")}
    assert lines == {"FIO4": False, "EIO0": True, "CIO0": False, "FIO7": True}
    assert bench.driver.read_all() == {"FIO4": False, "EIO0": True, "CIO0": False}
    bench.driver.set("FIO4", True)
    assert bench.simulator.relays["FIO4"]


def test_after_so_long_a_silence_that_it_may_have_struck_the_link_is_opened_anew(benches):
    bench = benches("T7", **WATCHED)
    bench.driver.read_all()
    bench.driver._heard_at -= 9.5
    bench.driver.read_all()
    assert bench.handle.opened == 1
    bench.driver._heard_at -= 10.0
    bench.driver.read_all()  # whoever uses it reads it again on a new link before it is told anything
    assert bench.handle.opened == 2


def test_how_long_a_talk_took_counts_as_silence(benches, monkeypatch):
    bench = benches("T7", **WATCHED)
    bench.driver.read_all()
    monkeypatch.setattr("hardware.labjack_t.driver.time", SimpleNamespace(monotonic=bench.clock))
    bench.driver._heard_at = bench.clock.now
    registers = bench.simulator.read_registers

    def slowly(*asked):
        bench.clock.now += 5.0
        return registers(*asked)

    bench.simulator.read_registers = slowly
    bench.driver.read_all()
    assert bench.handle.opened == 1
    bench.driver.read_all()
    assert bench.handle.opened == 2


def test_where_no_valve_is_there_is_nothing_to_watch(benches):
    bench = benches("T7", channels=(), watchdog_s=10)
    bench.driver.identify()
    assert bench.simulator.flash_writes == 0


def test_an_armed_watchdog_is_not_written_to_its_flash_again(benches):
    bench = benches("T7", **WATCHED)
    bench.driver.read_all()
    written = bench.simulator.flash_writes
    bench.handle.drop()
    bench.driver.read_all()
    assert (bench.handle.opened, bench.simulator.flash_writes) == (2, written)
    bench.power_cycle()
    bench.driver.read_all()
    assert bench.simulator.flash_writes == 0


def test_a_device_whose_watchdog_cannot_be_armed_is_not_used(benches):
    bench = benches("T7", **WATCHED)
    bench.simulator.watchdog.pop(61636)
    with pytest.raises(NotSent, match=r"Modbus exception 2: no such address \(when the link was opened\)"):
        bench.driver.set("FIO4", True)
    assert bench.simulator.moves == 0


def test_a_device_that_is_watched_is_not_opened_just_to_look(benches):
    assert benches("T7", **WATCHED).driver.disturbs_on_open
    assert not benches("T7").driver.disturbs_on_open


def test_a_watchdog_that_others_armed_is_told_and_left_alone(benches):
    bench = benches("T7")
    bench.simulator.watchdog |= {61600: 1, 61604: 20, 61630: 1}
    with structlog.testing.capture_logs() as logs:
        bench.driver.read_all()
    assert [log["timeout_s"] for log in logs if log["event"] == "device.watchdog_found"] == [20]
    assert bench.simulator.flash_writes == 0


def test_a_safe_state_of_channels_that_no_valve_uses_is_refused(benches):
    with pytest.raises(BadChannel, match=r"^labjack: watchdog_energised: no valve uses 'FIO5'$"):
        benches("T7", watchdog_s=10, watchdog_energised=["FIO5"])


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"port": "serial:///dev/ttyUSB0?baud=9600"}, "a LabJack is reached over the network"),
        ({"watchdog_s": 10, "poll": 0.0}, "nothing feeds it where poll is 0"),
        ({"watchdog_s": 5}, "watchdog_s 5: expected more than two polls and a timeout, 5 s"),
        ({"watchdog_s": -1}, "watchdog_s"),
        ({"watchdog_s": 3601}, "watchdog_s"),
        ({"watchdog_energised": ["FIO4"]}, "there is no watchdog where watchdog_s is 0"),
        ({"watchdog_s": 10, "watchdog_energised": ["FIO3"]}, "channel 'FIO3': a T4 has FIO4-7, EIO0-7 or CIO0-3"),
        ({"unit": 248}, "unit"),
        ({"klass": "T7Actuator"}, "klass"),
        ({"word_order": "little"}, "word_order"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(keys, text):
    given = {"name": "labjack", "klass": "T4Actuator", "port": "tcp://h:502"}
    with pytest.raises(ValidationError, match=text):
        T4Actuator.settings_model.model_validate(given | keys)


def test_what_is_not_said_is_unit_1_without_a_watchdog():
    given = {"name": "labjack", "klass": "T7Actuator", "port": "tcp://h:502"}
    settings = T7Actuator.settings_model.model_validate(given)
    assert (settings.unit, settings.watchdog_s, settings.watchdog_energised) == (1, 0, [])


@pytest.mark.parametrize(
    "keys",
    [
        {"unit": 0},
        {"unit": 247},
        {"watchdog_s": 0},
        {"watchdog_s": 6},
        {"watchdog_s": 3600},
        {"watchdog_s": 2, "poll": 0.4},
    ],
)
def test_settings_within_their_ranges_are_taken(keys):
    given = {"name": "labjack", "klass": "T7Actuator", "port": "tcp://h:502"}
    assert T7Actuator.settings_model.model_validate(given | keys).model_dump(include=set(keys)) == keys


@pytest.mark.parametrize("unit", [1, 247])
def test_its_unit_is_in_each_frame(benches, unit):
    bench = benches("T7", unit=unit)
    with structlog.testing.capture_logs() as logs:
        bench.driver.set("FIO4", True)
    sent = [log["data"] for log in logs if log["event"] == "bytes.sent"]
    assert repr(b"\0\1\0\0\0\6" + bytes([unit]) + bytes.fromhex("06 07d4 0001")) in sent


def test_the_simulated_one_takes_two_connections(benches):
    bench = benches("T7")
    ends = [socket.create_connection(("127.0.0.1", bench.served.port), timeout=5) for _ in range(3)]
    assert ends[2].recv(1) == b""
    for end in ends:
        end.close()
