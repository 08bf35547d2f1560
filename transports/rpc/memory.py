"""One command's way to its reply, and the memory of those that had an id: none is carried out twice."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

from actors.loop import Loop
from actors.messages import Kind, Outcome, Reason
from transports.rpc.frames import Form
from transports.rpc.requests import Call

REMEMBERED = 256  # commands per client, and clients


class Asker(Protocol):
    """The connection that a command came on."""

    loop: Loop

    def take(self, message: "Answered") -> bool:
        """Take a reply that can be sent; False: the connection has gone. Any thread."""

    def remember(self, reply: "Reply") -> None:
        """Keep a reply that nobody is there for. On the loop."""


class Reply:
    """Where the outcome of one command goes: as a message to its connection.

    Attributes:
        id: the client's own, of a command that changes something; else "".
        outcome: None until it is answered.
        waiters: the same id again, while this one was being carried out.
    """

    __slots__ = ("asker", "call", "form", "id", "outcome", "waiters")

    def __init__(self, asker: Asker, call: Call, form: Form) -> None:
        self.asker = asker
        self.call = call
        self.form = form
        self.id = call.fields.get("id", "") if call.verb.moves else ""
        self.outcome: Outcome | None = None
        self.waiters: list[Reply] = []

    def answer(self, outcome: Outcome) -> None:
        """See `ReplyTo.answer`. The first answer counts: a command has one reply."""
        if self.outcome is not None:
            return
        self.outcome = outcome
        if not self.asker.take(Answered(self)):
            # The client has gone; what it caused is in the journal, and is remembered for when it asks again.
            self.asker.loop.call(lambda: self.asker.remember(self))

    def refuse(self, reason: Reason, text: str) -> None:
        """Answer in the name of a service that was not asked."""
        args = self.call.args
        subject = args[0] if args else ""
        self.answer(Outcome(self.call.verb.name, subject, Kind.REFUSED, reason=reason, text=text))


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply that has its outcome now, on its way to the connection that asked."""

    reply: Reply


@dataclass(slots=True)
class Kept:
    """A command that had an id, and how it ended."""

    call: Call
    outcome: Outcome


class Remembered:
    """Commands by (client, id), the last few per client. Used on the node loop only."""

    def __init__(self) -> None:
        self._clients: OrderedDict[str, OrderedDict[str, Reply | Kept]] = OrderedDict()

    def answers(self, client: str, reply: Reply) -> bool:
        """Answer a command whose id was heard before from memory, or join it to the one being carried out.

        False: it is new, and is to be carried out.
        """
        known = self._of(client)
        earlier = known.setdefault(reply.id, reply)
        if earlier is reply:
            return False
        call = earlier.call
        if call.verb is not reply.call.verb or call.args != reply.call.args:
            before = f"{call.verb.name} {','.join(call.args)}"
            text = f"id {reply.id[:40]} was given to {before[:80]!r} before: nothing was begun"
            reply.refuse(Reason.BAD_ARGUMENTS, text)
        elif earlier.outcome is not None:
            reply.answer(earlier.outcome)
        else:
            earlier.waiters.append(reply)
        return True

    def keep(self, client: str, reply: Reply) -> None:
        """Keep how a command ended, and answer those that asked for it again meanwhile."""
        outcome = reply.outcome
        assert outcome is not None
        known = self._of(client)
        if known.get(reply.id) is reply:
            known[reply.id] = Kept(reply.call, outcome)
        for waiter in reply.waiters:
            waiter.answer(outcome)

    def _of(self, client: str) -> OrderedDict[str, Reply | Kept]:
        """Return one client's commands, the oldest first; still older ones have been dropped."""
        commands = self._clients.setdefault(client, OrderedDict())
        self._clients.move_to_end(client)
        while len(commands) > REMEMBERED:
            commands.popitem(last=False)
        while len(self._clients) > REMEMBERED:
            self._clients.popitem(last=False)
        return commands
