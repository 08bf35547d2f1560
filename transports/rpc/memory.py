"""One command's way to its reply, and the memory of those that had an id: none is carried out twice."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, TypeVar

from actors.frozen import message
from actors.loop import Loop
from actors.messages import Kind, Outcome, Reason
from transports.rpc.frames import Form
from transports.rpc.requests import Call

REMEMBERED = 4096  # commands per client: what is asked for again within seconds must be among them, however busy it is
NAMES, HOSTS = 16, 256  # clients per address, and addresses

T = TypeVar("T")


class Asker(Protocol):
    """The connection that a command came on."""

    loop: Loop

    def take(self, message: "Answered") -> bool:
        """Take a reply that can be sent; False: the connection has gone. Any thread."""

    def remember(self, reply: "Reply") -> None:
        """Keep a reply that nobody is there for. On the loop."""


Client = tuple[str, str]  # its address, and the name that it gave


class Reply:
    """Where the outcome of one command goes: as a message to its connection.

    Attributes:
        id: the client's own, of a command that changes something; else "".
        client: who asked, by whose name its end is remembered.
        taken_up: monotonic seconds.
        outcome: None until it is answered.
        waiters: the same id again, while this one was being carried out.
        kept_among: the commands of its client, where it is remembered.
    """

    __slots__ = ("asker", "call", "client", "form", "id", "kept_among", "outcome", "taken_up", "waiters")

    def __init__(self, asker: Asker, call: Call, form: Form, client: "Client", taken_up: float) -> None:
        self.asker = asker
        self.call = call
        self.form = form
        self.client = client
        self.taken_up = taken_up
        self.id = call.fields.get("id", "") if call.verb.moves else ""
        self.outcome: Outcome | None = None
        self.kept_among: Commands | None = None
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
        self._answer(Kind.REFUSED, reason, text)

    def give_up(self, text: str) -> None:
        """Answer that nobody knows, as nobody has said."""
        self._answer(Kind.UNKNOWN, Reason.NO_ANSWER, text)

    def _answer(self, kind: Kind, reason: Reason, text: str) -> None:
        args = self.call.args
        subject = args[0] if args else ""
        self.answer(Outcome(self.call.verb.name, subject, kind, reason=reason, text=text))


@message
class Answered:
    """A reply that has its outcome now, on its way to the connection that asked."""

    reply: Reply


@dataclass(slots=True)
class Kept:
    """A command that had an id, and how it ended."""

    what: str
    outcome: Outcome


Commands = OrderedDict[str, Reply | Kept]


class Remembered:
    """Commands by client and id, the last few of each. Used on the node loop only.

    What is still being carried out is never forgotten; whoever fills the memory pushes out what came from the same
    address first.
    """

    def __init__(self) -> None:
        self._hosts: OrderedDict[str, OrderedDict[str, Commands]] = OrderedDict()

    def answers(self, reply: Reply) -> bool:
        """Answer a command whose id was heard before from memory, or join it to the one being carried out.

        False: it is new, and is to be carried out.
        """
        known = reply.kept_among = self._of(reply.client)
        earlier = known.setdefault(reply.id, reply)
        if earlier is reply:
            if len(known) > REMEMBERED:
                _forget(known, REMEMBERED, _has_ended)
            return False
        what = earlier.what if isinstance(earlier, Kept) else _said(earlier.call)
        if what != _said(reply.call):
            text = f"id {reply.id} was given to {what[:80]!r} before: nothing was begun"
            reply.refuse(Reason.BAD_ARGUMENTS, text)
        elif earlier.outcome is not None:
            reply.answer(earlier.outcome)
        else:
            assert isinstance(earlier, Reply)
            earlier.waiters.append(reply)
        return True

    def keep(self, reply: Reply) -> None:
        """Keep how a command ended, and answer those that asked for it again meanwhile."""
        outcome = reply.outcome
        assert outcome is not None
        known = reply.kept_among  # it is in hand until now, so it was not forgotten
        if known is not None and known.get(reply.id) is reply:
            known[reply.id] = Kept(_said(reply.call), outcome)
        for waiter in reply.waiters:
            waiter.answer(outcome)

    def _of(self, client: Client) -> Commands:
        """Return one client's commands, the oldest first; who was not heard for longest has been forgotten."""
        host, name = client
        names = self._hosts.setdefault(host, OrderedDict())
        self._hosts.move_to_end(host)
        commands = names.setdefault(name, OrderedDict())
        names.move_to_end(name)
        if len(names) > NAMES:
            _forget(names, NAMES, _all_ended)
        if len(self._hosts) > HOSTS:
            _forget(self._hosts, HOSTS, lambda host: all(map(_all_ended, host.values())))
        return commands


def _said(call: Call) -> str:
    return f"{call.verb.name} {','.join(call.args)}"


def _has_ended(kept: Reply | Kept) -> bool:
    return kept.__class__ is Kept


def _all_ended(commands: Commands) -> bool:
    return all(map(_has_ended, commands.values()))


def _forget(kept: OrderedDict[str, T], most: int, may_go: Callable[[T], bool]) -> None:
    """Drop the oldest that may go until at most so many are left; the newest is in use, and stays."""
    while len(kept) > most:
        oldest = next((key for key in islice(kept, len(kept) - 1) if may_go(kept[key])), None)
        if oldest is None:
            return
        del kept[oldest]
