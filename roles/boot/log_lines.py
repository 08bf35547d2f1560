"""One record as a line: for a person, or as JSON."""

import json
import re
import time
import traceback
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

Record = Mapping[str, Any]  # what a caller logged: any values

APART = frozenset({"ts", "level", "event", "node", "actor", "exc_info", "exception"})
PLAIN = re.compile(r"[^\s=\"'\\\x00-\x1f\x7f-\x9f]+")
COLOURS = {"debug": "\x1b[2m", "warning": "\x1b[33m", "error": "\x1b[31m", "critical": "\x1b[31;1m"}
PLAIN_AGAIN = "\x1b[0m"


def json_line(record: Record, node: str) -> str:
    """Return one JSON object: ts (UTC, ISO 8601 with ms), level, event, node, then the rest as the record has it."""
    whole = dict(record) if "node" in record else {"ts": "", "level": "", "event": "", "node": node, **record}
    whole["ts"] = _utc(record["ts"])
    if "exc_info" in whole and (error := whole.pop("exc_info")):
        whole["exception"] = traceback_of(error)
    try:
        line = orjson.dumps(whole, default=_said, option=_AS_TEXT)
        if b"null" not in line:  # that is what it makes of what is no number
            return line.decode()
    except (TypeError, ValueError, RecursionError):  # half a character, a number of over 64 bits
        pass
    try:
        return _encode(whole)
    except (TypeError, ValueError, RecursionError):  # a key that is no text, a ring of values, not a number
        return json.dumps({str(key): _said(value) for key, value in whole.items()})


def console_line(record: Record, *, colour: bool) -> str:
    """Return a line for a terminal: local time, level, event, node/actor, keys; a traceback below."""
    seconds = record["ts"]
    clock = f"{time.strftime('%H:%M:%S', time.localtime(seconds))}.{int(seconds * 1000) % 1000:03d}"
    level = str(record["level"])
    keys = " ".join(f"{key}={_shown(value)}" for key, value in record.items() if key not in APART)
    who = "/".join(str(record[key]) for key in ("node", "actor") if record.get(key))
    line = f"{clock} {level:<7} {_event(record):<24} {who:<40} {keys}".rstrip()
    if colour and level in COLOURS:
        line = f"{COLOURS[level]}{line}{PLAIN_AGAIN}"
    error = record.get("exc_info")
    return f"{line}\n{traceback_of(error).rstrip()}" if error else line


def traceback_of(error: Any) -> str:
    """Return the traceback of an exception; `Any`: whatever a caller passed as `exc_info`."""
    return "".join(traceback.format_exception(error)) if isinstance(error, BaseException) else str(error)


def _utc(seconds: float) -> str:
    return f"{_utc_second(int(seconds))}.{int(seconds * 1000) % 1000:03d}Z"


@lru_cache(maxsize=8)  # a busy second has thousands of lines
def _utc_second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def _event(record: Record) -> str:
    event = str(record.get("event", ""))
    return event if event.isprintable() else repr(event)


def _shown(value: Any) -> str:
    """Return a value that cannot be taken for anything else, nor reach the terminal as a control sequence."""
    text = value if isinstance(value, str) else _said(value)
    return text if PLAIN.fullmatch(text) and text.isprintable() else repr(text)


def _said(value: Any) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001  # a broken __str__ must not end the log
        return f"<{type(value).__name__}>"


_encode = json.JSONEncoder(default=_said, allow_nan=False, separators=(",", ":")).encode
_AS_TEXT = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME  # by `_said`
