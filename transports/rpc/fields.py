"""What follows a message's text after a TAB, and the two lines of the handshake that agrees on it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

PROTOCOL_VERSION = 1
USUAL = frozenset({"id", "deadline", "by", "trace", "t", "rev", "state", "source", "outcome"})  # keys, all well-formed

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_UNFIT = re.compile("[\x00-\x1f\x7f]")
_WORD = re.compile(r"[^\s\x00-\x1f\x7f]+")
_MOST_DIGITS = 18
_NUMBER = re.compile(r"[0-9]{1,18}")
_FEATURE = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)(?:=([^\s,=]+))?")
_HELLO_WORDS = 4
_WELCOME_WORDS = 6


def split_fields(text: str) -> tuple[str, dict[str, str]]:
    """Split `Open A<TAB>id=7f3a91<TAB>by=...` into its text and its fields.

    Raises:
        ValueError: a field is not `key=value`, or a key comes twice.
    """
    if "\t" not in text:
        return text, {}
    head, *parts = text.split("\t")
    fields: dict[str, str] = {}
    for part in parts:
        key, equals, content = part.partition("=")
        if not equals or (key not in USUAL and not _KEY.fullmatch(key)):
            raise ValueError(f"field {part[:80]!r} is not key=value")
        if key in fields:
            raise ValueError(f"field {key} comes twice")
        fields[key] = content
    return head, fields


def join_fields(text: str, fields: Mapping[str, str]) -> str:
    """Append fields to a message's text, the inverse of `split_fields`.

    Raises:
        ValueError: a key is not a word, or the text or a value has a TAB or another control character.
    """
    if "\t" in text:
        raise ValueError(f"a TAB in {text[:80]!r} would begin a field")
    for key, content in fields.items():
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key[:80]!r} is not a field's key")
        if _UNFIT.search(content):
            raise ValueError(f"field {key}: {content[:80]!r} has a control character")
    return "\t".join([text, *(f"{key}={content}" for key, content in fields.items())])


def with_fields(text: str, fields: Mapping[str, str]) -> str:
    """Append fields of our own making, which are known to be fit; only the text is looked at. See `join_fields`.

    Raises:
        ValueError: the text has a TAB.
    """
    if "\t" in text:
        raise ValueError(f"a TAB in {text[:80]!r} would begin a field")
    return text + "".join([f"\t{key}={content}" for key, content in fields.items()])


def whole_number(text: str) -> int | None:
    """Return a field's whole number of at most 18 digits; None: it is none, whatever a peer wrote."""
    return int(text) if len(text) <= _MOST_DIGITS and text.isdecimal() else None


def _word(meaning: str, text: str) -> str:
    if not _WORD.fullmatch(text):
        raise ValueError(f"{meaning} {text[:80]!r} is not one word without blanks")
    return text


def _number(meaning: str, text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{meaning} {text[:80]!r} is not a whole number")
    return int(text)


def _words(text: str, verb: str, fewest: int, most: int) -> list[str]:
    """Return the words of a handshake line; a later version may have more of them than are known here."""
    words = text.split(" ")
    if words[0] != verb or len(words) < fewest:
        raise ValueError(f"{text[:80]!r} is not a whole {verb}")
    if _number("protocol version", words[1]) <= PROTOCOL_VERSION and len(words) > most:
        raise ValueError(f"{text[:80]!r} has {len(words) - most} words too many")
    return words


@dataclass(frozen=True, slots=True)
class Hello:
    """What a client says first. `fingerprint`: of the site that it was started with."""

    node: str
    fingerprint: str
    version: int = PROTOCOL_VERSION

    def encode(self) -> str:
        """Write `Hello 1 <node> <fingerprint>`.

        Raises:
            ValueError: a name is empty or has blanks.
        """
        return f"Hello {self.version} {_word('node', self.node)} {_word('fingerprint', self.fingerprint)}"

    @classmethod
    def decode(cls, text: str) -> Self:
        """Read `Hello 1 <node> <fingerprint>`, of any version.

        Raises:
            ValueError: it is malformed.
        """
        words = _words(text, "Hello", _HELLO_WORDS, _HELLO_WORDS)
        return cls(
            node=_word("node", words[2]),
            fingerprint=_word("fingerprint", words[3]),
            version=_number("protocol version", words[1]),
        )


@dataclass(frozen=True, slots=True)
class Welcome:
    """What a server answers to `Hello`.

    Attributes:
        boot: changes with every start of the server: what it remembered of ids is gone.
        clock_ms: its monotonic clock, in which deadlines are told.
        features: what it can, such as {"fields": "", "notify": "5555"}; "" is a word alone.
    """

    node: str
    boot: str
    fingerprint: str
    clock_ms: int
    features: Mapping[str, str] = field(default_factory=dict)
    version: int = PROTOCOL_VERSION

    def encode(self) -> str:
        """Write `HELLO 1 <node> <boot id> <site fingerprint> <monotonic ms> <features>`.

        Raises:
            ValueError: a name is empty or has blanks, the clock is negative, a feature is neither word nor
                `word=value`.
        """
        line = (
            f"HELLO {self.version} {_word('node', self.node)} {_word('boot id', self.boot)}"
            f" {_word('fingerprint', self.fingerprint)} {_number('clock', str(self.clock_ms))}"
        )
        features = [f"{name}={content}" if content else name for name, content in self.features.items()]
        for feature in features:
            if not _FEATURE.fullmatch(feature):
                raise ValueError(f"feature {feature[:80]!r} is not word or word=value")
        return f"{line} {','.join(features)}" if features else line

    @classmethod
    def decode(cls, text: str) -> Self:
        """Read a `HELLO` line, of any version; a server without features may leave their word out.

        Raises:
            ValueError: it is malformed.
        """
        words = _words(text, "HELLO", _WELCOME_WORDS, _WELCOME_WORDS + 1)
        return cls(
            node=_word("node", words[2]),
            boot=_word("boot id", words[3]),
            fingerprint=_word("fingerprint", words[4]),
            clock_ms=_number("clock", words[5]),
            features=_features(words[6]) if len(words) > _WELCOME_WORDS else {},
            version=_number("protocol version", words[1]),
        )


def _features(text: str) -> dict[str, str]:
    features: dict[str, str] = {}
    for part in text.split(","):
        feature = _FEATURE.fullmatch(part)
        if feature is None:
            raise ValueError(f"feature {part[:80]!r} is not word or word=value")
        if feature[1] in features:
            raise ValueError(f"feature {feature[1]} comes twice")
        features[feature[1]] = feature[2] or ""
    return features
