"""The line's table: what each valve is, and what is known of it now."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from actors.messages import Source, State

STALE_AFTER_S = 10.0  # then it is unknown
ASSUMED_FOR_S = 3600.0  # what nobody has read holds for so long
STALE_S = 3.5  # then it is said to be old: three seconds, and the half that a poll every three may take
MANUAL, DOUBLE = "manual_valve", "double_actuation_valve"
_STATES = {str(state): state for state in State}


def state_of(told: object) -> State:
    """Return the state that somebody else's word for it means; unknown for anything that is no such word."""
    return _STATES.get(told, State.UNKNOWN) if isinstance(told, str) else State.UNKNOWN


@dataclass(frozen=True, slots=True)
class ValveSpec:
    """One valve as the site describes it.

    Attributes:
        actuator: path of the actor that moves it: `actuator.<device>` here, `node.<name>` elsewhere.
        interlocks: valves that must be known closed before it opens; positive_interlocks: known open;
            close_interlocks: not open before it closes.
        disabled_why: why it is out of service; "" where `enabled`.
        check: read the device back after a move; check_delay_s: seconds to wait before the look.
        settling_time_s: seconds to wait after the look before the move counts as done.
        stale_after_s: seconds of silence after which the state is unknown.
        kind: "valve", "switch", "manual_valve" (a person turns it) or "double_actuation_valve" (`address` is
            "primary,secondary").
        inverted_logic: as Pychron has it: the relay's sense is the other way round for this valve.
        opens_when: "relay_closed" or "relay_open", where this valve is not as its actuator says; else "".
        state_actuator: path of the actor that reads its state, where that is not its actuator; else "".
        state_address: channel that its state is read from, where that is not `address`; else "".
        state_inverted: the channel that tells its state reads closed where the valve is open.
        parent: the valve that it follows, or ""; parent_inverted: it opens when that one closes.
        open_delay_s, close_delay_s: of a double-actuation valve, between its two relays.
        track: keep its counts and times.
        pipette: name of the pipette that it is the inner or outer valve of, or ""; pipette_part: "inner", "outer".
        remote: the rules for it are another node's; here it is only forwarded.
        described: known from that node's own description, not from a file of this site.
    """

    name: str
    address: str = ""
    actuator: str = ""
    description: str = ""
    kind: str = "valve"
    interlocks: tuple[str, ...] = ()
    positive_interlocks: tuple[str, ...] = ()
    close_interlocks: tuple[str, ...] = ()
    enabled: bool = True
    disabled_why: str = ""
    inverted_logic: bool = False
    query_state: bool = True
    check: bool = True
    check_delay_s: float = 0.0
    settling_time_s: float = 0.0
    stale_after_s: float = STALE_AFTER_S
    pipette: str = ""
    pipette_part: str = ""
    remote: bool = False
    described: bool = False
    opens_when: str = ""
    state_actuator: str = ""
    state_address: str = ""
    state_inverted: bool = False
    parent: str = ""
    parent_inverted: bool = False
    open_delay_s: float = 0.0
    close_delay_s: float = 0.0
    track: bool = True

    @property
    def by_hand(self) -> bool:
        """Whether a person turns it, and this node remembers where; another node's is remembered there."""
        return self.kind == MANUAL and not self.remote

    @property
    def origin(self) -> str:
        """Path of the actor that tells its state; for another node's valve that node, whatever reads it there."""
        return self.actuator if self.remote else self.state_actuator or self.actuator


@dataclass(frozen=True, slots=True)
class PipetteSpec:
    """A pipette: opening the inner valve arms it, opening the outer one then takes a shot. Never open together."""

    name: str
    inner: str
    outer: str


@dataclass(frozen=True, slots=True)
class SafeStep:
    """One step of the safe state, in its order. `target`: open, closed, or None: it is held as it is."""

    valve: str
    target: State | None


@dataclass(frozen=True, slots=True)
class Overheard:
    """What was told of a valve in flight: with the revision of its node, or at a time (monotonic seconds)."""

    state: State
    source: Source
    revision: int
    at: float


@dataclass(slots=True)
class Row:
    """One valve's live state. Only the ExtractionLine actor writes it.

    Attributes:
        learned: monotonic seconds at which `state` was learned, or the row made: an earlier look says nothing of it.
        seen: monotonic seconds at which it was known last; 0: never.
        revision: grows by 1 per change, here; origin_revision: on the node that has the valve.
        moving: the target of the move in flight, or None.
        why: why the state is unknown.
        overheard: what was told of it while our own move was in flight, to be taken in if it is later than its end.
        owner: who has claimed it, or ""; owner_until: monotonic seconds at which that ends; None: it is not known yet.
        vouched_by: the person whose word `state` is, or "".
    """

    spec: ValveSpec
    state: State = State.UNKNOWN
    source: Source = Source.NONE
    learned: float = 0.0
    seen: float = 0.0
    revision: int = 0
    moving: State | None = None
    locked: str = ""
    owner: str = ""
    owner_until: float | None = None
    why: str = "not read yet"
    origin_revision: int = 0
    overheard: Overheard | None = None
    vouched_by: str = ""

    def known(self, now: float) -> State:
        """Return the state as it may be used: unknown when its term is over."""
        if now - self.learned > self.spec.stale_after_s and now - self.learned > self.term_s():
            return State.UNKNOWN
        return self.state

    def confirmed(self, now: float) -> bool:
        """Whether its state was learned within `stale_after`, so that nothing need be done to have it so.

        What is assumed satisfies the rules for longer, and is done again all the same.
        """
        return now - self.learned <= self.spec.stale_after_s or (self.spec.by_hand and self.state is not State.UNKNOWN)

    def stands(self, target: State | None, now: float) -> bool:
        """Whether it is known, and lately, to stand there, and moves nowhere."""
        return self.moving is None and self.known(now) is target and self.confirmed(now)

    def term_s(self) -> float:
        """Return for how many seconds the state holds: read, assumed, or where a person has turned it."""
        if self.spec.by_hand:
            return math.inf
        return max(ASSUMED_FOR_S, self.spec.stale_after_s) if self.source is Source.ASSUMED else self.spec.stale_after_s

    @property
    def is_read(self) -> bool:
        """Whether what is known of it is read again and again: not what is assumed, nor where a person turns it."""
        return self.source is not Source.ASSUMED and not self.spec.by_hand

    def stale(self, now: float) -> bool:
        """Whether it is known, and nothing was heard of it for longer than it should take."""
        if self.state is State.UNKNOWN or self.moving is not None or now - self.learned <= STALE_S:
            return False
        return self.is_read and self.known(now) is not State.UNKNOWN

    def vouched(self, now: float) -> bool:
        """Whether a person's word for it still holds."""
        return bool(self.vouched_by) and self.known(now) is not State.UNKNOWN

    def owned(self, now: float) -> str:
        """Return who owns it now, or ""."""
        return self.owner if self.owner_until is None or now < self.owner_until else ""

    def owned_for(self, now: float) -> str:
        """Return how long a claim lasts whose session has gone; nothing of one whose session lives."""
        if self.owner_until is None:
            return ""
        return f" (its session has gone: for {max(0.0, self.owner_until - now):.0f} s more, or until it is released)"

    def doubt(self, now: float) -> str:
        """Return why the state is unknown, for a person."""
        if self.spec.by_hand and not self.seen:
            return "nobody has said yet where it is turned: open it, close it, or assume it"
        if self.state is State.UNKNOWN:
            return self.why
        return f"nothing heard of it for {now - self.learned:.1f} s"

    def said(self, now: float) -> str:
        """Return the state in a few words, for `tree()`."""
        if self.moving is not None:
            return f"moving to {self.moving}"
        state = self.known(now)
        if state is State.UNKNOWN:
            return f"unknown ({self.doubt(now)})"
        return f"{state:<8} {now - self.learned:.1f} s ago ({self.source})"


Table = Mapping[str, Row]
