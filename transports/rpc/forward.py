"""A message of ours as a line for another node, and that node's reply as an answer of ours. Pure."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import get_args

from actors.actuation import Switch, Switched
from actors.messages import (
    Assume,
    Claim,
    Kind,
    Outcome,
    Query,
    Reason,
    Release,
    SafeState,
    SetLock,
    SetService,
    Source,
    State,
)
from actors.table import DOUBLE, ValveSpec
from transports.rpc import codes
from transports.rpc.codes import ReplyKind
from transports.rpc.fields import whole_number
from transports.rpc.verbs import VERBS

_TYPES: Mapping[str, type] = {part.name: type(getattr(ValveSpec("x"), part.name)) for part in fields(ValveSpec)}
# Kept by the node that has the actuator; here they would only be half true.
_LEFT_THERE = frozenset({"actuator", "state_actuator", "remote", "described"})
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")  # it becomes part of commands
LONGEST_S = 86_400.0
MOST_VALVES = 10_000


MAY_HAVE_ACTED = frozenset({Reason.FAILED, Reason.NO_ANSWER, Reason.INTERNAL})  # no proof that nothing was done
Order = SetLock | Claim | Release | SafeState | Assume | SetService | Query
ORDERS: tuple[type, ...] = get_args(Order)


class BadDescription(ValueError):
    """A node described its valves in a way that is not understood."""


@dataclass(frozen=True, slots=True)
class Command:
    """An order as the far end is given it.

    Attributes:
        name: what it is called in an outcome; subject: what it is about.
        acts: it changes something.
    """

    text: str
    name: str
    subject: str
    acts: bool = True


def command_of(order: Order, node: str) -> Command:
    """Return the command for whatever is no move; `node`: the far end's name, for what is about no valve."""
    match order:
        case SetLock(valve, locked, _, why):
            verb = "Lock" if locked else "Unlock"
            return Command(f"{verb} {valve},{why}" if why else f"{verb} {valve}", verb.lower(), valve)
        case Claim(valve, seconds):
            return Command(f"Claim {valve}" if seconds is None else f"Claim {valve},{seconds}", "claim", valve)
        case Release(valve):
            return Command(f"Release {valve}", "release", valve)
        case SafeState(clear):
            return Command(f"SafeState{' clear' if clear else ''}", f"{'clear ' if clear else ''}safe state", node)
        case Assume(valve, state, why):
            return Command(f"Assume {valve},{state},{why}", "assume", valve)
        case SetService(valve, in_service, why):
            text = f"InService {valve}" if in_service else f"OutOfService {valve},{why}"
            return Command(text, "in service" if in_service else "out of service", valve)
        case Query("why", args):
            return Command(f"Why {','.join(args)}", "why", args[0] if args else node, acts=False)
        case Query(what, args):
            text = f"{what} {','.join(args)}".strip()
            acts = VERBS[what].moves if what in VERBS else what.startswith("Set")
            return Command(text, _CAPITAL.sub(" ", what).lower(), node, acts)


def detail_of(order: Order) -> str:
    """Return what an order says besides its verb and its valve, for the journal here."""
    match order:
        case SetLock(_, _, _, why) | SetService(_, _, why):
            return why
        case Assume(_, state, why):
            return f"{state}: {why}"
        case Claim(_, seconds) if seconds is not None:
            return f"{seconds} s longer than its session"
    return ""


def act_text(switch: Switch) -> str:
    """Return the command that brings a valve of another node to its target."""
    return f"{'Open' if switch.target is State.OPEN else 'Close'} {switch.valve}"


def delays_s(specs: Iterable[ValveSpec]) -> dict[str, float]:
    """Return the seconds that each valve's own delays may add to a move of it: its followers move after it."""
    own_s: dict[str, float] = {}
    followers_s: dict[str, float] = {}
    for spec in specs:
        halves_s = max(spec.open_delay_s, spec.close_delay_s) if spec.kind == DOUBLE else 0.0
        own_s[spec.name] = 2 * spec.check_delay_s + halves_s + spec.settling_time_s
        if spec.parent:
            followers_s[spec.parent] = max(followers_s.get(spec.parent, 0.0), own_s[spec.name])
    return {valve: delay_s + followers_s.get(valve, 0.0) for valve, delay_s in own_s.items()}


def switched_of(valve: str, target: State, text: str, told: Mapping[str, str]) -> Switched:
    """Return how a forwarded move ended, from the node's reply and its fields."""
    reply = codes.parse_reply(text)
    if reply.kind is ReplyKind.ERROR:
        kind = _kind_of(reply, told)
        return Switched(valve, kind, _state(told, State.UNKNOWN), Source.REPLY, reply.reason, reply.text, final=True)
    if reply.kind is ReplyKind.VALUE:
        why = f"{valve}: the node answered {text[:80]!r} to a move"
        return Switched(valve, Kind.UNKNOWN, State.UNKNOWN, Source.REPLY, Reason.NO_ANSWER, why, final=True)
    state = _state(told, target)
    if state is not target:
        why = f"{valve}: the node answered {text} to a move to {target}, and says that it is {state}"
        return Switched(valve, Kind.UNKNOWN, State.UNKNOWN, Source.REPLY, Reason.NO_ANSWER, why, final=True)
    kind = Kind.MOVED if reply.kind is ReplyKind.MOVED else Kind.ALREADY
    revision = whole_number(told.get("rev", "")) or 0
    return Switched(valve, kind, state, Source.REPLY, revision=revision, final=True)


def _kind_of(error: codes.Reply, told: Mapping[str, str]) -> Kind:
    """Return how what an error was answered to has ended: where it is not said, only some are proof that it was not."""
    refused = told["outcome"] == "refused" if "outcome" in told else error.reason not in MAY_HAVE_ACTED
    return Kind.REFUSED if refused else Kind.UNKNOWN


def _state(told: Mapping[str, str], otherwise: State) -> State:
    return State(told["state"]) if told.get("state") in set(State) else otherwise


def outcome_of(command: Command, text: str, told: Mapping[str, str], took_ms: float) -> Outcome:
    """Return the outcome of any other forwarded command; only `OK` and `ok` say that one which acts was carried out."""
    verb, subject, reply = command.name, command.subject, codes.parse_reply(text)
    if reply.kind is ReplyKind.ERROR:
        kind = _kind_of(reply, told)
        return Outcome(verb, subject, kind, reason=reply.reason, text=reply.text, took_ms=took_ms)
    if command.acts and reply.kind is ReplyKind.VALUE:
        why = f"the node answered {text[:80]!r} to {command.text}"
        return Outcome(verb, subject, Kind.UNKNOWN, reason=Reason.NO_ANSWER, text=why, took_ms=took_ms)
    return Outcome(verb, subject, Kind.DONE, text=told.get("told") or text, source=Source.REPLY, took_ms=took_ms)


def specs_of(text: str, origin: str) -> tuple[tuple[ValveSpec, ...], int]:
    """Return one page of a `Describe` reply as specs of valves that `origin` has, and how many there are in all.

    Raises:
        BadDescription: it is no such page.
    """
    try:
        page = json.loads(text)
        specs = tuple(spec_of(valve, origin) for valve in page["valves"])
        total = int(page["total"])
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise BadDescription(f"{origin} described its valves as {text[:80]!r}: {error!r}") from error
    if not 0 <= total <= MOST_VALVES:
        raise BadDescription(f"{origin} described its valves as {total}")
    return specs, total


def spec_of(told: object, origin: str) -> ValveSpec:
    """Return one described valve. What a later version tells besides is passed over.

    Raises:
        BadDescription: it has no name that is one, or a value of another type than ours.
    """
    if not isinstance(told, Mapping):
        raise BadDescription(f"{origin}: {told!r:.80} is no valve")
    known: dict[str, object] = {}
    for key, content in told.items():
        if key in _TYPES and key not in _LEFT_THERE:
            known[key] = tuple(str(item) for item in content) if isinstance(content, list) else content
            if not _fits(known[key], _TYPES[key]):
                raise BadDescription(f"{origin}: {key} is {content!r:.80}")
    name = known.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadDescription(f"{origin}: {name!r:.80} is no valve's name")
    return ValveSpec(**{**known, "actuator": origin, "remote": True, "described": True})  # type: ignore[arg-type]


def _fits(content: object, kind: type) -> bool:
    if kind is float:  # seconds, which a peer may write as 1; but not as true, NaN or 1e999
        return type(content) in (float, int) and 0 <= content <= LONGEST_S  # type: ignore[operator]
    return isinstance(content, kind)
