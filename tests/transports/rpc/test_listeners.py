"""Several listeners of one node: what they share, and what each has for itself."""

import pytest

from actors.messages import Move
from transports.rpc.frames import Form, encode
from transports.rpc.furnace_verbs import DRIVES, FURNACE, LOADER
from transports.rpc.verbs import DEVICES, TABLE

SECOND = "remote_command_server.second"


def test_ids_are_remembered_across_listeners(desk):
    port = desk.listen(SECOND)
    first, second = desk.client(), desk.client(port)
    first.hello("acq")
    second.hello("acq")
    assert first.call("Open A", id="7")[0] == second.call("Open A", id="7")[0] == "OK"
    desk.next()
    desk.house.quiet()
    assert desk.line.all(Move) == []


def test_each_listener_has_its_own_port_and_keeps_it(desk):
    facts = desk.house.context.facts
    port = desk.listen(SECOND)
    assert port != desk.port
    assert (facts["port"], facts["listeners"]) == (desk.port, {"second": f"127.0.0.1:{port}"})
    desk.house.stop(SECOND)
    assert desk.listen(SECOND) == port
    assert desk.house.detail(SECOND) == f"port {port}, 0 clients"
    assert desk.client().ask(b"Open A\r\n") == b"OK\r\n"


def test_each_listener_speaks_its_own_words(desk):
    port = desk.listen(SECOND, pychron=True, framing=frozenset({"plain"}))
    assert desk.client().ask(b"GetValveState A\r") == b"True\r\n"
    assert desk.client(port).ask(b"GetValveState A\r") == b"OK\r\n"
    assert desk.client(port).ask(b"{000E}Open A\r\n").startswith(b"{003F}ERROR 022")


MOVES = [verb for verb in TABLE if verb.moves]
ARGUMENTS = {"SafeState": "", "Assume": " A,open,why", "OutOfService": " A,why", "Set": " D 5", "SetSetpoint": " 5"}
ARGUMENTS |= {"StartRamp": " 900,5", "SetPID": " 8,120,20", "SetBakeoutControlMode": " 1,off"}
ARGUMENTS |= {"SetBakeoutClosedLoopSetpoint": " 1,100"}
ARGUMENTS |= {"MoveAbsolute": " feeder,5", "MoveRelative": " feeder,5", "StartJitter": " feeder,5"}


@pytest.mark.parametrize("verb", MOVES, ids=lambda verb: verb.name)
@pytest.mark.parametrize("greeted", [False, True])
def test_nothing_is_moved_or_changed_over_a_listener_for_questions(open_desk, verb, greeted):
    desk = open_desk(read_only=True)
    others = [desk.house.recorder(path) for path in (DEVICES, FURNACE, LOADER, DRIVES)]
    client = desk.client()
    if greeted:
        client.hello("display")
    text = verb.name + ARGUMENTS.get(verb.name, " A")
    refused = f"ERROR 022 : {verb.name}: this listener answers questions only"
    assert client.ask(f"{text}\r\n".encode()) == f"{refused}\r\n".encode()
    assert refused in client.ask(encode(text, Form.BRACED)).decode()
    desk.house.quiet()
    assert [heard.all() for heard in (desk.line, *others)] == [[], [], [], [], []]


def test_a_listener_for_questions_answers_them_and_refuses_by_id(open_desk):
    client = open_desk(read_only=True).client()
    client.hello("display")
    assert client.call("GetValveState A", id="1")[0] == "True"
    text, fields = client.call("Open A", id="2")
    assert (text[:9], fields["id"]) == ("ERROR 022", "2")
    assert client.call("Health")[0].startswith("{")
