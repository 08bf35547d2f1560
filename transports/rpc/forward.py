"""A message of ours as a line for another node, and that node's reply as an answer of ours. Pure."""

import json
from collections.abc import Mapping
from dataclasses import fields

from actors.messages import Kind, Outcome, Reason, Source, State, Switch, Switched
from actors.table import ValveSpec
from transports.rpc import codes
from transports.rpc.codes import ReplyKind

_SPEC_TYPES = {spec_field.name: spec_field.type for spec_field in fields(ValveSpec)}
# Kept by the node that has the actuator; here they would only be half true.
_LEFT_THERE = frozenset({"actuator", "remote", "described"})


class BadDescription(ValueError):
    """A node described its valves in a way that is not understood."""


def act_text(switch: Switch) -> str:
    """Return the command that brings a valve of another node to its target."""
    return f"{'Open' if switch.target is State.OPEN else 'Close'} {switch.valve}"


def switched_of(valve: str, target: State, text: str, told: Mapping[str, str]) -> Switched:
    """Return how a forwarded move ended, from the node's reply and its fields."""
    reply = codes.parse_reply(text)
    revision = int(told["rev"]) if told.get("rev", "").isdigit() else 0
    if reply.kind is ReplyKind.ERROR:
        refused = told.get("outcome", "refused") == "refused"
        kind = Kind.REFUSED if refused else Kind.UNKNOWN
        return Switched(valve, kind, _state(told, State.UNKNOWN), Source.REPLY, reply.reason, reply.text, final=True)
    if reply.kind is ReplyKind.VALUE:
        why = f"{valve}: the node answered {text[:80]!r} to a move"
        return Switched(valve, Kind.UNKNOWN, State.UNKNOWN, Source.REPLY, Reason.NO_ANSWER, why, final=True)
    kind = Kind.MOVED if reply.kind is ReplyKind.MOVED else Kind.ALREADY
    return Switched(valve, kind, _state(told, target), Source.REPLY, revision=revision, final=True)


def _state(told: Mapping[str, str], otherwise: State) -> State:
    return State(told["state"]) if told.get("state") in set(State) else otherwise


def outcome_of(verb: str, subject: str, text: str, told: Mapping[str, str], took_ms: float) -> Outcome:
    """Return the outcome of any other forwarded command."""
    reply = codes.parse_reply(text)
    if reply.kind is ReplyKind.ERROR:
        kind = Kind.UNKNOWN if told.get("outcome") == "unknown" else Kind.REFUSED
        return Outcome(verb, subject, kind, reason=reply.reason, text=reply.text, took_ms=took_ms)
    return Outcome(verb, subject, Kind.DONE, text=text, source=Source.REPLY, took_ms=took_ms)


def specs_of(text: str, origin: str) -> tuple[tuple[ValveSpec, ...], int]:
    """Return one page of a `Describe` reply as specs of valves that `origin` has, and how many there are in all.

    Raises:
        BadDescription: it is no such page.
    """
    try:
        page = json.loads(text)
        specs = tuple(spec_of(valve, origin) for valve in page["valves"])
        return specs, int(page["total"])
    except (ValueError, TypeError, KeyError) as error:
        raise BadDescription(f"{origin} described its valves as {text[:80]!r}: {error!r}") from error


def spec_of(told: Mapping[str, object], origin: str) -> ValveSpec:
    """Return one described valve. What a later version tells besides is passed over.

    Raises:
        BadDescription: it has no name, or a value of another type than ours.
    """
    known: dict[str, object] = {}
    for key, content in told.items():
        if key in _SPEC_TYPES and key not in _LEFT_THERE:
            known[key] = tuple(str(item) for item in content) if isinstance(content, list) else content
            if not isinstance(known[key], _PYTHON_TYPES[key]):
                raise BadDescription(f"{origin}: {key} is {content!r}")
    if not known.get("name"):
        raise BadDescription(f"{origin}: a valve without a name")
    return ValveSpec(**{**known, "actuator": origin, "remote": True, "described": True})  # type: ignore[arg-type]


_DEFAULTS = ValveSpec("x")
_PYTHON_TYPES = {
    name: (float, int) if isinstance(getattr(_DEFAULTS, name), float) else (type(getattr(_DEFAULTS, name)),)
    for name in _SPEC_TYPES
}
