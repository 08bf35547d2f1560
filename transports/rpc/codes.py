"""Refusals and failures as `ERROR ccc : text`, and any reply back into what it means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from actors.messages import Reason

CODE: Mapping[Reason, int] = {
    Reason.INTERNAL: 2,
    Reason.UNKNOWN_VERB: 3,
    Reason.BAD_ARGUMENTS: 4,
    Reason.DISABLED: 4,
    Reason.UNKNOWN_VALVE: 5,
    Reason.NOT_CONNECTED: 8,
    Reason.NO_ANSWER: 10,
    Reason.OWNED: 12,
    Reason.NOT_ALLOWED: 13,
    Reason.LOCKED: 14,
    Reason.FAILED: 15,
    Reason.NOT_AVAILABLE: 16,
    Reason.BAD_FRAME: 17,
    Reason.INTERLOCKED: 18,
    Reason.LATCHED: 18,
    Reason.EXPIRED: 19,
    Reason.BUSY: 20,
    Reason.STOPPING: 21,
    Reason.NOT_PERMITTED: 22,
}

# What Pychron peers say besides, by its nearest meaning here; any other code is INTERNAL.
_PYCHRON: Mapping[int, Reason] = {
    6: Reason.BAD_ARGUMENTS,  # invalid valve group
    7: Reason.NOT_CONNECTED,  # manager unavailable
    9: Reason.NOT_ALLOWED,  # not a registered address
    11: Reason.NOT_CONNECTED,  # could not communicate with pychron
    101: Reason.NO_ANSWER,  # logic board
    102: Reason.FAILED,  # laser enable
    103: Reason.FAILED,  # laser disable
    104: Reason.BAD_ARGUMENTS,  # sample holder
    106: Reason.FAILED,  # setpoint
    107: Reason.BAD_ARGUMENTS,  # motor name
    108: Reason.FAILED,  # positioning
}
_REASON: Mapping[int, Reason] = {
    **_PYCHRON,
    **{code: reason for reason, code in CODE.items() if reason not in (Reason.DISABLED, Reason.LATCHED)},
}
# Pychron has one code for every refusal that a rule makes.
_COMPAT: Mapping[Reason, int] = {**CODE, Reason.INTERLOCKED: 15, Reason.LATCHED: 15, Reason.OWNED: 15}

_LONGEST_TEXT = 1000
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]")
_ERROR = re.compile(r"ERROR\b(?:\s*(\d{1,9}))?(?:\s*:)?\s*(.*)", re.DOTALL | re.ASCII)


class ReplyKind(Enum):
    """What a reply says."""

    MOVED = "OK"
    ALREADY = "ok"
    VALUE = "value"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, understood. `code` is the number as it was sent; 0 and no `reason` where it is no error."""

    kind: ReplyKind
    text: str
    code: int = 0
    reason: Reason | None = None


def error_text(reason: Reason, text: str, *, compat: bool = False) -> str:
    """Write a refusal as one line, `ERROR 018 : A may not open while B is open`.

    Whatever could split the reply or its fields (line ends, TAB, other controls) becomes a space, and the
    text is cut at 1000 characters: it may echo what a hostile peer sent. `compat`: the codes that Pychron
    would use.
    """
    code = (_COMPAT if compat else CODE)[reason]
    line = one_line(text) or reason.value
    if len(line) > _LONGEST_TEXT:
        line = line[: _LONGEST_TEXT - 3] + "..."
    return f"ERROR {code:03d} : {line}"


def one_line(text: str) -> str:
    """Return what somebody wrote, with a space for whatever would split a reply, or cannot be sent."""
    return _UNFIT.sub(" ", text).strip()


def parse_reply(text: str) -> Reply:
    """Understand a reply whose TAB-separated fields were taken off.

    An error that is not quite in form is still an error: it must never pass for a value.
    """
    if text == "OK":
        return Reply(ReplyKind.MOVED, text)
    if text == "ok":
        return Reply(ReplyKind.ALREADY, text)
    error = _ERROR.fullmatch(text)
    if error is None:
        return Reply(ReplyKind.VALUE, text)
    code = int(error[1] or 0)
    return Reply(ReplyKind.ERROR, error[2], code, _REASON.get(code, Reason.INTERNAL))
