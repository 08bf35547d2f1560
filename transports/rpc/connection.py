"""One client of the command channel: one command at a time, one reply each, in order."""

import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pykka

from actors.actor import Context, LoopActor
from actors.messages import Outcome, Reason, Refusal, Request
from transports.rpc import codes, replies
from transports.rpc.answers import Peer
from transports.rpc.fields import Hello, join_fields
from transports.rpc.frames import MAX_MESSAGE_BYTES, Decoder, Fault, Form, Frame, encode
from transports.rpc.replies import Shared
from transports.rpc.requests import Call, read_call
from transports.rpc.stream import ClientStream

MAX_WAIT_S = 2.0  # a command without a deadline of its own is not carried out later than this


class Reply:
    """Where the outcome of one command goes: as a message to its connection."""

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
            # The client has gone; what it caused is in the journal, and is remembered for when it asks again.
            self.connection.loop.call(lambda: self.connection.remember(self, outcome))


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
    """The actor of one client."""

    def __init__(self, context: Context, path: str, client: socket.socket, peer: str, shared: Shared) -> None:
        super().__init__(context, path)
        self._peer = peer
        self._shared = shared
        self._stream = ClientStream(self.loop, client, self)
        self._decoder = Decoder()
        self._client = Peer(pychron=shared.pychron)
        self._node = ""
        self._heard_at = time.monotonic()
        self._arrived = 0.0  # when the oldest bytes that wait in the decoder may have arrived; 0: none wait
        self._busy = self._half_closed = self._ending = self._off_by_one = False

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {Answered: self._answered, HangUpIfIdle: self._hang_up_if_idle}

    def begin(self) -> None:
        """Take the socket over."""
        self._stream.start()

    def make_safe(self) -> None:
        """Close the socket."""
        self._ending = True
        self._stream.close()
        self._shared.ended(self.path)

    def detail(self) -> str:
        """See `Actor.detail`."""
        who = self._node or "plain"
        return f"{who}, busy" if self._busy else who

    # --- bytes in -----------------------------------------------------------------------------------------

    def received(self, data: bytes) -> None:
        """See `stream.Reader`."""
        now = self._heard_at = time.monotonic()
        self._decoder.feed(data)
        if not self._arrived:
            self._arrived = self.loop.arrived_at(now)
        self._pump()
        if self._busy and self._decoder.buffered > MAX_MESSAGE_BYTES:
            self._stream.pause(True)

    def half_closed(self) -> None:
        """See `stream.Reader`."""
        self._half_closed = True
        if not self._busy:
            self._end()

    def gone(self, why: str) -> None:
        """See `stream.Reader`."""
        if why:
            self.log.warning("connection.closed", peer=self._peer, why=why)
        self._end()

    def _pump(self) -> None:
        """Take up the next message, if none is being carried out; the rest waits in the decoder."""
        while not self._busy and not self._ending:
            message = self._decoder.next()
            if message is None:
                self._arrived = 0.0
                if self._half_closed:
                    self._end()
                else:
                    self._stream.pause(False)
                return
            if isinstance(message, Fault):
                self.log.warning("frame.bad", peer=self._peer, why=message.text)
                self._last_word(codes.error_text(Reason.BAD_FRAME, message.text), message.form)
            else:
                self._shared.requests += 1
                self._run(message, self._arrived)

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
        elif call.verb.build is None:
            self._answer_here(call, frame)
        else:
            reply = Reply(self, call, frame.form)
            self._busy = True
            if not self._remembered(reply):
                self._ask_service(reply, received)

    def _ask_service(self, reply: Reply, received: float) -> None:
        call, fields = reply.call, reply.call.fields
        deadline = received + MAX_WAIT_S
        if "deadline" in fields:
            if not fields["deadline"].isdigit():
                text = f"deadline {fields['deadline'][:40]!r} is no time in ms"
                reply.answer(replies.refused(call, Reason.BAD_ARGUMENTS, text))
                return
            deadline = int(fields["deadline"]) / 1000
        by = fields.get("by") or self._node or self._peer
        request = Request(reply, by, fields.get("trace", ""), deadline, received, fields.get("id", ""))
        assert call.verb.build is not None
        if not self.tell_path(call.verb.service, call.verb.build(call.args, request)):
            text = f"{call.verb.service} is being restarted; nothing was begun"
            reply.answer(replies.refused(call, Reason.BUSY, text))

    def _remembered(self, reply: Reply) -> bool:
        """Answer a command that was heard before from memory, or join it to the one being carried out."""
        command_id = reply.call.fields.get("id")
        if not command_id or not reply.call.verb.moves:
            return False
        known = self._shared.remembered.of(self._node)
        earlier = known.setdefault(command_id, reply)
        if earlier is reply:
            return False
        if isinstance(earlier, Reply):
            earlier.waiters.append(reply)
        else:
            reply.answer(earlier)
        return True

    # --- answers out --------------------------------------------------------------------------------------

    def remember(self, reply: Reply, outcome: Outcome) -> None:
        """Keep the outcome of a command that has an id, and answer those that asked for it again meanwhile."""
        command_id = reply.call.fields.get("id")
        if command_id and reply.call.verb.moves:
            known = self._shared.remembered.of(self._node)
            if known.get(command_id) is reply:
                known[command_id] = outcome
                for waiter in reply.waiters:
                    waiter.answer(outcome)

    def _answered(self, answered: Answered) -> None:
        reply = answered.reply
        self.remember(reply, answered.outcome)
        self._busy = False
        if self._ending:
            return
        text, fields = replies.said(self.context, reply.call, answered.outcome, self._client)
        self._reply(text, reply.form, fields)
        self._pump()

    def _answer_here(self, call: Call, frame: Frame) -> None:
        if call.verb.name == "Hello":
            self._reply(self._hello(frame.text), frame.form, {})
        elif call.verb.name == "Health":
            self._reply(self._shared.health(), frame.form, {})
        else:
            self._last_word("OK", frame.form)

    def _hello(self, text: str) -> str:
        try:
            hello = Hello.decode(text.partition("\t")[0])
            answer = replies.welcome(self.context, self._shared.fingerprint, hello, time.monotonic())
        except ValueError as error:
            return codes.error_text(Reason.BAD_ARGUMENTS, str(error))
        self._client = Peer(hello=True, pychron=self._client.pychron)
        self._node = hello.node
        return answer

    def _reply(self, text: str, form: Form, fields: dict[str, str]) -> None:
        if self._client.hello and form is Form.BRACED:
            fields["t"] = str(int(time.monotonic() * 1000))
            text = join_fields(text, fields)
        try:
            data = encode(text, form)
        except ValueError as error:
            data = encode(codes.error_text(Reason.INTERNAL, str(error)), form)
        self._stream.send(data)

    def _last_word(self, text: str, form: Form) -> None:
        self._ending = True
        self._stream.send(encode(text, form))
        self._stream.close_when_sent(self._end)

    def _hang_up_if_idle(self, wish: HangUpIfIdle) -> None:
        if not self._busy and time.monotonic() - self._heard_at > wish.after_s:
            self.gone(f"nothing heard for {wish.after_s:g} s")

    def _end(self) -> None:
        """End as soon as the loop comes by; nothing more is read or answered."""
        self._ending = True
        self._stream.pause(True)
        self.stop()
