"""The command channel as it stands on the wire: every form answered in kind, at once and once."""

import json

import pytest

from tests.system.conftest import Controller
from tests.system.wire import WireClient, braced
from transports.rpc.words import parse_owners, parse_state_word, parse_states

pytestmark = pytest.mark.usefixtures("everything_closed")

FORMS = {
    "the seed's rule": (b"{000E}Open A\r\n", b"{000A}OK\r\n", b"{000A}ok\r\n"),
    "the seed's example": (b"{000F}Open A\r\n", b"{000A}OK\r\n", b"{000A}ok\r\n"),
    "CR": (b"Open A\r", b"OK\r\n", b"ok\r\n"),
    "LF": (b"Open A\n", b"OK\r\n", b"ok\r\n"),
    "CRLF": (b"Open A\r\n", b"OK\r\n", b"ok\r\n"),
    "JSON": (b'{"command":"Open","value":"A"}', b"OK\r\n", b"ok\r\n"),
    "a line of JSON": (b'{"command": "Open", "value": "A"}\n', b"OK\r\n", b"ok\r\n"),
}
BY_FORM = pytest.mark.parametrize(("sent", "moved", "already"), FORMS.values(), ids=FORMS.keys())


@BY_FORM
def test_open_is_answered_in_kind_and_once(
    sent: bytes, moved: bytes, already: bytes, client: WireClient, controller: Controller
):
    before = controller.moves
    assert client.ask(sent) == moved
    assert controller.relays["101"] is True
    assert client.ask(sent) == already
    client.proves_quiet()
    assert controller.moves == before + 1


@BY_FORM
def test_byte_by_byte_it_is_the_same(
    sent: bytes, moved: bytes, already: bytes, client: WireClient, controller: Controller
):
    del already
    before = controller.moves
    for byte in sent:
        client.send(bytes([byte]))
    assert client.reply() == moved
    client.proves_quiet()
    assert controller.moves == before + 1


def test_a_line_that_goes_on_is_not_run_before_its_end(client: WireClient, controller: Controller):
    assert client.command("Open A") == "OK"
    before = controller.moves
    client.send(b"Close A")
    with controller.client() as other:
        assert other.command("GetValveState A") == "True"
    assert client.ask(b"1\r\n").startswith(b"ERROR 005 : A1 is not a registered valve name")
    assert controller.moves == before


def test_many_messages_in_one_segment_are_answered_in_order(client: WireClient):
    client.send(b"Open C\rGetValveState C\n" + braced("Close C") + b"GetValveState C\r\n" + b'{"command": "Pnig"}\n')
    assert [client.reply() for _ in range(4)] == [b"OK\r\n", b"True\r\n", b"{000A}OK\r\n", b"False\r\n"]
    assert client.reply().startswith(b"ERROR 003 : ")
    client.proves_quiet()


def test_a_thousand_questions_at_once_have_a_thousand_answers(client: WireClient):
    client.send(b"".join(b"GetValveState %c\r" % valve for valve in b"ABCDEFG" * 150))
    assert [client.reply() for _ in range(1050)] == [b"False\r\n"] * 1050
    client.proves_quiet()


def test_a_client_that_closed_its_side_still_gets_every_answer(controller: Controller):
    with controller.client() as client:
        client.send(b"Open D\rGetValveState D\rClose D\r")
        client.no_more_to_say()
        assert client.all_until_closed() == b"OK\r\nTrue\r\nOK\r\n"


def test_what_a_half_closed_client_did_not_finish_is_not_run(controller: Controller):
    before = controller.moves
    with controller.client() as client:
        client.send(b"Open D")
        client.no_more_to_say()
        assert client.all_until_closed() == b""
    assert controller.moves == before


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ("Opne A", "ERROR 003 : invalid command: Opne (did you mean Open?)"),
        ("open A", "ERROR 003 : invalid command: open (did you mean Open?)"),
        ("GetValveStat A", "ERROR 003 : invalid command: GetValveStat (did you mean GetValveState?)"),
        ("GetTemperature", "ERROR 003 : invalid command: GetTemperature"),
        ("Open", "ERROR 004 : invalid arguments: Open (usage: Open valve)"),
        ("Open A,B", "ERROR 004 : invalid arguments: Open A,B (usage: Open valve)"),
        ("Open Z9", "ERROR 005 : Z9 is not a registered valve name"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_was_meant(sent: str, answer: str, client: WireClient):
    assert client.command(sent).startswith(answer)
    client.proves_quiet()


def test_an_interlocked_open_names_the_valve_that_forbids_it(client: WireClient, controller: Controller):
    assert client.command("Open A") == "OK"
    before = controller.moves
    answer = client.command("Open B")
    assert answer.startswith("ERROR 018 : ")
    assert "A" in answer.removeprefix("ERROR 018 : ")
    assert "open" in answer
    assert controller.moves == before


def test_a_locked_valve_stays_where_it_is(client: WireClient, controller: Controller):
    assert client.command("Lock C") == "OK"
    before = controller.moves
    assert client.command("Open C").startswith("ERROR 014 : ")
    assert client.command("GetValveLockState C") == "True"
    assert client.command("Unlock C") == "OK"
    assert controller.moves == before
    assert client.command("Open C") == "OK"


def test_words_carry_every_valve_and_their_crc(client: WireClient):
    assert client.command("Open C") == "OK"
    assert client.command("Lock E") == "OK"
    states = dict.fromkeys("ABDEFG", "0") | {"C": "1"}
    locks = dict.fromkeys("ABCDFG", "0") | {"E": "1"}
    assert parse_states(client.command("GetValveStates")) == states
    assert parse_states(client.command("GetValveLockStates")) == locks
    assert parse_state_word(client.command("GetStateWord")) == states
    assert parse_state_word(client.command("GetLockWord")) == locks
    assert parse_owners(client.command("GetValveOwners")) == dict.fromkeys("ABCDEFG", "")


def test_closed_free_valves_have_the_word_and_checksum_of_their_names(client: WireClient):
    assert client.command("GetStateChecksum A,B,C") == "3102104833"
    assert client.command("GetStateChecksum A") == "864551654"


def test_hello_tells_who_answers_and_opens_the_fields(client: WireClient, controller: Controller):
    word, version, node, boot, _fingerprint, clock_ms, features = client.command("Hello 1 tester -").split(" ")
    assert (word, version, node) == ("HELLO", "1", "valve_controller")
    assert boot == controller.told["boot"]
    told = dict(item.partition("=")[::2] for item in features.split(","))
    assert told["notify"] == str(controller.told["notify_port"])
    assert told["reply"] == str(controller.told["reply_port"])
    client.send(braced(f"Open A\tid=one\tby=operator@test\ttrace=4bf92f35\tdeadline={int(clock_ms) + 60_000}"))
    text, *fields = client.reply()[6:-2].decode().split("\t")
    assert text == "OK"
    assert {"state=open", "source=readback"} <= set(fields)
    assert any(field.startswith("t=") for field in fields)


def test_the_same_id_again_is_answered_from_memory(client: WireClient, controller: Controller):
    client.hello()
    before = controller.moves
    assert client.command("Open A\tid=twice") == "OK"
    assert client.command("Close A") == "OK"
    assert client.command("Open A\tid=twice") == "OK"
    assert controller.moves == before + 2
    with controller.client() as again:
        again.hello()
        assert again.command("Open A\tid=twice") == "OK"
    assert controller.moves == before + 2


def test_a_deadline_in_the_past_moves_nothing(client: WireClient, controller: Controller):
    clock_ms = client.hello()
    before = controller.moves
    assert client.command(f"Open A\tid=late\tdeadline={clock_ms - 1}").startswith("ERROR 019 : ")
    assert controller.moves == before


def test_without_hello_a_tab_is_no_field(client: WireClient, controller: Controller):
    before = controller.moves
    assert client.command("Open A\tid=x").startswith("ERROR 00")
    assert controller.moves == before


def test_describe_tells_every_valve(client: WireClient):
    told = json.loads(client.command("Describe valves"))
    assert told["total"] == 7
    assert [valve["name"] for valve in told["valves"]] == list("ABCDEFG")


def test_goodbye_is_answered_and_ends_the_connection(client: WireClient):
    assert client.ask(braced("Goodbye")) == b"{000A}OK\r\n"
    assert client.all_until_closed() == b""


@pytest.mark.parametrize(
    ("sent", "form"),
    [
        (b"{0010}Open A\r\nOpen C\r\n", b"{"),
        (b"{000D}Open A\r\nOpen C\r\n", b"{"),
        (b"{0003}Open A\r\nOpen C\r\n", b"{"),
        (b"{000E}Open A\n\nOpen C\r\n", b"{"),
        (b"Open\x00A\r\nOpen C\r\n", b"ERROR"),
        (b"POST / HTTP/1.1\r\nHost: x\r\n\r\nOpen A\r\n", b"ERROR"),
        (b"Host: x\r\nOpen A\r\n", b"ERROR"),
        (b"\xff\xfb\x01Open A\r\n", b"ERROR"),
    ],
)
def test_a_broken_frame_is_answered_017_and_nothing_after_it_is_run(sent: bytes, form: bytes, controller: Controller):
    before = controller.moves
    with controller.client() as client:
        client.send(sent)
        said = client.all_until_closed()
    assert said.startswith(form)
    assert said.count(b"ERROR 017 : bad frame: ") == said.count(b"\r\n") == 1
    assert controller.moves == before
