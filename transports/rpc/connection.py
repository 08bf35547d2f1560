"""One client of the command channel: one command at a time, one reply each, in order."""

import socket
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from actors.actor import Context, LoopActor
from actors.messages import Reason, Refusal, Request
from transports.rpc import codes, replies
from transports.rpc.answers import Peer
from transports.rpc.fields import Hello, join_fields, whole_number
from transports.rpc.frames import MAX_MESSAGE_BYTES, Decoder, Fault, Form, Frame, encode
from transports.rpc.memory import Answered, Reply
from transports.rpc.replies import Shared
from transports.rpc.requests import Call, read_call
from transports.rpc.stream import ClientStream

MAX_WAIT_S = 2.0  # a command without a deadline of its own is not carried out later than this


@dataclass(frozen=True, slots=True)
class Broke:
    """A socket callback of the connection raised, outside of any message."""

    error: Exception


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
        self._fed = 0  # bytes so far
        self._chunks: deque[tuple[int, float]] = deque()  # up to which byte, and when they may have arrived
        self._current: Reply | None = None  # of the command that is being carried out
        self._half_closed = self._ending = self._off_by_one = False

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {Answered: self._answered, HangUpIfIdle: self._hang_up_if_idle, Broke: self._fail}

    def begin(self) -> None:
        """Take the socket over."""
        self._stream.start()

    def make_safe(self) -> None:
        """Close the socket."""
        self._ending = True
        self._stream.close()
        self._shared.ended(self.path, self.actor_ref)
        if self._current is not None and self._current.outcome is not None:
            self.remember(self._current)  # answered when this actor had been told to end: it never takes the message

    def detail(self) -> str:
        """See `Actor.detail`."""
        who = self._node or "plain"
        return f"{who}, busy" if self._current is not None else who

    # --- bytes in -----------------------------------------------------------------------------------------

    def received(self, data: bytes) -> None:
        """See `stream.Reader`."""
        now = self._heard_at = time.monotonic()
        self._decoder.feed(data)
        self._fed += len(data)
        self._chunks.append((self._fed, self.loop.arrived_at(now)))
        self._pump()
        if self._current is not None and self._decoder.buffered > MAX_MESSAGE_BYTES:
            self._stream.pause(True)

    def half_closed(self) -> None:
        """See `stream.Reader`."""
        self._half_closed = True
        if self._current is None:
            self._stream.close_when_sent(self._end)

    def gone(self, why: str) -> None:
        """See `stream.Reader`."""
        if why:
            self.log.warning("connection.closed", peer=self._peer, why=why)
        self._end()

    def broke(self, error: Exception) -> None:
        """See `stream.Reader`."""
        self._ending = True
        self._stream.pause(True)
        self.take(Broke(error))

    def _fail(self, broke: Broke) -> None:
        """End as an actor does that fails: logged, reported, its socket closed."""
        raise broke.error

    def _pump(self) -> None:
        """Take up the next message, if none is being carried out; the rest waits in the decoder."""
        while self._current is None and not self._ending:
            arrived = self._arrival()
            message = self._decoder.next()
            if message is None:
                if self._half_closed:
                    self._stream.close_when_sent(self._end)
                else:
                    self._stream.pause(False)
                return
            if isinstance(message, Fault):
                self.log.warning("frame.bad", peer=self._peer, why=message.text)
                self._last_word(codes.error_text(Reason.BAD_FRAME, message.text), message.form)
            else:
                self._shared.requests += 1
                try:
                    self._run(message, arrived)
                except Exception as error:  # noqa: BLE001 - it is answered and logged there
                    self._failed(error, message.form)

    def _arrival(self) -> float:
        """Return when the bytes may have arrived with which the next message begins."""
        begins_at = self._fed - self._decoder.buffered
        while len(self._chunks) > 1 and self._chunks[0][0] <= begins_at:
            self._chunks.popleft()
        return self._chunks[0][1] if self._chunks else time.monotonic()

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
            reply = self._current = Reply(self, call, frame.form)
            if not reply.id or not self._shared.remembered.answers(self._node, reply):
                self._ask_service(reply, received)

    def _ask_service(self, reply: Reply, received: float) -> None:
        call, fields = reply.call, reply.call.fields
        deadline = received + MAX_WAIT_S
        if "deadline" in fields:
            deadline_ms = whole_number(fields["deadline"])
            if deadline_ms is None:
                reply.refuse(Reason.BAD_ARGUMENTS, f"deadline {fields['deadline'][:40]!r} is no time in ms")
                return
            deadline = deadline_ms / 1000
        by = fields.get("by") or self._node or self._peer
        request = Request(reply, by, fields.get("trace", ""), deadline, received, fields.get("id", ""))
        assert call.verb.build is not None
        if not self.tell_path(call.verb.service, call.verb.build(call.args, request)):
            reply.refuse(Reason.BUSY, f"{call.verb.service} is being restarted; nothing was begun")

    # --- answers out --------------------------------------------------------------------------------------

    def remember(self, reply: Reply) -> None:
        """Keep the outcome of a command that has an id, for whoever asks for it again."""
        if reply.id:
            self._shared.remembered.keep(self._node, reply)

    def _answered(self, answered: Answered) -> None:
        reply = answered.reply
        self.remember(reply)
        if reply is not self._current:
            return  # there is one reply per command
        self._current = None
        if self._ending:
            return
        assert reply.outcome is not None
        try:
            text, fields = replies.said(self.context, reply.call, reply.outcome, self._client)
        except Exception as error:  # noqa: BLE001 - it is answered and logged there
            self._failed(error, reply.form)
        else:
            self._reply(text, reply.form, fields)
        self._pump()

    def _failed(self, error: Exception, form: Form) -> None:
        """Answer a command on which this connection itself failed: never silence."""
        self.log.error("command.failed", peer=self._peer, exc_info=error)
        text = f"{error.__class__.__name__}: {error}"
        if self._current is not None:
            self._current.refuse(Reason.INTERNAL, text)
        else:
            self._reply(codes.error_text(Reason.INTERNAL, text), form, {})

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
        try:
            if self._client.hello and form is Form.BRACED:
                fields["t"] = str(int(time.monotonic() * 1000))
                text = join_fields(text, fields)
            data = encode(text, form)
        except ValueError as error:
            data = encode(codes.error_text(Reason.INTERNAL, str(error)), form)
        self._stream.send(data)

    def _last_word(self, text: str, form: Form) -> None:
        self._ending = True
        self._stream.send(encode(text, form))
        self._stream.close_when_sent(self._end)

    def _hang_up_if_idle(self, wish: HangUpIfIdle) -> None:
        if self._current is None and time.monotonic() - self._heard_at > wish.after_s:
            self.gone(f"nothing heard for {wish.after_s:g} s")

    def _end(self) -> None:
        """End as soon as the loop comes by; nothing more is read or answered."""
        self._ending = True
        self._stream.pause(True)
        self.stop()
