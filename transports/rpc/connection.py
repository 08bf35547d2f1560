"""One client of the command channel: one reply per command, in order.

A client that has said Hello and gives its commands ids has each act carried out as it comes, and answered, with its
id, as it ends: a valve that takes its time delays no other. Everything else is one command at a time.
"""

import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from actors.actor import Context
from actors.messages import Reason, Refusal, Request
from actors.placement import LoopActor
from transports.rpc import codes, replies
from transports.rpc.answers import Peer
from transports.rpc.arrivals import Arrivals
from transports.rpc.fields import Hello, join_fields, whole_number
from transports.rpc.frames import MAX_MESSAGE_BYTES, Decoder, Fault, Form, Frame, encode
from transports.rpc.memory import Answered, Reply
from transports.rpc.replies import Shared
from transports.rpc.requests import Call, id_of, read_call
from transports.rpc.stream import ClientStream
from transports.rpc.verbs import BadArgument

MAX_WAIT_S = 2.0  # a command without a deadline of its own is not carried out later than this
MESSAGES_PER_TURN = 16
ACTS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class _GoOn:
    """There are more messages in the decoder."""


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
        self._peer, self._host = peer, peer.rpartition(":")[0]
        self._shared = shared
        self._stream = ClientStream(self.loop, client, self)
        self._decoder = Decoder()
        self._client = Peer(pychron=shared.pychron)
        self._node = ""
        self._heard_at = time.monotonic()
        self._arrivals = Arrivals()
        self._current: Reply | None = None  # of the command that the next one waits for
        self._aside: set[Reply] = set()  # of acts that nothing waits for
        self._in_hand: Reply | None = None  # of the command that is being taken up
        self._last: bytes | None = None  # the word to end with, when the acts that are under way have been answered
        self._half_closed = self._ending = self._off_by_one = self._goes_on = False

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {
            Answered: self._answered,
            HangUpIfIdle: self._hang_up_if_idle,
            Broke: self._fail,
            _GoOn: self._go_on,
        }

    def begin(self) -> None:
        """Take the socket over."""
        self._stream.start()

    def make_safe(self) -> None:
        """Close the socket."""
        self._ending = True
        self._stream.close()
        self._shared.ended(self.path, self.actor_ref)
        for reply in (self._current, *self._aside):
            if reply is not None and reply.outcome is not None:
                self.remember(reply)  # answered when this actor had been told to end: it never takes the message

    def detail(self) -> str:
        """See `Actor.detail`."""
        who = self._node or "plain"
        return f"{who}, busy" if self._busy else who

    @property
    def _busy(self) -> bool:
        return self._current is not None or bool(self._aside)

    # --- bytes in -----------------------------------------------------------------------------------------

    def received(self, data: bytes) -> None:
        """See `stream.Reader`."""
        now = self._heard_at = time.monotonic()
        self._decoder.feed(data)
        self._arrivals.note(len(data), self.loop.arrived_at(now))
        self._pump()
        if self._decoder.buffered > MAX_MESSAGE_BYTES:
            self._stream.pause(True)

    def half_closed(self) -> None:
        """See `stream.Reader`."""
        self._half_closed = True
        if not self._busy and not self._goes_on:
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
        """Take up the next messages, unless one is waited for; the rest waits in the decoder.

        A few at a time: other clients, and the valves, get their turn.
        """
        if self._goes_on:
            return
        for _ in range(MESSAGES_PER_TURN):
            if self._current is not None or self._ending or self._last is not None:
                return
            message = self._decoder.next()
            if message is None:
                self._ran_dry()
                return
            arrived = self._arrivals.of_message(self._decoder.buffered)
            if isinstance(message, Fault):
                self.log.warning("frame.bad", peer=self._peer, why=message.text)
                self._last_word(codes.error_text(Reason.BAD_FRAME, message.text), message.form)
            else:
                self._shared.requests += 1
                self._in_hand = None
                try:
                    self._run(message, arrived)
                except Exception as error:  # noqa: BLE001 - it is answered and logged there
                    self._failed(error, message.form)

        self._goes_on = self.take(_GoOn())

    def _go_on(self, _message: "_GoOn") -> None:
        self._goes_on = False
        self._pump()

    def _ran_dry(self) -> None:
        """Wait for more bytes, or for replies that are due."""
        self._arrivals.forget()
        if not self._half_closed:
            self._stream.pause(False)
        elif not self._busy:
            self._stream.close_when_sent(self._end)

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
            refused = codes.error_text(call.reason, call.text, compat=self._client.pychron)
            self._reply(refused, frame.form, id_of(frame.text) if self._client.hello else {})
        elif call.verb.build is None:
            self._answer_here(call, frame)
        else:
            reply = self._in_hand = Reply(self, call, frame.form, (self._host, self._node))
            if reply.id and frame.form is Form.BRACED and len(self._aside) < ACTS_AT_ONCE:
                self._aside.add(reply)
            else:
                self._current = reply
            if not reply.id or not self._shared.remembered.answers(reply):
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
        by = fields.get("by") or self._node or self._host
        session = f"{self._host}/{self._node}"
        request = Request(
            reply, by, fields.get("trace", ""), deadline, received, fields.get("id", ""), self._peer, session
        )
        assert call.verb.build is not None
        try:
            message = call.verb.build(call.args, request)
        except BadArgument as bad:
            reply.refuse(Reason.BAD_ARGUMENTS, f"invalid arguments: {bad}")
            return
        if not self.tell_path(call.verb.service, message):
            reply.refuse(Reason.BUSY, f"{call.verb.service} is being restarted; nothing was begun")

    # --- answers out --------------------------------------------------------------------------------------

    def remember(self, reply: Reply) -> None:
        """Keep the outcome of a command that has an id, for whoever asks for it again."""
        if reply.id:
            self._shared.remembered.keep(reply)

    def _answered(self, answered: Answered) -> None:
        reply = answered.reply
        self.remember(reply)
        if reply is self._current:
            self._current = None
        elif reply in self._aside:
            self._aside.discard(reply)
        else:
            return  # there is one reply per command
        if self._ending:
            return
        assert reply.outcome is not None
        told = {"id": reply.call.fields["id"]} if "id" in reply.call.fields else {}
        try:
            text, fields = replies.said(self.context, reply.call, reply.outcome, self._client)
        except Exception as error:  # noqa: BLE001 - it is answered and logged there
            self._in_hand = None
            self._failed(error, reply.form, told)
        else:
            self._reply(text, reply.form, fields | told)
        self._pump()
        self._leave_if_done()

    def _failed(self, error: Exception, form: Form, told: dict[str, str] | None = None) -> None:
        """Answer a command on which this connection itself failed: never silence."""
        self.log.error("command.failed", peer=self._peer, exc_info=error)
        text = f"{error.__class__.__name__}: {error}"
        if self._in_hand is not None:
            self._in_hand.refuse(Reason.INTERNAL, text)
        else:
            self._reply(codes.error_text(Reason.INTERNAL, text), form, told or {})

    def _answer_here(self, call: Call, frame: Frame) -> None:
        told = {"id": call.fields["id"]} if "id" in call.fields else {}
        if call.verb.name == "Hello":
            self._reply(self._hello(frame.text), frame.form, told)
        elif call.verb.name == "Health":
            self._reply(self._shared.health(), frame.form, told)
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
        """End with these words, when the acts that are under way have been answered; nothing more is read."""
        self._last = encode(text, form)
        self._stream.pause(True)
        self._leave_if_done()

    def _leave_if_done(self) -> None:
        if self._last is not None and not self._busy and not self._ending:
            self._ending = True
            self._stream.send(self._last)
            self._stream.close_when_sent(self._end)

    def _hang_up_if_idle(self, wish: HangUpIfIdle) -> None:
        if not self._busy and time.monotonic() - self._heard_at > wish.after_s:
            self.gone(f"nothing heard for {wish.after_s:g} s")

    def _end(self) -> None:
        """End as soon as the loop comes by; nothing more is read or answered."""
        self._ending = True
        self._stream.pause(True)
        self.stop()
