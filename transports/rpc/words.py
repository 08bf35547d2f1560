"""State, lock and owner words with their CRC, and the state checksum, as Pychron peers read them."""

import re
import zlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import quote, unquote

_CRC_DIGITS = 4
_MARKS = frozenset("10?")
_COMMA = frozenset(",")
_BITMAP_SEPARATORS = frozenset(",:<>")
_OWNER_SEPARATORS = frozenset(",:-")
_POLYNOMIAL = 0xA001  # 0x8005 reflected: CRC-16/MODBUS
_CHECKSUM_PREFIX: Mapping[str, str] = {"switch": "SWITCH-", "manual_valve": "MANUAL_SWITCH-"}
_BITMAP = re.compile(r"[0-9A-Fa-f]{1,4096}")


class BadWord(ValueError):
    """A word that must not be believed: wrong CRC, an item that is none, a name that comes twice."""


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        register = byte
        for _ in range(8):
            register = register >> 1 ^ (_POLYNOMIAL if register & 1 else 0)
        table.append(register)
    return tuple(table)


_TABLE = _crc_table()


@lru_cache(maxsize=64)  # monitors ask for the same few words for hours
def crc(text: str) -> str:
    """Return CRC-16/MODBUS over the text's UTF-8 bytes: four lower-case hex digits, low byte first."""
    register = 0xFFFF
    for byte in text.encode():
        register = register >> 8 ^ _TABLE[(register ^ byte) & 0xFF]
    return f"{register & 0xFF:02x}{register >> 8:02x}"


def _sealed(body: str) -> str:
    return body + crc(body)


def _opened(word: str) -> str:
    body, given = word[:-_CRC_DIGITS], word[-_CRC_DIGITS:]
    try:
        expected = crc(body)
    except UnicodeEncodeError as why:
        raise BadWord(f"no text in {word[:80]!r}") from why
    if given != expected:
        raise BadWord(f"CRC {given!r} where {expected!r} belongs, in {word[-80:]!r}")
    return body


def _unique(items: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in items:
        if not name:
            raise BadWord("an item without a name")
        if name in found:
            raise BadWord(f"{name} comes twice")
        found[name] = value
    return found


def _check_names(names: Iterable[str], separators: frozenset[str]) -> None:
    for name in names:
        if not name or not separators.isdisjoint(name):
            raise ValueError(f"valve name {name!r} cannot be told in a word: it is empty or has a separator")


# --- GetValveStates, GetValveLockStates -------------------------------------------------------------------


def states_word(pairs: Iterable[tuple[str, str]]) -> str:
    """Write (name, "1" | "0" | "?") pairs as `A1,B0,C?` + CRC: states (1 open) or locks (1 locked).

    Raises:
        ValueError: a mark is none of the three, or a name is empty or has a comma.
    """
    items = list(pairs)
    body = ",".join([name + mark for name, mark in items])
    if not _MARKS.issuperset([mark for _, mark in items]):
        raise ValueError(f"a mark is none of 1, 0, ?: {body[:80]!r}")
    _check_names((name for name, _ in items), _COMMA)
    return _sealed(body)


def parse_states(word: str) -> dict[str, str]:
    """Read a state or lock word into name -> "1" | "0" | "?". A valve that is missing here was not told.

    Raises:
        BadWord: the CRC is wrong, an item is not a name and one of the three marks, or a name comes twice.
    """
    body = _opened(word)
    items = body.split(",") if body else []
    for item in items:
        if item[-1:] not in _MARKS:
            raise BadWord(f"item {item!r} ends in none of 1, 0, ?")
    return _unique((item[:-1], item[-1]) for item in items)


# --- GetStateWord, GetLockWord ----------------------------------------------------------------------------


def state_word(pairs: Iterable[tuple[str, str]]) -> str:
    """Write (name, "1" | "0") pairs as `A,B,<A1>:HEX` + CRC: longer names in `<>`, first valve = highest bit.

    The bitmap has no room for an unknown state, so a word with one cannot be written: answer ERROR 010.

    Raises:
        ValueError: a mark is neither 1 nor 0, or a name is empty or has a comma, a colon or an angle bracket.
    """
    items = list(pairs)
    _check_names((name for name, _ in items), _BITMAP_SEPARATORS)
    bitmap = 0
    for name, mark in items:
        if mark not in ("0", "1"):
            raise ValueError(f"{name} is {mark!r}: a bitmap has 1 and 0 only")
        bitmap = bitmap << 1 | int(mark)
    names = ",".join(name if len(name) == 1 else f"<{name}>" for name, _ in items)
    return _sealed(f"{names}:{bitmap:X}")


def parse_state_word(word: str) -> dict[str, str]:
    """Read a bitmap word into name -> "1" | "0".

    Raises:
        BadWord: the CRC is wrong, the bitmap is no hex number or has more bits than there are names, or a
            name is empty or comes twice.
    """
    names, colon, bitmap = _opened(word).rpartition(":")
    if not colon or not _BITMAP.fullmatch(bitmap):
        raise BadWord(f"no names and hex bitmap in {word[-80:]!r}")
    items = names.split(",") if names else []
    bits = int(bitmap, 16)
    if bits >> len(items):
        raise BadWord(f"bitmap {bitmap} has more bits than the word's {len(items)} names")
    marks = f"{bits:0{len(items)}b}" if items else ""
    return _unique((_bare(item), mark) for item, mark in zip(items, marks, strict=True))


def _bare(item: str) -> str:
    return item[1:-1] if item.startswith("<") and item.endswith(">") else item


# --- GetValveOwners ---------------------------------------------------------------------------------------


def owners_word(pairs: Iterable[tuple[str, str]], *, unchecked: bool = False) -> str:
    """Write (valve, owner) pairs as `A,C:10.0.0.7-B` + CRC: sorted by owner, the free ones (owner "") first.

    Marks in an owner that would split the word (`:` of an IPv6 address, a comma) are percent-encoded.

    Args:
        pairs: the valves.
        unchecked: for Pychron's own client, which takes the CRC for a part of the last name, and breaks at a second
            hyphen: a last group without a name takes the CRC, and an owner's hyphens are encoded too.

    Raises:
        ValueError: a valve's name is empty or has a comma, a colon or a hyphen.
    """
    groups: dict[str, list[str]] = {}
    for valve, owner in pairs:
        groups.setdefault(owner, []).append(valve)
    _check_names((valve for valves in groups.values() for valve in valves), _OWNER_SEPARATORS)
    body = ":".join(
        f"{_quoted(owner, unchecked)}-{','.join(valves)}" if owner else ",".join(valves)
        for owner, valves in sorted(groups.items())
    )
    return _sealed(f"{body}:" if unchecked and body else body)


def _quoted(owner: str, unchecked: bool) -> str:
    quoted = quote(owner, safe="@/ ")
    return quoted.replace("-", "%2D") if unchecked else quoted


def parse_owners(word: str) -> dict[str, str]:
    """Read an owners word into valve -> owner, "" for a free one; the last hyphen of a group ends its owner.

    A last group without a name is none: a listener for Pychron's own client writes it; see `owners_word`.

    Raises:
        BadWord: the CRC is wrong, or a name is empty or comes twice.
    """
    body = _opened(word).removesuffix(":")
    pairs = []
    for group in body.split(":") if body else []:
        owner, _, valves = group.rpartition("-")
        pairs += [(valve, unquote(owner)) for valve in valves.split(",")]
    return _unique(pairs)


# --- GetStateChecksum -------------------------------------------------------------------------------------


def state_checksum(switches: Iterable[tuple[str, str, bool, bool]]) -> int:
    """Return the unsigned CRC-32 over (name, kind, is open, is locked) rows, in the order that was asked for.

    `kind` is the site file's: "switch" and "manual_valve" have prefixes of their own, all else is a valve. To
    Pychron a manual valve is a `ManualSwitch`, whose text has no lock.
    """
    return zlib.crc32("".join(_switch_text(*switch) for switch in switches).encode())


def _switch_text(name: str, kind: str, is_open: bool, locked: bool) -> str:
    text = f"{_CHECKSUM_PREFIX.get(kind, 'VALVE-')}{name}{is_open}"
    return text if kind == "manual_valve" else f"{text}{locked}"
