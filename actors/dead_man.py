"""The dead-man: when nobody who looks after this line has been heard for too long, it is said, and acted upon.

Armed by whoever has greeted, holds a lease, or has been asking for a while; disarmed when the last of them has said
goodbye, unless it is always armed. Who is connected, and when each was heard last: `actors.watchers`.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from actors.actor import Context
from actors.messages import News, Outcome, Reason, Request, SafeState, Tick
from actors.placement import LoopActor
from actors.promise import Tells

TICK_S = 1.0
LATE_S = 3.0  # a tick that comes later than this: nobody could be heard meanwhile
ASKING_S = 10.0  # a plain peer that has been asking for so long looks after the line


@dataclass(frozen=True, slots=True)
class DeadManSettings:
    """When it acts, and how.

    Attributes:
        after_s: seconds of silence.
        safe_state: call it, else only say so.
        line: who is told to; does: what that is, for a person.
        looked_after: what nobody is heard for.
        armed: from the beginning, and for good: it acts where nobody has ever been heard, or all have said goodbye, and
            goes on acting until somebody is.
    """

    after_s: float = 30.0
    safe_state: bool = False
    line: str = "extraction_line"
    does: str = "the safe state is called"
    looked_after: str = "line"
    armed: bool = False


class DeadMan(LoopActor):
    """The actor `dead_man`."""

    def __init__(self, context: Context, path: str, settings: DeadManSettings) -> None:
        super().__init__(context, path)
        self._settings = settings
        self._first: dict[str, float] = {}  # session -> when it was heard first
        self._ticked = self._listening_since = self._heard_at = time.monotonic()
        self._silent = False
        self._owed = False  # the safe state was called for, and nobody says that it has been reached
        self._armed_by = ""

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {Tick: self._tick, Outcome: self._called}

    def begin(self) -> None:
        """Begin to listen."""
        self.later(TICK_S, Tick("look"))

    def detail(self) -> str:
        """See `Actor.detail`."""
        if self._silent:
            return "nobody is heard"
        by = self._armed_by or ("its settings" if self._settings.armed else "")
        return f"armed by {by}" if by else "not armed"

    def _tick(self, _tick: Tick) -> None:
        self.later(TICK_S, Tick("look"))
        now = time.monotonic()
        if now - self._ticked > LATE_S:
            self._listening_since = now
        self._ticked = now
        heard = self._watching(self.context.facts.get("heard", {}))
        self._armed_by = max(heard, key=heard.__getitem__, default="")
        if not heard and not self._settings.armed:
            self._silent = self._owed = False
            return
        self._heard_at = max([self._heard_at, self._listening_since, *heard.values()])
        silent_s = now - self._heard_at
        if silent_s <= self._settings.after_s:
            if self._silent:
                self.log.warning("dead_man.heard_again", session=self._armed_by)
                text = f"{self._armed_by} is heard again"
                self.tell_path("chronicle", News("alarm.dead_man", "", extra={"text": text}))
            self._silent = self._owed = False
        elif not self._silent:
            self._silent = True
            self._act(silent_s)
        elif self._owed or (self._settings.armed and self._settings.safe_state):
            self._call()

    def _watching(self, heard: Mapping[str, float]) -> dict[str, float]:
        """Return those sessions that look after the line, with when each was heard last."""
        self._first = {session: self._first.get(session, at) for session, at in heard.items()}
        leased = self.context.facts.get("leased_sessions", ())
        return {
            session: at
            for session, at in heard.items()
            if self._settings.armed
            or not session.endswith("/")
            or session in leased
            or at - self._first[session] >= ASKING_S
        }

    def _act(self, silent_s: float) -> None:
        settings = self._settings
        action = settings.does if settings.safe_state else "the valves are held as they are"
        text = f"nobody who looks after this {settings.looked_after} has been heard for {silent_s:.0f} s: {action}"
        self.log.error("dead_man.silent", for_s=round(silent_s, 1), last=self._armed_by, action=action)
        self.tell_path("chronicle", News("alarm.dead_man", "silent", extra={"text": text}))
        if self._settings.safe_state:
            self._call()

    def _call(self) -> None:
        """Call the safe state; where the line is just being restarted, once more with the next tick."""
        request = Request(Tells(self.take), by="dead-man", received=time.monotonic())
        self._owed = not self.tell_path(self._settings.line, SafeState(False, request, here=True))

    def _called(self, outcome: Outcome) -> None:
        """Take in how that ended: a line that has ended meanwhile has not done it; what it could not do it has said."""
        if self._silent and outcome.reason in (Reason.INTERNAL, Reason.BUSY):
            self._owed = True
