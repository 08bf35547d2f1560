"""The line's pipettes: armed and shots are on disk before the opening that changed them is answered."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from actors.facts import Fact, Kept, StoreHealth
from actors.line_durable import Durable
from actors.messages import News, Reason, Refusal, State
from actors.pipettes import Count, Counts
from actors.table import PipetteSpec, Row
from actors.views import PipetteView

COUNTS = "pipettes"  # among the context's facts: what an earlier line had counted, whether or not it is on disk


class Pipettes:
    """A part of the extraction line. `facts`: the context's."""

    def __init__(
        self, durable: Durable, specs: Sequence[PipetteSpec], kept: Mapping[str, str], facts: dict[str, Any]
    ) -> None:
        self._durable = durable
        self._ledger = durable.ledger
        self._kept = kept
        self._counts: Counts = facts.setdefault(COUNTS, Counts.of(specs, kept))
        self._waiting: list[tuple[str, str, Callable[[], None]]] = []  # pipette, its count, and whom that lets go
        self._unsaved: set[str] = set()
        self.store_trouble = ""  # why nothing can be kept now

    def objection(self, valve: str, target: State) -> Refusal | None:
        """Return why an opening that would change a count has to wait, or None."""
        if self.store_trouble and target is State.OPEN and self._counts.would_change(valve):
            text = f"{valve} belongs to a pipette, and its shots cannot be stored now: {self.store_trouble}"
            return Refusal(Reason.INTERNAL, text, "pipette")
        return None

    def noticed(self, row: Row, before: State, then: Callable[[], None] | None = None) -> bool:
        """Look whether a valve that stood as `before` has changed a count; if so, `then` waits for the disk."""
        now_known = State.UNKNOWN if row.moving is not None else row.known(time.monotonic())
        pipette = self._counts.noticed(row.spec.name, before, now_known, time.time())
        if not pipette:
            return False
        count = self._counts.counts[pipette]
        self._news(pipette)
        if not self._durable.insist(Fact.PIPETTE, pipette, count.text()):
            self._not_saved(pipette, "the store is not running")
            return False
        if then is not None:
            self._waiting.append((pipette, count.text(), then))
        return then is not None

    def unsure(self, valve: str) -> None:
        """Say that nobody saw the end of an opening that would have changed a count: it counts when it is seen open."""
        pipette = self._counts.pipette_of(valve)
        if not self._counts.would_change(valve):
            return
        count = self._counts.counts[pipette]
        text = (
            f"pipette {pipette}: nobody saw whether {valve} has opened; {count.shots} shots, armed {count.armed} "
            f"is right only if it has not"
        )
        self._ledger.log.error("pipette.unsure", pipette=pipette, valve=valve, shots=count.shots, armed=count.armed)
        self._ledger.tell("chronicle", News("alarm.pipette", pipette, extra={"text": text}))

    def kept(self, kept: Kept) -> None:
        """Let those go on whose count is on disk, or cannot be."""
        pipette = kept.keep.subject
        if kept.error:
            self._not_saved(pipette, kept.error)
        elif pipette in self._unsaved:
            self._unsaved.discard(pipette)
            text = f"pipette {pipette}: its count is on disk now"
            self._ledger.tell("chronicle", News("alarm.pipette", "", extra={"text": text}))
        for index, (waiting, count, then) in enumerate(self._waiting):
            if (waiting, count) == (pipette, kept.keep.value):
                del self._waiting[index]
                then()
                return

    def let_go(self) -> None:
        """Let all go on that wait for the disk: the line ends."""
        waiting, self._waiting = self._waiting, []
        for _, _, then in waiting:
            then()

    def store_is(self, health: StoreHealth) -> None:
        """Take in how the store is; what could not be saved is tried again when it is well."""
        self.store_trouble = "" if health.ok else health.why
        if health.ok:
            self._durable.again()

    def begin(self) -> None:
        """Tell how all stand, and have on disk what an earlier line could not get there."""
        for pipette, count in self._counts.counts.items():
            self._news(pipette)
            if count != Count() and count.text() != self._kept.get(pipette):
                self._durable.insist(Fact.PIPETTE, pipette, count.text())

    def views(self) -> tuple[PipetteView, ...]:
        """Return them for people and peers."""
        return tuple(
            PipetteView(name, count.shots, count.armed, count.last_shot) for name, count in self._counts.counts.items()
        )

    def _news(self, pipette: str) -> None:
        count = self._counts.counts[pipette]
        value = {"armed": count.armed, "shots": count.shots, "last_shot": count.last_shot}
        self._ledger.tell("chronicle", News(f"pipette.{pipette}", value))

    def _not_saved(self, pipette: str, why: str) -> None:
        if pipette in self._unsaved:
            return  # that is said already, and tried again
        self._unsaved.add(pipette)
        count = self._counts.counts[pipette]
        self._ledger.log.error("pipette.not_stored", pipette=pipette, shots=count.shots, armed=count.armed, why=why)
        text = f"pipette {pipette}: {count.shots} shots, armed {count.armed}: not on disk: {why}"
        self._ledger.tell("chronicle", News("alarm.pipette", pipette, extra={"text": text}))
