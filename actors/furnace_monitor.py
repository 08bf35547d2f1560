"""The poll of a furnace on another node: what its news do not tell is asked for, and what nobody tells is unknown.

A node of ours pushes what its furnace shows once a second; then nothing is asked. A Pychron firmware has no news, and a
firewall may let none through: then the summary is asked for at each tick.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from actors.actor import Context
from actors.messages import Kind, News, Outcome, Query, Request, Source, Tick
from actors.placement import LoopActor
from actors.promise import Tells
from hardware.numerals import is_number

MAIN = "furnace"  # the actor of the furnace itself, in what it pushes
LATE_AFTER = 2  # polls in vain, one after the other
OVERDUE = 2.0  # timeouts after which a poll is given up
PUSHED_FOR = 2.5  # periods in which a push makes a poll needless


class FurnaceMonitor(LoopActor):
    """The actor `furnace_monitor.<node>`.

    Args:
        node: path of the node connection that is asked.
        period_s: seconds between ticks.
        timeout_s: seconds that an answer may take.
    """

    def __init__(self, context: Context, path: str, node: str, period_s: float, timeout_s: float) -> None:
        super().__init__(context, path)
        self._node, self._period_s, self._timeout_s = node, period_s, timeout_s
        self._topic = f"furnace.{node.removeprefix('node.')}"
        self._pushed_at = float("-inf")
        self._others: set[str] = set()  # topics of further ovens there
        self._failed = 0
        self._waiting, self._asked_at = False, 0.0
        self._said = "not heard yet"

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`. `News`: a push that the node's StatusMonitor has passed on."""
        return {Tick: self._tick, News: self._pushed, Outcome: self._answered}

    def begin(self) -> None:
        """Begin to look."""
        self.later(self._period_s, Tick("look"))

    def detail(self) -> str:
        """See `Actor.detail`."""
        return self._said

    def _tick(self, _tick: Tick) -> None:
        self.later(self._period_s, Tick("look"))
        now = time.monotonic()
        if self._waiting and now - self._asked_at > OVERDUE * self._timeout_s:  # whoever was to answer has gone
            self._waiting = False
            self._fail(f"no answer for {now - self._asked_at:.0f} s")
        if self._waiting or now - self._pushed_at < PUSHED_FOR * self._period_s:
            return
        request = Request(Tells(self.take), by=self.path, received=now, deadline=now + self._timeout_s)
        if self.tell_path(self._node, Query("GetFurnaceSummary", (), request)):
            self._waiting, self._asked_at = True, now
        else:
            self._fail(f"{self._node} is not running")

    def _pushed(self, news: News) -> None:
        if news.extra.get("actor", MAIN) != MAIN:  # a further oven: it says nothing of the furnace
            self._others.add(news.topic)
            return
        self._topic, self._pushed_at = news.topic, time.monotonic()
        self._failed, self._said = 0, "told by its news"

    def _answered(self, outcome: Outcome) -> None:
        self._waiting = False
        if outcome.kind is not Kind.DONE:
            self._fail(outcome.text or str(outcome.reason))
            return
        try:
            news = self._understood(outcome.text)
        except (ValueError, LookupError, TypeError) as error:
            self._fail(f"its summary is not understood: {error}: {outcome.text[:80]!r}")
            return
        if self._failed >= LATE_AFTER:
            self.log.info("furnace.heard_again", peer=self._node)
        self._failed, self._said = 0, "polled"
        self.tell_path("chronicle", news)

    def _understood(self, text: str) -> News:
        told = json.loads(text)
        for key in ("response", "setpoint", "output"):
            if not is_number(told[key]):
                raise ValueError(f"{told[key]!r} is no number")
        extra = {"setpoint": told["setpoint"], "output": told["output"], "origin": self._node.removeprefix("node.")}
        return News(self._topic, told["response"], units="C", source=Source.POLL, extra=extra)

    def _fail(self, why: str) -> None:
        """Say once that nobody knows how warm it is."""
        self._failed += 1
        self._said = f"down: {why}"
        if self._failed == LATE_AFTER:
            self.log.warning("furnace.late", peer=self._node, why=why)
            extra = {"why": why, "origin": self._node.removeprefix("node.")}
            for topic in (self._topic, *sorted(self._others)):
                self.tell_path("chronicle", News(topic, None, units="C", quality="unknown", extra=extra))
