"""THE COMMAND TABLE: every verb of TCP 1061, its arguments, whom it asks, how its answer reads. Nothing but data."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from actors.messages import Assume, Claim, Move, Query, Release, Request, SafeState, SetLock, SetService, State
from transports.rpc import answers
from transports.rpc.answers import Peer
from transports.rpc.fields import whole_number

LINE = "extraction_line"
FURNACE = "furnace"
DEVICES = "devices"
DRIVES = "drives"
LOADER = "loader"
HERE = "connection"  # answered by the connection itself

LONGEST_LEASE_S = 3600

Build = Callable[[tuple[str, ...], Request], Any]  # makes the message that is told to the service
Answer = Callable[[Any, tuple[str, ...], Peer], str]  # makes the reply from the value that the line answers


@dataclass(frozen=True, slots=True)
class Verb:
    """One command.

    Attributes:
        name: as it stands on the wire, case sensitive.
        args: names of its arguments; `[x]` may be left out, `x...` takes any number.
        service: path of the actor that is told, or HERE.
        summary: what it does, for `--commands` and `Describe`.
        moves: it changes hardware or durable state: remembered by its id, journaled, never repeated blindly.
        keys: what a JSON request calls the arguments.
        whole: what it may call all of them in one text, as they stand on the wire; "": nothing.
        build: makes the message for the service.
        answer: makes the reply from the value that the service answers, such as the line's picture; from its whole
            outcome where that has no value.
        separators: what stands between its arguments: any one of these, usually the last.
        fewest, most: how many arguments it takes; worked out from `args`.
    """

    name: str
    args: tuple[str, ...]
    service: str
    summary: str
    moves: bool = False
    keys: tuple[str, ...] = ("value",)
    build: Build | None = None
    answer: Answer | None = None
    separators: str = ","
    whole: str = ""
    fewest: int = field(init=False, default=0)
    most: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        any_number = any("..." in name for name in self.args)
        object.__setattr__(self, "fewest", sum(not name.startswith("[") for name in self.args))
        object.__setattr__(self, "most", sys.maxsize if any_number else len(self.args))

    @property
    def usage(self) -> str:
        """Return how it is written: `Claim valve[,seconds]`."""
        mark = self.separators[-1]
        return f"{self.name} {mark.join(self.args)}".strip().replace(f"{mark}[", f"[{mark}")

    def fits(self, count: int) -> bool:
        """Return whether it takes this many arguments."""
        return self.fewest <= count <= self.most


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


def _named(
    service: str,
    name: str,
    summary: str,
    args: tuple[str, ...] = (),
    *,
    moves: bool = False,
    keys: tuple[str, ...] = (),
    whole: str = "",
) -> Verb:
    return Verb(
        name, args, service, summary, moves, keys=keys or tuple(arg.strip("[]") for arg in args) or ("value",),
        whole=whole,
        build=lambda given, request: Query(name, given, request),
    )  # fmt: skip


_furnace, _loader, _drive = (partial(_named, service) for service in (FURNACE, LOADER, DRIVES))


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
    _furnace("GetTemperature", "degrees Celsius"),
    _furnace("GetProcessValue", "degrees Celsius, as GetTemperature"),
    _furnace("GetSetpoint", "degrees Celsius"),
    _furnace("SetSetpoint", "set it, degrees Celsius", ("setpoint",), moves=True),
    _furnace("GetPercentOutput", "of the heater, percent"),
    _furnace("GetFurnaceSummary", "set-point, temperature and output as JSON; and an input", ("[h2o_channel]",)),
    _furnace("GetDIState", "is an input on? by the name of its gauge, or its channel", ("name",)),
    _furnace("GetLabTemperature", "of the gauge lab_temperature"),
    _furnace("GetLabHumidity", "of the gauge lab_humidity"),
    _furnace("StartRamp", "from where it is", ("celsius", "per_minute", "[soak_s]", "[then]"), moves=True),
    _furnace("StopRamp", "hold the set-point that it has come to", moves=True),
    _furnace("GetRamp", "how far a ramp or soak is, or none"),
    _furnace("SetPID", "the three terms", ("proportional", "integral_s", "derivative_s"), moves=True, whole="pid"),
    _furnace("GetPID", "proportional, integral seconds, derivative seconds"),
    _furnace("HeaterOff", "stop heating", moves=True),
    _furnace("HeaterOn", "let it heat again, to its set-point", moves=True),
    _furnace("GetTrip", "why it has switched itself off, or none", ("[channel]",)),
    _furnace("ResetTrip", "end that; it heats when it is told to", ("[channel]",), moves=True),
    _furnace("GetFullSummary", "all there is to know of the furnace, as JSON"),
    _furnace("GetBakeoutSetpoint", "of an oven: the controller bakeout1, or of that name", ("channel",)),
    _furnace("GetBakeoutTemperature", "likewise", ("channel",)),
    _furnace("GetBakeoutTempPower", "likewise, and its output", ("channel",)),
    _furnace("SetBakeoutClosedLoopSetpoint", "likewise", ("channel", "setpoint"), moves=True),
    _furnace("SetBakeoutControlMode", "likewise: closed, or off", ("channel", "mode"), moves=True),
    _furnace("GetVersion", "of these words"),
    _furnace("GetHeartBeat", "now and start, seconds of the epoch"),
    _loader("DumpSample", "lower the funnel, energise the magnets, raise it again; if it may be", moves=True),
    _loader("DumpComplete", "has the last dump ended? an error with the reason where it has failed"),
    _loader("StopDump", "end it safely: magnets off, the funnel up", moves=True),
    _loader("GetDump", "how far it is, and what has failed"),
    _loader("LowerFunnel", "if nothing forbids it", moves=True),
    _loader("RaiseFunnel", "if no magnet is energised", moves=True),
    _loader("InUpPosition", "is the funnel up? it is read now"),
    _loader("InDownPosition", "is the funnel down? it is read now"),
    _loader("EnergizeMagnets", "each for so long, if the funnel is down", ("[period]",), moves=True),
    _loader("IsEnergized", "is a magnet energised?"),
    _loader("DenergizeMagnets", "all of them", moves=True),
    _loader("RotaryDumperMoving", "there is none"),
    _loader("Feed", "bring the feeder to one of its places", ("position",), moves=True),
    _drive("GetPosition", "where a drive is, in its units, or in steps", ("drive", "[units]")),
    _drive("Moving", "does a drive move?", ("drive",)),
    _drive("Stalled", "has a drive stalled?", ("drive",)),
    _drive(
        "MoveAbsolute",
        "send a drive somewhere",
        ("drive", "position", "[units]", "[speed]"),
        moves=True,
        keys=("drive", "position", "units", "velocity"),
    ),
    _drive(
        "MoveRelative",
        "from where it is",
        ("drive", "position", "[units]", "[speed]"),
        moves=True,
        keys=("drive", "position", "units", "velocity"),
    ),
    _drive("StopDrive", "stop it; it forgets that it has stalled", ("drive",), moves=True),
    _drive("SetHome", "where it stands is its home", ("drive",), moves=True),
    _drive("Slew", "turn on and on, by a share of its velocity, -1 to 1", ("drive", "[scalar]"), moves=True),
    _drive(
        "StartJitter",
        "to and fro, with pauses in seconds",
        ("drive", "distance", "[p1]", "[p2]"),
        moves=True,
        keys=("drive", "turns", "p1", "p2"),
    ),
    _drive("StopJitter", "as StopDrive", ("drive",), moves=True),
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
