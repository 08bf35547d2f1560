"""Whether a node is up, since when, why not, and how soon it is tried again. No I/O and no clock of its own."""

import random
from dataclasses import dataclass

from actors.views import NodeView

RETRY_FIRST_S, RETRY_LONGEST_S = 0.1, 5.0
STEADY_S = 5.0  # a node that was up for less has not come back: it flaps, and is tried ever more rarely


@dataclass(slots=True)
class Standing:
    """How one node stands. Times are monotonic seconds, but `since_text`, which is the wall clock's.

    Attributes:
        why: why it is down.
        tries: to connect, in vain, since it was last up for `STEADY_S`.
        simulated: it said so itself.
        manner: how it is spoken to, for a person: "plain", or "" where it says HELLO.
    """

    name: str
    host: str
    port: int
    why: str
    since: float
    since_text: str
    up: bool = False
    tries: int = 0
    simulated: bool = False
    risen: int = 0  # how often it came up
    manner: str = ""

    @property
    def address(self) -> str:
        """Host and port, for a person."""
        return f"{self.host}:{self.port}"

    def rise(self, now: float, now_text: str) -> None:
        """Note that it is up."""
        self.up, self.since, self.since_text = True, now, now_text
        self.risen += 1

    def fall(self, why: str, now: float, now_text: str) -> bool:
        """Note that it is down, or still is; return whether that is news."""
        if self.up and now - self.since >= STEADY_S:
            self.tries = 0
        news = self.up or self.tries == 0
        if news:
            self.since, self.since_text = now, now_text
        self.up, self.why = False, why
        self.tries += 1
        return news

    def retry_s(self) -> float:
        """Return how long to wait before the next attempt: twice as long each time, and not all nodes at once."""
        delay_s = RETRY_FIRST_S * (1 << min(max(0, self.tries - 1), 10))
        return min(RETRY_LONGEST_S, delay_s) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter

    def down_text(self) -> str:
        """Return what is told to whoever wants something of it while it is down."""
        return f"node {self.name} ({self.address}) is down since {self.since_text}: {self.why}"

    def said(self, round_trip_ms: float | None) -> str:
        """Return how it stands in a few words, for `tree()`."""
        if not self.up:
            return f"down: {self.why}, {self.tries} tries"
        facts = ["up", *filter(None, ("SIMULATED" if self.simulated else "", self.manner)), self.address]
        return ", ".join([*facts, *([f"{round_trip_ms:.1f} ms"] if round_trip_ms is not None else [])])

    def view(self, now: float, boot: str, round_trip_ms: float | None) -> NodeView:
        """Return how it stands, for whoever shows it; `boot`: of its life, where it is known."""
        status = "up" if self.up else "down"
        life = self.manner or (f"boot {boot}" if boot else "")
        detail = life + (", SIMULATED" if self.simulated else "") if self.up and life else self.why
        return NodeView(self.name, self.address, status, now - self.since, detail, round_trip_ms)
