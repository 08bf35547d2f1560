"""Real Pychron clients at our listener: they are told the truth, whichever way they connect."""

import pytest

from actors.actuator import Actuator, ActuatorSetup
from actors.messages import Kind, Move, Reason
from actors.picture import PictureRow
from actors.table import ValveSpec
from tests.actors.bench import Bench
from tests.actors.fakes import FakeDriver
from tests.actors.house import RELAYS, until
from tests.transports.rpc.pychron_client import (
    ClientSwitchManager,
    EthernetCommunicator,
    PychronGPActuator,
    crc16,
)
from tests.transports.rpc.serving import CLOSED, OPEN, UNKNOWN
from transports.rpc.server import ListenSettings, RemoteCommandServer

SPECS = (
    ValveSpec("A", "101", RELAYS, interlocks=("B",)),
    ValveSpec("B", "102", RELAYS, interlocks=("A",)),
    ValveSpec("C1", "103", RELAYS),
    ValveSpec("L", "104", RELAYS),  # locked
)
CHANNELS = [spec.address for spec in SPECS]


class Controller:
    """A real line on relays in memory, behind a listener."""

    def __init__(self, house, *, pychron):
        self.house = house
        self.driver = FakeDriver(CHANNELS)
        self.bench = Bench(house, SPECS, locks={"L": "eva, 12:31:07"}, timeout_s=2.0).start()
        house.start(Actuator, RELAYS, self.driver, None, ActuatorSetup(SPECS, True, 0.0), self.bench.fence)
        house.start(RemoteCommandServer, "remote_command_server", ListenSettings(port=0, pychron=pychron))
        until(lambda: set(self.bench.states().values()) == {CLOSED}, "the relays have been read")
        self.port = house.context.facts["port"]


@pytest.fixture(params=[False, True], ids=["our words", "compat pychron"])
def pychron(request):
    return request.param


@pytest.fixture(params=[True, False], ids=["a connection per command", "kept open"])
def use_end(request):
    return request.param


@pytest.fixture
def controller(house, pychron):
    return Controller(house, pychron=pychron)


@pytest.fixture
def communicator(controller, use_end):
    communicator = EthernetCommunicator(controller.port, use_end=use_end)
    yield communicator
    communicator.close()


@pytest.fixture
def actuator(communicator):
    return PychronGPActuator(communicator)


@pytest.fixture
def manager(actuator):
    return ClientSwitchManager(actuator, [spec.name for spec in SPECS])


def test_a_valve_moves_and_is_seen_to_have_moved(controller, actuator):
    assert actuator.open_channel("VALVE-A") is True
    assert controller.driver.relays["101"] is True
    assert actuator.get_channel_state("VALVE-A") is True
    assert actuator.close_channel("VALVE-A") is True
    assert controller.driver.relays["101"] is False
    assert actuator.get_channel_state("VALVE-A") is False


def test_a_valve_that_stands_as_it_should_is_a_success(actuator, controller):
    assert actuator.close_channel("VALVE-A") is True
    assert controller.driver.writes == []


def test_an_interlock_is_no_success(controller, actuator):
    assert actuator.open_channel("VALVE-A") is True
    assert actuator.open_channel("VALVE-B") is None
    assert controller.driver.relays["102"] is False


def test_a_locked_valve_is_no_success(controller, actuator):
    assert actuator.open_channel("VALVE-L") is None
    assert actuator.get_lock_state("VALVE-L") is True
    assert actuator.get_lock_state("VALVE-B") is False
    assert controller.driver.writes == []


def test_the_indicator_is_read_and_not_remembered(controller, actuator):
    """The relays are not looked at by themselves here, and somebody else turns one."""
    controller.driver.relays["103"] = True
    assert actuator.get_indicator_state("VALVE-C1") is True


def test_a_relay_that_does_not_move_is_no_success(controller, actuator):
    controller.driver.stuck.add("101")
    assert actuator.open_channel("VALVE-A") is None
    assert actuator.get_indicator_state("VALVE-A") is False


def test_a_valve_that_is_not_there_is_no_success(actuator):
    assert actuator.open_channel("VALVE-Z") is None
    assert actuator.get_channel_state("VALVE-Z") is False


def test_the_monitor_sees_every_valve_as_it_is(actuator, manager):
    assert actuator.open_channel("VALVE-C1") is True
    assert manager.poll() is True
    assert manager.states == {"A": False, "B": False, "C1": True, "L": False}
    assert manager.locks == {"A": False, "B": False, "C1": False, "L": True}
    assert manager.owners == {"A": "", "B": "", "C1": "", "L": ""}


def test_every_answer_is_one_packet(communicator, manager, use_end):
    manager.poll()
    assert len(communicator.packets) == 4
    assert all(packet.endswith(b"\r\n") and packet.count(b"\n") == 1 for packet in communicator.packets)
    assert communicator.connections == (4 if use_end else 1)


def test_a_command_that_is_sent_again_while_it_is_carried_out_moves_once(controller, use_end):
    """Its answer takes longer than the client waits: it sends the same twice more, on two more connections."""
    communicator = EthernetCommunicator(controller.port, use_end=use_end, timeout_s=0.1)
    controller.driver.gate.clear()
    assert communicator.ask("Open A") is None
    assert communicator.connections == 3
    controller.driver.gate.set()
    assert PychronGPActuator(EthernetCommunicator(controller.port)).open_channel("VALVE-A") is True
    assert controller.driver.writes == [("101", True)]


# --- what a line in memory need not be asked ------------------------------------------------------------------------


def test_every_owner_is_read_though_the_client_takes_the_crc_for_a_name(open_desk):
    rows = [
        PictureRow("A", "valve", OPEN, locked=False, owner="", doubt=""),
        PictureRow("B", "valve", CLOSED, locked=False, owner="jan@acq/console-1", doubt=""),
        PictureRow("C", "valve", CLOSED, locked=False, owner="pyk@10.0.0.7", doubt=""),
    ]
    desk = open_desk(pychron=True)
    desk.rows = tuple(rows)
    communicator = EthernetCommunicator(desk.port)
    manager = ClientSwitchManager(PychronGPActuator(communicator), "ABC")
    assert manager.poll() is True
    assert manager.owners == {"A": "", "B": "jan@acq/console%2D1", "C": "pyk@10.0.0.7"}
    word = communicator.ask("GetValveOwners")
    assert crc16(word[:-4]) == word[-4:]


def test_an_unknown_valve_is_never_shown_as_another_state_than_it_was(open_desk):
    desk = open_desk(pychron=True)
    manager = ClientSwitchManager(PychronGPActuator(EthernetCommunicator(desk.port)), "ABC")
    desk.rows = tuple(PictureRow(name, "valve", OPEN, locked=False, owner="", doubt="") for name in "ABC")
    manager.poll()
    desk.rows = (*desk.rows[:1], PictureRow("B", "valve", UNKNOWN, False, "", "silent"), *desk.rows[2:])
    assert manager.poll() is False  # the checksum tells that something is not known
    assert manager.states == {"A": True, "B": True, "C": True}


@pytest.mark.parametrize("reason", [Reason.INTERLOCKED, Reason.LATCHED, Reason.OWNED, Reason.FAILED])
def test_every_refusal_of_a_rule_has_the_one_code_that_the_client_knows(open_desk, reason):
    desk = open_desk(pychron=True)
    desk.hold = True
    client = desk.client()
    client.send(b"Open A\r")
    desk.end(desk.next(Move), kind=Kind.REFUSED, reason=reason, text="not so")
    assert client.line() == b"ERROR 015 : not so\r\n"


@pytest.mark.parametrize("compat", [False, True])
def test_nothing_is_ever_met_with_silence(open_desk, compat):
    """Where Pychron's own server closes without a byte, or never answers."""
    desk = open_desk(pychron=compat)
    for sent in (b"Xyzzy\r", b"open A\r", b"Open\r", b"Open A,B\r", b'{"command": "Nope"}', b"{bad\r", b"Open xFlag\r"):
        reply = desk.client().ask(sent)
        assert reply.startswith(b"ERROR 00") or sent == b"Open xFlag\r", sent
        assert reply.endswith(b"\r\n")
