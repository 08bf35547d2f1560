"""What is said with one client: its commands are told to their services, and each is answered once.

A client that has said Hello and gives its commands ids has each act carried out as it comes, and answered, with its
id, as it ends: a valve that takes its time delays no other. Everything else is one command at a time.
"""

import sys
import time
from typing import Any, Protocol

from actors.actor import Context
from actors.messages import Reason, Refusal, Request
from transports.rpc import codes, replies
from transports.rpc.answers import Peer
from transports.rpc.fields import Hello, whole_number, with_fields
from transports.rpc.forms import Form, Frame, encode
from transports.rpc.greeting import not_taken
from transports.rpc.memory import Asker, Reply
from transports.rpc.replies import Shared
from transports.rpc.requests import Call, id_of, read_call
from transports.rpc.verbs import BadArgument

MAX_WAIT_S = 2.0  # a command without a deadline of its own is not carried out later than this
ACTS_AT_ONCE = 64
LONGEST_S = 3600.0  # until whoever waits is told that nobody knows; no move and no safe state takes that long


class Bearer(Asker, Protocol):
    """The connection that carries the words."""

    context: Context
    log: Any  # structlog's bound loggers have no common type

    def tell_path(self, path: str, message: Any) -> bool:
        """See `Actor.tell_path`."""

    def send(self, data: bytes) -> None:
        """Send a reply."""

    def last_word(self, data: bytes) -> None:
        """Send this when the acts that are under way have been answered, and end; nothing more is read."""


class Conversation:
    """One client's. Used on the loop's thread only.

    Args:
        bearer: the connection.
        shared: what it shares with the others of its listener.
        peer: its address and port.

    Attributes:
        current: the command that the next one waits for.
        peer: whom the log and the journal name: address and port, after the name in its certificate; whatever it says.
        session: whose connection it is; see `actors.watchers`.
        heard: where the times of its bytes go; None: it is not counted (yet).
    """

    __slots__ = (
        "_aside", "_bearer", "_by", "_client", "_host", "_in_hand", "_node", "_proved", "_read_only", "_shared",
        "current", "heard", "peer", "session",
    )  # fmt: skip

    def __init__(self, bearer: Bearer, shared: Shared, peer: str) -> None:
        self._bearer = bearer
        self._shared = shared
        self.peer = peer
        self._host = sys.intern(peer.rpartition(":")[0])  # one text for all clients of an address
        self._client = Peer(pychron=shared.settings.pychron)
        self._node = self._proved = ""
        self._by = self._host
        self.session = sys.intern(f"{self._host}/")
        self.heard: dict[str, float] | None = None
        self._read_only = shared.settings.read_only
        self.current: Reply | None = None
        self._aside: set[Reply] = set()  # of acts that nothing waits for
        self._in_hand: Reply | None = None  # of the command that is being taken up

    @property
    def busy(self) -> bool:
        """Whether a command has no answer yet."""
        return self.current is not None or bool(self._aside)

    @property
    def acts(self) -> bool:
        """Whether a command that changes something has no answer yet."""
        return any(reply.call.verb.moves for reply in self._waiting())

    def detail(self) -> str:
        """Say in a few words who it is."""
        who = self._node or self._proved or "plain"
        return f"{who}, busy" if self.busy else who

    def proved(self, name: str) -> None:
        """Take the name in the client's certificate: commands are given in it."""
        self._proved = self._by = name
        self.peer = f"{name}@{self.peer}"

    # --- commands -----------------------------------------------------------------------------------------

    def take_up(self, frame: Frame, received: float) -> None:
        """Answer a message, or tell its service; never raises. `received`: monotonic seconds."""
        self._in_hand = None
        try:
            self._run(frame, received)
        except Exception as error:  # noqa: BLE001 - it is answered and logged there
            self._failed(error, frame.form)

    def _run(self, frame: Frame, received: float) -> None:
        form = frame.form
        if frame.off_by_one and self._shared.lengths.is_news(self._host):
            self._bearer.log.info("frame.length_off_by_one", peer=self.peer)
        if form not in self._shared.forms:
            self._reply(codes.error_text(Reason.NOT_PERMITTED, not_taken(form)), form)
            return
        call = read_call(frame, hello=self._client.hello, services=self._shared.services)
        if isinstance(call, Refusal):
            self._refuse(call.reason, call.text, frame)
            return
        if self.heard is None or self._shared.watchers.leaving:
            self._note_session(call.verb.name)
        if call.verb.build is None:
            self._answer_here(call, frame)
        elif call.verb.moves and self._read_only:
            self._refuse(Reason.NOT_PERMITTED, f"{call.verb.name}: this listener answers questions only", frame)
        else:
            reply = self._in_hand = Reply(self._bearer, call, form, (self._host, self._node), received)
            if reply.id and form is Form.BRACED and len(self._aside) < ACTS_AT_ONCE:
                self._aside.add(reply)
            else:
                self.current = reply
            if not reply.id or not self._shared.remembered.answers(reply):
                self._ask_service(reply, received)

    def _note_session(self, verb: str) -> None:
        """Count this connection from its first command on; and note that its session goes on after a Goodbye."""
        if self.heard is None:
            if not self._read_only and verb != "Hello":
                self._count(greeted=False)
        elif verb != "Goodbye":
            self._shared.watchers.goes_on(self.session)

    def _ask_service(self, reply: Reply, received: float) -> None:
        call, fields = reply.call, reply.call.fields
        deadline = received + MAX_WAIT_S
        if "deadline" in fields:
            deadline_ms = whole_number(fields["deadline"])
            if deadline_ms is None:
                reply.refuse(Reason.BAD_ARGUMENTS, f"deadline {fields['deadline'][:40]!r} is no time in ms")
                return
            deadline = deadline_ms / 1000
        by, trace, id_ = fields.get("by") or self._by, fields.get("trace", ""), fields.get("id", "")
        request = Request(reply, by, trace, deadline, received, id_, self.peer, self.session)
        assert call.verb.build is not None
        try:
            message = call.verb.build(call.args, request)
        except BadArgument as bad:
            reply.refuse(Reason.BAD_ARGUMENTS, f"invalid arguments: {bad}")
            return
        if not self._bearer.tell_path(call.verb.service, message):
            reply.refuse(Reason.BUSY, f"{call.verb.service} is being restarted; nothing was begun")

    def _answer_here(self, call: Call, frame: Frame) -> None:
        told = {"id": call.fields["id"]} if "id" in call.fields else {}
        if call.verb.name == "Hello":
            self._reply(self._hello(frame.text, call.fields.get("boot", "")), frame.form, told)
        elif call.verb.name == "Health":
            self._reply(self._shared.health(), frame.form, told)
        else:
            if self.heard is not None:
                self._shared.watchers.goodbye(self.session)
            self._bearer.last_word(self.framed("OK", frame.form, told))

    def _hello(self, text: str, boot: str) -> str:
        """Return the answer to a Hello. `boot`: of the peer's life, which it tells when fields are agreed, or ""."""
        try:
            hello = Hello.decode(text.partition("\t")[0])
            settings, now = self._shared.settings, time.monotonic()
            answer = replies.welcome(self._bearer.context, settings.fingerprint, hello, now)
        except ValueError as error:
            return codes.error_text(Reason.BAD_ARGUMENTS, str(error))
        before, greeted = self.session, self._client.hello
        self._client = Peer(hello=True)  # so it is no Pychron, whatever this listener is for
        self._node = hello.node
        self._by = self._proved or hello.node
        node = f"{self._host}/{hello.node}"
        self.session = f"{node}#{boot}" if boot else node
        if not self._read_only and (self.heard is None or before != self.session):
            counted = self.heard is not None
            self._count(greeted=True)
            if counted:
                self._shared.watchers.became(before, self.session)
                self._shared.watchers.ended(before, greeted=greeted)
        return answer

    def _count(self, *, greeted: bool) -> None:
        self.heard = self._shared.watchers.came(self.session, time.monotonic(), greeted=greeted)

    # --- answers ------------------------------------------------------------------------------------------

    def remember(self, reply: Reply) -> None:
        """Keep the outcome of a command that has an id, for whoever asks for it again."""
        if reply.id:
            self._shared.remembered.keep(reply)

    def answered(self, reply: Reply, *, silent: bool) -> bool:
        """Send what a command's outcome is; return whether the next one waited for it.

        `silent`: it is only remembered, the client is gone.
        """
        self.remember(reply)
        waited = reply is self.current
        if waited:
            self.current = None
        elif reply in self._aside:
            self._aside.discard(reply)
        else:
            return False  # there is one reply per command
        if silent:
            return False
        assert reply.outcome is not None
        try:
            shared = self._shared
            text, fields = replies.said(self._bearer.context, reply.call, reply.outcome, self._client, shared.services)
        except Exception as error:  # noqa: BLE001 - it is answered and logged there
            self._in_hand = None
            self._failed(error, reply.form, _unknown(reply))
        else:
            fields.update(_id(reply))
            self._reply(text, reply.form, fields)
        return waited

    def leave(self, text: str) -> None:
        """Tell whoever waits for the end of a command that nobody will: it is under way, and may go on."""
        for reply in self._waiting():
            if reply.outcome is not None:
                self.answered(reply, silent=False)
            else:
                how = f"{text}; how {reply.call.verb.name} ends is not known here"
                self._reply(codes.error_text(Reason.STOPPING, how), reply.form, _unknown(reply))

    def turn_away(self, frame: Frame, text: str) -> None:
        """Answer a message that is not taken up any more."""
        self._refuse(Reason.STOPPING, f"{text}; nothing was begun", frame)

    def give_up(self, now: float) -> None:
        """Answer what should have been answered long ago, at `now` (monotonic seconds)."""
        for reply in self._waiting():
            if now - reply.taken_up > LONGEST_S:
                reply.give_up(f"no answer from {reply.call.verb.service} in {LONGEST_S:.0f} s")

    def end(self) -> None:
        """Forget the client: what it caused is remembered."""
        if self.heard is not None:
            self.heard = None
            self._shared.watchers.ended(self.session, greeted=self._client.hello)
        for reply in self._waiting():
            if reply.outcome is not None:
                self.remember(reply)  # answered when the actor had been told to end: it never takes the message

    def _waiting(self) -> list[Reply]:
        return [reply for reply in (self.current, *self._aside) if reply is not None]

    def _refuse(self, reason: Reason, text: str, frame: Frame) -> None:
        refused = codes.error_text(reason, text, compat=self._client.pychron)
        self._reply(refused, frame.form, id_of(frame.text) if self._client.hello else None)

    def _failed(self, error: Exception, form: Form, told: dict[str, str] | None = None) -> None:
        """Answer a command on which this conversation itself failed: never silence."""
        self._bearer.log.error("command.failed", peer=self.peer, exc_info=error)
        text = f"{error.__class__.__name__}: {error}"
        if self._in_hand is not None:
            self._in_hand.refuse(Reason.INTERNAL, text)
        else:
            self._reply(codes.error_text(Reason.INTERNAL, text), form, told)

    def _reply(self, text: str, form: Form, fields: dict[str, str] | None = None) -> None:
        self._bearer.send(self.framed(text, form, fields))

    def framed(self, text: str, form: Form, fields: dict[str, str] | None = None) -> bytes:
        """Return a reply as it is sent: with fields, and the clock, where they are agreed."""
        try:
            if self._client.hello and form is Form.BRACED:
                fields = {} if fields is None else fields
                fields["t"] = str(int(time.monotonic() * 1000))
                text = with_fields(text, fields)
            return encode(text, form)
        except ValueError as error:
            return encode(codes.error_text(Reason.INTERNAL, str(error)), form)


def _unknown(reply: Reply) -> dict[str, str]:
    """Return the fields of a reply that does not say how the command has ended."""
    return ({"outcome": "unknown", "state": "unknown"} if reply.call.verb.moves else {}) | _id(reply)


def _id(reply: Reply) -> dict[str, str]:
    fields = reply.call.fields
    return {"id": fields["id"]} if "id" in fields else {}
