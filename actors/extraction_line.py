"""The extraction line: the one table of all valves, the rules, and who moves. It decides and never waits.

On the node that has the actuators it decides with authority; for a valve of another node (`spec.remote`) it forwards.
Check and mark are one step of this actor, so no two requests can pass together what one after the other may not.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from actors import picture
from actors.actor import Context, LoopActor
from actors.doubts import Doubts, longest_move_s
from actors.fence import Fence
from actors.flights import Flight
from actors.growth import adopt
from actors.intents import IntentLog
from actors.messages import (
    Actuate,
    Announce,
    Described,
    Failed,
    GetValves,
    Grown,
    HurryUp,
    Kind,
    LockSaved,
    LocksSeen,
    Move,
    News,
    OriginBack,
    OriginLost,
    Outcome,
    Query,
    Reason,
    Refusal,
    Request,
    SaveLock,
    Seen,
    SetLock,
    Settled,
    Source,
    State,
    Switched,
    Tick,
    ValveView,
)
from actors.rules import Verdict, decide, nearest, violations
from actors.table import Row, ValveSpec

TICK_S = 0.5
MAX_WAIT_S = 2.0


@dataclass(frozen=True)
class LineSetup:
    """What a line is built from; it outlives the line's restarts.

    Attributes:
        specs: the valves, in the order of the site's file.
        fence: voids what an earlier incarnation ordered.
        intents: moves that have no end yet.
        timeouts_s: actuator path -> seconds after which its device counts as silent.
        nodes: paths of the node connections that bring valves of their own.
        grow: start the actors of valves that a node described; answered with `Grown`.
    """

    specs: Sequence[ValveSpec]
    fence: Fence
    intents: IntentLog
    timeouts_s: Mapping[str, float] = field(default_factory=dict)
    nodes: tuple[str, ...] = ()
    grow: Callable[[tuple[ValveSpec, ...]], None] = lambda _specs: None


class ExtractionLine(LoopActor):
    """The actor `extraction_line`. `locks`: valve -> who locked it, as the store remembers."""

    def __init__(self, context: Context, path: str, setup: LineSetup, locks: Mapping[str, str]) -> None:
        super().__init__(context, path)
        self._setup = setup
        self._table = {spec.name: Row(spec, locked=locks.get(spec.name, "")) for spec in setup.specs}
        self._flights: dict[str, Flight] = {}
        self._doubts = Doubts()
        self._silent: set[str] = set()
        self._undescribed = dict.fromkeys(setup.nodes, "it has not answered yet")
        self._revision = 0
        self._picture = picture.Picture(-1)
        self._epoch = 0

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {
            Move: self._move,
            Switched: self._switched,
            Seen: self._seen,
            Query: self._query,
            SetLock: self._set_lock,
            LockSaved: self._lock_saved,
            LocksSeen: self._locks_seen,
            OriginLost: self._origin_lost,
            OriginBack: self._origin_back,
            Described: self._described,
            Grown: self._grown,
            Failed: self._valve_failed,
            GetValves: self._get_valves,
            Tick: self._tick,
        }

    def begin(self) -> None:
        """Void what an earlier line ordered; doubt what it left moving; have everything read again."""
        self._epoch = self._setup.fence.advance()
        now = time.monotonic()
        for valve in list(self._setup.intents.open):
            row = self._table.get(valve)
            if row is not None:
                row.why = "a move of it was cut short"
                self._doubts.add(valve, now + self._limit_s(row.spec))
        self._look()
        for node in self._setup.nodes:
            self.tell_path(node, Announce())
        self.later(TICK_S, Tick("line"))

    def make_safe(self) -> None:
        """Tell everybody who waits that nobody knows."""
        for valve, flight in self._flights.items():
            text = f"{valve}: the extraction line stopped before the move's end was seen"
            for move in flight.everyone():
                self._answer(move, Kind.UNKNOWN, State.UNKNOWN, Reason.INTERNAL, text)

    def detail(self) -> str:
        """See `Actor.detail`."""
        return f"{len(self._table)} valves, {len(self._flights)} moving"

    # --- commands ---------------------------------------------------------------------------------------

    def _move(self, move: Move) -> None:
        now = time.monotonic()
        deadline = move.request.deadline
        if deadline is not None and now > deadline:
            late = f"{move.valve}: it came {now - deadline:.1f} s after its deadline"
            self._refuse(move, Refusal(Reason.EXPIRED, late))
            return
        verdict = decide(self._table, move.valve, move.target, now)
        if verdict is Verdict.PERMIT or verdict is Verdict.FORWARD:
            self._launch(move, now)
        elif verdict is Verdict.ALREADY:
            self._finish(move, Kind.ALREADY, self._table[move.valve].state)
        elif verdict is Verdict.JOIN:
            self._flights[move.valve].joined.append(move)
        elif verdict is Verdict.QUEUE:
            self._flights[move.valve].queued.append(move)
            self.tell_path(self._valve_path(move.valve), HurryUp())
        elif verdict is Verdict.READ_FIRST:
            self._read_first(move, now)
        else:
            self._refuse(move, self._not_described_yet(move.valve) or verdict)

    def _launch(self, move: Move, now: float) -> None:
        row = self._table[move.valve]
        row.moving = move.target
        self._revision += 1
        self._flights[move.valve] = Flight(move, now + self._limit_s(row.spec))
        if not self.tell_path(self._valve_path(move.valve), Actuate(move, self._epoch)):
            text = f"{move.valve}: its actor is being restarted"
            self._switched(Switched(move.valve, Kind.REFUSED, State.UNKNOWN, Source.NONE, Reason.BUSY, text))

    def _read_first(self, move: Move, now: float) -> None:
        """The valve stood as asked when last heard of, too long ago: unknown now, so the other rules decide."""
        row = self._table[move.valve]
        row.why = row.doubt(now)
        row.state = State.UNKNOWN
        self._move(move)

    def _switched(self, result: Switched) -> None:
        flight = self._flights.pop(result.valve, None)
        row = self._table.get(result.valve)
        if flight is None or row is None:
            self.log.warning("valve.late_end", valve=result.valve, kind=str(result.kind), why=result.text)
            return
        now = time.monotonic()
        row.moving = None
        self._revision += 1
        before = row.known(now)
        self._commit(row, result, now)
        self._doubts.clear(result.valve)
        for move in flight.everyone(queued=False):
            self._settle(move, result, before, row)
        for move in flight.queued:
            self._move(move)

    def _commit(self, row: Row, result: Switched, now: float) -> None:
        if result.kind is Kind.REFUSED or (result.revision and result.revision < row.origin_revision):
            return  # nothing moved; or a later change of the far end's has been applied already
        if result.revision:
            row.origin_revision = result.revision
        row.state, row.source, row.learned, row.why = result.state, result.source, now, result.text
        row.revision += 1

    def _settle(self, move: Move, result: Switched, before: State, row: Row) -> None:
        took_ms = (time.monotonic() - move.request.received) * 1000
        outcome = Outcome(
            _verb(move), move.valve, result.kind, row.state, result.reason, result.text, result.source, row.revision,
            took_ms,
        )  # fmt: skip
        move.request.reply_to.answer(outcome)
        self.tell_path("chronicle", Settled(move.request, outcome, before, time.time(), row.origin_revision))

    def _finish(self, move: Move, kind: Kind, state: State) -> None:
        row = self._table[move.valve]
        self._settle(move, Switched(move.valve, kind, state, row.source), state, row)

    def _refuse(self, move: Move, refusal: Refusal) -> None:
        row = self._table.get(move.valve)
        state = row.known(time.monotonic()) if row else State.UNKNOWN
        self._answer(move, Kind.REFUSED, state, refusal.reason, refusal.text)

    def _answer(self, move: Move, kind: Kind, state: State, reason: Reason, text: str) -> None:
        took_ms = (time.monotonic() - move.request.received) * 1000
        outcome = Outcome(_verb(move), move.valve, kind, state, reason, text, took_ms=took_ms)
        move.request.reply_to.answer(outcome)
        self.tell_path("chronicle", Settled(move.request, outcome, state, time.time()))

    # --- locks and questions ----------------------------------------------------------------------------

    def _set_lock(self, wish: SetLock) -> None:
        row = self._table.get(wish.valve)
        if row is None:
            refusal = self._not_described_yet(wish.valve) or decide(self._table, wish.valve, State.CLOSED, 0.0)
            assert isinstance(refusal, Refusal)
            self._lock_answer(wish.valve, "lock", wish.request, Kind.REFUSED, refusal.text, refusal.reason)
        elif row.spec.remote:
            if not self.tell_path(row.spec.actuator, wish):
                text = f"{row.spec.actuator} is not running"
                self._lock_answer(wish.valve, "lock", wish.request, Kind.REFUSED, text, Reason.NOT_CONNECTED)
        else:
            who = f"{wish.request.by or 'somebody'} at {time.strftime('%Y-%m-%d %H:%M:%S')}" if wish.locked else ""
            if not self.tell_path("store", SaveLock(wish.valve, who, self.path, wish.request)):
                text = "the store is not running: a lock that is not on disk is no lock"
                self._lock_answer(wish.valve, "lock", wish.request, Kind.REFUSED, text, Reason.INTERNAL)

    def _lock_saved(self, saved: LockSaved) -> None:
        verb = "lock" if saved.who else "unlock"
        if saved.error:
            self._lock_answer(saved.valve, verb, saved.request, Kind.REFUSED, saved.error, Reason.INTERNAL)
            return
        self._note_lock(self._table[saved.valve], saved.who, saved.request.trace)
        self._lock_answer(saved.valve, verb, saved.request, Kind.DONE, saved.who or "free", None)

    def _lock_answer(
        self, valve: str, verb: str, request: Request, kind: Kind, text: str, reason: Reason | None
    ) -> None:
        row = self._table.get(valve)
        state = row.known(time.monotonic()) if row else State.UNKNOWN
        took_ms = (time.monotonic() - request.received) * 1000
        outcome = Outcome(verb, valve, kind, state, reason, text, took_ms=took_ms)
        request.reply_to.answer(outcome)
        self.tell_path("chronicle", Settled(request, outcome, state, time.time()))

    def _locks_seen(self, seen: LocksSeen) -> None:
        for valve, who in seen.locks.items():
            row = self._table.get(valve)
            if row is not None and row.spec.actuator == seen.origin and bool(row.locked) is not bool(who):
                self._note_lock(row, who, "")

    def _note_lock(self, row: Row, who: str, trace: str) -> None:
        row.locked = who
        self._revision += 1
        news = News(f"lock.{row.spec.name}", bool(who), trace=trace, extra={"who": who})
        self.tell_path("chronicle", news)

    def _query(self, query: Query) -> None:
        if query.what == "picture":
            value = self._paint()
            query.request.reply_to.answer(Outcome("query", query.what, Kind.DONE, value=value))
        elif query.what == "describe":
            specs = tuple(row.spec for row in self._table.values() if not row.spec.remote)
            query.request.reply_to.answer(Outcome("query", query.what, Kind.DONE, value=specs))
        else:
            text = f"the extraction line knows no question {query.what}"
            query.request.reply_to.answer(Outcome("query", query.what, Kind.REFUSED, reason=Reason.INTERNAL, text=text))

    def _get_valves(self, _message: GetValves) -> tuple[ValveView, ...]:
        return picture.views(self._table, time.monotonic())

    def _paint(self) -> picture.Picture:
        if self._picture.revision != self._revision:
            self._picture = picture.paint(self._table, self._revision, time.monotonic())
        return self._picture

    # --- what others saw --------------------------------------------------------------------------------

    def _seen(self, seen: Seen) -> None:
        now = time.monotonic()
        of_origin = [name for name, row in self._table.items() if row.spec.actuator == seen.origin]
        waiting, ended = self._doubts.weigh(seen, of_origin)
        changes = picture.take_in(self._table, seen, now, waiting)
        self._setup.intents.forget(ended)
        self._tell_changes(changes, seen.source)
        for change in changes:
            if change.surprise and seen.source is Source.POLL:
                name = change.row.spec.name
                self.log.error("valve.mismatch", valve=name, believed=str(change.before), seen=str(change.row.state))
        if changes:
            self._alarm_violations()
        if waiting and not ended:
            self._look_later(now)

    def _alarm_violations(self) -> None:
        for first, second in violations(self._table):
            self.log.error("interlock.violated", valve=first, other=second, why="both stand open")
            text = f"{first} and {second} stand open together; an interlock forbids it. Close one of them by hand."
            self.tell_path("chronicle", News("alarm.interlock", [first, second], quality="good", extra={"text": text}))

    def _origin_lost(self, lost: OriginLost) -> None:
        if lost.origin in self._undescribed:
            self._undescribed[lost.origin] = lost.why
        changes = picture.lose(self._table, lost)
        self._revision += 1
        self._tell_changes(changes, Source.NONE)

    def _origin_back(self, back: OriginBack) -> None:
        if not back.origin.startswith("node."):
            self.tell_path(back.origin, Tick("now"))

    def _tell_changes(self, changes: list[picture.Change], source: Source) -> None:
        if changes:
            self._revision += 1
        now = time.monotonic()
        for change in changes:
            row = change.row
            self.tell_path("chronicle", _valve_news(row, row.known(now), str(source), row.doubt(now)))

    # --- valves of other nodes --------------------------------------------------------------------------

    def _described(self, described: Described) -> None:
        self._undescribed.pop(described.origin, None)
        fresh = adopt(self._table, described, self.log)
        self._revision += 1
        if fresh:
            self._setup.grow(fresh)

    def _grown(self, grown: Grown) -> None:
        for spec in grown.specs:
            self._table.setdefault(spec.name, Row(spec))
        self._revision += 1
        for origin in {spec.actuator for spec in grown.specs}:
            self.tell_path(origin, Announce())

    def _not_described_yet(self, valve: str) -> Refusal | None:
        if valve in self._table or not self._undescribed:
            return None
        node, why = next(iter(self._undescribed.items()))
        text = f"{valve} is not known here{nearest(valve, self._table)}, and {node} has not told its valves: {why}"
        return Refusal(Reason.NOT_CONNECTED, text)

    # --- time and failure -------------------------------------------------------------------------------

    def _tick(self, tick: Tick) -> None:
        now = time.monotonic()
        if tick.what == "look":
            self._look()
            return
        self.later(TICK_S, Tick("line"))
        for valve, flight in list(self._flights.items()):
            if now > flight.ends_by:
                text = f"{valve}: no end of its move was seen in time"
                self._switched(Switched(valve, Kind.UNKNOWN, State.UNKNOWN, Source.NONE, Reason.NO_ANSWER, text))
        self._tell_changes(picture.expire(self._table, now, self._silent), Source.NONE)

    def _valve_failed(self, failed: Failed) -> None:
        valve = failed.path.rpartition("valve.")[2]
        row = self._table.get(valve)
        if row is None:
            return
        text = f"{valve}: its actor failed ({failed.error})"
        if valve in self._flights:
            self._switched(Switched(valve, Kind.UNKNOWN, State.UNKNOWN, Source.NONE, Reason.INTERNAL, text))
            self._doubts.add(valve, time.monotonic() + self._limit_s(row.spec))
        self._look_later(time.monotonic())

    def _look(self) -> None:
        for actuator in {row.spec.actuator for row in self._table.values() if not row.spec.remote}:
            self.tell_path(actuator, Tick("now"))

    def _look_later(self, now: float) -> None:
        due = self._doubts.next_due()
        self.later(max(0.05, (due or now) - now), Tick("look"))

    def _limit_s(self, spec: ValveSpec) -> float:
        timeout_s = self._setup.timeouts_s.get(spec.actuator, 2.0)
        return longest_move_s(timeout_s, spec.check_delay_s, spec.settling_time_s, MAX_WAIT_S)

    def _valve_path(self, valve: str) -> str:
        return f"{self.path}/valve.{valve}"


def _verb(move: Move) -> str:
    return "open" if move.target is State.OPEN else "close"


def _valve_news(row: Row, state: State, source: str, why: str) -> News:
    quality = "unknown" if state is State.UNKNOWN else "good"
    extra: dict[str, Any] = {"why": why} if state is State.UNKNOWN else {}
    if row.spec.remote:
        extra |= {"origin_rev": row.origin_revision, "origin": row.spec.actuator}
    return News(f"valve.{row.spec.name}", str(state), row.revision, quality=quality, source=source, extra=extra)
