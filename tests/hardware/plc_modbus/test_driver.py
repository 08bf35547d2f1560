"""`PLC2000GPActuator` against the simulated PLC: which coil moves, and what is asked."""

import itertools

import pytest
from pydantic import ValidationError

from hardware.errors import BadChannel, BadReply, DeviceRefused
from hardware.exchange import Exchange
from hardware.links.handle import LinkHandle
from hardware.plc_modbus.driver import PLC2000GPActuator, PLC2000GPActuatorSettings
from hardware.plc_modbus.simulator import PlcSimulator
from hardware.simulation import serve_pty, serve_tcp

SERIAL = "serial:///dev/ttyUSB0?baud=38400&parity=O"


class Heard(PlcSimulator):
    """A simulator that remembers what it was sent."""

    def __init__(self, **keys) -> None:
        self.heard = []
        super().__init__(**keys)

    def session(self, wire):
        inner = super().session(wire)
        feed = inner.feed

        def remember(data):
            self.heard.append(data)
            return feed(data)

        inner.feed = remember
        return inner


def settings(**keys):
    given = {"name": "plc", "klass": "PLC2000GPActuator", "port": "tcp://h:502", "valve_opens_when": "relay_closed"}
    return PLC2000GPActuatorSettings.model_validate(given | keys)


@pytest.fixture
def made():
    """Make a driver on a wire to its simulator: (driver, simulator)."""
    ends = []

    def make(channels, serve=serve_tcp, unit=1, **keys):
        simulator = Heard(unit=unit)
        served = serve(simulator)
        handle = LinkHandle(served.address, 2.0)
        ends.append((handle, served))
        exchange = Exchange("plc", handle, terminator=PLC2000GPActuator.terminator, timeout_s=2.0)
        return PLC2000GPActuator(settings(unit=unit, **keys), exchange, channels), simulator

    yield make
    for handle, served in ends:
        handle.revoke("the test is over")
        served.close()


def energised(simulator):
    return [coil for coil, on in simulator.relays.items() if on]


def test_over_tcp_the_wire_carries_exactly_this(made):
    driver, simulator = made(["4"], base=1, unit=2)
    driver.set("4", True)
    assert driver.read("4") is True
    driver.set("4", False)
    assert simulator.heard == [
        bytes.fromhex("0001 0000 0006 02 05 0003 ff00"),
        bytes.fromhex("0002 0000 0006 02 01 0003 0001"),
        bytes.fromhex("0003 0000 0006 02 05 0003 0000"),
    ]


def test_on_a_serial_line_it_speaks_rtu_to_its_unit(made):
    driver, simulator = made(["4"], serve=serve_pty, base=1, unit=2)
    driver.set("4", True)
    assert simulator.heard == [bytes.fromhex("02 05 0003 ff00 7c09")]
    assert energised(simulator) == ["4"]


def test_on_a_serial_line_a_reply_says_nothing_of_its_question_and_is_asked_for_twice(made):
    driver, simulator = made(["4"], serve=serve_pty, base=1)
    assert driver.read("4") is False
    assert simulator.heard == [bytes.fromhex("01 01 0003 0001 0dca")] * 2
    told, read = itertools.cycle([[True], [False]]), simulator.read_bits
    simulator.read_bits = lambda *_: next(told)
    with pytest.raises(BadReply, match="coil 3 on the wire, or one after it, was read twice, and differs"):
        driver.read_all()
    simulator.read_bits = read
    assert driver.read_all() == {"4": False}


@pytest.mark.parametrize(
    ("channel", "keys", "coil"),
    [
        ("4", {"base": 1}, "4"),
        ("4", {"base": 0}, "5"),
        ("C10", {"naming": "directlogic"}, "3081"),
        ("Y010", {"naming": "click"}, "8202"),
        ("C10", {"naming": "click"}, "16394"),
    ],
)
def test_the_coil_that_is_named_moves_and_no_other(made, channel, keys, coil):
    driver, simulator = made([channel], **keys)
    driver.set(channel, True)
    assert energised(simulator) == [coil]
    assert driver.read_all() == {channel: True}


def test_neighbours_are_read_with_one_question(made):
    driver, simulator = made(["3", "1", "2"], base=1)
    driver.set("2", True)
    simulator.heard.clear()
    assert driver.read_all() == {"1": False, "2": True, "3": False}
    assert simulator.heard == [bytes.fromhex("0002 0000 0006 01 01 0000 0003")]


def test_no_coil_is_asked_for_that_is_not_used(made):
    driver, simulator = made(["1", "2048", "3073"], base=1)
    driver.set("3073", True)
    assert driver.read_all() == {"1": False, "2048": False, "3073": True}  # coils between them do not exist
    assert [data[8:] for data in simulator.heard[1:]] == [
        bytes.fromhex(each) for each in ("0000 0001", "07ff 0001", "0c00 0001")
    ]


def test_without_channels_nothing_is_asked(made):
    driver, simulator = made([], base=1)
    assert driver.read_all() == {}
    assert simulator.heard == []


def test_the_devices_own_refusal_is_told(made):
    driver, simulator = made(["5001"], base=1)
    with pytest.raises(DeviceRefused, match=r"^plc: Modbus exception 2: no such address$"):
        driver.set("5001", True)
    with pytest.raises(DeviceRefused, match="no such address"):
        driver.read("5001")
    assert simulator.moves == 0


def test_it_is_there_if_it_can_be_read(made):
    driver, simulator = made(["1"], base=1)
    assert driver.identify() == "PLC2000GPActuator"
    assert simulator.heard == [bytes.fromhex("0001 0000 0006 01 01 0000 0001")]


@pytest.mark.parametrize(
    ("channel", "keys"),
    [("0", {"base": 1}), ("C1", {"base": 1}), ("C8", {"naming": "directlogic"}), ("Y0", {"naming": "directlogic"})],
)
def test_a_channel_that_does_not_fit_the_naming_is_refused_before_anything_is_sent(made, channel, keys):
    with pytest.raises(BadChannel):
        made([channel], **keys)
    driver, simulator = made([], **keys)
    for call in (lambda: driver.set(channel, True), lambda: driver.read(channel)):
        with pytest.raises(BadChannel):
            call()
    assert simulator.heard == []


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({}, "base: say 1 if channel N is coil N - 1 on the wire, as in Pychron, or 0 if it is N"),
        ({"base": 2}, "base"),
        ({"base": 1, "naming": "click"}, "names of click tell by themselves"),
        ({"base": 1, "unit": -1}, "unit"),
        ({"base": 1, "unit": 256}, "unit"),
        ({"base": 1, "unit": 0, "port": SERIAL}, "unit 0: expected 1 to 247 on a serial line"),
        ({"base": 1, "unit": 248, "port": SERIAL}, "unit 248: expected 1 to 247"),
        ({"base": 1, "coils": 8}, "coils"),
    ],
)
def test_settings_that_leave_a_doubt_are_refused(keys, text):
    with pytest.raises(ValidationError, match=text):
        settings(**keys)


@pytest.mark.parametrize(
    "keys", [{"unit": 0}, {"unit": 255}, {"unit": 1, "port": SERIAL}, {"unit": 247, "port": SERIAL}]
)
def test_units_that_a_wire_can_have_are_taken(keys):
    assert settings(base=0, **keys).unit == keys["unit"]
