"""Mutated traffic: one reply per whole message, or a fault and the end; nothing else ever reaches the line."""

import contextlib
import random
import re
import resource
import select
import socket
import sys
import time
from dataclasses import dataclass, field

import pytest

from actors.messages import Kind, Outcome, Reason, Refusal
from tests.actors.house import PATIENCE_S, Heard, Recorder, request
from tests.transports.rpc.traffic import Traffic
from transports.rpc.codes import error_text
from transports.rpc.fields import Hello, split_fields
from transports.rpc.frames import MAX_MESSAGE_BYTES, Decoder, Fault, Form
from transports.rpc.requests import Call, read_call
from transports.rpc.server import ListenSettings, RemoteCommandServer
from transports.rpc.verbs import HERE, LINE, BadArgument

SERVICES = frozenset({LINE, HERE})
READ_BYTES = 65_536
LONG_BYTES = 10_000_000
MOST_GROWTH_BYTES = 120 << 20
BRACED, BARE = re.compile(rb"\{([0-9A-F]{4})\}"), re.compile(rb"[0-9A-F]{4}")


def decoded(segments):
    """Return what a decoder makes of a stream; it never holds more than one message, and ends at a fault."""
    decoder = Decoder(bare_length=True)
    found = []
    for segment in segments:
        decoder.feed(segment)
        while (message := decoder.next()) is not None:
            assert not (found and isinstance(found[-1], Fault)), "something came after a fault"
            found.append(message)
        assert decoder.buffered < MAX_MESSAGE_BYTES
    return found


def check_decoder(seed, count):
    """Push `count` bytes through decoders; return how many messages there were."""
    traffic, fed, messages = Traffic(seed), 0, 0
    while fed < count:
        stream = traffic.stream(messages=60, mutations=0.03)
        whole = decoded([stream])
        assert decoded(traffic.segments(stream)) == whole
        fed += len(stream)
        messages += len(whole)
    return messages


# --- the server ----------------------------------------------------------------------------------------------------


def said_of(message):
    """Return what a message for the line says, without who asks."""
    told = {name: str(getattr(message, name)) for name in message.__slots__ if name != "request"}
    return f"{type(message).__name__} {told}"


@dataclass
class Expected:
    """What a stream is to be answered with, and what of it is to reach the line.

    `ordered`: forms, texts and commands' ids of replies that carry no id, in order; `by_id`: of those that do.
    """

    ordered: list = field(default_factory=list)
    by_id: list = field(default_factory=list)
    line: list = field(default_factory=list)


def expected_of(stream):
    """Work out what a server must answer to a whole stream, one message after the other."""
    expected, hello = Expected(), False
    for message in decoded([stream]):
        if isinstance(message, Fault):
            expected.ordered.append((message.form, error_text(Reason.BAD_FRAME, message.text), ""))
            break
        call = read_call(message, hello=hello, services=SERVICES)
        given = split_id(message.text) if hello and message.form is not Form.JSON else ""
        told = given if message.form is Form.BRACED else ""
        if isinstance(call, Refusal):
            text = error_text(call.reason, call.text)
        elif call.verb.service == LINE:
            text = of_line(call, expected)
        elif call.verb.name == "Hello":
            text = of_hello(message)
            hello = hello or text == "HELLO"
        else:
            text = {"Health": "{", "Goodbye": "OK"}[call.verb.name]
        ends = isinstance(call, Call) and call.verb.name == "Goodbye"
        if told:
            expected.by_id.append((told, text))
        else:
            expected.ordered.append((message.form, text, given))
        if ends:
            break
    return expected


def of_line(call, expected):
    deadline = call.fields.get("deadline", "1")
    if not deadline.isdecimal():
        return error_text(Reason.BAD_ARGUMENTS, f"deadline {deadline[:40]!r} is no time in ms")
    try:
        message = call.verb.build(call.args, request())
    except BadArgument as bad:
        return error_text(Reason.BAD_ARGUMENTS, f"invalid arguments: {bad}")
    if call.verb.moves and "id" in call.fields:
        expected.line.append(("once", said_of(message)))
    else:
        expected.line.append(("each", said_of(message)))
    return error_text(Reason.LOCKED, said_of(message))


def of_hello(message):
    try:
        hello = Hello.decode(message.text.partition("\t")[0])
    except ValueError:
        return "ERROR 004"
    return "HELLO" if abs(hello.version - 1) <= 1 and len(hello.node) <= 80 else "ERROR 004"


def split_id(text):
    try:
        given = split_fields(text)[1].get("id", "")
    except ValueError:
        return ""
    return given if len(given) <= 64 else ""


class Target:
    """A server whose line answers everything at once with what it was told."""

    def __init__(self, house):
        self.heard = Heard()
        house.start(Recorder, LINE, self.heard, self._answer)
        settings = ListenSettings(
            port=0,
            framing=frozenset({"braced", "plain", "bare_length"}),
            messages_per_s=1_000_000,
            max_unsent_bytes=1 << 28,
            services=frozenset({LINE}),
        )
        house.start(RemoteCommandServer, "remote_command_server", settings)
        self.port = house.context.facts["port"]

    @staticmethod
    def _answer(message):
        outcome = Outcome("", "", Kind.REFUSED, reason=Reason.LOCKED, text=said_of(message))
        message.request.reply_to.answer(outcome)

    def talk(self, segments):
        """Send a stream and close that side; return all replies, cut apart."""
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            client.setblocking(False)
            waiting, answer, sent = iter(segments), bytearray(), b""
            over = False
            ends_by = time.monotonic() + 10 * PATIENCE_S
            while True:
                assert time.monotonic() < ends_by, "no end came"
                if not over and not sent:
                    sent = next(waiting, b"")
                    if not sent:
                        with contextlib.suppress(OSError):  # it has hung up already
                            client.shutdown(socket.SHUT_WR)
                        over = True
                readable, writable, _ = select.select([client], [client] if sent else [], [], PATIENCE_S)
                if readable:
                    try:
                        data = client.recv(READ_BYTES)
                    except ConnectionResetError:  # it hung up while we were still sending
                        data = b""
                    if not data:
                        return cut(bytes(answer))
                    answer += data
                if writable:
                    try:
                        sent = sent[client.send(sent) :]
                    except (BrokenPipeError, ConnectionResetError):
                        sent, over = b"", True

    def take_line(self):
        heard = [said_of(message) for message in self.heard.all()]
        self.heard.clear()
        return heard


def cut(answer):
    """Cut replies apart: (form, text, fields)."""
    replies = []
    while answer:
        if found := BRACED.match(answer):
            size = int(found[1], 16)
            form, body = Form.BRACED, answer[6 : size - 2]
            assert answer[size - 2 : size] == b"\r\n"
        elif found := BARE.match(answer):
            size = int(found[0], 16)
            form, body = Form.BARE, answer[4:size]
        else:
            body, end, _ = answer.partition(b"\r\n")
            assert end, f"half a reply: {answer[:100]!r}"
            form, size = Form.PLAIN, len(body) + 2
        text, fields = split_fields(body.decode())
        replies.append((form, text, fields.get("id", "")))
        answer = answer[size:]
    return replies


def check_stream(target, traffic, stream):
    expected = expected_of(stream)
    replies = target.talk(traffic.segments(stream))
    ordered = [(form, text) for form, text, told in replies if not told]
    by_id = [(told, text) for _, text, told in replies if told]
    wanted = expected.ordered
    assert len(ordered) == len(wanted), (ordered[-3:], wanted[-3:])
    for (form, text), (asked_in, begins, id_) in zip(ordered, wanted, strict=True):
        assert text.startswith(begins) or (id_ and remembered(id_, text)), (text, begins)
        assert form is (Form.PLAIN if asked_in is Form.JSON else asked_in)
    check_ids(by_id, expected.by_id)
    check_line(target.take_line(), expected.line)
    return len(replies)


def remembered(id_, text):
    """Whether a reply is what an id was given to before: another command, or this one, whatever its deadline now."""
    return f"id {id_} was given to" in text or text.startswith("ERROR 014 : ")


def check_ids(told, wanted):
    """Look whether every command with an id was answered once, with what it said or with what its id was given to."""
    left = list(wanted)
    for id_, text in told:
        found = next((each for each in left if each[0] == id_ and text.startswith(each[1])), None)
        if found is None and remembered(id_, text):
            found = next((each for each in left if each[0] == id_), None)
        assert found, (id_, text, left[:5])
        left.remove(found)
    assert not left, left[:5]


def check_line(heard, wanted):
    """Look whether the line was told, in order, what was whole; of the same id once, or of another's not at all."""
    places = {0}  # how much of what was heard may be explained so far
    for how_often, said in wanted:
        told = {at + 1 for at in places if at < len(heard) and heard[at] == said}
        left = told | places if how_often == "once" else told
        assert left, (said, heard[max(places) : max(places) + 3])
        places = left
    assert len(heard) in places, heard[max(places) : max(places) + 3]


def check_server(house, seed, count):
    target, traffic, sent, replies = Target(house), Traffic(seed), 0, 0
    while sent < count:
        stream = traffic.stream(messages=200, mutations=0.004)
        replies += check_stream(target, traffic, stream)
        sent += len(stream)
    assert house.failures.empty()
    return replies


# --- short in the suite, long by hand --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_mutated_traffic_is_cut_into_the_same_messages_however_it_comes(seed):
    assert check_decoder(seed, 100_000) > 300


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_mutated_traffic_is_answered_message_by_message_and_nothing_else_reaches_the_line(house, seed):
    assert check_server(house, seed, 40_000) > 200


@pytest.fixture
def seed(capsys):
    seed = random.SystemRandom().randrange(1 << 32)
    with capsys.disabled():
        sys.stdout.write(f"\nseed {seed}, {LONG_BYTES} bytes\n")
    return seed


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_ten_million_bytes_through_the_decoder(seed):
    assert check_decoder(seed, LONG_BYTES)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_ten_million_bytes_through_a_server(house, seed):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    assert check_server(house, seed, LONG_BYTES)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before < MOST_GROWTH_BYTES
