"""Magnets that an earlier life of the node has left energised, as it did not end in order: they are switched off."""

import time
from collections.abc import Callable
from typing import Any

import structlog

from actors.dump_conditions import Do, Seen, Step
from actors.loader_errands import Errands
from actors.loader_look import LINE, LoaderSetup
from actors.loader_runs import LOADER, Record
from actors.messages import News, Request, State, Tick
from actors.promise import Nobody

AGAIN_S = 1.0
LEFTOVERS = "leftovers"  # the timer of the next look

log = structlog.get_logger()


class Leftovers:
    """Looks, once in the life of a node, until every magnet is known, and off. Used by the loader only."""

    def __init__(
        self,
        setup: LoaderSetup,
        record: Record,
        errands: Errands,
        tell: Callable[[str, Any], bool],
        later: Callable[[float, Any], None],
    ) -> None:
        self._setup, self._record, self._errands, self._tell, self._later = setup, record, errands, tell, later

    def look(self) -> None:
        """Look; where a run is under way, which goes by what it sees itself, after it."""
        if self._record.looked:
            return
        if self._record.active:
            self._again()
        else:
            self._errands.look((LINE,), self._request(), self._seen)

    def _seen(self, seen: Seen) -> None:
        states = {magnet: seen.valves.get(magnet, State.UNKNOWN) for magnet in self._setup.magnets}
        left = [magnet for magnet, state in states.items() if state is State.OPEN]
        if self._record.active:
            self._again()
            return
        for magnet in left:
            self._errands.send(Step(Do.OFF, magnet), self._request())
        if left:
            text = f"found energised when the node started, and told to be off: {', '.join(left)}"
            log.error("loader.leftovers", magnets=left)
            self._tell("chronicle", News("alarm.loader", "found", extra={"text": text}))
        self._record.looked = not left and State.UNKNOWN not in states.values()
        if not self._record.looked:
            self._again()

    def _again(self) -> None:
        self._later(AGAIN_S, Tick(LEFTOVERS))

    def _request(self) -> Request:
        now = time.monotonic()
        return Request(Nobody(), by=LOADER, deadline=now + self._setup.step_s, received=now)
