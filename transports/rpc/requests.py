"""From the text of a message to a verb, its arguments and its fields. Pure."""

import contextlib
import json
import re
import sys
from functools import lru_cache
from typing import Any

from actors.frozen import message
from actors.messages import Reason, Refusal
from actors.rules import nearest
from transports.rpc.fields import split_fields
from transports.rpc.frames import Form, Frame
from transports.rpc.verb import Verb
from transports.rpc.verbs import VERBS

FIELDS = {"id": 64, "deadline": 18, "by": 200, "trace": 200, "boot": 40}  # and how long each may be
LONGEST_ARGUMENT = 80
LONGEST_VERB = 40
LONGEST_REMEMBERED = 80  # of a text whose meaning is kept
_JSON = Form.JSON  # looked up once: it takes 80 ns
_BLANK_OR_COMMA = re.compile(r" *[ ,] *")


@message
class Call:
    """A verb with its arguments. `fields`: id, deadline, by, trace, with Hello boot, where the peer has said it."""

    verb: Verb
    args: tuple[str, ...]
    fields: dict[str, str]


def read_call(frame: Frame, *, hello: bool, services: frozenset[str]) -> Call | Refusal:
    """Return what a message asks for, or why it asks for nothing that can be done.

    Args:
        frame: the message.
        hello: the peer has said Hello, so TAB separates fields.
        services: paths that this node can ask; a verb of another is as good as unknown here.
    """
    if frame.form is _JSON:
        return _read_json(frame.text, services)
    text = frame.text
    fields: dict[str, str] = {}
    if hello and "\t" in text:
        try:
            text, fields = _known(split_fields(text))
        except ValueError as error:
            return Refusal(Reason.BAD_ARGUMENTS, str(error))
    understood = (_understood_again if len(text) <= LONGEST_REMEMBERED else _understood)(text, services)
    return understood if isinstance(understood, Refusal) else Call(*understood, fields)


def _understood(text: str, services: frozenset[str]) -> tuple[Verb, tuple[str, ...]] | Refusal:
    """Return the verb and the arguments of a text without fields, or why it asks for nothing that can be done."""
    name, _, rest = text.partition(" ")
    verb = VERBS.get(name)
    if verb is None or verb.service not in services:
        return _unknown(name, services)
    if name == "Hello":  # before it fields are not agreed, and a later version may say more
        rest = " ".join(rest.partition("\t")[0].split(" ")[: verb.most])
    return _fitting(verb, _split(rest, verb) if rest else (), text)


_understood_again = lru_cache(maxsize=2048)(_understood)  # the same few commands come over and over


def _split(rest: str, verb: Verb) -> tuple[str, ...]:
    if len(verb.separators) == 1:
        return tuple([item.strip() for item in rest.split(verb.separators)])
    return tuple(_BLANK_OR_COMMA.split(rest.strip(), verb.most - 1))  # `Set D 5`, `Set D,5`


def id_of(text: str) -> dict[str, str]:
    """Return the field `id` of a message that asks for nothing that can be done, for its reply."""
    with contextlib.suppress(ValueError):
        given = split_fields(text)[1].get("id", "")
        if given and len(given) <= FIELDS["id"]:
            return {"id": given}
    return {}


def _known(split: tuple[str, dict[str, str]]) -> tuple[str, dict[str, str]]:
    """Return a text with the fields that mean something here; what a later version adds is passed over.

    Raises:
        ValueError: one is longer than any that means something, or has a character that cannot be shown: it would
            reach the log, the journal and everybody's screens.
    """
    text, told = split
    for key, content in told.items():
        if len(content) > FIELDS.get(key, sys.maxsize):
            raise ValueError(f"field {key} is longer than {FIELDS[key]} characters")
        if not content.isprintable():
            raise ValueError(f"field {key} has a character that cannot be shown")
    return text, told if told.keys() <= FIELDS.keys() else {key: told[key] for key in FIELDS if key in told}


def _fitting(verb: Verb, args: tuple[str, ...], text: str) -> tuple[Verb, tuple[str, ...]] | Refusal:
    if not verb.args:
        args = ()  # Pychron's servers ignore what follows, and its clients may send it
    elif not verb.fits(len(args)) or "" in args:
        return Refusal(Reason.BAD_ARGUMENTS, f"invalid arguments: {text[:200]} (usage: {verb.usage})")
    for arg in args:
        if len(arg) > LONGEST_ARGUMENT or not arg.isprintable():  # nothing of it shall reach the journal, or the log
            text = f"{ascii(arg[:40])[1:-1]} is no name: at most {LONGEST_ARGUMENT} characters that can be printed"
            return Refusal(Reason.BAD_ARGUMENTS, f"invalid arguments: {text}")
    return verb, args


def _read_json(text: str, services: frozenset[str]) -> Call | Refusal:
    try:
        asked = json.loads(text, object_pairs_hook=_once_each)
    except (ValueError, RecursionError) as error:
        return Refusal(Reason.BAD_ARGUMENTS, f"invalid JSON: {error}")
    if not isinstance(asked, dict) or not isinstance(asked.get("command"), str):
        return Refusal(Reason.BAD_ARGUMENTS, 'invalid JSON: expected {"command": "...", ...}')
    verb = VERBS.get(asked["command"])
    if verb is None or verb.service not in services:
        return _unknown(asked["command"], services)
    if verb.name == "Hello":
        return Refusal(Reason.UNKNOWN_VERB, "invalid command: Hello is not spoken in JSON")
    args: list[str] = []
    if verb.whole and isinstance(all_of_them := asked.get(verb.whole), str):
        args = [arg.strip() for arg in all_of_them.split(verb.separators[-1])]
    for key in verb.keys[: len(verb.args)]:
        named = key if key in asked or key != "value" else "name"  # as a furnace's clients call a switch
        if asked.get(named) is not None:
            given: Any = asked[named]  # whatever JSON can hold
            args += [str(item) for item in given] if isinstance(given, list) else [_text(given)]
    understood = _fitting(verb, tuple(args), text)
    return understood if isinstance(understood, Refusal) else Call(*understood, {})


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's content; whoever names two valves does not say which one is meant.

    Raises:
        ValueError: a key comes twice.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key comes twice")
    return found


def _text(given: object) -> str:
    return given.strip() if isinstance(given, str) else str(given)


def _unknown(name: str, services: frozenset[str]) -> Refusal:
    shown = name[:LONGEST_VERB] if name.isprintable() else ascii(name[:LONGEST_VERB])[1:-1]
    return Refusal(Reason.UNKNOWN_VERB, f"invalid command: {shown}{_near(shown, services)}")


@lru_cache(maxsize=256)
def _near(name: str, services: frozenset[str]) -> str:
    return nearest(name, [verb.name for verb in VERBS.values() if verb.service in services])
