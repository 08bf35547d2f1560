"""The mirror: a live picture of another node's valves and nodes, from its news alone. It commands nothing."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from actors.actor import Context
from actors.messages import STALE, Source, State
from actors.news import Heard, PublisherLate, PublisherLost, PublisherUp
from actors.placement import LoopActor
from actors.table import state_of
from actors.views import Follow, GetNodes, GetValves, NodeView, Unfollow, ValveView

_OF_A_VALVE = ("valve", "lock", "owner", "service")  # families of topics


@dataclass(slots=True)
class _Held:
    heard: Heard
    why: str = ""  # why it may not be believed any more


class Mirror(LoopActor):
    """The actor `mirror`: fed by a subscriber, it answers what an extraction line answers, and says how old it is.

    Args:
        publisher: whom it mirrors, for a person.
        address: where that is.
    """

    def __init__(self, context: Context, path: str, publisher: str, address: str) -> None:
        super().__init__(context, path)
        self._publisher, self._address = publisher, address
        self._held: dict[str, _Held] = {}
        self._status, self._since = "down", time.monotonic()
        self._why = "not heard yet"
        self._sinks: list[Callable[[str, Mapping[str, Any]], None]] = context.facts.setdefault("mirror_sinks", [])

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {
            Heard: self._heard,
            PublisherUp: self._up,
            PublisherLate: self._late,
            PublisherLost: self._lost,
            GetValves: self._valves,
            GetNodes: self._nodes,
            Follow: lambda follow: self._sinks.append(follow.sink),
            Unfollow: self._unfollow,
        }

    def detail(self) -> str:
        """See `Actor.detail`."""
        return f"{self._status}, {len(self._held)} topics" + (f": {self._why}" if self._why else "")

    def _heard(self, heard: Heard) -> None:
        self._held[heard.topic] = _Held(heard)
        told = {
            "node": heard.node, "value": heard.value, "quality": heard.quality, "ts": heard.ts, "source": heard.source,
            "units": heard.units, "trace": heard.trace, **heard.extra,
        }  # fmt: skip
        for sink in list(self._sinks):
            try:
                sink(f"pychron.{heard.topic}", told)
            except Exception as error:  # whatever a console's sink raises, the picture goes on
                self._sinks.remove(sink)
                self.log.exception("news.sink_dropped", why=str(error))

    def _unfollow(self, unfollow: Unfollow) -> None:
        if unfollow.sink in self._sinks:
            self._sinks.remove(unfollow.sink)

    def _up(self, up: PublisherUp) -> None:
        if any(held.heard.boot != up.boot for held in self._held.values()):
            self._held.clear()  # another life: what it knows now follows
        self._turn("up", "")

    def _late(self, late: PublisherLate) -> None:
        self._turn("late", f"silent for {late.silent_s:.1f} s")

    def _lost(self, lost: PublisherLost) -> None:
        self._turn("lost", f"silent for {lost.silent_s:.1f} s")
        for held in self._held.values():
            held.why = f"{self._publisher} is {self._why}"

    def _turn(self, status: str, why: str) -> None:
        self._status, self._why, self._since = status, why, time.monotonic()
        log = self.log.info if status == "up" else self.log.warning
        log(f"news.{status}", peer=self._publisher, why=why)

    def _valves(self, _message: GetValves) -> tuple[ValveView, ...]:
        names = sorted(topic.removeprefix("valve.") for topic in self._held if topic.startswith("valve."))
        return tuple(self._valve(name) for name in names)

    def _valve(self, name: str) -> ValveView:
        held, lock, owner, service = (self._held.get(f"{family}.{name}") for family in _OF_A_VALVE)
        assert held is not None
        heard = held.heard
        state = State.UNKNOWN if held.why else state_of(heard.value)
        why = held.why or str(heard.extra.get("why", "")) if state is State.UNKNOWN else ""
        locked = str(lock.heard.extra.get("who", "locked")) if lock is not None and lock.heard.value else ""
        enabled = service is None or bool(service.heard.value)
        if service is not None and not enabled:
            why = str(service.heard.extra.get("why", ""))
        age_s = time.monotonic() - heard.known_at
        return ValveView(
            name, state, Source.EVENT, age_s, locked=locked, why=why, origin=heard.node, revision=heard.rev,
            owner=str(owner.heard.value or "") if owner is not None else "", enabled=enabled,
            at=time.time() - age_s, stale=self._status == "late" or heard.quality == STALE,
        )  # fmt: skip

    def _nodes(self, _message: GetNodes) -> tuple[NodeView, ...]:
        now = time.monotonic()
        views = [NodeView(self._publisher, self._address, self._status, now - self._since, self._why)]
        for topic, held in self._held.items():
            if topic.startswith("node."):
                heard, extra = held.heard, held.heard.extra
                status = "unknown" if held.why else str(heard.value)
                why = held.why or str(extra.get("why", ""))
                name, address = topic.removeprefix("node."), str(extra.get("address", ""))
                views.append(NodeView(name, address, status, now - heard.received_at, why))
        return tuple(views)
