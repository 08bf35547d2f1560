"""One client of the command channel: bytes in, one command at a time, one reply each, in order."""

import json
import socket
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import pykka

from actors.actor import Context, LoopActor
from actors.messages import Kind, Outcome, Reason, Refusal, Request
from actors.table import ValveSpec
from transports.rpc import codes
from transports.rpc.answers import CannotSay, Peer
from transports.rpc.fields import PROTOCOL_VERSION, Hello, Welcome, join_fields
from transports.rpc.frames import MAX_MESSAGE_BYTES, Decoder, Fault, Form, Frame, encode
from transports.rpc.requests import Call, read_call
from transports.rpc.verbs import LINE

READ_BYTES = 65_536
UNSENT_LIMIT_BYTES = 1_048_576
MAX_WAIT_S = 2.0  # a command without a deadline of its own is not carried out later than this
STALL_S = 1.5  # longer than a loop ever sleeps: the process was suspended, and what is read now may be old
VALVES_PER_PAGE = 150


class ReplyMemory(Protocol):
    """Replies by client and id."""

    def of(self, client: str) -> "OrderedDict[str, Any]":
        """Return one client's replies by id."""


@dataclass
class Shared:
    """What all connections of one listener share; touched on the node loop only."""

    services: frozenset[str]
    framing: frozenset[str]
    pychron: bool
    fingerprint: str
    health: Callable[[], str]
    ended: Callable[[str], None]
    replies: ReplyMemory
    requests: int = 0


class Reply:
    """Where the outcome of one command goes: back to its connection, whose thread this is, or by a message to it."""

    __slots__ = ("call", "connection", "form", "waiters")

    def __init__(self, connection: "Connection", call: Call, form: Form) -> None:
        self.connection = connection
        self.call = call
        self.form = form
        self.waiters: list[Reply] = []  # the same id again, while this one was being carried out

    def answer(self, outcome: Outcome) -> None:
        """See `ReplyTo.answer`."""
        try:
            self.connection.actor_ref.tell(Answered(self, outcome))
        except pykka.ActorDeadError:
            return  # the client has gone; what it caused is in the journal


@dataclass(frozen=True, slots=True)
class Answered:
    """A service's answer, on its way to the connection that asked."""

    reply: Reply
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class HangUpIfIdle:
    """The listener's word to each client's actor: end if nothing was heard for `after_s` seconds."""

    after_s: float


class Connection(LoopActor):
    """The actor of one client. Its socket is read and written on the node loop only; nothing here waits."""

    def __init__(self, context: Context, path: str, client: socket.socket, peer: str, shared: Shared) -> None:
        super().__init__(context, path)
        self._heard_at = time.monotonic()
        self._socket = client
        self._peer = peer
        self._shared = shared
        self._decoder = Decoder()
        self._client = Peer(pychron=shared.pychron)
        self._node = ""
        self._busy = False
        self._half_closed = False
        self._closing = False
        self._open = True
        self._paused = False
        self._off_by_one = False
        self._unsent = bytearray()

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {Answered: self._answered, HangUpIfIdle: self._hang_up_if_idle}

    def begin(self) -> None:
        """Take the socket over."""
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self.loop.watch(self._socket, read=self._readable)

    def make_safe(self) -> None:
        """Close the socket."""
        if self._open:
            self._open = False
            self.loop.watch(self._socket)
            self._socket.close()
            self._shared.ended(self.path)

    def detail(self) -> str:
        """See `Actor.detail`."""
        who = self._node or "plain"
        return f"{who}, busy" if self._busy else who

    def _hang_up_if_idle(self, wish: "HangUpIfIdle") -> None:
        if not self._busy and time.monotonic() - self._heard_at > wish.after_s:
            self._hang_up(f"nothing heard for {wish.after_s:g} s")

    def _hang_up(self, why: str) -> None:
        self.log.warning("connection.closed", peer=self._peer, why=why)
        self._end()

    # --- bytes in ---------------------------------------------------------------------------------------

    def _readable(self) -> None:
        try:
            data = self._socket.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._end()
            return
        now = time.monotonic()
        if not data:
            self._half_closed = True  # a client may close its side and still want its answer
            self._watch()
            if not self._busy:
                self._end()
            return
        self._heard_at = now
        self._decoder.feed(data)
        # After a suspension the bytes may be as old as the loop's sleep: reckon so, never that they are fresh.
        slept_at = self.loop.slept_at
        self._pump(slept_at if now - slept_at > STALL_S else now)
        if self._busy and self._decoder.buffered > MAX_MESSAGE_BYTES:
            self._paused = True
            self._watch()

    def _pump(self, received: float) -> None:
        """Take up the next message, if none is being carried out; the rest waits in the decoder."""
        while self._open and not self._busy and not self._closing:
            message = self._decoder.next()
            if message is None:
                break
            if isinstance(message, Fault):
                self.log.warning("frame.bad", peer=self._peer, why=message.text)
                self._closing = True
                self._send(codes.error_text(Reason.BAD_FRAME, message.text), message.form)
            else:
                self._shared.requests += 1
                self._run(message, received)
        if self._half_closed and not self._busy and self._open:
            self._end()
        elif self._paused and not self._busy:
            self._paused = False
            self._watch()

    def _run(self, frame: Frame, received: float) -> None:
        if frame.off_by_one and not self._off_by_one:
            self._off_by_one = True
            self.log.info("frame.length_off_by_one", peer=self._peer)
        if ("braced" if frame.form is Form.BRACED else "plain") not in self._shared.framing:
            text = f"this listener does not take {frame.form.value} messages"
            self._reply(codes.error_text(Reason.NOT_PERMITTED, text), frame.form, {})
            return
        call = read_call(frame, hello=self._client.hello, services=self._shared.services)
        if isinstance(call, Refusal):
            self._reply(codes.error_text(call.reason, call.text, compat=self._client.pychron), frame.form, {})
            return
        if call.verb.build is None:
            self._answer_here(call, frame)
            return
        reply = Reply(self, call, frame.form)
        self._busy = True
        if call.verb.moves and "id" in call.fields and self._remembered(reply, call.fields["id"]):
            return
        self._ask_service(reply, received)

    def _ask_service(self, reply: Reply, received: float) -> None:
        call = reply.call
        fields = call.fields
        deadline = received + MAX_WAIT_S
        if "deadline" in fields:
            if not fields["deadline"].isdigit():
                reply.answer(_refused(call, Reason.BAD_ARGUMENTS, f"deadline {fields['deadline']!r} is no time in ms"))
                return
            deadline = int(fields["deadline"]) / 1000
        by = fields.get("by") or self._node or self._peer
        request = Request(reply, by, fields.get("trace", ""), deadline, received, fields.get("id", ""))
        assert call.verb.build is not None
        if not self.tell_path(call.verb.service, call.verb.build(call.args, request)):
            text = f"{call.verb.service} is being restarted; nothing was begun"
            reply.answer(_refused(call, Reason.BUSY, text))

    def _remembered(self, reply: Reply, command_id: str) -> bool:
        """Answer a command that was heard before from memory, or join it to the one being carried out."""
        replies = self._shared.replies.of(self._node)
        known = replies.get(command_id)
        if known is None:
            replies[command_id] = reply
            return False
        if isinstance(known, Reply):
            known.waiters.append(reply)
        else:
            reply.answer(known)
        return True

    # --- answers out ------------------------------------------------------------------------------------

    def _answered(self, answered: Answered) -> None:
        reply, outcome = answered.reply, answered.outcome
        call = reply.call
        command_id = call.fields.get("id")
        if command_id and call.verb.moves:
            replies = self._shared.replies.of(self._node)
            if replies.get(command_id) is reply:
                replies[command_id] = outcome
                for waiter in reply.waiters:
                    waiter.answer(outcome)
        self._busy = False
        if self._open:
            text, fields = self._text_of(call, outcome)
            self._reply(text, reply.form, fields)
            self._pump(time.monotonic())

    def _text_of(self, call: Call, outcome: Outcome) -> tuple[str, dict[str, str]]:
        """Return what is replied, and the fields that a peer which said Hello gets with it."""
        if outcome.kind in (Kind.REFUSED, Kind.UNKNOWN):
            reason = outcome.reason or Reason.INTERNAL
            fields = {} if call.verb.answer else {"outcome": outcome.kind.name.lower(), "state": str(outcome.state)}
            return codes.error_text(reason, outcome.text, compat=self._client.pychron), fields
        if call.verb.answer is not None:
            try:
                return call.verb.answer(outcome.value, call.args, self._client), {}
            except CannotSay as why:
                return codes.error_text(why.refusal.reason, str(why), compat=self._client.pychron), {}
        if call.verb.name == "Describe":
            return describe(self.context, outcome.value, call.args), {}
        if call.verb.service == LINE:
            fields = {"rev": str(outcome.revision), "state": str(outcome.state), "source": str(outcome.source)}
            return "ok" if outcome.kind is Kind.ALREADY else "OK", fields
        return ("OK" if call.verb.moves else outcome.text), {}

    def _answer_here(self, call: Call, frame: Frame) -> None:
        if call.verb.name == "Hello":
            self._reply(self._hello(frame.text), frame.form, {})
        elif call.verb.name == "Health":
            self._reply(self._shared.health(), frame.form, {})
        else:
            self._closing = True
            self._reply("OK", frame.form, {})

    def _hello(self, text: str) -> str:
        try:
            hello = Hello.decode(text.partition("\t")[0])
        except ValueError as error:
            return codes.error_text(Reason.BAD_ARGUMENTS, str(error))
        if abs(hello.version - PROTOCOL_VERSION) > 1:
            text = f"protocol version {hello.version} of {hello.node} is too far from this node's {PROTOCOL_VERSION}"
            return codes.error_text(Reason.NOT_PERMITTED, text)
        self._client = Peer(hello=True, pychron=self._client.pychron)
        self._node = hello.node
        facts = self.context.facts
        features = {"fields": ""}
        if "notify_port" in facts:
            features |= {"notify": str(facts["notify_port"]), "reply": str(facts["reply_port"])}
        if self.context.simulated:
            features["simulated"] = ""
        clock_ms = int(time.monotonic() * 1000)
        return Welcome(self.context.node, self.context.boot, self._shared.fingerprint, clock_ms, features).encode()

    def _reply(self, text: str, form: Form, fields: dict[str, str]) -> None:
        if self._client.hello and form is Form.BRACED:
            fields["t"] = str(int(time.monotonic() * 1000))
            text = join_fields(text, fields)
        self._send(text, form)

    def _send(self, text: str, form: Form) -> None:
        try:
            data = encode(text, form)
        except ValueError as error:
            data = encode(codes.error_text(Reason.INTERNAL, str(error)), form)
        if self._unsent:
            self._unsent += data
        else:
            try:
                sent = self._socket.send(data)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError:
                self._end()
                return
            if sent < len(data):
                self._unsent += data[sent:]
        if self._unsent:
            self._later_bytes()
        elif self._closing:
            self._end()

    def _later_bytes(self) -> None:
        if len(self._unsent) > UNSENT_LIMIT_BYTES:
            self._hang_up("it does not read its replies")
        else:
            self._watch()

    def _writable(self) -> None:
        try:
            sent = self._socket.send(self._unsent)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._end()
            return
        del self._unsent[:sent]
        if not self._unsent:
            self._watch()
            if self._closing:
                self._end()

    def _watch(self) -> None:
        reads = not (self._paused or self._half_closed or self._closing)
        self.loop.watch(
            self._socket, read=self._readable if reads else None, write=self._writable if self._unsent else None
        )

    def _end(self) -> None:
        self.make_safe()
        self.stop()


def _refused(call: Call, reason: Reason, text: str) -> Outcome:
    return Outcome(call.verb.name, call.args[0] if call.args else "", Kind.REFUSED, reason=reason, text=text)


def describe(context: Context, specs: tuple[ValveSpec, ...], args: tuple[str, ...]) -> str:
    """Return one page of the node's valves as JSON; `args`: what ("valves"), from, count."""
    try:
        first, count = int(args[1]) if len(args) > 1 else 0, int(args[2]) if len(args) > 2 else VALVES_PER_PAGE
    except ValueError:
        return codes.error_text(Reason.BAD_ARGUMENTS, f"invalid arguments: Describe {','.join(args)}")
    page = specs[max(0, first) : max(0, first) + min(max(1, count), VALVES_PER_PAGE)]
    told = [{key: kept for key, kept in asdict(spec).items() if kept not in ("", (), False)} for spec in page]
    return json.dumps({"node": context.node, "protocol": PROTOCOL_VERSION, "total": len(specs), "valves": told})
