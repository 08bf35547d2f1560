"""Hostile traffic from a seed: real messages of every form, mutated where it hurts, and cut anywhere."""

import json
import random
from collections.abc import Iterator

from transports.rpc.fields import join_fields
from transports.rpc.frames import Decoder, Fault, Form, encode
from transports.rpc.verbs import TABLE

NAMES = ("A", "B", "AA", "V1", "a", "Ä", "101", "", " ", "A" * 80, "A" * 81, "x" * 300, "\u202e", "A,B")
ODD_BYTES = (
    *(b"\r", b"\n", b"\r\n", b"\t", b" ", b"\x00", b"\x1b", b"\x7f", b"\xff", b"\xc3", b"\xef\xbb\xbf", b"\xe2\x80"),
    *(b"{", b"}", b"{0", b"{000E}", b"{0008}", b"{FFFF}", b"{00", b'"', b"\\", b"000", b"000A", b"FFFF", b"FACE"),
    *(b"HTTP/1.1", b"Host: x\r\n", b"GET / HTTP/1.1\r\n", b"\tid=1", b"\tdeadline=x", b"ERROR", b",", b"="),
)


class Traffic:
    """Streams of bytes. The same seed gives the same streams."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - it is repeated, not guessed
        self._number = 0

    def stream(self, messages: int, mutations: float) -> bytes:
        """Return so many messages in a row, of which that part is mutated; little follows what ends a stream."""
        chance, decoder, left = self._chance, Decoder(bare_length=True), messages
        parts = [self.hello()] if chance.random() < 0.5 else []
        while left > 0:
            message = self.message()
            parts.append(self.mutated(message) if chance.random() < mutations else message)
            decoder.feed(parts[-1])
            left -= 1
            if any(isinstance(found, Fault) for found in iter(decoder.next, None)):
                left = min(left, 3)
        return b"".join(parts)

    def segments(self, data: bytes) -> Iterator[bytes]:
        """Cut a stream anywhere: byte by byte, into a few pieces, or at random."""
        chance, at = self._chance, 0
        longest = chance.choice((1, 3, 17, 400, 3000, 70_000))
        if len(data) > 3000 and longest < 400:  # it would only take its time
            longest = 400
        while at < len(data):
            size = chance.randint(1, longest)
            yield data[at : at + size]
            at += size

    def hello(self) -> bytes:
        """Return the greeting of a client that nobody has seen."""
        self._number += 1
        return encode(f"Hello 1 node-{self._number} -", Form.BRACED)

    def message(self) -> bytes:
        """Return a message as somebody might send it, right or wrong, but whole."""
        chance = self._chance
        text = self._text()
        form = chance.choice((Form.BRACED, Form.BRACED, Form.PLAIN, Form.PLAIN, Form.JSON, Form.BARE))
        if form is Form.JSON:
            end = chance.choice((b"\r", b"\n", b"\r\n", b" \n"))
            return self._json() + (end if chance.random() < 0.98 else b"")
        if form is Form.BRACED:
            framed = encode(text, form)
            surplus = chance.choice((1, 1, 1, 1, 1, 2, -1)) if chance.random() < 0.02 else 0
            return b"{%04X}%b" % (max(0, len(framed) + surplus), framed[6:])
        if form is Form.BARE:
            return encode(text, form) if text else b""
        return text.encode() + chance.choice((b"\r", b"\n", b"\r\n", b"\r\n\r\n", b" \r"))

    def mutated(self, message: bytes) -> bytes:
        """Return a message with a few bytes lost, doubled, turned, or put in."""
        chance, data = self._chance, bytearray(message)
        for _ in range(chance.choice((1, 1, 1, 2, 5))):
            at = chance.randint(0, len(data))
            match chance.randrange(7):
                case 0:
                    data[at : at + chance.randint(1, 4)] = b""
                case 1:
                    data[at:at] = chance.choice(ODD_BYTES)
                case 2 if data:
                    data[at % len(data)] ^= 1 << chance.randrange(8)
                case 3:
                    data[at:at] = data[at : at + chance.randint(1, 30)]
                case 4:
                    data[at:at] = chance.randbytes(chance.randint(1, 8))
                case 5:
                    del data[at:]
                case _:
                    data[at:at] = self.message()[: chance.randint(0, 20)]
        return bytes(data)

    def _text(self) -> str:
        chance = self._chance
        verb = chance.choice(TABLE)
        if verb.name in ("Goodbye", "Hello") and chance.random() < 0.9:
            verb = TABLE[0]  # they would end most streams, or begin them anew
        name = verb.name if chance.random() < 0.95 else verb.name[: chance.randint(0, 5)]
        count = len(verb.args) if chance.random() < 0.9 else chance.randint(0, 4)
        args = verb.separators[-1].join(chance.choice(NAMES) for _ in range(count))
        text = f"{name} {args}" if args else name
        if chance.random() < 0.0005:
            text += "z" * chance.choice((1000, 30_000, 64_000))  # with everything else it still fits a message
        if chance.random() < 0.3:
            fields = {"id": str(chance.randint(1, 30)), "deadline": chance.choice(("9" * 9, "x")), "by": "me@x/1"}
            kept = [key for key in fields if chance.random() < 0.6]
            text = join_fields(text, {key: fields[key] for key in kept})
        return text

    def _json(self) -> bytes:
        chance = self._chance
        verb = chance.choice(TABLE)
        asked: dict[str, object] = {
            "command": verb.name if chance.random() < 0.9 else chance.choice((1, None, "", "x"))
        }
        for key in verb.keys:
            asked[key] = chance.choice(("A", "B", 7, 1.5, None, True, ["A", "B"], [], {}, "\ud800", 'q"}\\', "{"))
        return json.dumps(asked, ensure_ascii=chance.random() < 0.99).encode("utf-8", "replace")
