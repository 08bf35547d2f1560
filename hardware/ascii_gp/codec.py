"""Words and lines of a switch controller that takes text (Pychron's ASCIIGPActuator and valve server): pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hardware.errors import BadChannel, BadReply, DeviceRefused

SPACE = b" \t\r\n"

_CHANNEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,31}")


@dataclass(frozen=True, slots=True)
class Dialect:
    """The words of one controller.

    Attributes:
        open_command, close_command, state_command: what a line begins with; `delimiter` and the channel follow.
        terminator: what ends a line that is sent.
        reply_terminator: what ends a reply; "": nothing does, it ends where the controller hangs up.
        done: replies to a command that was carried out.
        refused: replies to a command that was taken, but not carried out.
        opened, closed: replies to the question for the state.
        errors: how a reply begins that tells an error.
    """

    open_command: str
    close_command: str
    state_command: str
    delimiter: str
    terminator: str
    reply_terminator: str
    done: Sequence[str]
    refused: Sequence[str]
    opened: Sequence[str]
    closed: Sequence[str]
    errors: Sequence[str]


def check_channel(channel: str) -> None:
    """Return if it can be a channel: up to 32 letters, digits and `_.:/-`. Raises `BadChannel`.

    A blank or a comma in one would make it two words, or two valves, at the far end.
    """
    if not (channel.isascii() and _CHANNEL.fullmatch(channel)):
        raise BadChannel(f"channel {channel!r}: expected up to 32 letters, digits and _ . : / -, like A or V-1")


def encode_set(dialect: Dialect, channel: str, energised: bool) -> bytes:
    """Open (energise) or close one valve; answered with a word of `done`."""
    return _line(dialect, dialect.open_command if energised else dialect.close_command, channel)


def encode_ask(dialect: Dialect, channel: str) -> bytes:
    """Ask whether one valve is open."""
    return _line(dialect, dialect.state_command, channel)


def framing(reply_terminator: str) -> Callable[[bytes], int | None]:
    """Return where a reply ends; see `hardware.exchange.Framing`. Without a terminator it has no end of its own."""
    end = reply_terminator.encode()

    def length(data: bytes) -> int | None:
        return data.index(end) + len(end) if end and end in data else None

    return length


def decode_done(dialect: Dialect, reply: bytes) -> None:
    """Return if a command was carried out. Raises `DeviceRefused` or `BadReply`."""
    word = _word(dialect, reply)
    if word in dialect.refused:
        raise DeviceRefused(f"it answered {word!r}: taken, but not carried out")
    if word not in dialect.done:
        raise BadReply(f"expected {_either(dialect.done)}, got {reply!r}")


def decode_state(dialect: Dialect, reply: bytes) -> bool:
    """Read whether a valve is open (energised); what is not open is not yet closed. Raises as `decode_done`."""
    word = _word(dialect, reply)
    if word in dialect.opened:
        return True
    if word in dialect.closed:
        return False
    raise BadReply(f"expected {_either([*dialect.opened, *dialect.closed])}, got {reply!r}")


def _line(dialect: Dialect, command: str, channel: str) -> bytes:
    return f"{command}{dialect.delimiter}{channel}{dialect.terminator}".encode("ascii")


def _word(dialect: Dialect, reply: bytes) -> str:
    """Return a reply without the space around it, as told by its letters and their case."""
    word = reply.removesuffix(dialect.reply_terminator.encode()).strip(SPACE).decode("ascii", "backslashreplace")
    if any(word.startswith(each) for each in dialect.errors):
        raise DeviceRefused(word)
    return word


def _either(words: Sequence[str]) -> str:
    return " or ".join(map(repr, words))
