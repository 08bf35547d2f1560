"""What the answer to a Hello says of the far end: that it speaks HELLO, that it does not, or that it will not. Pure."""

from actors.messages import Reason
from transports.rpc import codes
from transports.rpc.codes import ReplyKind
from transports.rpc.fields import PROTOCOL_VERSION, Welcome

# A node that knows Hello refuses it so; one that has never heard of it says that it is no command, or anything else.
_TURNED_AWAY = frozenset(
    {Reason.BAD_ARGUMENTS, Reason.NOT_ALLOWED, Reason.BAD_FRAME, Reason.BUSY, Reason.STOPPING, Reason.NOT_PERMITTED}
)


class TurnedAway(Exception):
    """The far end is silent, or wants nothing to do with us now: its text says why."""


def welcome_of(text: str) -> Welcome | None:
    """Return what a node of ours says of itself; None: this is no node of ours.

    Raises:
        TurnedAway: it is one, and refuses, or speaks a protocol too far from ours.
    """
    try:
        welcome = Welcome.decode(text)
    except ValueError:
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
