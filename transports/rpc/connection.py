"""One client of the command channel: its socket, its bytes cut into messages, its limits, its end."""

import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from actors.actor import Context
from actors.messages import Reason
from actors.placement import LoopActor
from transports.rpc import codes
from transports.rpc.allowance import Allowance
from transports.rpc.arrivals import Arrivals
from transports.rpc.conversation import Conversation
from transports.rpc.forms import Fault, Form, Frame
from transports.rpc.frames import Decoder
from transports.rpc.memory import Answered, Reply
from transports.rpc.replies import Shared
from transports.rpc.stream import ClientStream
from transports.rpc.tls import Tunnel

MESSAGES_PER_TURN = 16
LEFT_S = 30.0  # after a client has sent its last: most that do so have gone, and need no answer to a question
LINGER_S = 1.0  # after the last word: so long may a client go on sending, and nobody listens


@dataclass(frozen=True, slots=True)
class _GoOn:
    """There are more messages in the decoder."""


@dataclass(frozen=True, slots=True)
class _Lingered:
    """The last word was sent a while ago."""


@dataclass(frozen=True, slots=True)
class Broke:
    """A socket callback of the connection raised, outside of any message."""

    error: Exception


@dataclass(frozen=True, slots=True)
class LookAtClock:
    """The listener's word to each client's actor, now and then: end if nothing was heard for too long."""


@dataclass(frozen=True, slots=True)
class Leave:
    """The listener's word to each client's actor: it ends now."""

    why: str


class Connection(LoopActor):
    """The actor of one client."""

    def __init__(self, context: Context, path: str, client: socket.socket, peer: str, shared: Shared) -> None:
        super().__init__(context, path)
        settings = self._settings = shared.settings
        self._shared = shared
        tunnel = Tunnel(shared.tls) if shared.tls is not None else None
        self._stream = ClientStream(self.loop, client, self, settings.max_unsent_bytes, tunnel)
        self._decoder = Decoder(bare_length=Form.BARE in shared.forms, limit=settings.max_message_bytes)
        self._talk = Conversation(self, shared, peer)
        self._came_at = time.monotonic()
        self._message_at: float | None = None  # when the last whole message came
        self._arrivals = Arrivals()
        self._allowance = Allowance(settings.messages_per_s, self._came_at)
        self._last: bytes | None = None  # the word to end with, when the acts that are under way have been answered
        self._half_closed_at: float | None = None  # the client sends no more since then
        self._ending = self._goes_on = False

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {
            Answered: self._answered,
            LookAtClock: self._look_at_clock,
            Leave: self._leave,
            Broke: self._fail,
            _GoOn: self._go_on,
            _Lingered: self._lingered,
        }

    def begin(self) -> None:
        """Take the socket over."""
        self._stream.start()

    def make_safe(self) -> None:
        """Close the socket."""
        self._ending = True
        self._stream.close()
        self._shared.ended(self.path, self.actor_ref)
        self._talk.end()

    def detail(self) -> str:
        """See `Actor.detail`."""
        return self._talk.detail()

    # --- bytes in -----------------------------------------------------------------------------------------

    def proved(self, name: str) -> None:
        """See `stream.Reader`."""
        self._talk.proved(name)

    def received(self, data: bytes) -> None:
        """See `stream.Reader`."""
        now = time.monotonic()
        self._decoder.feed(data)
        self._arrivals.note(len(data), self.loop.arrived_at(now))
        if self._talk.heard is not None:
            self._talk.heard[self._talk.session] = now
        self._pump()
        if self._decoder.buffered > self._settings.max_message_bytes:
            self._stream.pause(True)

    def half_closed(self) -> None:
        """See `stream.Reader`."""
        self._half_closed_at = time.monotonic()
        if not self._talk.busy and not self._goes_on:
            self._stream.close_when_sent(self._end)

    def gone(self, why: str) -> None:
        """See `stream.Reader`."""
        if why:
            self.log.warning("connection.closed", peer=self._talk.peer, why=why)
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
        talk, allowance = self._talk, self._allowance
        for _ in range(MESSAGES_PER_TURN):
            if talk.current is not None or self._ending or self._last is not None:
                return
            message = self._decoder.next()
            if message is None:
                self._ran_dry()
                return
            arrived = self._message_at = self._arrivals.of_message(self._decoder.buffered)
            if isinstance(message, Fault):
                self.log.warning("frame.bad", peer=talk.peer, why=message.text)
                self.last_word(talk.framed(codes.error_text(Reason.BAD_FRAME, message.text), message.form))
                return
            allowance.left -= 1
            if allowance.left < 0 and not allowance.refill(time.monotonic()):
                self._over(f"more than {self._settings.messages_per_s} messages a second", message.form)
                return
            self._shared.requests += 1
            talk.take_up(message, arrived)
        self._goes_on = self.take(_GoOn())

    def _go_on(self, _message: "_GoOn") -> None:
        self._goes_on = False
        self._pump()

    def _ran_dry(self) -> None:
        """Wait for more bytes, or for replies that are due."""
        self._arrivals.forget()
        if self._half_closed_at is None:
            self._stream.pause(False)
        elif not self._talk.busy:
            self._stream.close_when_sent(self._end)

    # --- answers out --------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """See `conversation.Bearer`."""
        self._stream.send(data)

    def remember(self, reply: Reply) -> None:
        """See `memory.Asker`."""
        self._talk.remember(reply)

    def last_word(self, data: bytes) -> None:
        """See `conversation.Bearer`."""
        self._last = data
        self._stream.pause(True)
        self._leave_if_done()

    def _answered(self, answered: Answered) -> None:
        waited = self._talk.answered(answered.reply, silent=self._ending)
        if waited or (self._half_closed_at is not None and not self._ending):
            self._pump()
        self._leave_if_done()

    def _leave_if_done(self) -> None:
        if self._last is not None and not self._talk.busy and not self._ending:
            self._ending = True
            self._stream.send(self._last)
            self._stream.close_when_sent(self._end, lingers=self._half_closed_at is None)
            self.later(LINGER_S, _Lingered())

    # --- limits and ends ----------------------------------------------------------------------------------

    def _look_at_clock(self, _message: LookAtClock) -> None:
        now, settings = time.monotonic(), self._settings
        if self._ending:
            return
        if self._talk.busy:
            self._talk.give_up(now)
            left = self._half_closed_at is not None and now - self._half_closed_at > LEFT_S
            if left and not self._talk.acts:
                self.gone(f"it sends no more, and what it asked is not answered within {LEFT_S:g} s")
            return
        if self._message_at is not None:
            if now - self._message_at > settings.idle_timeout_s:
                self.gone(f"no message for {settings.idle_timeout_s:g} s")
        elif now - self._came_at > (limit_s := min(settings.handshake_timeout_s, settings.idle_timeout_s)):
            if self._stream.can_speak:
                self._over(f"no whole message within {limit_s:g} s", Form.PLAIN)
            else:
                self.gone(f"no TLS handshake within {limit_s:g} s")

    def _over(self, why: str, form: Form) -> None:
        """End a client that went over a limit: it is told, and one line is logged."""
        self.log.warning("connection.closed", peer=self._talk.peer, why=why)
        self.last_word(self._talk.framed(codes.error_text(Reason.BUSY, why), form))

    def _leave(self, leave: Leave) -> None:
        """Answer what has no answer yet, and what has come and was not taken up."""
        if self._ending:
            return
        self._ending = True
        self._talk.leave(leave.why)
        if self._last is not None:
            self._stream.send(self._last)
            return
        while isinstance(message := self._decoder.next(), Frame):
            self._talk.turn_away(message, leave.why)

    def _lingered(self, _message: "_Lingered") -> None:
        self._end()

    def _end(self) -> None:
        """End as soon as the loop comes by; nothing more is read or answered."""
        self._ending = True
        self._stream.pause(True)
        self.stop()
