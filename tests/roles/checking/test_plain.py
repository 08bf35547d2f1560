"""`--check` of a site whose controller is a real Pychron server, or speaks as one."""

from actors.messages import Ping
from actors.store import Remember, Store
from tests.actors.house import House
from tests.roles.checking.checked import FURNACE
from tests.roles.checking.fake_controller import FakeController
from tests.transports.rpc.pychron_server import PychronServer
from transports.rpc.words import states_word

AB = "- {name: A, actuator: ExtractionLine}\n- {name: B, actuator: ExtractionLine}\n"
LACKS = "node ExtractionLine: a plain peer without HELLO: no locks, leases or safe state there, no deadlines, no ids"


def checked(lab, *names, code=0, timeout=5.0, more="", **server):
    """Check a site with such a server; return what that was sent."""
    far = PychronServer(*names, **server)
    try:
        lab.node("ExtractionLine", far.port, timeout=timeout)
        file = lab.root / "setupfiles" / "devices" / "ExtractionLine.yaml"
        file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
        assert lab.run() == code, lab.said
        return far.sent()
    finally:
        far.close()


def test_a_plain_peer_whose_valves_are_listed_here_is_in_order(lab):
    lab.valves(AB)
    sent = checked(lab, "A", "B")
    assert (lab.findings, lab.warnings) == ([], [LACKS])
    assert lab.says("answers      in plain words, without HELLO")
    assert lab.says("round trip", "ms")
    assert lab.says("valves       2: A B")
    assert lab.says("as valves.yaml lists them here")
    assert [data.partition(b"}")[2][:5] or data for data in sent] == [b"Hello", b"GetValveStates\r"]


def test_a_plain_peer_whose_valves_are_not_listed_here_is_a_finding(lab):
    checked(lab, "A", code=1)
    (finding,) = lab.findings
    assert finding == (
        "node ExtractionLine: such a peer does not describe its valves:"
        " list them in valves.yaml here, with `actuator: ExtractionLine`"
    )


def test_a_valve_that_a_plain_peer_does_not_have_is_a_finding_and_one_more_is_a_warning(lab):
    lab.valves(AB)
    checked(lab, "A", "C", code=1)
    assert lab.findings == ["node ExtractionLine: valve B: it does not have it"]
    assert "node ExtractionLine: valves that this site does not list: C" in lab.warnings


def test_where_plain_is_pinned_no_hello_is_sent(lab):
    lab.valves(AB)
    assert checked(lab, "A", "B", more="framing: plain\n") == [b"GetValveStates\r"]


def test_a_plain_peer_that_keeps_silent_when_it_is_greeted_and_then_keeps_the_connection(lab):
    lab.valves(AB)
    checked(lab, "A", "B", timeout=0.5, mute_to_unknown=True, closes=False, end="\r\n")
    assert lab.findings == []


def test_a_peer_that_answers_in_frames_is_said_to_do_so(lab):
    lab.valves(AB)
    with FakeController({"GetValveStates": states_word([("A", "0"), ("B", "?")])}) as far:
        lab.node("ExtractionLine", far.port)
        assert lab.run() == 0
    assert lab.says("answers      in frames, without HELLO")


def test_a_plain_furnace_says_how_warm_it_is(lab):
    far = PychronServer()
    far.values["GetTemperature"] = "412.5"
    lab.node("Furnace", far.port, FURNACE)
    code = lab.run()
    far.close()
    assert (code, lab.findings) == (0, [])
    assert lab.says("temperature  412.5 C")


def test_states_that_are_none_are_a_finding(lab):
    with FakeController({"GetValveStates": "A0,B0"}) as far:
        lab.node("ExtractionLine", far.port)
        assert lab.run() == 1
    assert lab.findings[0].startswith("node ExtractionLine: it does not tell its valves' states: CRC ")


def test_a_node_that_has_said_hello_before_is_not_taken_for_a_plain_one(lab):
    lab.valves(AB)
    house = House()
    try:
        house.start(Store, "store", lab.root / "state" / "store.sqlite")
        house.tell("store", Remember("node.ExtractionLine", []))
        house.ask("store", Ping())
    finally:
        house.close()
    checked(lab, "A", "B", code=1)
    assert "it has said HELLO before, so it is not taken for a plain one" in lab.findings[0]
