"""What others saw of the line's valves: polls, events, silence, lost devices; and the doubts that a restart leaves."""

import time
from collections.abc import Callable, Mapping

from actors import picture
from actors.actuation import OriginBack, OriginLost, Seen
from actors.doubts import Doubts
from actors.intents import IntentLog
from actors.ledger import Ledger
from actors.messages import Move, News, Reason, Refusal, Source, State, Tick
from actors.reconcile import reconcile
from actors.rules import violations
from actors.table import Row

SOONEST_LOOK_S, LONGEST_PAUSE_S = 0.05, 2.0
FIRST_WORD_S = 1.4  # for the first word of an actuator
READ_LIMIT_S = 1.5  # for a look that a move waits for; less than its own deadline


class Sightings:
    """A part of the extraction line.

    Args:
        ledger: the line's.
        intents: moves without an end; those that were read to their end since are forgotten.
        look_later: have all actuators looked at in so many seconds.
        again: decide once more about a move that waited for a look.
        changed: look once more at what was permitted before something was seen to stand otherwise.
        opened: take note of a valve that was found elsewhere than before.
    """

    def __init__(
        self,
        ledger: Ledger,
        intents: IntentLog,
        look_later: Callable[[float], None],
        again: Callable[[Move], None],
        changed: Callable[[], None],
        opened: Callable[[Row, State], object] = lambda _row, _before: None,
    ) -> None:
        self._ledger = ledger
        self._intents = intents
        self._look_later = look_later
        self._again = again
        self._changed = changed
        self._opened = opened
        self._remembered: dict[str, str] = {}
        self._readers: list[tuple[float, str, Move]] = []  # moves that wait for a look of an actuator after this time
        self._pause_s = SOONEST_LOOK_S
        self._look_at: float | None = None  # when the next look at doubted valves is due
        self._violated: set[tuple[str, str]] = set()
        self._silent: set[str] = set()
        self._stale: set[str] = set()
        self._knowing: dict[str, int] = {}  # actuator -> its number for what it has told
        self.doubts = Doubts()

    def remember(self, states: Mapping[str, str]) -> None:
        """Keep what was known last in an earlier life, for the first look at each valve."""
        own = (name for name, row in self._ledger.table.items() if not row.spec.remote)
        self._remembered = {name: states[name] for name in own if name in states}

    def _reconcile(self, seen: Seen) -> None:
        """Compare the first look at each valve with what was remembered; the hardware is believed."""
        reconciled = reconcile(self._remembered, seen.states, ())
        for found in reconciled.differences:
            self._ledger.log.warning(
                "valve.reconciled", valve=found.valve, remembered=str(found.remembered), found=str(found.seen)
            )
        for valve in reconciled.compared:
            self._remembered.pop(valve, None)

    def seen(self, seen: Seen) -> None:
        """Take in a look that no command caused."""
        if self._remembered:
            self._reconcile(seen)
        self._know(seen)
        table = self._ledger.table
        of_origin = [name for name, row in table.items() if row.spec.origin == seen.origin and row.moving is None]
        waiting, ended = self.doubts.weigh(seen, of_origin)
        changes = picture.take_in(table, seen, time.monotonic(), waiting)
        self._intents.forget(ended)
        self._ledger.tell_changes(changes, seen.source)
        for change in changes:
            if change.surprise and seen.source is Source.POLL:
                name, now_seen = change.row.spec.name, str(change.row.state)
                self._ledger.log.error("valve.mismatch", valve=name, believed=str(change.before), seen=now_seen)
            if change.row.spec.pipette:
                self._opened(change.row, change.before)
        if changes:
            self._weigh()
        if ended:
            self._pause_s = SOONEST_LOOK_S
        if waiting or ended:
            self.look_when_due()
        self._readers_of(seen.origin, seen.asked_at)

    def learned(self, row: Row, before: State) -> None:
        """Look at what follows from a valve's being known to stand elsewhere than `before`, by a person's word."""
        if row.spec.pipette:
            self._opened(row, before)
        self._weigh()

    def landed(self) -> None:
        """Look whether a move has ended what must not be."""
        if self._violated:
            self._alarm()

    def _weigh(self) -> None:
        self._changed()
        self._alarm()

    def knowing(self, origin: str) -> int | None:
        """Return what is known of an actuator's device, by the actuator's own number for it; None: nothing yet."""
        return self._knowing.get(origin)

    def _know(self, told: Seen | OriginLost) -> None:
        if told.knowing is not None:
            self._knowing[told.origin] = told.knowing

    def overheard(self, row: Row) -> None:
        """Take in what was told of a valve while our move was in flight, if that is later than our move's end."""
        heard = row.overheard
        if heard is None:
            return
        row.overheard = None
        later = heard.revision > row.origin_revision if row.spec.remote else heard.at > row.learned
        if later:
            name = row.spec.name
            states, revisions = {name: heard.state}, {name: heard.revision}
            told = Seen(row.spec.origin, states, heard.source, heard.at, complete=False, revisions=revisions)
            self.seen(told)

    def read_first(self, move: Move) -> None:
        """A valve stood as asked when last heard of, too long ago to say so: look, then decide again."""
        since = time.monotonic()
        if self._ledger.tell(self._ledger.table[move.valve].spec.origin, Tick("now")):
            self._readers.append((since, self._ledger.table[move.valve].spec.origin, move))
        else:
            self._decide_unseen(move)

    def first_word(self, move: Move, actuator: str, now: float) -> Refusal | None:
        """Let a move wait for an actuator's first word, by which it is decided; return why it cannot wait, or None."""
        name = move.valve
        if now - move.request.received > FIRST_WORD_S:
            return Refusal(Reason.NOT_CONNECTED, f"{name}: {actuator} has not told yet how its valves stand")
        if not self._ledger.tell(actuator, Tick("now")):
            return Refusal(Reason.NOT_CONNECTED, f"{name}: {actuator} is not running")
        self._readers.append((now, actuator, move))
        return None

    def readers(self) -> list[Move]:
        """Return the moves that wait for a look."""
        return [move for _, _, move in self._readers]

    def _readers_of(self, origin: str, asked_at: float) -> None:
        ready = [reader for reader in self._readers if reader[1] == origin and asked_at >= reader[0]]
        self._readers = [reader for reader in self._readers if reader not in ready]
        for _, _, move in ready:
            self._decide_unseen(move)

    def _decide_unseen(self, move: Move) -> None:
        """Decide again; a valve of which the look told nothing is unknown, so that the other rules decide."""
        row, now = self._ledger.table[move.valve], time.monotonic()
        if row.state is not State.UNKNOWN and row.known(now) is State.UNKNOWN:
            row.why, row.state = row.doubt(now), State.UNKNOWN
            if move.valve not in self._silent:
                self._ledger.tell_unknown(row, row.why)
        self._again(move)

    def lost(self, lost: OriginLost) -> None:
        """Nobody can look at these valves any more."""
        self._know(lost)
        changes = picture.lose(self._ledger.table, lost, time.monotonic())
        self._ledger.revision += 1
        self._ledger.tell_changes(changes, Source.NONE)
        self._changed()
        self._readers_of(lost.origin, time.monotonic())

    def back(self, back: OriginBack) -> None:
        """An actuator answers again; a node's StatusMonitor looks by itself."""
        if back.origin.startswith("actuator."):
            self._ledger.tell(back.origin, Tick("now"))

    def expire(self, now: float) -> None:
        """Tell of valves that nothing was heard of for long, and for too long."""
        self._ledger.tell_changes(picture.expire(self._ledger.table, now, self._silent), Source.NONE)
        for row in picture.aged(self._ledger.table, now, self._stale):
            self._ledger.tell_age(row)
        overdue = [reader for reader in self._readers if now - reader[0] > READ_LIMIT_S]
        self._readers = [reader for reader in self._readers if reader not in overdue]
        for _, _, move in overdue:
            self._decide_unseen(move)

    def look(self) -> None:
        """Have every actuator of this node look at all its channels now."""
        self._look_at = None
        for actuator in {
            row.spec.origin for row in self._ledger.table.values() if row.spec.origin and not row.spec.remote
        }:
            self._ledger.tell(actuator, Tick("now"))

    def look_when_due(self) -> None:
        """Look again when the first doubt may end."""
        now, due = time.monotonic(), self.doubts.next_due()
        if due is None:
            return
        if due > now:
            self._pause_s = SOONEST_LOOK_S
        delay_s = max(self._pause_s, due - now)
        if self._look_at is not None and now < self._look_at <= now + delay_s:
            return  # a look is on its way that is soon enough
        self._pause_s = min(LONGEST_PAUSE_S, 2 * self._pause_s)  # a device that cannot be read is not pestered
        self._look_at = now + delay_s
        self._look_later(delay_s)

    def _alarm(self) -> None:
        found = set(violations(self._ledger.table))
        fresh, ended = found - self._violated, self._violated - found
        self._violated = found
        for first, second in sorted(fresh):
            self._ledger.log.error("interlock.violated", valve=first, other=second, why="both stand open")
            text = f"{first} and {second} stand open together; an interlock forbids it. Close one of them by hand."
            self._ledger.tell("chronicle", News("alarm.interlock", [first, second], extra={"text": text}))
        if ended and not found:
            text = "no two valves stand open together that may not"
            self._ledger.tell("chronicle", News("alarm.interlock", [], extra={"text": text}))
