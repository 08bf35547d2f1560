"""One of the two connections to a node: what was asked on it and waits for its reply, in order."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from transports.rpc.channel import Channel
from transports.rpc.fields import join_fields, split_fields, whole_number

# Called once: with the reply's text and its fields, or with None and why there is none.
Then = Callable[[str | None, Mapping[str, str]], None]


DRIFT = 0.0005  # more than two quartz clocks ever part


class Stage(Enum):
    """How far a lane has come."""

    DOWN = "down"
    CONNECTING = "connecting"
    GREETING = "greeting"
    AGREED = "agreed"  # fields are; the life that asks is being told
    UP = "up"


@dataclass(slots=True, eq=False)
class Pending:
    """One request without its reply yet.

    Attributes:
        told: its fields. With a deadline it is an act, and where the far end knows ids, that is carried out as it
            comes: nothing waits for it, and the same id again never acts twice.
        sent_at, ends_by: monotonic seconds; at the latest then whoever asked is told that nobody knows.
        aside: it is such an act.
        why: its connection was lost, for this reason; repeated: it was asked again since.
    """

    what: str
    told: Mapping[str, str]
    then: Then
    sent_at: float
    ends_by: float
    aside: bool = False
    why: str = ""
    repeated: bool = False
    done: bool = False

    @property
    def id(self) -> str:
        """Its field, which its reply carries too."""
        return self.told.get("id", "")

    def finish(self, text: str | None, told: Mapping[str, str]) -> None:
        """Hand the reply over, once."""
        if not self.done:
            self.done = True
            self.then(text, told)

    def fail(self, why: str) -> None:
        """Say that there will be no reply."""
        if self.repeated:
            why = f"{self.why}; asked again: {why}"
        elif self.why not in ("", why):
            why = f"{self.why}; then: {why}"
        self.finish(None, {"why": why})


@dataclass(eq=False)
class Lane:
    """A connection and its queue of pending requests.

    Attributes:
        owed: acts that have lost their connection, to be asked once more, by the same id, when there is another.
        fields: the far end takes fields; otherwise it is told the command alone.
        by_id: the far end tells with each reply the id of its request; otherwise it answers in order.
        offset_ms: the far end's monotonic clock minus ours, at most: so a deadline is never later than it was meant.
    """

    name: str
    stage: Stage = Stage.DOWN
    channel: Channel | None = None
    pending: deque[Pending] = field(default_factory=deque)
    owed: list[Pending] = field(default_factory=list)
    fields: bool = False
    by_id: bool = False
    offset_ms: float | None = None
    heard_at: float = 0.0
    round_trip_ms: float | None = None

    def send(self, pending: Pending) -> None:
        """Send a request and queue it. Only on a lane that is connected.

        Raises:
            ValueError: it cannot be framed, and nothing was sent.
        """
        assert self.channel is not None
        self.channel.send(join_fields(pending.what, pending.told if self.fields else {}))
        self.pending.append(pending)

    def waits_behind(self, pending: Pending) -> bool:
        """Whether a request waits for the reply to another one, as the far end answers them in order."""
        return not pending.aside and pending is not next(one for one in self.pending if not one.aside)

    @property
    def idle(self) -> bool:
        """Whether nothing is asked that is answered in order."""
        return all(pending.aside for pending in self.pending)

    def match(self, line: str, now: float) -> tuple[Pending, str, Mapping[str, str]]:
        """Return the request that a reply is for, the reply's text and its fields.

        Raises:
            ValueError: it is malformed, or nobody has asked.
        """
        try:
            text, told = split_fields(line)
        except ValueError as error:
            raise ValueError(f"its reply is malformed: {error}") from error
        wanted = told.get("id", "")
        fitting = (asked for asked in self.pending if not self.by_id or asked.id == wanted)
        request = next(fitting, None)
        if request is None:
            raise ValueError(f"it sent {text[:80]!r} unasked")
        self.pending.remove(request)
        if not request.aside:
            self.round_trip_ms = (now - request.sent_at) * 1000
        clock_ms = whole_number(told.get("t", ""))
        if clock_ms is not None:
            self.heard(now, clock_ms)
        return request, text, told

    def heard(self, now: float, clock_ms: float) -> None:
        """Take the far end's clock, as it was when it answered: at or before `now` (monotonic seconds)."""
        offset_ms = clock_ms - now * 1000
        if self.offset_ms is None:
            self.offset_ms = offset_ms
        else:  # the reply that was fastest says most; but two clocks drift apart, so what it said wears off
            worn_ms = (now - self.heard_at) * 1000 * DRIFT
            self.offset_ms = max(offset_ms, self.offset_ms - worn_ms)
        self.heard_at = now

    def down(self, why: str) -> None:
        """Break the connection off; what may be asked again is owed from now on, everybody else has no reply.

        What was owed already, and could not be asked again so far, is given up: the node is gone.
        """
        given_up, self.owed = self.owed, []
        waiting, self.pending = list(self.pending), deque()
        self.stage, self.offset_ms = Stage.DOWN, None
        if self.channel is not None:
            self.channel.drop()
            self.channel = None
        for request in waiting:
            if request.aside and not request.why:
                request.why = why
                self.owed.append(request)
            else:
                given_up.append(request)
        for request in given_up:
            request.fail(why)

    def forget(self, why: str) -> None:
        """Give up what is owed: it will not be asked again."""
        owed, self.owed = self.owed, []
        for request in owed:
            request.fail(why)
