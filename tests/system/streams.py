"""Byte streams that a controller may meet, each with what it must answer: questions, mistakes, attacks."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.system.wire import braced

QUESTIONS = ("GetValveState A", "GetValveStates", "GetValveLockStates", "GetValveOwners", "Nonsense A", "Open Z9")
FAULT = b"ERROR 017 : bad frame: "
IAC_DO_ECHO = b"\xff\xfd\x01"


@dataclass(frozen=True)
class Stream:
    """What one client sends and must be answered.

    Attributes:
        kind: what it is, for the message of a failed test.
        chunks: the bytes, as they are handed to the socket.
        whole: how many whole requests it holds; each is answered once.
        broken: it ends in a broken frame: one 017 more, then the end.
        moves: how many of the requests are actuations that move a relay.
        reset: broken off hard instead of being closed; nobody reads its answers.
    """

    kind: str
    chunks: tuple[bytes, ...]
    whole: int = 0
    broken: bool = False
    moves: int = 0
    reset: bool = False


def _cut(data: bytes, chance: random.Random) -> tuple[bytes, ...]:
    """Cut bytes into segments anywhere."""
    count = chance.choice((0, 0, 1, 2, 5))
    cuts = sorted({chance.randrange(1, len(data)) for _ in range(count)}) if len(data) > 1 else []
    return tuple(data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True))


def _question(chance: random.Random) -> bytes:
    text = chance.choice(QUESTIONS)
    verb, _, valve = text.partition(" ")
    as_json = json.dumps({"command": verb, "value": valve} if valve else {"command": verb}).encode() + b"\n"
    ends = [text.encode() + end for end in (b"\r", b"\n", b"\r\n")]
    return chance.choice([braced(text), braced(text, 1), *ends, as_json])


def _questions(chance: random.Random) -> tuple[bytes, int]:
    count = chance.randrange(6)
    return b"".join(_question(chance) for _ in range(count)), count


def _whole(chance: random.Random) -> Stream:
    data, count = _questions(chance)
    return Stream("whole questions", _cut(data + b"\r\n" * chance.randrange(3), chance), count)


def _actuations(chance: random.Random) -> Stream:
    first, last = (chance.choice([braced(text), text.encode() + b"\n"]) for text in ("Open G", "Close G"))
    return Stream("whole actuations", _cut(first + last, chance), 2, moves=2)


def _unterminated(chance: random.Random) -> Stream:
    data, count = _questions(chance)
    rest = chance.choice([b"Open A", b"{000E}Open A", b"{000E}Open A\r", b"{000", b'{"command": "Open", "value": "A"'])
    return Stream("unterminated", _cut(data + rest, chance), count)


def _bare_json(chance: random.Random) -> Stream:
    """A JSON message is whole at its last brace; what else stands on its line is broken."""
    data, count = _questions(chance)
    asked = b'{"command": "GetValveState", "value": "A"}' * chance.randrange(1, 3)
    rest = chance.choice([b"", b"  ", b"Open A\r\n", b" Open A\n", b'}{"command": "Open", "value": "A"}'])
    whole = count + asked.count(b"{")
    return Stream("JSON without a line end", _cut(data + asked + rest, chance), whole, broken=bool(rest.strip()))


def _wrong_length(chance: random.Random) -> Stream:
    data, count = _questions(chance)
    surplus = chance.choice([-9, -6, -2, -1, 2, 3])
    return Stream("wrong length", _cut(data + braced("Open A", surplus) + b"Open A\r\n", chance), count, broken=True)


def _garbled_end(chance: random.Random) -> Stream:
    data, count = _questions(chance)
    bad = chance.choice([b"{000E}Open A\n\n", b"{000E}Open A\rX", b"{000E}Open \x00\r\n", b"{000E}Open \xc3\r\n"])
    return Stream("garbled frame", _cut(data + bad + b"Open A\r\n", chance), count, broken=True)


def _oversized(chance: random.Random) -> Stream:
    size = chance.choice([65_536, 70_000, 200_000])
    head = chance.choice([b"Open A", b"{FFFF}Open A", b'{"command": "Open", "value": "A", "x": "'])
    return Stream("oversized", (head + b"A" * size + b"\r\nOpen A\r\n",), broken=True)


def _http(chance: random.Random) -> Stream:
    lines = ["POST / HTTP/1.1", "Host: 127.0.0.1:1061", "Content-Type: text/plain", "Content-Length: 8", "", "Open A"]
    if chance.random() < 0.3:
        lines = lines[chance.randrange(1, 4) :]
    end = chance.choice(["\r\n", "\n"])
    return Stream("HTTP", _cut((end.join(lines) + end).encode(), chance), broken=True)


def _tls(chance: random.Random) -> Stream:
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + chance.randbytes(300) + b"\r\nOpen A\r\n"
    return Stream("TLS hello", _cut(hello, chance), broken=True)


def _telnet(chance: random.Random) -> Stream:
    return Stream("telnet", _cut(IAC_DO_ECHO * chance.randrange(1, 4) + b"Open A\r\n", chance), broken=True)


def _binary(chance: random.Random) -> Stream:
    noise = bytes([chance.choice(b"\x00\x01\x08\x0b\x1b\x7f\xff")]) + chance.randbytes(chance.randrange(1, 3000))
    return Stream("binary", _cut(noise + b"\r\nOpen A\r\n", chance), broken=True)


def _hidden(chance: random.Random) -> Stream:
    text = chance.choice(["\ufeffOpen A\r\n", "Open A\x85\r\n", "Open\u0085A\r\n"])
    return Stream("hidden characters", _cut(text.encode(), chance), broken=True)


def _dropped(chance: random.Random) -> Stream:
    data, _ = _questions(chance)
    rest = chance.choice([b"Open A", b"{000E}Open A", b"{0010}Open A", b"\x00", b""])
    return Stream("dropped in the middle", _cut(data + rest, chance), reset=True)


def _silly_json(chance: random.Random) -> Stream:
    lines = [
        b"{" * 20_000,
        b'{"command": ' + b"[" * 5_000 + b"\n",
        b'{"command": "Open"}',
        b'{"command": "Open", "value": ["A", "C"]}',
        b'{"command": ["Open"], "value": "A"}',
        b'{"command": "Open", "value": "A"',
        b'{"command": "Open", "value": {"A": 1}}',
        b'{"value": "A"}',
    ]
    return Stream("JSON that is no command", _cut(chance.choice(lines).rstrip(b"\n") + b"\n", chance), 1)


KINDS: tuple[Callable[[random.Random], Stream], ...] = (
    _whole, _whole, _whole, _actuations, _unterminated, _bare_json, _wrong_length, _garbled_end, _oversized, _http,
    _tls, _telnet, _binary, _hidden, _dropped, _silly_json,
)  # fmt: skip


def streams(count: int, seed: int) -> list[Stream]:
    """Return streams of all kinds, mixed; the same ones for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    made = [KINDS[number % len(KINDS)](chance) for number in range(count)]
    chance.shuffle(made)
    return made
