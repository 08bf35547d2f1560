"""What the answer to a Hello says of the far end: that it speaks HELLO, that it does not, or that it will not. Pure."""

import re

from actors.messages import Reason
from transports.rpc import codes
from transports.rpc.codes import ReplyKind
from transports.rpc.fields import PROTOCOL_VERSION, Welcome
from transports.rpc.forms import Form

# A node that knows Hello refuses it so; one that has never heard of it says that it is no command, or anything else.
_TURNED_AWAY = frozenset(
    {Reason.BAD_ARGUMENTS, Reason.NOT_ALLOWED, Reason.BAD_FRAME, Reason.BUSY, Reason.STOPPING, Reason.NOT_PERMITTED}
)


_HELLO = re.compile(r"HELLO [0-9]")


class TurnedAway(Exception):
    """The far end is silent, or wants nothing to do with us now: its text says why."""


def not_taken(form: Form) -> str:
    """Return what a listener says to a message of a form that it does not take."""
    return f"this listener does not take {form.value} messages"


def takes_no_braces(text: str) -> bool:
    """Whether an answer to Hello says that a listener of ours takes plain messages only: it is spoken to so."""
    return text == codes.error_text(Reason.NOT_PERMITTED, not_taken(Form.BRACED))


def welcome_of(text: str) -> Welcome | None:
    """Return what a node of ours says of itself; None: this is no node of ours.

    Raises:
        TurnedAway: it is one, and refuses, or speaks a protocol too far from ours, or in a way not understood.
    """
    try:
        welcome = Welcome.decode(text)
    except ValueError as error:
        if _HELLO.match(text):  # it knows what that is, so it is no plain peer
            raise TurnedAway(f"its HELLO is malformed: {error}") from error
        if not takes_no_braces(text):
            check_answered(text)
        return None
    if abs(welcome.version - PROTOCOL_VERSION) > 1:
        raise TurnedAway(f"{welcome.node} speaks protocol version {welcome.version}, this node {PROTOCOL_VERSION}")
    return welcome


def check_answered(text: str | None, why: str = "") -> None:
    """Pass any answer that is no refusal to talk. `why`: there is none.

    Raises:
        TurnedAway: there is none, or it is one.
    """
    if text is None:
        raise TurnedAway(why)
    reply = codes.parse_reply(text)
    if reply.kind is ReplyKind.ERROR and reply.reason in _TURNED_AWAY:
        raise TurnedAway(f"it turned us away: {text[:200]}")
