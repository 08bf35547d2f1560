"""THE COMMAND TABLE: every verb of TCP 1061, its arguments, whom it asks, how its answer reads. Nothing but data."""

from actors.messages import Assume, Claim, Move, Query, Release, Request, SafeState, SetLock, SetService, State
from transports.rpc import answers
from transports.rpc.fields import whole_number
from transports.rpc.furnace_verbs import TABLE as FURNACE_TABLE
from transports.rpc.verb import Answer, Build, Verb

LINE = "extraction_line"
DEVICES = "devices"
HERE = "connection"  # answered by the connection itself

LONGEST_LEASE_S = 3600


def _move(target: State) -> Build:
    return lambda args, request: Move(args[0], target, request)


def _lock(locked: bool) -> Build:
    return lambda args, request: SetLock(args[0], locked, request, ", ".join(args[1:]))


class BadArgument(ValueError):
    """An argument that is none for its verb; its text says what was expected."""


def _claim(args: tuple[str, ...], request: Request) -> Claim:
    if len(args) == 1:
        return Claim(args[0], None, request)
    seconds = whole_number(args[1]) if args[1].isascii() else None
    if seconds is None or not 1 <= seconds <= LONGEST_LEASE_S:
        raise BadArgument(f"{args[1]!r} is no time: expected 1 to {LONGEST_LEASE_S} seconds")
    return Claim(args[0], seconds, request)


def _safe_state(args: tuple[str, ...], request: Request) -> SafeState:
    if args and args[0] != "clear":
        raise BadArgument(f"SafeState takes nothing, or `clear`, not {args[0]!r}")
    return SafeState(bool(args), request)


def _state(word: str) -> State:
    if word not in (State.OPEN, State.CLOSED):
        raise BadArgument(f"{word!r} is no position: expected open or closed")
    return State(word)


def _why(args: tuple[str, ...], request: Request) -> Query:
    return Query("why", (args[0], _state(args[1] if len(args) > 1 else State.OPEN)), request)


def _look(args: tuple[str, ...], request: Request) -> Query:
    return Query("look", args[:1], request)


def _assume(args: tuple[str, ...], request: Request) -> Assume:
    return Assume(args[0], _state(args[1]), ", ".join(args[2:]), request)


def _service(in_service: bool) -> Build:
    return lambda args, request: SetService(args[0], in_service, ", ".join(args[1:]), request)


def _picture(_args: tuple[str, ...], request: Request) -> Query:
    return Query("picture", (), request)


def _describe(args: tuple[str, ...], request: Request) -> Query:
    return Query("describe", args, request)


def _pipettes(_args: tuple[str, ...], request: Request) -> Query:
    return Query("pipettes", (), request)


def _device(
    name: str, args: tuple[str, ...], what: str, summary: str, *, moves: bool = False, keys: tuple[str, ...] = ()
) -> Verb:
    return Verb(
        name, args, DEVICES, summary, moves, keys=keys or args, separators=", " if moves else ",",
        build=lambda given, request: Query(what, given, request),
    )  # fmt: skip


def _asked(name: str, args: tuple[str, ...], summary: str, answer: Answer) -> Verb:
    return Verb(name, args, LINE, summary, build=_picture, answer=answer)


TABLE: tuple[Verb, ...] = (
    Verb("Open", ("valve",), LINE, "open a valve", moves=True, build=_move(State.OPEN)),
    Verb("Close", ("valve",), LINE, "close a valve", moves=True, build=_move(State.CLOSED)),
    Verb(
        "Lock", ("valve", "[reason...]"), LINE, "software-lock a valve: nothing moves it", moves=True, build=_lock(True)
    ),
    Verb("Unlock", ("valve",), LINE, "free a software-locked valve", moves=True, build=_lock(False)),
    Verb("Claim", ("valve", "[seconds]"), LINE, "own a valve: nobody else moves it", moves=True, build=_claim),
    Verb("Release", ("valve",), LINE, "give up a claimed valve", moves=True, build=lambda a, r: Release(a[0], r)),
    Verb("SafeState", ("[clear]",), LINE, "to the safe state, latched; or clear it", moves=True, build=_safe_state),
    Verb("Assume", ("valve", "state", "reason..."), LINE, "believe a person till it is read", True, build=_assume),
    Verb("OutOfService", ("valve", "reason..."), LINE, "nothing moves it", moves=True, build=_service(False)),
    Verb("InService", ("valve",), LINE, "put it back into service", moves=True, build=_service(True)),
    Verb("Why", ("valve", "[target]"), LINE, "would it open (or close)? if not, which rule and why", build=_why),
    _asked("GetValveState", ("valve",), "is it open?", answers.valve_state),
    Verb(
        "GetIndicatorState",
        ("valve", "[action]"),
        LINE,
        "is it open? it is read now",
        keys=("value", "action"),
        build=_look,
        answer=answers.indicator,
    ),
    Verb("GetChannelState", ("valve",), LINE, "is it on? it is read now", build=_look, answer=answers.channel_state),
    _asked("GetValveStates", (), "every valve's state, with CRC", answers.states),
    _asked("GetStateWord", (), "every valve's state as a bitmap, with CRC", answers.state_bits),
    _asked("GetValveLockState", ("valve",), "is it locked?", answers.lock_state),
    _asked("GetValveLockStates", (), "every valve's lock, with CRC", answers.locks),
    _asked("GetLockWord", (), "every valve's lock as a bitmap, with CRC", answers.lock_bits),
    _asked("GetValveOwners", (), "who owns which valves, with CRC", answers.owners),
    _asked("GetStateChecksum", ("valve...",), "CRC-32 of states and locks", answers.checksum),
    Verb("GetPipetteCount", ("pipette",), LINE, "shots taken", build=_pipettes, answer=answers.pipette_count),
    Verb("GetPipetteCounts", (), LINE, "all pipettes as JSON", build=_pipettes, answer=answers.pipette_counts),
    Verb("Describe", ("[valves]", "[from]", "[count]"), LINE, "the node's valves as JSON, by pages", build=_describe),
    *FURNACE_TABLE,
    _device("GetPressure", ("controller", "gauge"), "pressure", "what a gauge reads"),
    _device("Read", ("device",), "read", "what a device reads", keys=("value",)),
    _device("Set", ("device", "value"), "set", "set a device, never a valve", moves=True),
    _device("Ping", ("device",), "ping", "is a device connected?"),
    _device("GetData", ("number",), "data", "that number and a random part of 1: a test", keys=("value",)),
    _device("GetError", (), "error", "OK, or what is wrong now"),
    Verb("Health", (), HERE, "the node's tree, ages and counters as JSON"),
    Verb(
        "Hello", ("version", "node", "fingerprint"), HERE, "who asks; agrees on id, deadline, by, trace", separators=" "
    ),
    Verb("Goodbye", (), HERE, "the last word of an orderly client"),
)

VERBS: dict[str, Verb] = {verb.name: verb for verb in TABLE}


def register(service: str, name: str, args: tuple[str, ...], summary: str, *, moves: bool) -> None:
    """Add a verb of a device's own. `service`: path of the actor that is asked with `Query(name, args)`.

    Raises:
        ValueError: another service has a verb of that name.
    """
    verb = Verb(
        name, args, service, summary, moves, keys=tuple(arg.strip("[].") for arg in args) or ("value",),
        build=lambda given, request: Query(name, given, request),
    )  # fmt: skip
    if VERBS.setdefault(name, verb).service != service:
        raise ValueError(f"{service}: there is a verb {name} already, of {VERBS[name].service}")
    VERBS[name] = verb


def listing() -> str:
    """Return the table for a person, one verb per line: what `--commands` prints."""
    rows = [("command", "kind", "asked of", "what it does")]
    rows += [(verb.usage, "moves" if verb.moves else "asks", verb.service, verb.summary) for verb in TABLE]
    width = max(len(row[0]) for row in rows)
    return "\n".join(f"{usage:<{width}}  {kind:<5}  {service:<15}  {what}" for usage, kind, service, what in rows)
