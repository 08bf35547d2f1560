"""Every error code: the request on a real socket that is answered with it, or why no node of ours ever sends it."""

from collections.abc import Callable

import pytest

from actors.actuator import Actuator, ActuatorSetup
from actors.devices import Devices
from actors.directory import Entry
from actors.store import Store
from actors.table import ValveSpec
from tests.actors.bench import Bench
from tests.actors.fakes import FakeDriver
from tests.actors.house import RELAYS, until
from tests.transports.rpc.desk import Client
from tests.transports.rpc.serving import CLOSED, LINE
from transports.rpc.codes import CODE, ReplyKind, parse_reply
from transports.rpc.frames import Form, encode
from transports.rpc.server import ListenSettings, RemoteCommandServer

SPECS = (
    ValveSpec("A", "101", RELAYS, interlocks=("B",)),
    ValveSpec("B", "102", RELAYS, interlocks=("A",)),
    ValveSpec("L", "103", RELAYS),
    ValveSpec("X", "104", RELAYS, enabled=False, disabled_why="its seal leaks"),
)


class Node:
    """A real line on relays in memory, behind a listener; and clients of it."""

    def __init__(self, house, store_file, open_clients):
        self.house = house
        house.start(Store, "store", store_file)
        self.driver = FakeDriver([spec.address for spec in SPECS])
        self.bench = Bench(house, SPECS, locks={"L": "eva, 12:31:07"}, timeout_s=2.0).start()
        house.start(Actuator, RELAYS, self.driver, None, ActuatorSetup(SPECS, True, 0.0), self.bench.fence)
        house.start(Devices, "devices")
        until(lambda: set(self.bench.states().values()) == {CLOSED}, "the relays have been read")
        self._clients = open_clients

    def ask(self, data: bytes, **settings) -> bytes:
        return self.client(**settings).ask(data)

    def client(self, **settings) -> Client:
        path = f"remote_command_server.{len(self._clients)}"
        self.house.start(RemoteCommandServer, path, ListenSettings(port=0, **settings))
        self._clients.append(Client(self.house.context.facts["ports"][path]))
        return self._clients[-1]


@pytest.fixture
def node(house, tmp_path):
    clients: list[Client] = []
    yield Node(house, tmp_path / "store.sqlite", clients)
    for client in clients:
        client.close()


def internal(node):
    def broken(_message):
        raise ZeroDivisionError("a line with a fault of its own")

    node.house.context.directory.enlist(LINE, Entry(node.house.ref(LINE), broken, str, lambda: None))
    return node.ask(b"Open A\r\n")


def not_connected(node):
    node.driver.absent.set()
    return node.ask(b"Open A\r\n")


def no_answer(node):
    node.driver.mute.set()
    return node.ask(b"Open A\r\n")


def owned(node):
    eva, other = node.client(), node.client()
    eva.hello("eva")
    assert eva.call("Claim A")[0] == "OK"
    return other.ask(b"Open A\r\n")


def failed(node):
    node.driver.stuck.add("101")
    return node.ask(b"Open A\r\n")


def interlocked(node):
    client = node.client()
    assert client.ask(b"Open B\r\n") == b"OK\r\n"
    return client.ask(b"Open A\r\n")


def expired(node):
    client = node.client()
    client.hello()
    client.send(encode("Open A\tdeadline=1", Form.BRACED))
    return client.line()[6:]


def busy(node):
    first = node.client(max_connections=1)
    assert first.ask(b"Ping relays\r\n") == b"True\r\n"
    second = Client(first.socket.getpeername()[1])
    try:
        return second.line()
    finally:
        second.close()


def stopping(node):
    node.driver.gate.clear()
    client = node.client()
    client.send(b"Open A\r\n")
    until(lambda: node.driver.entered.qsize() > 1, "the relay is being written")
    node.house.stop("remote_command_server.0")
    node.driver.gate.set()
    return client.line()


SENT: dict[int, tuple[Callable[[Node], bytes], bytes]] = {
    2: (internal, b"ZeroDivisionError: a line with a fault of its own"),
    3: (lambda node: node.ask(b"Opne A\r\n"), b"invalid command: Opne (did you mean Open?)"),
    4: (lambda node: node.ask(b"Open\r\n"), b"invalid arguments: Open (usage: Open valve)"),
    5: (lambda node: node.ask(b"Open AA\r\n"), b"AA is not a registered valve name (did you mean A?)"),
    8: (not_connected, b"A: relays: connection refused"),
    10: (no_answer, b"A: relays: silence"),
    12: (owned, b"A is owned by eva"),
    13: (
        lambda node: node.client(allow=("10.0.0.0/8",)).line(),
        b"Not an approved ip address 127.0.0.1",
    ),
    14: (lambda node: node.ask(b"Open L\r\n"), b"Valve L is software locked"),
    15: (failed, b"Valve A failed to actuate open"),
    16: (lambda node: node.ask(b"GetPressure mic,IG\r\n"), b"mic IG not available"),
    17: (lambda node: node.ask(b"{0020}Open A\r\n")[6:], b"bad frame: declared 32 bytes, but the line ends after 14"),
    18: (interlocked, b"A may not open while B is open"),
    19: (expired, b"A: it came "),
    20: (busy, b"all 1 connections of this node are in use"),
    21: (stopping, b"remote_command_server.0 is stopping; how Open ends is not known here"),
    22: (lambda node: node.ask(b"Open A\r\n", read_only=True), b"Open: this listener answers questions only"),
}
NEVER_SENT = {
    1: "no script is run by name over this channel",
    6: "valves have no groups",
    7: "a verb of a plug-in that is not here is unknown: 003",
    9: "an address that may not connect is told 013",
    11: "no second process stands between a listener and its line",
    101: "a laser's logic board; no laser is driven yet",
    102: "a laser; likewise",
    103: "a laser; likewise",
    104: "a laser's sample holder; likewise",
    105: "a laser's emergency stop; likewise",
    106: "a laser's set-point; likewise",
    107: "a laser's motor; likewise",
    108: "a laser's stage; likewise",
}


def test_every_code_is_sent_or_said_never_to_be():
    assert sorted([*SENT, *NEVER_SENT]) == [*range(1, 23), *range(101, 109)]
    assert set(SENT) == set(CODE.values())


@pytest.mark.parametrize("code", SENT, ids=lambda code: f"{code:03d}")
def test_a_code_is_sent_for_its_reason(node, code):
    ask, text = SENT[code]
    reply = ask(node)
    assert reply.startswith(b"ERROR %03d : %b" % (code, text)), reply
    assert reply.endswith(b"\r\n")


@pytest.mark.parametrize(
    ("asked", "text"), [(b"Open X\r\n", b"its seal leaks"), (b"Set relays\r\n", b"Set device value")]
)
def test_bad_arguments_and_a_valve_out_of_service_have_one_code(node, asked, text):
    reply = node.ask(asked)
    assert reply.startswith(b"ERROR 004 : ")
    assert text in reply


@pytest.mark.parametrize("code", [*SENT, *NEVER_SENT])
def test_every_code_of_a_peer_is_understood_as_an_error(code):
    reply = parse_reply(f"ERROR {code:03d} : so")
    assert (reply.kind, reply.code, reply.text) == (ReplyKind.ERROR, code, "so")
    assert reply.reason is not None
